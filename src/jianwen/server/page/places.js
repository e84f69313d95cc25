// @ts-check
/** The places of the page, in the order of the rail. A new place is one line here and two words in words.js. */

import { mountAsk } from "./ask.js";
import { mountLibrary } from "./library.js";
import { mountStatus } from "./status.js";
import { mountTools } from "./tools.js";

/** @typedef {(root: HTMLElement, path: string[]) => import("./types.js").Mounted} Mount */
/** @typedef {{name: "ask" | "library" | "tools" | "status", mount: Mount}} Place */

/** @type {Place[]} */
export const PLACES = [
  { name: "ask", mount: mountAsk },
  { name: "library", mount: mountLibrary },
  { name: "tools", mount: mountTools },
  { name: "status", mount: mountStatus },
];

/**
 * The place that the address names, and the rest of its path. `#/ask/talk/message`
 * @param {string} hash
 * @returns {{place: Place, path: string[]}}
 */
export function placeOf(hash) {
  const [name, ...path] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  return { place: PLACES.find((one) => one.name === name) ?? PLACES[0], path };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
