// @ts-check
/** Copying: an answer with its sources, or a link to it. */

import { h } from "./dom.js";
import { place } from "./format.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {import("./conversation.js").Exchange} Exchange */

/** @param {Exchange} exchange */
export function copyAnswer({ text, answer }) {
  const sources = (answer?.citations ?? []).map(
    ({ n, source, where, quote }) => `[${n}] ${source}, ${place(where, source)}: “${quote}”`,
  );
  return copy(sources.length ? `${text}\n\n${t("sources")}\n${sources.join("\n")}` : text, t("copied"));
}

/** @param {string} talk @param {string} message */
export function copyLink(talk, message) {
  return copy(`${location.origin}/#/ask/${encodeURIComponent(talk)}/${encodeURIComponent(message)}`, t("linkCopied"));
}

/** @param {string} text @param {string} done */
async function copy(text, done) {
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  toast(copied || copyOldWay(text) ? done : t("notCopied"));
}

/**
 * Browsers offer the clipboard only to https and loopback; a box in a venue is often reached by plain http.
 * @param {string} text
 */
function copyOldWay(text) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const box = h("textarea", { class: "off-screen", "aria-hidden": "true" });
  box.value = text;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  before?.focus();
  return copied;
}
