// @ts-check
/** The empty talk: sample questions when there is something to answer from, else where to begin. */

import { api, asApiError } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { on, status } from "./live.js";
import { chooseFiles } from "./upload.js";

const SAMPLES = /** @type {const} */ (["sample1", "sample2", "sample3", "sample4"]);

/**
 * @param {(question: string) => void} ask
 * @returns {{element: HTMLElement, unmount: () => void}}
 */
export function welcome(ask) {
  const element = h("section", { class: "welcome" });
  /** @type {number | null} */
  let shown = null;
  const draw = (/** @type {number} */ sources) => {
    // A redraw every few seconds would take the focus away from a sample question.
    if (shown !== null && shown > 0 === sources > 0) return;
    shown = sources;
    fill(element, sources > 0 ? samples(sources, ask) : firstDocuments());
  };
  const known = status();
  if (known) draw(known.sources);
  else
    api.status().then(
      ({ sources }) => draw(sources),
      (error) => fill(element, h("p", { class: "welcome-line" }, asApiError(error).text())),
    );
  return { element, unmount: on("status", ({ sources }) => draw(sources)) };
}

/** @param {number} sources @param {(question: string) => void} ask */
function samples(sources, ask) {
  const buttons = SAMPLES.map((key) =>
    h(
      "li",
      {},
      h(
        "button",
        { class: "sample", type: "button", onclick: () => ask(t(key)) },
        h("span", {}, t(key)),
        icon("after"),
      ),
    ),
  );
  return [
    h("h2", { class: "welcome-title" }, t("welcome")),
    h("p", { class: "welcome-line" }, t("welcomeLine", { n: sources })),
    h("h3", { class: "welcome-label" }, t("samples")),
    h("ul", { class: "samples" }, buttons),
  ];
}

function firstDocuments() {
  return [
    h("h2", { class: "welcome-title" }, t("firstDocuments")),
    h("p", { class: "welcome-line" }, t("firstDocumentsLine")),
    h("button", { class: "main-button", type: "button", onclick: chooseFiles }, icon("upload"), t("chooseFiles")),
  ];
}
