// @ts-check
/** The place of sources: find, filter, add, try again, remove and take that back. */

import { adding } from "./adding.js";
import { api, asApiError } from "./api.js";
import { fill, h, oncePerFrame } from "./dom.js";
import { filterBar } from "./filters.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { on, status } from "./live.js";
import { sourceRow } from "./source-row.js";
import { toast } from "./toast.js";
import { chooseFiles } from "./upload.js";

/** @typedef {import("./types.js").Source} Source */

const PAGE = 100;
const UNDO_S = 10;

class LibraryPlace {
  constructor(/** @type {HTMLElement} */ root) {
    this.filters = { search: "", kind: "", state: "" };
    /** @type {Source[]} */
    this.sources = [];
    this.total = 0;
    this.asked = 0;
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    /** @type {Map<string, Source>} */
    this.changed = new Map();
    this.applyChanges = oncePerFrame(() => this.#applyChanges());
    this.line = h("p", { class: "place-line" });
    this.list = h("ul", { class: "source-list", "aria-label": t("library") });
    this.after = h("div", { class: "after-list" });
    this.adding = adding();
    this.deeds = {
      retry: (/** @type {Source} */ source) => this.#retry(source),
      remove: (/** @type {Source} */ source) => this.#remove(source),
    };
    this.filterBar = filterBar((name, value) => this.#filter(name, value));
    this.element = h(
      "div",
      { class: "place library" },
      this.#head(),
      this.filterBar,
      this.adding.element,
      this.list,
      this.after,
    );
    this.watch = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#more(), { rootMargin: "600px" });
    this.watch.observe(this.after);
    this.offs = [
      on("source", (source) => this.#heard(source)),
      on("removed", ({ id }) => this.#take(id)),
      on("status", () => this.#count()),
      on("link", ({ state }) => state === "up" && this.load()),
    ];
    root.append(this.element);
    this.load();
  }

  unmount() {
    this.watch.disconnect();
    this.adding.unmount();
    for (const off of this.offs) off();
  }

  /** Fetch from the start, with the filters as they are. */
  async load() {
    await this.#fetch(0);
  }

  /** @param {number} offset */
  async #fetch(offset) {
    const turn = ++this.asked;
    try {
      const { sources, total } = await api.sources({ ...this.filters, offset, limit: PAGE });
      if (turn !== this.asked) return;
      this.sources = offset ? [...this.sources, ...sources.filter(({ id }) => !this.rows.has(id))] : sources;
      this.total = total;
      this.#draw(offset > 0);
    } catch (error) {
      if (turn !== this.asked) return;
      const retry = h(
        "button",
        { class: "small-button", onclick: () => this.#fetch(offset) },
        icon("retry"),
        t("retry"),
      );
      fill(
        this.after,
        h("div", { class: "kept kept-failed", role: "alert" }, h("span", {}, asApiError(error).text()), retry),
      );
    }
  }

  #more() {
    if (this.sources.length && this.sources.length < this.total) this.#fetch(this.sources.length);
  }

  /** @param {boolean} append */
  #draw(append) {
    if (!append) {
      this.rows.clear();
      fill(this.list);
    }
    for (const source of this.sources) if (!this.rows.has(source.id)) this.list.append(this.#row(source));
    this.#drawAfter();
  }

  /** @param {Source} source */
  #row(source) {
    const row = sourceRow(source, this.deeds);
    this.rows.set(source.id, row);
    return row;
  }

  #drawAfter() {
    this.#count();
    const filtered = Object.values(this.filters).some(Boolean);
    this.filterBar.hidden = !filtered && !this.total;
    this.list.hidden = !this.sources.length;
    if (!this.sources.length) fill(this.after, filtered ? this.#noMatch() : empty());
    else if (this.sources.length < this.total)
      fill(this.after, h("button", { class: "small-button", onclick: () => this.#more() }, t("more")));
    else fill(this.after);
  }

  #noMatch() {
    const clear = () => {
      this.filters = { search: "", kind: "", state: "" };
      const bar = filterBar((name, value) => this.#filter(name, value));
      this.filterBar.replaceWith(bar);
      this.filterBar = bar;
      this.load();
    };
    return h(
      "div",
      { class: "empty" },
      h("p", {}, t("noMatch")),
      h("button", { class: "small-button", onclick: clear }, t("clearFilters")),
    );
  }

  #count() {
    const known = status();
    if (known)
      this.line.textContent = known.sources ? t("libraryLine", { n: known.sources, passages: known.passages }) : "";
  }

  /** Events come in crowds while hundreds of files are read; they are shown once a frame. @param {Source} source */
  #heard(source) {
    this.changed.set(source.id, source);
    this.applyChanges();
  }

  #applyChanges() {
    for (const source of this.changed.values()) this.#apply(source);
    this.changed.clear();
    this.#drawAfter();
  }

  /** @param {Source} source */
  #apply(source) {
    const row = this.rows.get(source.id);
    if (!row) return this.#arrived(source);
    this.sources = this.sources.map((one) => (one.id === source.id ? source : one));
    // Someone is answering "Remove?" in this row: leave it under their finger.
    if (row.querySelector(".asking")) return;
    const focused = row.contains(document.activeElement);
    const fresh = this.#row(source);
    row.replaceWith(fresh);
    if (focused) /** @type {HTMLElement | null} */ (fresh.querySelector("button, a"))?.focus();
  }

  /** @param {Source} source */
  #arrived(source) {
    const { search, kind, state } = this.filters;
    if (
      !source.name.toLowerCase().includes(search.toLowerCase()) ||
      (kind && kind !== source.kind) ||
      (state && state !== source.state)
    )
      return;
    this.sources = [source, ...this.sources];
    this.total += 1;
    this.list.prepend(this.#row(source));
  }

  /** @param {string} id */
  #take(id) {
    const row = this.rows.get(id);
    if (!row) return;
    const beside = row.nextElementSibling ?? row.previousElementSibling;
    const focused = row.contains(document.activeElement);
    this.rows.delete(id);
    this.changed.delete(id);
    this.sources = this.sources.filter((one) => one.id !== id);
    this.total -= 1;
    row.remove();
    if (focused)
      /** @type {HTMLElement | null} */ (
        beside?.querySelector("ask-once button") ?? this.element.querySelector(".main-button")
      )?.focus();
    this.#drawAfter();
  }

  /** @param {Source} source */
  async #remove(source) {
    try {
      await api.removeSource(source.id);
    } catch (error) {
      toast(asApiError(error).text(), { bad: true });
      this.rows.get(source.id)?.replaceWith(this.#row(source));
      return;
    }
    this.#take(source.id);
    toast(t("removed", { name: source.name }), {
      seconds: UNDO_S,
      action: { label: t("undo"), run: () => this.#restore(source) },
    });
  }

  /** @param {Source} source */
  async #restore(source) {
    try {
      await api.restoreSource(source.id);
      toast(t("restored", { name: source.name }));
      await this.load();
    } catch (error) {
      toast(asApiError(error).text(), { bad: true });
    }
  }

  /** @param {Source} source */
  async #retry(source) {
    try {
      this.#heard(await api.retrySource(source.id));
    } catch (error) {
      toast(asApiError(error).text(), { bad: true });
    }
  }

  /** @param {"search" | "kind" | "state"} name @param {string} value */
  #filter(name, value) {
    this.filters[name] = value;
    this.load();
  }

  #head() {
    const add = h("button", { class: "main-button", type: "button", onclick: chooseFiles }, icon("plus"), t("add"));
    return h("header", { class: "place-head" }, h("div", {}, h("h1", {}, t("library")), this.line), add);
  }
}

function empty() {
  const choose = h(
    "button",
    { class: "main-button", type: "button", onclick: chooseFiles },
    icon("upload"),
    t("chooseFiles"),
  );
  return h(
    "div",
    { class: "empty empty-library" },
    icon("library"),
    h("h2", {}, t("emptyLibrary")),
    h("p", {}, t("emptyLibraryLine")),
    choose,
  );
}

/** @param {HTMLElement} root @returns {import("./types.js").Mounted} */
export function mountLibrary(root) {
  const place = new LibraryPlace(root);
  return { unmount: () => place.unmount() };
}
