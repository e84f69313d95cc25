// @ts-check
/** An answer's text as elements: paragraphs, lists, bold, citation pills and unsupported spans. Never HTML. */

import { pill } from "./citation.js";
import { h } from "./dom.js";
import { either, t } from "./i18n.js";

/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {{start: number, end: number, why: string}} Span in UTF-16 units */

/**
 * @typedef {object} Dressing
 * @property {Map<number, Citation>} citations by number; empty while the answer is arriving
 * @property {Span[]} unsupported
 * @property {boolean} arriving numbers are shown before their citations are known
 */

const INLINE = /\*\*(?=\S)(.+?)\*\*|\[(\d{1,3})\]/g;
const BULLET = /^\s{0,6}[-*•]\s+/;
const NUMBER = /^\s{0,6}(\d{1,3})[.、)]\s+/;
const HEADING = /^\s{0,3}#{1,6}\s+/;

/**
 * @param {string} text
 * @param {Dressing} dressing
 * @returns {HTMLElement[]}
 */
export function answerBlocks(text, dressing) {
  /** @type {HTMLElement[]} */
  const blocks = [];
  let open = /** @type {HTMLElement | null} */ (null);
  for (const { line, start } of lines(text)) {
    const trimmed = line.trim();
    if (!trimmed) {
      // An empty line ends a paragraph, but models also part the items of one list with it.
      if (open?.tagName === "P") open = null;
      continue;
    }
    const bullet = BULLET.exec(line);
    const number = bullet ? null : NUMBER.exec(line);
    const wanted = bullet ? "UL" : number ? "OL" : "P";
    const from =
      start + ((bullet ?? number ?? HEADING.exec(line))?.[0].length ?? line.length - line.trimStart().length);
    const fresh = open?.tagName !== wanted;
    if (fresh) {
      open = h(wanted === "UL" ? "ul" : wanted === "OL" ? "ol" : "p");
      if (number) open.setAttribute("start", number[1]);
      blocks.push(open);
    }
    const into = wanted === "P" ? /** @type {HTMLElement} */ (open) : h("li");
    if (wanted === "P" && !fresh) into.append(h("br"));
    inline(into, text, from, start + line.trimEnd().length, dressing);
    if (wanted !== "P") /** @type {HTMLElement} */ (open).append(into);
  }
  return blocks;
}

/** @param {string} text @returns {{line: string, start: number}[]} */
function lines(text) {
  let start = 0;
  return text.split("\n").map((line) => {
    const found = { line, start };
    start += line.length + 1;
    return found;
  });
}

/**
 * @param {HTMLElement} into
 * @param {string} text the whole answer: positions of unsupported spans count from its start
 * @param {number} from
 * @param {number} to
 * @param {Dressing} dressing
 */
function inline(into, text, from, to, dressing) {
  const line = text.slice(from, to);
  let at = 0;
  for (const found of line.matchAll(INLINE)) {
    plain(into, text, from + at, from + found.index, dressing);
    const start = from + found.index;
    if (found[1] !== undefined) {
      const bold = h("strong");
      inline(bold, text, start + 2, start + 2 + found[1].length, dressing);
      into.append(bold);
    } else into.append(cited(Number(found[2]), found[0], dressing));
    at = found.index + found[0].length;
  }
  plain(into, text, from + at, to, dressing);
}

/** @param {number} n @param {string} written @param {Dressing} dressing */
function cited(n, written, { citations, arriving }) {
  const citation = citations.get(n);
  if (citation) return pill(citation);
  return arriving ? h("span", { class: "pill pill-arriving" }, String(n)) : document.createTextNode(written);
}

/** @param {HTMLElement} into @param {string} text @param {number} from @param {number} to @param {Dressing} dressing */
function plain(into, text, from, to, { unsupported }) {
  let at = from;
  for (const span of unsupported) {
    const start = Math.max(span.start, at);
    const end = Math.min(span.end, to);
    if (start >= end) continue;
    into.append(text.slice(at, start), doubted(text.slice(start, end), span.why));
    at = end;
  }
  into.append(text.slice(at, to));
}

/** @param {string} text @param {string} why */
function doubted(text, why) {
  const reason = t("unsupportedAs") + why;
  // Spaces alone carry no dots: a line of dots under nothing looks like a fault of the screen.
  if (!text.trim()) return document.createTextNode(text);
  return h(
    "span",
    { class: "unsupported", title: reason, tabindex: "0", role: "note", "aria-description": reason },
    text,
  );
}

/**
 * The server counts characters, JavaScript counts UTF-16 units: they differ after an emoji or a rare Hanzi.
 * @param {string} text
 * @param {import("./types.js").Unsupported[]} spans
 * @returns {Span[]}
 */
export function inUnits(text, spans) {
  if (!spans.length) return [];
  const unitAt = [0];
  for (const character of text) unitAt.push(/** @type {number} */ (unitAt.at(-1)) + character.length);
  const unit = (/** @type {number} */ n) => unitAt[Math.max(0, Math.min(n, unitAt.length - 1))];
  return spans
    .map(({ start, end, why, why_zh }) => ({ start: unit(start), end: unit(end), why: either(why, why_zh) }))
    .sort((a, b) => a.start - b.start);
}
