// @ts-check
/** Three ways to show a passage: a page picture with boxes, a window of a table, or text with its neighbours. */

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {{element: HTMLElement, ready: () => void}} Body `ready` is called once the element is on the page */

const WIDTH_PX = 1400;

/** `<page-picture>`: one page of a source; knows its page and whether it is zoomed. */
class PagePicture extends HTMLElement {
  /** @param {View} view */
  prepare(view) {
    this.view = view;
    this.frame = h("div", { class: "picture-scroll" });
    this.bar = h("div", { class: "picture-bar" });
    this.append(this.frame, this.bar);
    this.turn(/** @type {import("./types.js").PageView} */ (view.page).number);
    return this;
  }

  /** @param {number} number */
  turn(number) {
    const { source, page, where } = /** @type {Required<View>} */ (this.view);
    if (!page || !this.frame) return;
    const cited = number === page.number;
    const image = h("img", {
      class: "picture",
      src: cited ? page.image : api.picture(source.id, number, WIDTH_PX),
      alt: t("pictureOf", { name: source.name, page: t("page", { n: number }) }),
    });
    if (cited) Object.assign(image, { width: page.width, height: page.height });
    image.addEventListener("error", () => fill(sheet, h("p", { class: "viewer-error" }, t("pictureGone"))));
    const sheet = h(
      "div",
      { class: "picture-sheet" },
      image,
      cited && "boxes" in where ? (where.boxes ?? []).map(markedBox) : [],
    );
    fill(this.frame, sheet);
    this.#drawBar(number, page.of);
    this.reveal();
  }

  /** Bring the marked place into view. */
  reveal() {
    const box = /** @type {HTMLElement | null} */ (this.querySelector(".picture-box"));
    const scroller = this.closest(".viewer-body");
    if (!box || !this.frame) return;
    const bottom = box.offsetTop + box.offsetHeight;
    if (scroller && bottom > scroller.clientHeight - 40) scroller.scrollTop = box.offsetTop - scroller.clientHeight / 3;
    if (this.classList.contains("zoomed")) this.frame.scrollLeft = box.offsetLeft - this.frame.clientWidth / 4;
  }

  /** @param {number} number @param {number} of */
  #drawBar(number, of) {
    const turn = (/** @type {number} */ to, /** @type {"pageBefore" | "pageAfter"} */ name) =>
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": t(name),
          title: t(name),
          disabled: to < 1 || to > of,
          onclick: () => this.turn(to),
        },
        icon(name === "pageBefore" ? "before" : "after"),
      );
    const zoom = () => {
      this.classList.toggle("zoomed");
      this.reveal();
    };
    fill(
      /** @type {HTMLElement} */ (this.bar),
      of > 1 && turn(number - 1, "pageBefore"),
      h("span", {}, t("pageOf", { n: number, of })),
      of > 1 && turn(number + 1, "pageAfter"),
      h(
        "button",
        { class: "icon-button", type: "button", "aria-label": t("zoom"), title: t("zoom"), onclick: zoom },
        icon("zoom"),
      ),
    );
  }
}

customElements.define("page-picture", PagePicture);

/** @param {number[]} box fractions of the picture: x0, y0, x1, y1 */
function markedBox([x0, y0, x1, y1]) {
  const box = h("i", { class: "picture-box", "aria-hidden": "true" });
  const percent = (/** @type {number} */ value) => `${value * 100}%`;
  Object.assign(box.style, { left: percent(x0), top: percent(y0), width: percent(x1 - x0), height: percent(y1 - y0) });
  return box;
}

/** @param {View} view @returns {Body} */
export function pageBody(view) {
  const picture = /** @type {PagePicture} */ (document.createElement("page-picture"));
  return { element: picture.prepare(view), ready: () => picture.reveal() };
}

/** @param {View} view @returns {Body} */
export function tableBody({ table }) {
  if (!table) return textBody({ text: [] });
  const head = h(
    "tr",
    {},
    h("th", { class: "row-number", scope: "col" }, t("rowNumber")),
    table.header.map((cell) => h("th", { scope: "col" }, cell)),
  );
  const rows = table.rows.map(({ row, cells, marked }) =>
    h(
      "tr",
      { class: marked ? "marked" : null, "aria-label": marked ? t("markedRow") : null },
      h("th", { class: "row-number", scope: "row" }, String(row)),
      cells.map((cell) => h("td", {}, cell)),
    ),
  );
  const scroll = h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": table.sheet },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows)),
  );
  const element = h("div", { class: "table-view" }, h("p", { class: "table-sheet" }, table.sheet), scroll);
  return { element, ready: () => centre(scroll, scroll.querySelector("tr.marked")) };
}

/** @param {Pick<View, "text">} view @param {string} [quote] @returns {Body} */
export function textBody({ text }, quote = "") {
  let heading = "";
  const pieces = (text ?? []).map((piece) => {
    const path = piece.heading_path.join(" › ");
    const shown = path && path !== heading ? h("p", { class: "text-heading" }, path) : null;
    heading = path;
    const words = piece.marked ? marked(quoted(piece.text, quote), piece.text) : [piece.text];
    return h(
      "section",
      { class: piece.marked ? "text-piece marked" : "text-piece" },
      shown,
      h("p", { class: "text-body" }, words),
    );
  });
  const element = h("div", { class: "text-view" }, pieces);
  return {
    element,
    ready: () => {
      const scroller = element.closest(".viewer-body");
      if (scroller instanceof HTMLElement) centre(scroller, element.querySelector("mark"));
    },
  };
}

/**
 * A passage with the quote marked in it; unmarked when the quote is all of it or is not in it letter by letter.
 * @param {string} text
 * @param {string} quote
 * @returns {(Node | string)[]}
 */
export function quoted(text, quote) {
  const at = quote && quote.length < text.length ? text.indexOf(quote) : -1;
  return at < 0 ? [text] : [text.slice(0, at), h("mark", {}, quote), text.slice(at + quote.length)];
}

/**
 * Something in the cited passage must be marked: all of it, where the quote is not found.
 * @param {(Node | string)[]} words
 * @param {string} text
 */
function marked(words, text) {
  return words.length > 1 ? words : [h("mark", {}, text)];
}

/** @param {HTMLElement} scroller @param {Element | null} element */
function centre(scroller, element) {
  if (!element) return;
  const middle = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
  scroller.scrollTop = middle - scroller.clientHeight / 3;
}
