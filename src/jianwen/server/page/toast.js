// @ts-check
/** Short notes at the edge of the page, one with an action (Undo) where there is one. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

class ToastStack extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  /**
   * @param {string} text
   * @param {{action?: {label: string, run: () => void}, seconds?: number, bad?: boolean}} options
   */
  show(text, { action, seconds = 4, bad = false }) {
    const gone = () => note.remove();
    const note = h(
      "div",
      { class: bad ? "toast toast-bad" : "toast" },
      h("span", { class: "toast-text" }, text),
      action && h("button", { class: "toast-action", onclick: () => (gone(), action.run()) }, action.label),
      h("button", { class: "icon-button", "aria-label": t("close"), onclick: gone }, icon("close")),
    );
    if (action) note.append(this.#countdown(seconds));
    this.append(note);
    setTimeout(gone, seconds * 1000);
  }

  /** @param {number} seconds */
  #countdown(seconds) {
    const bar = h("i", { class: "toast-countdown", "aria-hidden": "true" });
    bar.style.animationDuration = `${seconds}s`;
    return bar;
  }
}

customElements.define("toast-stack", ToastStack);
const stack = /** @type {ToastStack} */ (document.createElement("toast-stack"));

export function startToasts() {
  document.body.append(stack);
}

/**
 * @param {string} text
 * @param {{action?: {label: string, run: () => void}, seconds?: number, bad?: boolean}} [options]
 */
export function toast(text, options = {}) {
  stack.show(text, options);
}
