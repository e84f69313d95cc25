// @ts-check
/** What the server tells everyone: sources, removals and the status. One standing stream for the whole page. */

import { Standing } from "./sse.js";

/** @typedef {import("./types.js").Status} Status */

/** A browser gives one site six connections; a page in the background must not hold one for long. */
const HIDDEN_MS = 30_000;

export const live = new Standing("/api/events");

/** @type {Status | null} */
let latest = null;

/** @returns {Status | null} the latest status, null before the first */
export function status() {
  return latest;
}

/**
 * Listen until the returned function is called.
 * @param {"source" | "removed" | "status" | "link"} name
 * @param {(detail: any) => void} listener
 * @returns {() => void}
 */
export function on(name, listener) {
  const heard = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
  live.addEventListener(name, heard);
  return () => live.removeEventListener(name, heard);
}

export function startLive() {
  on("status", (detail) => {
    latest = detail;
  });
  /** @type {number | undefined} */
  let timer;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => live.close(), HIDDEN_MS);
    else if (!live.controller) live.open();
  });
  window.addEventListener("online", () => live.open());
  live.open();
}
