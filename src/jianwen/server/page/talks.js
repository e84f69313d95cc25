// @ts-check
/** The list of conversations: open one, begin one, delete one (asked once, in its place). */

import { api, asApiError } from "./api.js";
import { askOnce } from "./ask-once.js";
import { forget } from "./conversation.js";
import { dropDraft } from "./composer.js";
import { fill, h } from "./dom.js";
import { ago } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").TalkSummary} TalkSummary */

export class Talks {
  constructor() {
    /** @type {string | null} */
    this.current = null;
    /** @type {Element | null} */
    this.opener = null;
    /** @type {TalkSummary[]} */
    this.talks = [];
    this.list = h("ul", { class: "talk-list" });
    this.element = h(
      "nav",
      { class: "talks", "aria-label": t("talks"), id: "talks" },
      h("a", { class: "new-talk", href: "#/ask" }, icon("plus"), t("newTalk")),
      this.list,
    );
    this.element.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("a")) this.close();
    });
  }

  async load() {
    try {
      this.talks = await api.talks();
      this.draw();
    } catch (error) {
      const retry = h("button", { class: "small-button", onclick: () => this.load() }, t("retry"));
      fill(this.list, h("li", { class: "talk-none" }, asApiError(error).text(), retry));
    }
  }

  /** @param {string | null} id */
  mark(id) {
    this.current = id;
    this.draw();
  }

  /** On small screens the list is a drawer. */
  open() {
    this.opener = document.activeElement;
    this.element.classList.add("open");
    /** @type {HTMLElement | null} */ (this.element.querySelector("a"))?.focus();
  }

  close() {
    if (!this.element.classList.contains("open")) return;
    this.element.classList.remove("open");
    if (this.opener instanceof HTMLElement) this.opener.focus();
  }

  draw() {
    const rows = this.talks.map((talk) => this.#row(talk));
    fill(this.list, rows.length ? rows : h("li", { class: "talk-none" }, t("noTalks")));
  }

  /** @param {TalkSummary} talk */
  #row(talk) {
    const here = talk.id === this.current;
    return h(
      "li",
      { class: here ? "talk-row here" : "talk-row" },
      h(
        "a",
        { href: `#/ask/${encodeURIComponent(talk.id)}`, "aria-current": here ? "page" : null, title: talk.title },
        h("span", { class: "talk-title" }, talk.title),
        h("span", { class: "talk-when" }, ago(talk.updated_at)),
      ),
      askOnce({
        label: t("deleteTalk", { title: talk.title }),
        question: t("deleteAsk"),
        yes: t("delete"),
        run: () => this.#delete(talk),
      }),
    );
  }

  /** @param {TalkSummary} talk */
  async #delete({ id }) {
    try {
      await api.deleteTalk(id);
    } catch (error) {
      toast(asApiError(error).text(), { bad: true });
      return this.draw();
    }
    forget(id);
    dropDraft(id);
    const at = this.talks.findIndex((talk) => talk.id === id);
    this.talks = this.talks.filter((talk) => talk.id !== id);
    this.draw();
    if (this.current === id) location.hash = "#/ask";
    const rows = /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll("a"));
    rows[Math.min(at + 1, rows.length - 1)]?.focus();
  }
}
