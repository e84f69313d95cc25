// @ts-check
/** Under an answer: "0.6 s · 5 passages · why?", and what that opens: times, tokens and passages with scores. */

import { OPEN } from "./citation.js";
import { h } from "./dom.js";
import { figure, place, seconds } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./conversation.js").Exchange} Exchange */
/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {import("./types.js").Hit} Hit */

/**
 * @param {Exchange} exchange
 * @returns {HTMLElement | null}
 */
export function details(exchange) {
  const { answer, hits } = exchange;
  if (!answer) return null;
  const found = hits ?? answer.nearest;
  const { total } = answer.timings_s;
  const cited = answer.citations.length;
  const parts = [
    total === undefined ? "" : t("footTime", { s: seconds(total) }),
    hits?.length ? t("footPassages", { n: hits.length }) : cited && t("footCited", { n: cited }),
    t("footWhy"),
  ].filter(Boolean);
  return h(
    "details",
    { class: "why" },
    h("summary", {}, icon("after"), parts.join(" · ")),
    h("div", { class: "why-body" }, figures(answer), passages(found, answer.citations)),
  );
}

/**
 * A refusal without the model has fewer figures: what was not measured is not shown.
 * @param {import("./types.js").Answer} answer
 */
function figures({ timings_s, tokens }) {
  const time = (/** @type {number | undefined} */ value) =>
    value === undefined ? "" : t("footTime", { s: seconds(value) });
  const count = (/** @type {number | undefined} */ n) => (n === undefined ? "" : t("whyTokens", { n }));
  const rows = [
    [t("whySearch"), time(timings_s.search)],
    [t("whyFirst"), time(timings_s.first_token)],
    [t("whyTotal"), time(timings_s.total)],
    [t("whyRead"), count(tokens.read)],
    [t("whyReused"), count(tokens.reused)],
    [t("whyWritten"), count(tokens.written)],
  ].filter(([, value]) => value);
  return h(
    "dl",
    { class: "why-figures" },
    rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** @param {Hit[]} hits @param {Citation[]} citations */
function passages(hits, citations) {
  if (!hits.length && !citations.length) return null;
  const best = Math.max(...hits.map((hit) => hit.score), 1e-9);
  const rows = hits.length
    ? hits.map((hit) => passageRow(hit, hit.score / best))
    : citations.map((citation) => passageRow(asHit(citation), null));
  return h(
    "div",
    {},
    h("h3", {}, t(hits.length ? "whyPassages" : "whyCited")),
    h("ol", { class: "passage-list" }, rows),
  );
}

/** @param {Citation} citation @returns {Hit} */
function asHit({ passage_id, source, source_id, where, quote }) {
  return { passage_id, source, source_id, where, text: quote, score: 0 };
}

/**
 * One passage as a row that opens the viewer.
 * @param {Hit} hit
 * @param {number | null} share of the best score, null: not known
 */
export function passageRow(hit, share) {
  const bar =
    share === null
      ? null
      : h(
          "span",
          { class: "score", title: t("score", { s: figure(hit.score, 3) }) },
          h("i"),
          h("span", {}, figure(hit.score, 2)),
        );
  if (bar)
    /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${Math.max(4, Math.min(1, share ?? 0) * 100)}%`;
  const button = h(
    "button",
    { class: "passage", type: "button" },
    h("span", { class: "passage-head" }, h("strong", {}, hit.source), h("span", {}, place(hit.where, hit.source)), bar),
    h("span", { class: "passage-text" }, hit.text),
  );
  const { passage_id, source, source_id, where, text } = hit;
  button.addEventListener("click", () =>
    button.dispatchEvent(
      new CustomEvent(OPEN, {
        bubbles: true,
        detail: { citation: { n: 0, passage_id, source, source_id, where, quote: text }, button },
      }),
    ),
  );
  return h("li", {}, button);
}
