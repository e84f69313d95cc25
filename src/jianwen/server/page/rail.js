// @ts-check
/** The rail of places: left on a desk, below on a phone. Also the language switch and the count of open uploads. */

import { lastShown } from "./conversation.js";
import { fill, h, oncePerFrame } from "./dom.js";
import { icon, mark } from "./icons.js";
import { language, setLanguage, t } from "./i18n.js";
import { PLACES } from "./places.js";
import { uploads } from "./upload.js";

/**
 * The talk may have got its id after the rail was drawn, so the way back is looked up when it is taken.
 * @param {MouseEvent} event
 */
function backToTalk(event) {
  const id = lastShown();
  if (id) /** @type {HTMLAnchorElement} */ (event.currentTarget).href = `#/ask/${encodeURIComponent(id)}`;
}

export class Rail {
  constructor() {
    this.element = h("header", { class: "rail" });
    this.here = "";
    uploads.addEventListener(
      "change",
      oncePerFrame(() => this.#count()),
    );
  }

  /** @param {string} here name of the place that is shown */
  draw(here = this.here) {
    this.here = here;
    const links = PLACES.map(({ name }) =>
      h(
        "li",
        {},
        h(
          "a",
          {
            class: "rail-link",
            href: `#/${name}`,
            onclick: name === "ask" && backToTalk,
            "aria-current": name === here ? "page" : null,
          },
          icon(name),
          h("span", {}, t(name)),
          name === "library" && h("b", { class: "badge", hidden: true }),
        ),
      ),
    );
    const other = language() === "zh" ? "en" : "zh";
    fill(
      this.element,
      h("a", { class: "brand", href: "#/ask", "aria-label": t("name") }, mark(), h("span", {}, t("name"))),
      h("nav", { "aria-label": t("places") }, h("ul", { class: "rail-links" }, links)),
      h(
        "button",
        {
          class: "language",
          type: "button",
          lang: other === "zh" ? "zh-CN" : "en",
          "aria-label": t("switchLanguage"),
          title: t("switchLanguage"),
          onclick: () => setLanguage(other),
        },
        other === "zh" ? "中" : "EN",
      ),
    );
    this.#count();
  }

  #count() {
    const badge = /** @type {HTMLElement | null} */ (this.element.querySelector(".badge"));
    if (!badge) return;
    badge.hidden = !uploads.open;
    badge.textContent = String(uploads.open);
  }
}
