// @ts-check
/** One source in the library's list: mark, name, facts or stage, outcome, and what can be done with it. */

import { api } from "./api.js";
import { askOnce } from "./ask-once.js";
import { h } from "./dom.js";
import { ago, bytes } from "./format.js";
import { icon } from "./icons.js";
import { either, t } from "./i18n.js";

/** @typedef {import("./types.js").Source} Source */
/** @typedef {{retry: (source: Source) => void, remove: (source: Source) => void}} Deeds */

const MARKS = { pdf: "PDF", word: "DOC", sheet: "XLS", slides: "PPT", web: "WEB", text: "TXT", picture: "IMG" };

/** Other kinds have one page, or none that a person would count. */
const PAGED = new Set(["pdf", "slides"]);

/** @param {Source} source @param {Deeds} deeds */
export function sourceRow(source, deeds) {
  const { id, name, kind, state } = source;
  const failed = state === "failed";
  const row = h(
    "li",
    { class: `source ${state}` },
    h("span", { class: `kind kind-${kind}`, "aria-label": t(`kind.${kind}`), role: "img" }, MARKS[kind] ?? "?"),
    h(
      "div",
      { class: "source-main" },
      h("span", { class: "source-name", title: name }, name),
      failed
        ? h("p", { class: "source-error" }, either(source.error, source.error_zh))
        : h("p", { class: "source-facts" }, facts(source)),
      progress(source),
    ),
    h("span", { class: `state state-${state}` }, t(`state.${state}`)),
    h(
      "div",
      { class: "source-actions" },
      failed &&
        h(
          "button",
          { class: "small-button", "aria-label": t("retryNamed", { name }), onclick: () => deeds.retry(source) },
          icon("retry"),
          t("retry"),
        ),
      h(
        "a",
        {
          class: "icon-button",
          href: api.original(id),
          download: true,
          "aria-label": t("downloadNamed", { name }),
          title: t("original"),
        },
        icon("download"),
      ),
      askOnce({
        label: t("removeNamed", { name }),
        question: t("removeAsk"),
        yes: t("remove"),
        run: () => deeds.remove(source),
      }),
    ),
  );
  row.dataset.id = id;
  return row;
}

/** @param {Source} source */
function facts(source) {
  const { kind, state, pages, passages, ocr_pages, added_at } = source;
  const parts =
    state === "ready"
      ? [
          pages && PAGED.has(kind) && t("pages", { n: pages }),
          t("passages", { n: passages }),
          ocr_pages.length > 0 && t("ocrOn", { n: ocr_pages.length }),
          bytes(source.bytes),
          ago(added_at),
        ]
      : [stageWords(source), ocr_pages.length > 0 && t("ocrOn", { n: ocr_pages.length }), bytes(source.bytes)];
  return parts.filter(Boolean).join(" · ");
}

/** @param {Source} source */
function stageWords({ stage, state, pages }) {
  if (!stage) return t(`state.${state}`);
  const counts = { done: stage.done, n: stage.total };
  if (stage.name === "ocr") return t("stageOcr", counts);
  if (stage.name === "embedding") return t("stageEmbedding", counts);
  return stage.total > 0 && pages ? t("stageReadingPage", counts) : t("stageReading");
}

/** @param {Source} source */
function progress({ stage, state, name }) {
  if (state !== "reading") return null;
  const known = stage !== null && stage.total > 0;
  return h("progress", { max: "1", value: known ? String(stage.done / stage.total) : null, "aria-label": name });
}
