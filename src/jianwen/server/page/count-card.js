// @ts-check
/** One counted picture: the picture with what was seen in it, and the number, the doubt or the error beside it. */

import { counts } from "./counts.js";
import { densityVeil } from "./density.js";
import { fill, h } from "./dom.js";
import { figure } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./counts.js").Picture} Picture */
/** @typedef {import("./types.js").Counted} Counted */

/** From this confidence up the words are these; calibrated, so 0.99 is right 99 times in 100. */
const WORDS = /** @type {const} */ ([
  [0.99, "countVerySure"],
  [0.9, "countSure"],
  [0, "countUnsure"],
]);

/** @param {Picture} picture @returns {{element: HTMLElement, update: () => void}} */
export function countCard(picture) {
  const { file, url } = picture;
  const image = h("img", { class: "count-image", src: url, alt: file.name, decoding: "async" });
  const frame = h("div", { class: "count-frame" }, image);
  image.addEventListener("error", () => fill(frame, h("p", { class: "count-unseen" }, t("countUnseen"))));
  const outcome = h("div", { class: "count-outcome" });
  const element = h(
    "li",
    { class: "count-card" },
    h("div", { class: "count-picture" }, frame),
    h(
      "div",
      { class: "count-head" },
      h("h3", { class: "count-name", title: file.name }, file.name),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": t("dismiss", { name: file.name }),
          onclick: () => counts.remove(picture),
        },
        icon("close"),
      ),
    ),
    outcome,
  );
  const update = () => {
    element.className = `count-card count-${lookOf(picture)}`;
    fill(outcome, ...[told(picture, frame)].flat());
  };
  update();
  return { element, update };
}

/** @param {Picture} picture */
function lookOf({ state, counted }) {
  return state === "done" && counted?.abstained ? "doubt" : state;
}

/** @param {Picture} picture @param {HTMLElement} frame */
function told(picture, frame) {
  const { state, counted, error } = picture;
  if (state === "failed") return failed(picture, error?.text() ?? "");
  if (state === "done" && counted)
    return [counted.abstained ? doubt(counted) : number(counted), toggle(counted, frame)];
  const words = { waiting: t("upWaiting"), sending: t("countSending"), counting: t("counting"), done: "" }[state];
  return h("p", { class: "stage" }, h("span", { class: "breath", "aria-hidden": "true" }), words);
}

/** @param {Counted} counted */
function number({ count, confidence }) {
  const words = WORDS.find(([least]) => (confidence ?? 0) >= least)?.[1] ?? "countUnsure";
  return h(
    "div",
    { class: "count-said" },
    h("p", { class: "count-number" }, h("strong", {}, figure(count ?? 0)), " ", t("balls", { n: count ?? 0 })),
    h("p", { class: "count-confidence" }, t(words), " · ", percent(confidence)),
  );
}

/** @param {Counted} counted */
function doubt({ count, confidence }) {
  return h(
    "div",
    { class: "count-said" },
    h("p", { class: "count-doubt-mark" }, icon("none"), t("countDoubt")),
    h("p", { class: "count-confidence" }, t("countGuess", { n: count ?? 0, share: percent(confidence) })),
    h("p", { class: "count-advice" }, t("countAdvice")),
  );
}

/** @param {Picture} picture @param {string} text */
function failed(picture, text) {
  const name = picture.file.name;
  return h(
    "div",
    { class: "count-said", role: "alert" },
    h("p", { class: "source-error" }, text),
    h(
      "button",
      {
        class: "small-button",
        type: "button",
        "aria-label": t("retryNamed", { name }),
        onclick: () => counts.retry(picture),
      },
      icon("retry"),
      t("retry"),
    ),
  );
}

/**
 * The veil lies over the picture until it is switched off; whoever is told "cannot tell" sees the bare picture first.
 * @param {Counted} counted
 * @param {HTMLElement} frame
 */
function toggle({ density, abstained }, frame) {
  if (!density || !frame.querySelector("img")) return null;
  frame.querySelector("canvas")?.remove();
  const veil = densityVeil(density);
  veil.hidden = abstained;
  frame.append(veil);
  const named = { class: "small-button", type: "button", "aria-pressed": String(!abstained) };
  const button = h("button", named, icon("eye"), t("countShow"));
  button.addEventListener("click", () => {
    veil.hidden = !veil.hidden;
    button.setAttribute("aria-pressed", String(!veil.hidden));
  });
  return button;
}

/** One decimal, and never rounded up to a certainty. @param {number | null} confidence */
function percent(confidence) {
  const share = Math.min(99.9, Math.floor((confidence ?? 0) * 1000) / 10);
  return `${figure(share, 1)}%`;
}
