// @ts-check
/** The files on their way, above the library's list. Shows a few of many, so that hundreds stay fluent. */

import { fill, h, oncePerFrame } from "./dom.js";
import { bytes } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { uploads } from "./upload.js";

/** @typedef {import("./upload.js").Upload} Upload */

const SHOWN_WAITING = 6;
const SHOWN_FINISHED = 100;

/** @returns {{element: HTMLElement, unmount: () => void}} */
export function adding() {
  const element = h("section", { class: "adding", "aria-label": t("adding"), hidden: true });
  const draw = oncePerFrame(() => drawInto(element));
  uploads.addEventListener("change", draw);
  drawInto(element);
  return { element, unmount: () => uploads.removeEventListener("change", draw) };
}

/** @param {HTMLElement} element */
function drawInto(element) {
  const { all } = uploads;
  element.hidden = !all.length;
  const waiting = all.filter((one) => one.state === "waiting");
  const sending = all.filter((one) => one.state === "sending");
  const finished = all.filter((one) => one.state === "failed" || one.state === "unchanged").slice(-SHOWN_FINISHED);
  const more = waiting.length - SHOWN_WAITING;
  fill(
    element,
    h(
      "header",
      { class: "adding-head" },
      h("h2", {}, t("adding")),
      finished.length > 0 &&
        h("button", { class: "quiet-button", onclick: () => uploads.dismissFinished() }, t("clearDone")),
    ),
    h("ul", { class: "source-list" }, [...finished, ...sending, ...waiting.slice(0, SHOWN_WAITING)].map(row)),
    more > 0 && h("p", { class: "adding-more" }, t("upMore", { n: more })),
  );
}

/** @param {Upload} upload */
function row(upload) {
  const { file, state, error } = upload;
  const failed = state === "failed";
  const finished = failed || state === "unchanged";
  return h(
    "li",
    { class: failed ? "source failed" : "source" },
    h("span", { class: "kind kind-file", "aria-hidden": "true" }, icon("upload")),
    h(
      "div",
      { class: "source-main" },
      h("span", { class: "source-name" }, file.name),
      failed
        ? h("p", { class: "source-error" }, error?.text() ?? "")
        : h("p", { class: "source-facts" }, `${bytes(file.size)} · ${words(upload)}`),
      state === "sending" && h("progress", { max: "1", value: String(upload.sent), "aria-label": file.name }),
    ),
    h(
      "div",
      { class: "source-actions" },
      failed &&
        h(
          "button",
          {
            class: "small-button",
            "aria-label": t("retryNamed", { name: file.name }),
            onclick: () => uploads.retry(upload),
          },
          icon("retry"),
          t("retry"),
        ),
      finished &&
        h(
          "button",
          {
            class: "icon-button",
            "aria-label": t("dismiss", { name: file.name }),
            onclick: () => uploads.dismiss(upload),
          },
          icon("close"),
        ),
    ),
  );
}

/** @param {Upload} upload */
function words({ state, sent }) {
  if (state === "waiting") return t("upWaiting");
  if (state === "unchanged") return t("upUnchanged");
  return sent < 1 ? t("upSending", { n: Math.floor(sent * 100) }) : t("upChecking");
}
