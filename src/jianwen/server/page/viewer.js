// @ts-check
/** The cited passage in its surroundings, beside the talk; a sheet from below on a phone. */

import { api, asApiError } from "./api.js";
import { neighbour, openNeighbour } from "./citation.js";
import { fill, h, phone } from "./dom.js";
import { place } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { pageBody, quoted, tableBody, textBody } from "./viewer-body.js";

/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {import("./types.js").View} View */

export class Viewer {
  /** @param {(open: boolean) => void} onToggle */
  constructor(onToggle) {
    this.onToggle = onToggle;
    /** @type {HTMLElement | null} */
    this.from = null;
    /** @type {Citation | null} */
    this.citation = null;
    this.body = h("div", { class: "viewer-body", tabindex: "0", "aria-label": t("viewer"), role: "group" });
    this.title = h("h2", { class: "viewer-title", tabindex: "-1" });
    this.where = h("p", { class: "viewer-where" });
    this.tools = h("div", { class: "viewer-tools" });
    this.element = h(
      "aside",
      { class: "viewer", "aria-label": t("viewer"), hidden: true },
      h("header", { class: "viewer-head" }, h("div", { class: "viewer-name" }, this.title, this.where), this.tools),
      this.body,
    );
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /**
   * @param {Citation} citation
   * @param {HTMLElement} from focus returns there
   */
  async open(citation, from) {
    this.from?.removeAttribute("aria-expanded");
    this.from = from;
    this.citation = citation;
    from.setAttribute("aria-expanded", "true");
    this.title.textContent = citation.source;
    this.where.textContent = place(citation.where, citation.source);
    this.#drawTools();
    fill(this.body, h("p", { class: "viewer-wait" }, t("loading")));
    this.element.hidden = false;
    this.element.setAttribute("role", phone.matches ? "dialog" : "complementary");
    this.element.setAttribute("aria-modal", String(phone.matches));
    this.onToggle(true);
    this.title.focus({ preventScroll: true });
    await this.#fetch(citation);
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.citation = null;
    this.onToggle(false);
    this.from?.removeAttribute("aria-expanded");
    if (this.from?.isConnected) this.from.focus({ preventScroll: true });
    this.from = null;
  }

  /** @param {Citation} citation */
  async #fetch(citation) {
    try {
      const view = await api.view(citation.source_id, citation.passage_id);
      if (this.citation === citation) this.#show(view, citation.quote);
    } catch (error) {
      if (this.citation !== citation) return;
      const retry = h(
        "button",
        { class: "small-button", onclick: () => this.#fetch(citation) },
        icon("retry"),
        t("retry"),
      );
      fill(this.body, h("div", { class: "viewer-error", role: "alert" }, h("p", {}, asApiError(error).text()), retry));
    }
  }

  /** @param {View} view @param {string} quote what the answer rests on, within the passage */
  #show(view, quote) {
    /** @type {(view: View, quote: string) => import("./viewer-body.js").Body} */
    const shape = { page: pageBody, table: tableBody, text: textBody }[view.kind];
    const { element, ready } = shape(view, quote);
    const words = quoted(view.quote, quote);
    fill(this.body, element, view.kind === "text" ? null : h("blockquote", { class: "viewer-quote" }, words));
    this.body.scrollTop = 0;
    ready();
  }

  #drawTools() {
    const { citation, from } = this;
    if (!citation || !from) return;
    const step = (/** @type {number} */ by, /** @type {"before" | "after"} */ name) =>
      neighbour(from, by) ? tool(name, t(name), () => openNeighbour(from, by)) : null;
    fill(
      this.tools,
      step(-1, "before"),
      step(1, "after"),
      h(
        "a",
        {
          class: "icon-button",
          href: api.original(citation.source_id),
          download: true,
          "aria-label": t("original"),
          title: t("original"),
        },
        icon("download"),
      ),
      tool("close", t("close"), () => this.close()),
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (
      (event.key === "ArrowLeft" || event.key === "ArrowRight") &&
      this.from &&
      !scrollsSideways(event.target)
    ) {
      event.preventDefault();
      openNeighbour(this.from, event.key === "ArrowRight" ? 1 : -1);
    }
  }
}

/** @param {EventTarget | null} target */
function scrollsSideways(target) {
  return target instanceof HTMLElement && target.scrollWidth > target.clientWidth + 1;
}

/** @param {import("./icons.js").IconName} name @param {string} label @param {() => void} run */
function tool(name, label, run) {
  return h(
    "button",
    { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: run },
    icon(name),
  );
}
