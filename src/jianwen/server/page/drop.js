// @ts-check
/** Files and folders dropped anywhere on the page go to the library. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { languageChanged, t } from "./i18n.js";
import { uploads } from "./upload.js";

const MOST_FILES = 5000;

export function acceptDrops() {
  const words = h("span", {}, t("dropHere"));
  const veil = h("div", { class: "drop-veil", hidden: true }, h("div", { class: "drop-card" }, icon("upload"), words));
  document.body.append(veil);
  languageChanged.addEventListener("change", () => (words.textContent = t("dropHere")));
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", async (event) => {
    veil.hidden = true;
    if (!carriesFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    uploads.add(await filesOf(event.dataTransfer));
  });
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function filesOf(transfer) {
  // The entries must be taken before the first pause: the browser empties the list after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some(Boolean)) return [...transfer.files];
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) if (entry) await walk(entry, files);
  return files;
}

/** @param {FileSystemEntry} entry @param {File[]} files */
async function walk(entry, files) {
  if (files.length >= MOST_FILES || entry.name.startsWith(".")) return;
  if (entry.isFile) {
    files.push(
      await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)),
    );
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const inner of some) await walk(inner, files);
  }
}
