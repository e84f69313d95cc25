// @ts-check
/** Files and folders dropped anywhere on the page go to the library, or to the place that asked for them. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { uploads } from "./upload.js";

/** @typedef {{words: "dropHere" | "dropCount" | "dropTrack", take: (files: File[]) => void}} Taker */

const MOST_FILES = 5000;

/** @type {Taker} */
const LIBRARY = { words: "dropHere", take: (files) => uploads.add(files) };
let taker = LIBRARY;

/**
 * Have what is dropped until the returned function is called.
 * @param {Taker} other
 * @returns {() => void}
 */
export function takeDrops(other) {
  taker = other;
  return () => {
    if (taker === other) taker = LIBRARY;
  };
}

export function acceptDrops() {
  const words = h("span", {});
  const veil = h("div", { class: "drop-veil", hidden: true }, h("div", { class: "drop-card" }, icon("upload"), words));
  document.body.append(veil);
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    words.textContent = t(taker.words);
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", async (event) => {
    veil.hidden = true;
    if (!carriesFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    const { take } = taker; // whoever was there when they fell
    take(await filesOf(event.dataTransfer));
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
