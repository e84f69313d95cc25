// @ts-check
/** Citation pills: a numbered button, the preview of its quote, and walking from one to the next. */

import { h, fill } from "./dom.js";
import { place } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").Citation} Citation */

/** Bubbles from a pill that is pressed. */
export const OPEN = "open-citation";

/** @type {WeakMap<Element, Citation>} */
const citationOf = new WeakMap();
const preview = h("div", { class: "preview", role: "tooltip", id: "citation-preview", hidden: true });

/**
 * @param {Citation} citation
 * @returns {HTMLButtonElement}
 */
export function pill(citation) {
  const { n, source, where } = citation;
  const button = h(
    "button",
    { class: "pill", type: "button", "aria-label": t("cite", { n: String(n), source, where: place(where, source) }) },
    String(n),
  );
  citationOf.set(button, citation);
  button.addEventListener("mouseenter", () => showPreview(button, citation));
  button.addEventListener("mouseleave", hidePreview);
  button.addEventListener("focus", () => button.matches(":focus-visible") && showPreview(button, citation));
  button.addEventListener("blur", hidePreview);
  button.addEventListener("click", () => press(button));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    neighbour(button, step)?.focus();
  });
  return button;
}

/** @param {HTMLElement} button */
function press(button) {
  hidePreview();
  button.dispatchEvent(new CustomEvent(OPEN, { bubbles: true, detail: { citation: citationOf.get(button), button } }));
}

/**
 * Open the citation beside this one; the viewer's own arrows use it.
 * @param {HTMLElement} button
 * @param {number} step
 */
export function openNeighbour(button, step) {
  const next = neighbour(button, step);
  if (next) press(next);
}

/**
 * @param {HTMLElement} button
 * @param {number} step
 * @returns {HTMLElement | undefined}
 */
export function neighbour(button, step) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("button.pill")]);
  const at = all.indexOf(button);
  return at < 0 ? undefined : all[at + step];
}

/** @param {HTMLElement} button @param {Citation} citation */
function showPreview(button, { source, where, quote }) {
  if (!preview.isConnected) document.body.append(preview);
  fill(
    preview,
    h("strong", { class: "preview-source" }, source),
    h("span", { class: "preview-where" }, place(where, source)),
    h("q", {}, quote),
  );
  preview.hidden = false;
  button.setAttribute("aria-describedby", preview.id);
  const at = button.getBoundingClientRect();
  const { width, height } = preview.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), window.innerWidth - width - 8);
  const above = at.top - height - 8;
  preview.style.left = `${left}px`;
  preview.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

export function hidePreview() {
  preview.hidden = true;
  document.querySelector("[aria-describedby=citation-preview]")?.removeAttribute("aria-describedby");
}

/** @returns {boolean} whether there was one to hide */
export function dismissPreview() {
  const shown = !preview.hidden;
  hidePreview();
  return shown;
}
