// @ts-check
/** Below the frame: play and steps, the place in the video, and a lane for each object with what happened above them. */

import { fill, h, oncePerFrame } from "./dom.js";
import { figure } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { colour } from "./track-colour.js";
import { tracking } from "./tracking.js";

/** @typedef {import("./tracking.js").Followed} Followed */

const LANE_PX = 7;
const MARKS_PX = 12;
const INSET_PX = 8; // half of the slider's thumb, so that a place in the lanes is above the same place of the slider

/** @returns {{element: HTMLElement, unmount: () => void}} */
export function trackBar() {
  const play = h("button", { class: "track-play", type: "button", onclick: () => tracking.toggle() });
  const back = h("button", stepButton(-1), icon("before"));
  const on = h("button", stepButton(1), icon("after"));
  const range = h("input", {
    class: "track-range",
    type: "range",
    min: "0",
    step: "1",
    "aria-label": t("trackFrame"),
    oninput: () => tracking.goTo(Number(range.value)),
  });
  const lanes = h("canvas", { class: "track-lanes", "aria-hidden": "true" });
  const clock = h("p", { class: "track-clock" });
  const says = h("p", { class: "track-says", role: "status" });
  const scale = h("div", { class: "track-scale" }, lanes, range);
  lanes.addEventListener("click", (event) => {
    const { left, width } = lanes.getBoundingClientRect();
    const share = (event.clientX - left - INSET_PX) / (width - 2 * INSET_PX);
    tracking.goTo(share * ((tracking.video?.frames ?? 1) - 1));
  });
  const line = h("div", { class: "track-line" }, clock, says);
  const element = h("div", { class: "track-bar" }, h("div", { class: "track-moves" }, back, play, on), scale, line);

  const draw = oncePerFrame(() => {
    const { video, at, playing } = tracking;
    if (!video) return;
    const name = t(playing ? "trackPause" : "trackPlay");
    if (play.getAttribute("aria-label") !== name) {
      play.setAttribute("aria-label", name);
      play.title = name;
      fill(play, icon(playing ? "pause" : "play"));
    }
    range.max = String(video.frames - 1);
    range.value = String(at);
    const place = t("trackAt", { n: at + 1, of: video.frames });
    const time = clockOf(tracking.timeOf(at));
    range.setAttribute("aria-valuetext", `${place}, ${time}`);
    clock.textContent = `${place} · ${time}`;
    const told = telling();
    if (says.textContent !== told) says.textContent = told;
    paintLanes(lanes, video.frames);
  });
  const resized = new ResizeObserver(draw);
  resized.observe(scale);
  tracking.addEventListener("at", draw);
  tracking.addEventListener("objects", draw);
  const unmount = () => {
    resized.disconnect();
    tracking.removeEventListener("at", draw);
    tracking.removeEventListener("objects", draw);
  };
  draw();
  return { element, unmount };
}

/** What is going on, in words. */
function telling() {
  if (tracking.saying) return t("trackLooking");
  if (tracking.behind !== null) return t("trackBehind", { n: tracking.behind + 1, of: tracking.at + 1 });
  if (tracking.playing && tracking.speed && tracking.objects.length)
    return t("trackSpeed", { n: figure(tracking.speed, tracking.speed < 10 ? 1 : 0) });
  if (tracking.playing) return t("trackPlaying");
  return "";
}

/** @param {number} frames */
function stepButton(frames) {
  const name = t(frames < 0 ? "trackBefore" : "trackAfter");
  return {
    class: "icon-button",
    type: "button",
    "aria-label": name,
    title: name,
    onclick: () => tracking.step(frames),
  };
}

/** Minutes, seconds and hundredths. @param {number} time_s */
export function clockOf(time_s) {
  const minutes = Math.floor(time_s / 60);
  return `${minutes}:${(time_s - 60 * minutes).toFixed(2).padStart(5, "0")}`;
}

/** @param {HTMLCanvasElement} canvas @param {number} frames */
function paintLanes(canvas, frames) {
  const width = canvas.parentElement?.clientWidth ?? 0;
  const height = MARKS_PX + Math.max(1, tracking.objects.length) * LANE_PX + 2;
  const pixels = Math.min(2, window.devicePixelRatio || 1);
  canvas.style.height = `${height}px`;
  canvas.width = width * pixels;
  canvas.height = height * pixels;
  const context = canvas.getContext("2d");
  if (!context || frames < 1) return;
  context.setTransform(pixels, 0, 0, pixels, 0, 0);
  const look = getComputedStyle(canvas);
  const xOf = (/** @type {number} */ frame) => (frame / Math.max(1, frames - 1)) * (width - 2 * INSET_PX) + INSET_PX;
  tracking.objects.forEach((object, place) =>
    paintLane(context, object, MARKS_PX + place * LANE_PX + LANE_PX / 2, xOf, look.borderTopColor),
  );
  context.fillStyle = look.color;
  for (const one of tracking.happened) mark(context, xOf(tracking.frameAt(one.time_s)));
  context.fillRect(xOf(tracking.at) - 0.75, 0, 1.5, height);
}

/** Thick where it is seen, dots where it is lost, a bar where it was found again, a diamond where it was pointed at. */
function paintLane(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Followed} */ object,
  /** @type {number} */ y,
  /** @type {(frame: number) => number} */ xOf,
  /** @type {string} */ faint,
) {
  const frames = tracking.video?.frames ?? 1;
  line(context, xOf(0), xOf(frames - 1), y, { style: faint, width: 1, dashes: [] });
  for (const { from, to, isLost } of stretches(object.id))
    line(context, xOf(from), Math.max(xOf(to), xOf(from) + 1), y, {
      style: colour(object.hue, isLost ? 0.9 : 1),
      width: isLost ? 2 : 4,
      dashes: isLost ? [2, 3] : [],
    });
  context.fillStyle = colour(object.hue);
  tracking.seen.forEach((look, frame) => {
    if (look.objects.get(object.id)?.found_again) context.fillRect(xOf(frame) - 1, y - 5, 2.5, 10);
  });
  for (const frame of object.said.keys()) {
    context.save();
    context.translate(xOf(frame), y);
    context.rotate(Math.PI / 4);
    context.strokeStyle = "#101010";
    context.fillRect(-3.5, -3.5, 7, 7);
    context.strokeRect(-3.5, -3.5, 7, 7);
    context.restore();
  }
}

function line(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {number} */ from,
  /** @type {number} */ to,
  /** @type {number} */ y,
  /** @type {{style: string, width: number, dashes: number[]}} */ { style, width, dashes },
) {
  context.save();
  context.strokeStyle = style;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
  context.restore();
}

/** A small pin above the lanes. @param {CanvasRenderingContext2D} context @param {number} x */
function mark(context, x) {
  context.beginPath();
  context.moveTo(x - 4, 1);
  context.lineTo(x + 4, 1);
  context.lineTo(x, 9);
  context.fill();
}

/**
 * Where an object was seen, and where it was lost, each from frame to frame.
 * @param {string} id
 * @returns {{from: number, to: number, isLost: boolean}[]}
 */
export function stretches(id) {
  /** @type {{from: number, to: number, isLost: boolean}[]} */
  const found = [];
  tracking.seen.forEach((look, frame) => {
    const here = look.objects.get(id);
    if (!here) return;
    const last = found.at(-1);
    if (last && last.to === frame - 1 && last.isLost === here.lost) last.to = frame;
    else found.push({ from: frame, to: frame, isLost: here.lost });
  });
  return found;
}
