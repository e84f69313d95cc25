// @ts-check
/** `<ask-once>`: a button that asks once, in its own place, before it does something that hurts. */

import { h, fill } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {{label: string, question: string, yes: string, run: () => void}} Ask */

class AskOnce extends HTMLElement {
  /** @param {Ask} ask */
  prepare(ask) {
    this.ask = ask;
    this.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (this.classList.contains("asking") && to && !this.contains(to)) this.rest();
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.classList.contains("asking")) return;
      event.stopPropagation();
      this.rest();
      this.querySelector("button")?.focus();
    });
    this.rest();
    return this;
  }

  rest() {
    const { label } = /** @type {Ask} */ (this.ask);
    this.classList.remove("asking");
    fill(
      this,
      h("button", { class: "icon-button", "aria-label": label, title: label, onclick: () => this.put() }, icon("bin")),
    );
  }

  /** Put the question. */
  put() {
    const { question, yes, run } = /** @type {Ask} */ (this.ask);
    const sure = h("button", { class: "small-button danger", onclick: run }, yes);
    this.classList.add("asking");
    fill(
      this,
      h("span", { class: "ask-once-question" }, question),
      sure,
      h(
        "button",
        { class: "small-button", onclick: () => (this.rest(), this.querySelector("button")?.focus()) },
        t("cancel"),
      ),
    );
    sure.focus();
  }
}

customElements.define("ask-once", AskOnce);

/** @param {Ask} ask */
export function askOnce(ask) {
  return /** @type {AskOnce} */ (document.createElement("ask-once")).prepare(ask);
}
