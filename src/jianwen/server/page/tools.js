// @ts-check
/** The place of tools that look at pictures. So far there is one: counting. */

import { countTool } from "./count.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @param {HTMLElement} root @returns {import("./types.js").Mounted} */
export function mountTools(root) {
  const tool = countTool();
  const head = h("header", { class: "place-head" }, h("h1", {}, t("tools")));
  root.append(h("div", { class: "place tools" }, head, tool.element));
  return { unmount: tool.unmount };
}
