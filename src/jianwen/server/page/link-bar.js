// @ts-check
/** The quiet bar that says the connection is lost, and goes by itself when it is back. */

import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { live, on } from "./live.js";

/** The first failure of a short hiccup is not worth a word. */
const PATIENCE_MS = 1500;

export function linkBar() {
  const words = h("span");
  const bar = h(
    "div",
    { class: "link-bar", role: "status", hidden: true },
    words,
    h("button", { class: "small-button", onclick: () => live.open() }, t("linkNow")),
  );
  /** @type {number | undefined} */
  let ticking;
  let lostAt = 0;
  on("link", ({ state, againAt }) => {
    clearInterval(ticking);
    if (state === "up") {
      lostAt = 0;
      bar.hidden = true;
      return;
    }
    if (state === "down") lostAt ||= Date.now();
    const tick = () => {
      bar.hidden = !lostAt || Date.now() - lostAt < PATIENCE_MS;
      const left = Math.ceil(((againAt ?? 0) - Date.now()) / 1000);
      words.textContent = state === "down" && left > 0 ? t("linkLost", { n: left }) : t("linkTrying");
      fill(/** @type {Element} */ (bar.lastElementChild), t("linkNow"));
    };
    tick();
    ticking = setInterval(tick, 500);
  });
  return bar;
}
