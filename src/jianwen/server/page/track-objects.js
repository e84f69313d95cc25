// @ts-check
/** Beside the frame: what is followed, each with its colour, name and state; and what happened, in the order of time. */

import { fill, h, oncePerFrame } from "./dom.js";
import { figure } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { clockOf, stretches } from "./track-bar.js";
import { colour } from "./track-colour.js";
import { foundAgain } from "./track-stage.js";
import { tracking } from "./tracking.js";

/** @typedef {import("./tracking.js").Followed} Followed */

const MOST_SHOWN = 200; // events in the list; the marks on the bar are all there

/** @returns {{element: HTMLElement, unmount: () => void}} */
export function trackObjects() {
  /** @type {Map<string, ReturnType<typeof row>>} */
  const rows = new Map();
  const list = h("ul", { class: "track-objects", "aria-label": t("trackObjects") });
  const another = h(
    "button",
    { class: "small-button", type: "button", onclick: () => tracking.choose(null) },
    icon("plus"),
    t("trackAnother"),
  );
  const hint = h("p", { class: "track-hint", id: "track-hint", role: "status" });
  const events = h("ol", { class: "track-events", "aria-label": t("trackEvents") });
  const eventsHead = h("h3", { class: "track-label" }, t("trackEvents"));
  const element = h("div", { class: "track-side" }, hint, list, another, eventsHead, events);

  const drawStates = oncePerFrame(() => rows.forEach((one) => one.update()));
  const draw = oncePerFrame(() => {
    for (const [id, { element: gone }] of rows)
      if (!tracking.objects.some((object) => object.id === id)) {
        const hadFocus = gone.contains(document.activeElement);
        gone.remove();
        rows.delete(id);
        if (hadFocus) /** @type {HTMLElement | null} */ (list.querySelector("button") ?? another)?.focus();
      }
    for (const object of tracking.objects) {
      const known = rows.get(object.id);
      if (known && known.object === object) continue;
      known?.element.remove();
      const made = row(object);
      rows.set(object.id, made);
      list.append(made.element);
    }
    drawStates();
    another.hidden = !tracking.objects.length;
    another.setAttribute("aria-pressed", String(tracking.chosen === null));
    hint.textContent = advice();
    eventsHead.hidden = events.hidden = !tracking.happened.length;
    if (tracking.happened.length !== events.childElementCount) drawEvents(events);
  });
  tracking.addEventListener("objects", draw);
  tracking.addEventListener("at", drawStates);
  draw();
  const unmount = () => {
    tracking.removeEventListener("objects", draw);
    tracking.removeEventListener("at", drawStates);
  };
  return { element, unmount };
}

/** What a click does now. */
function advice() {
  const { chosen, objects } = tracking;
  if (!objects.length) return t("trackHintFirst");
  return chosen === null ? t("trackHintAnother") : t("trackHintChosen", { name: tracking.label(chosen) });
}

/** @param {Followed} object */
function row(object) {
  const dot = h("span", { class: "track-dot", "aria-hidden": "true" });
  dot.style.background = colour(object.hue);
  const choose = h(
    "button",
    { class: "track-choose", type: "button", onclick: () => tracking.choose(object.id) },
    dot,
    h("span", { class: "off-screen" }),
  );
  const name = h("input", {
    class: "track-name",
    value: object.label,
    maxlength: "40",
    size: "6",
    spellcheck: "false",
    "aria-label": t("trackName", { name: object.label }),
    onchange: () => {
      tracking.rename(object, name.value);
      name.value = object.label;
    },
    onfocus: () => tracking.choose(object.id),
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && name.blur(),
  });
  const state = h("span", { class: "track-state" });
  const undo = h(
    "button",
    { class: "icon-button", type: "button", onclick: () => (tracking.choose(object.id), tracking.undo()) },
    icon("undo"),
  );
  const remove = h(
    "button",
    { class: "icon-button", type: "button", onclick: () => tracking.remove(object) },
    icon("close"),
  );
  const element = h("li", { class: "track-object" }, choose, name, state, undo, remove);
  const update = () => {
    const isChosen = tracking.chosen === object.id;
    element.classList.toggle("chosen", isChosen);
    choose.setAttribute("aria-pressed", String(isChosen));
    /** @type {HTMLElement} */ (choose.lastChild).textContent = t("trackChoose", { name: object.label });
    remove.setAttribute("aria-label", t("trackRemove", { name: object.label }));
    remove.title = t("trackRemove", { name: object.label });
    undo.setAttribute("aria-label", t("trackUndo", { name: object.label }));
    undo.title = t("trackUndo", { name: object.label });
    undo.disabled = !object.said.has(tracking.at);
    const [look, words] = stateOf(object);
    state.className = `track-state track-${look}`;
    if (state.textContent !== words) state.textContent = words;
  };
  return { element, object, update };
}

/** How it looks in this frame, and the words for it. @param {Followed} object */
function stateOf(object) {
  const here = tracking.seen[tracking.at]?.objects.get(object.id);
  if (!here) return ["unknown", stretches(object.id).length ? t("trackNotYet") : ""];
  if (here.lost || !here.box) return ["lost", t("trackLost")];
  if (foundAgain(object.id, tracking.at)) return ["again", t("trackAgain")];
  return ["seen", `${figure(Math.floor(here.confidence * 100))}%`];
}

/** @param {HTMLElement} list */
function drawEvents(list) {
  fill(
    list,
    ...tracking.happened.slice(0, MOST_SHOWN).map((one) =>
      h(
        "li",
        {},
        h(
          "button",
          { class: "track-event", type: "button", onclick: () => tracking.goTo(tracking.frameAt(one.time_s)) },
          h("span", { class: "track-when" }, clockOf(one.time_s)),
          h("span", {}, t(`happened.${one.kind}`)),
          h("span", { class: "track-who" }, one.objects.map((id) => tracking.label(id)).join(" · ")),
        ),
      ),
    ),
  );
}
