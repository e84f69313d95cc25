// @ts-check
/** The tool that follows: a video is opened, things are pointed at, and they stay marked while it plays. */

import { api, asApiError } from "./api.js";
import { fill, h } from "./dom.js";
import { takeDrops } from "./drop.js";
import { bytes } from "./format.js";
import { icon } from "./icons.js";
import { either, t } from "./i18n.js";
import { trackBar } from "./track-bar.js";
import { trackObjects } from "./track-objects.js";
import { trackStage } from "./track-stage.js";
import { chooseVideo, tracking } from "./tracking.js";

/** @returns {{element: HTMLElement, unmount: () => void}} */
export function trackTool() {
  const choose = h("button", { class: "main-button", type: "button", onclick: chooseVideo }, icon("plus"), t("chooseVideo"));
  const close = h(
    "button",
    { class: "quiet-button", type: "button", onclick: () => (tracking.close(), choose.focus()) },
    icon("close"),
    t("trackClose"),
  );
  const line = h("p", { class: "place-line" });
  const head = h(
    "header",
    { class: "tool-head" },
    h("div", { class: "track-title" }, h("h2", {}, t("track")), line),
    h("div", { class: "track-head-actions" }, close, choose),
  );
  const body = h("div", { class: "track-body" });
  const element = h("section", { class: "track-tool", "aria-label": t("track") }, head, body);
  /** @type {(() => void)[]} */
  let parts = [];
  let drawn = "";

  const draw = () => {
    const { state, file, video } = tracking;
    close.hidden = state === "none";
    line.textContent = video ? "" : t("trackLine");
    if (video && file) fill(line, h("span", { class: "track-file" }, file.name), ` · ${video.width} × ${video.height}`);
    if (state === drawn && state === "sending") return drawSending(body);
    if (state === drawn) return;
    drawn = state;
    for (const unmount of parts) unmount();
    parts = [];
    if (state === "none") drawEmpty(body);
    else if (state === "sending" || state === "opening") drawSending(body);
    else if (state === "open") parts = drawOpen(body);
    else drawBroken(body);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => onKey(event);
  tracking.addEventListener("state", draw);
  document.addEventListener("keydown", keys);
  const returnDrops = takeDrops({ words: "dropTrack", take: (files) => tracking.open(files) });
  draw();
  const unmount = () => {
    tracking.removeEventListener("state", draw);
    document.removeEventListener("keydown", keys);
    returnDrops();
    tracking.pause();
    for (const part of parts) part();
  };
  return { element, unmount };
}

/** What to do first, and what is missing for it. @param {HTMLElement} body */
async function drawEmpty(body) {
  const missing = h("div", {});
  fill(
    body,
    h(
      "div",
      { class: "empty empty-count" },
      icon("film"),
      h("h2", {}, t("emptyTrack")),
      h("p", {}, t("emptyTrackLine")),
      missing,
    ),
  );
  try {
    const room = await api.trackingRoom();
    if (!room.ready) fill(missing, note(either(room.detail, room.detail_zh)));
    else if (room.open >= room.most) fill(missing, note(t("trackFull", { n: room.most })));
  } catch (error) {
    fill(missing, note(asApiError(error).text()));
  }
}

/** @param {string} text */
function note(text) {
  return h("p", { class: "track-note", role: "alert" }, icon("warn"), h("span", {}, text));
}

/** @param {HTMLElement} body */
function drawSending(body) {
  const { file, sent, state } = tracking;
  const share = Math.floor(sent * 100);
  const words = state === "opening" ? t("trackOpening") : t("upSending", { n: share });
  const known = body.querySelector("progress");
  if (known && state === "sending") {
    known.value = share;
    /** @type {HTMLElement} */ (body.querySelector(".stage span:last-child")).textContent = words;
    return;
  }
  fill(
    body,
    h(
      "div",
      { class: "empty empty-count" },
      h("p", { class: "track-file" }, file?.name ?? "", " · ", bytes(file?.size ?? 0)),
      h(
        "p",
        { class: "stage", role: "status" },
        h("span", { class: "breath", "aria-hidden": "true" }),
        h("span", {}, words),
      ),
      state === "sending" && h("progress", { class: "track-sent", max: "100", value: String(share) }),
    ),
  );
}

/** @param {HTMLElement} body */
function drawOpen(body) {
  const stage = trackStage();
  const bar = trackBar();
  const objects = trackObjects();
  fill(
    body,
    h("div", { class: "track-desk" }, h("div", { class: "track-view" }, stage.element, bar.element), objects.element),
    h("p", { class: "track-keys" }, t("trackKeys")),
  );
  stage.draw();
  return [stage.unmount, bar.unmount, objects.unmount];
}

/** Something failed, or the server closed the video: what it was, and the way on. @param {HTMLElement} body */
function drawBroken(body) {
  const isGone = tracking.state === "gone";
  const text = isGone ? t("trackGoneLine") : (tracking.error?.text() ?? "");
  const again = h(
    "button",
    { class: "main-button", type: "button", onclick: () => tracking.again() },
    icon("retry"),
    t(isGone ? "trackReopen" : "retry"),
  );
  fill(
    body,
    h(
      "div",
      { class: "empty empty-count", role: "alert" },
      icon(isGone ? "film" : "warn"),
      h("h2", {}, t(isGone ? "trackGone" : "trackFailed")),
      h("p", {}, text),
      again,
    ),
  );
}

/** Space plays, arrows step, Escape pauses, then lets go of the object. @param {KeyboardEvent} event */
function onKey(event) {
  if (tracking.state !== "open" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = /** @type {HTMLElement} */ (event.target);
  if (on.closest("input:not([type=range]), textarea, select")) return;
  const isButton = on.closest("button, a");
  if (event.key === " " && !isButton) tracking.toggle();
  else if (event.key === "ArrowLeft") tracking.step(event.shiftKey ? -10 : -1);
  else if (event.key === "ArrowRight") tracking.step(event.shiftKey ? 10 : 1);
  else if (event.key === "n" || event.key === "N") tracking.choose(null);
  else if (event.key === "Escape" && tracking.playing) tracking.pause();
  else if (event.key === "Escape" && tracking.chosen) tracking.choose(null);
  else return;
  event.preventDefault();
}
