// @ts-check
/** The place of tools that look at pictures: counting, and following in a video. `#/tools/count`, `#/tools/track` */

import { countTool } from "./count.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { trackTool } from "./track.js";

/** @type {{name: "count" | "track", make: () => {element: HTMLElement, unmount: () => void}}[]} */
const TOOLS = [
  { name: "count", make: countTool },
  { name: "track", make: trackTool },
];

let last = TOOLS[0].name; // `#/tools` leads back to it

/** @param {HTMLElement} root @param {string[]} path @returns {import("./types.js").Mounted} */
export function mountTools(root, path) {
  const links = TOOLS.map(({ name }) => h("a", { class: "tool-tab", href: `#/tools/${name}` }, t(name)));
  const nav = h("nav", { class: "tool-tabs", "aria-label": t("tools") }, links);
  const head = h("header", { class: "place-head" }, h("h1", {}, t("tools")), nav);
  const place = h("div", { class: "place tools" }, head);
  root.append(place);
  /** @type {{name: string, element: HTMLElement, unmount: () => void} | null} */
  let shown = null;
  const follow = (/** @type {string[]} */ [wanted]) => {
    const { name, make } = TOOLS.find((tool) => tool.name === (wanted ?? last)) ?? TOOLS[0];
    last = name;
    TOOLS.forEach((tool, number) => {
      if (tool.name === name) links[number].setAttribute("aria-current", "page");
      else links[number].removeAttribute("aria-current");
    });
    if (shown?.name === name) return;
    shown?.unmount();
    shown?.element.remove();
    shown = { name, ...make() };
    place.append(shown.element);
  };
  follow(path);
  return { follow, unmount: () => shown?.unmount() };
}
