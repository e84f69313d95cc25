// @ts-check
/** Chinese or English: the choice, and words by key. The words themselves are in words.js. */

import { WORDS } from "./words.js";

/** @typedef {"zh" | "en"} Language */
/** @typedef {keyof typeof WORDS} Key */

const KEPT = "jianwen.language";
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIX = /** @type {Record<string, string>} */ ({ one: "st", two: "nd", few: "rd", other: "th" });

export const languageChanged = new EventTarget();

/** @type {Language} */
let current = chosen();

/** @returns {Language} */
export function language() {
  return current;
}

/** @param {Language} wanted */
export function setLanguage(wanted) {
  current = wanted;
  localStorage.setItem(KEPT, wanted);
  markDocument();
  languageChanged.dispatchEvent(new Event("change"));
}

/** `<html lang>` follows, so that screen readers and font fall-backs choose rightly. */
export function markDocument() {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
}

/**
 * Words for a key; `{name}` is filled from `values`. English with "|" chooses singular or plural by `values.n`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const [zh, en] = WORDS[key];
  const [one, many] = en.split("|");
  const text = current === "zh" ? zh : many === undefined || values.n === 1 ? one : many;
  return text.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

/**
 * The one of two texts that a server sent in both languages.
 * @param {string | null | undefined} en
 * @param {string | null | undefined} zh
 * @returns {string}
 */
export function either(en, zh) {
  return (current === "zh" ? zh || en : en || zh) || "";
}

/**
 * @param {number} n
 * @returns {string} "2nd"; Chinese needs no ending
 */
export function ordinal(n) {
  return current === "zh" ? String(n) : `${n}${SUFFIX[ordinals.select(n)]}`;
}

/** @param {string | number | undefined} value */
function shown(value) {
  return typeof value === "number" ? value.toLocaleString(current === "zh" ? "zh-CN" : "en") : String(value ?? "");
}

/** @returns {Language} */
function chosen() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
