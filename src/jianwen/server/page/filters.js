// @ts-check
/** The bar above the library's list: name, kind and state. Does not fetch anything. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

const TYPING_MS = 250;
const KINDS = /** @type {const} */ (["pdf", "word", "sheet", "slides", "web", "text", "picture"]);
const STATES = /** @type {const} */ (["queued", "reading", "ready", "failed"]);

/** @typedef {(name: "search" | "kind" | "state", value: string) => void} Choose */

/** @param {Choose} choose called when a filter changed; while typing, once the fingers rest */
export function filterBar(choose) {
  const kinds = KINDS.map((kind) => h("option", { value: kind }, t(`kind.${kind}`)));
  const states = STATES.map((state) => h("option", { value: state }, t(`state.${state}`)));
  return h(
    "div",
    { class: "filters", role: "search" },
    h("div", { class: "search-frame" }, icon("search"), searchBox(choose)),
    select("kind", t("anyKind"), kinds, choose),
    select("state", t("anyState"), states, choose),
  );
}

/** @param {Choose} choose */
function searchBox(choose) {
  /** @type {number | undefined} */
  let timer;
  const box = h("input", {
    class: "search",
    type: "search",
    placeholder: t("searchNames"),
    "aria-label": t("searchNames"),
  });
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => choose("search", box.value.trim()), TYPING_MS);
  });
  return box;
}

/**
 * @param {"kind" | "state"} name
 * @param {string} any
 * @param {HTMLOptionElement[]} options
 * @param {Choose} choose
 */
function select(name, any, options, choose) {
  const list = h("select", { class: "select", "aria-label": t(name) }, h("option", { value: "" }, any), options);
  list.addEventListener("change", () => choose(name, list.value));
  return list;
}
