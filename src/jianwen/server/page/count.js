// @ts-check
/** The tool that counts balls: pictures dropped or chosen, a card for each, and what it cannot do. */

import { countCard } from "./count-card.js";
import { choosePictures, counts, isOnItsWay } from "./counts.js";
import { fill, h } from "./dom.js";
import { takeDrops } from "./drop.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./counts.js").Picture} Picture */

const CHECK = "jianwen eval counter --data counts.csv";

/** @returns {{element: HTMLElement, unmount: () => void}} */
export function countTool() {
  /** @type {Map<Picture, ReturnType<typeof countCard>>} */
  const cards = new Map();
  const summary = h("p", { class: "count-summary", role: "status" });
  const clear = h("button", { class: "quiet-button", type: "button", onclick: () => counts.clear() }, t("countClear"));
  const head = h(
    "header",
    { class: "tool-head" },
    h("div", {}, h("h2", {}, t("count")), h("p", { class: "place-line" }, t("countLine"))),
    h("button", { class: "main-button", type: "button", onclick: choosePictures }, icon("plus"), t("choosePictures")),
  );
  const bar = h("div", { class: "count-bar" }, summary, clear);
  const list = h("ul", { class: "count-list", "aria-label": t("count") });
  const nothing = empty();
  const element = h("section", { class: "count-tool" }, head, bar, list, nothing, limit());

  const drawList = () => {
    const focused = focusIn(list);
    for (const [picture, card] of cards)
      if (!counts.all.includes(picture)) {
        card.element.remove();
        cards.delete(picture);
      }
    for (const picture of counts.all) if (!cards.has(picture)) cards.set(picture, countCard(picture));
    counts.all.forEach((picture, place) => {
      const card = /** @type {ReturnType<typeof countCard>} */ (cards.get(picture)).element;
      if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
    });
    bar.hidden = list.hidden = !counts.all.length;
    nothing.hidden = !list.hidden;
    summary.textContent = summed();
    if (focused !== null && !list.contains(document.activeElement)) focusNear(element, focused);
  };
  const drawOne = (/** @type {Event} */ event) => {
    const card = cards.get(/** @type {CustomEvent<Picture>} */ (event).detail);
    const focused = card?.element.contains(document.activeElement);
    card?.update();
    if (focused && !card?.element.contains(document.activeElement)) card?.element.querySelector("button")?.focus();
    summary.textContent = summed();
  };
  counts.addEventListener("list", drawList);
  counts.addEventListener("picture", drawOne);
  const returnDrops = takeDrops({ words: "dropCount", take: (files) => counts.add(files) });
  drawList();
  const unmount = () => {
    counts.removeEventListener("list", drawList);
    counts.removeEventListener("picture", drawOne);
    returnDrops();
  };
  return { element, unmount };
}

/** How far all pictures are, in words. */
function summed() {
  const open = counts.all.filter((one) => one.state === "waiting" || isOnItsWay(one)).length;
  const failed = counts.all.filter(({ state }) => state === "failed").length;
  const doubts = counts.all.filter(({ counted }) => counted?.abstained).length;
  const sure = counts.all.length - open - failed - doubts;
  return [
    open > 0 && t("countOpen", { n: open }),
    t("countDone", { n: sure }),
    doubts > 0 && t("countDoubts", { n: doubts }),
    failed > 0 && t("countFailed", { n: failed }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {HTMLElement} list @returns {number | null} the place of the card that has the focus */
function focusIn(list) {
  const place = [...list.children].findIndex((card) => card.contains(document.activeElement));
  return place < 0 ? null : place;
}

/** A card that is taken away leaves the focus to the next one, the last one to the button that chooses more. */
function focusNear(/** @type {HTMLElement} */ element, /** @type {number} */ place) {
  const cards = [...element.querySelectorAll(".count-card")];
  const near = cards[Math.min(place, cards.length - 1)] ?? element;
  /** @type {HTMLElement | null | undefined} */ (near?.querySelector("button"))?.focus();
}

function empty() {
  return h(
    "div",
    { class: "empty empty-count" },
    icon("tools"),
    h("h2", {}, t("emptyCount")),
    h("p", {}, t("emptyCountLine")),
  );
}

function limit() {
  return h("p", { class: "count-limit" }, t("countLimit"), " ", h("code", {}, CHECK));
}
