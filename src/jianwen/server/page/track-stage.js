// @ts-check
/** The frame, and over it what is followed: masks, trails, names, points. Pointing happens here too. */

import { api } from "./api.js";
import { h, oncePerFrame } from "./dom.js";
import { t } from "./i18n.js";
import { colour, rgb } from "./track-colour.js";
import { maskPicture } from "./track-mask.js";
import { tracking } from "./tracking.js";

/** @typedef {import("./tracking.js").Followed} Followed */
/** @typedef {import("./types.js").SeenObject} SeenObject */

const TRAIL = 60; // frames
const AGAIN = 15; // frames for which a find is shown
const DRAG_PX = 6; // less is a click
const LONG_MS = 500; // a finger that stays means "not this"
const AT_ONCE = 2; // pictures on their way
const STEP = 0.01; // of the picture, by an arrow key

/** @returns {{element: HTMLElement, draw: () => void, unmount: () => void}} */
export function trackStage() {
  const canvas = h("canvas", {
    class: "track-canvas",
    tabindex: "0",
    role: "application",
    "aria-label": t("trackCanvas"),
    "aria-describedby": "track-hint",
  });
  const element = h("div", { class: "track-stage" }, canvas);
  const pictures = new Shown(() => draw());
  const pointer = new Pointing(canvas, () => draw());
  const draw = oncePerFrame(() => {
    pictures.want(tracking.at);
    paint(canvas, pictures, pointer);
  });
  const resized = new ResizeObserver(draw);
  resized.observe(element);
  tracking.addEventListener("at", draw);
  tracking.addEventListener("objects", draw);
  const unmount = () => {
    resized.disconnect();
    tracking.removeEventListener("at", draw);
    tracking.removeEventListener("objects", draw);
  };
  return { element, draw, unmount };
}

/** The picture of the frame that is shown: the newest that has come, never an older one after it. */
class Shown {
  /** @type {HTMLImageElement | null} */
  image = null;
  frame = -1;
  #wanted = -1;
  #open = 0;
  #asked = 0; // in the order of asking
  #come = 0;
  #failed = -1;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {number} frame */
  want(frame) {
    this.#wanted = frame;
    if (frame !== this.frame && frame !== this.#failed && this.#open < AT_ONCE) this.#fetch(frame);
  }

  /** @param {number} frame */
  #fetch(frame) {
    if (!tracking.video || this.#fetching.has(frame)) return;
    const image = new Image();
    const number = ++this.#asked;
    this.#fetching.add(frame);
    this.#open += 1;
    const done = (/** @type {boolean} */ isHere) => {
      this.#open -= 1;
      this.#fetching.delete(frame);
      if (!isHere) this.#failed = frame;
      else if (number > this.#come) {
        this.#come = number;
        this.image = image;
        this.frame = frame;
        this.#failed = -1;
      }
      this.changed();
    };
    image.src = api.frame(tracking.video.id, frame);
    image.decode().then(
      () => done(true),
      () => done(false),
    );
  }

  /** @type {Set<number>} */
  #fetching = new Set();

  get isMissing() {
    return this.#failed === this.#wanted;
  }
}

/** A hand, a finger or the keyboard over the canvas. Places are fractions of the picture. */
class Pointing {
  /** @type {number[] | null} where a press began, and where it is now */
  drag = null;
  /** @type {{x: number, y: number} | null} the cross that arrow keys move */
  cross = null;
  #isOff = false;
  /** @type {number | undefined} */
  #timer = undefined;

  /** @param {HTMLCanvasElement} canvas @param {() => void} changed */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", () => this.cancel());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#stopPointing());
  }

  cancel() {
    clearTimeout(this.#timer);
    this.drag = null;
    this.changed();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0 && event.button !== 2) return;
    this.canvas.setPointerCapture(event.pointerId);
    tracking.pause();
    const { x, y } = this.#place(event);
    this.drag = [x, y, x, y];
    this.#isOff = event.shiftKey || event.button === 2;
    this.#timer = setTimeout(() => {
      if (!this.drag || this.#isBox()) return;
      this.#isOff = true;
      navigator.vibrate?.(20);
      this.#point();
    }, LONG_MS);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.drag) return;
    const { x, y } = this.#place(event);
    this.drag = [this.drag[0], this.drag[1], x, y];
    this.changed();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.drag) return;
    this.#move(event);
    if (this.#isBox()) {
      const [x0, y0, x1, y1] = this.drag;
      this.cancel();
      tracking.box([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)]);
    } else this.#point();
  }

  #point() {
    const [x, y] = /** @type {number[]} */ (this.drag);
    const on = !this.#isOff;
    this.cancel();
    tracking.point({ x, y, on });
  }

  #isBox() {
    const [x0, y0, x1, y1] = this.drag ?? [0, 0, 0, 0];
    const { width, height } = this.canvas.getBoundingClientRect();
    return Math.abs(x1 - x0) * width > DRAG_PX && Math.abs(y1 - y0) * height > DRAG_PX;
  }

  /** Enter begins, arrows move, Enter sets a point, Backspace one beside the object, Escape ends. @param {KeyboardEvent} event */
  #key(event) {
    if (!this.cross) {
      if (event.key !== "Enter") return;
      tracking.pause();
      this.cross = { x: 0.5, y: 0.5 };
    } else if (event.key === "Enter" || event.key === "Backspace") {
      tracking.point({ ...this.cross, on: event.key === "Enter" && !event.shiftKey });
    } else if (event.key === "Escape") this.#stopPointing();
    else if (event.key in MOVES) {
      const [across, down] = MOVES[/** @type {keyof typeof MOVES} */ (event.key)];
      const step = STEP * (event.shiftKey ? 5 : 1);
      this.cross = { x: inside(this.cross.x + across * step), y: inside(this.cross.y + down * step) };
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.changed();
  }

  #stopPointing() {
    this.cross = null;
    this.changed();
  }

  /** @param {PointerEvent} event */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: inside((clientX - left) / width), y: inside((clientY - top) / height) };
  }
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));

/** @param {HTMLCanvasElement} canvas @param {Shown} pictures @param {Pointing} pointer */
function paint(canvas, pictures, pointer) {
  const video = tracking.video;
  const context = canvas.getContext("2d");
  if (!video || !context) return;
  const width = canvas.parentElement?.clientWidth ?? 0;
  const tallest = Math.max(220, window.innerHeight * 0.62);
  const scale = Math.min(width / video.width, tallest / video.height);
  const pixels = Math.min(2, window.devicePixelRatio || 1);
  canvas.style.width = `${Math.round(video.width * scale)}px`;
  canvas.style.height = `${Math.round(video.height * scale)}px`;
  const size = { w: Math.round(video.width * scale), h: Math.round(video.height * scale) };
  if (canvas.width !== size.w * pixels || canvas.height !== size.h * pixels) {
    canvas.width = size.w * pixels;
    canvas.height = size.h * pixels;
  }
  context.setTransform(pixels, 0, 0, pixels, 0, 0);
  context.clearRect(0, 0, size.w, size.h);
  if (pictures.image) context.drawImage(pictures.image, 0, 0, size.w, size.h);
  // Told to tests and to whoever wonders whether the picture belongs to the number beside it.
  canvas.dataset.frame = String(pictures.frame);
  const frame = pictures.frame;
  if (frame < 0) return;
  for (const object of tracking.objects) {
    trail(context, size, object, frame);
    seen(context, size, object, frame);
  }
  const chosen = tracking.objects.find(({ id }) => id === tracking.chosen);
  for (const object of tracking.objects) said(context, size, object, frame, object === chosen);
  drag(context, size, pointer, chosen);
}

/** @typedef {{w: number, h: number}} Size */

/** @param {CanvasRenderingContext2D} context @param {Size} size @param {Followed} object @param {number} frame */
function seen(context, size, object, frame) {
  const here = tracking.seen[frame]?.objects.get(object.id);
  if (!here) return;
  if (here.lost || !here.box) return lost(context, size, object, frame);
  if (here.mask) {
    const [x0, y0, x1, y1] = here.mask.box;
    const picture = maskPicture(here.mask, rgb(object.hue));
    context.drawImage(picture, x0 * size.w, y0 * size.h, (x1 - x0) * size.w, (y1 - y0) * size.h);
  }
  if (foundAgain(object.id, frame)) ring(context, size, here.centre ?? [0, 0], object, false);
  tag(context, size, object, here.box);
}

/** Where it was seen last, with a ring of dashes and a question mark. */
function lost(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {Followed} */ object,
  /** @type {number} */ frame,
) {
  for (let at = frame - 1; at >= 0; at -= 1) {
    const before = tracking.seen[at]?.objects.get(object.id);
    if (!before) return;
    if (before.lost || !before.centre) continue;
    ring(context, size, before.centre, object, true);
    label(context, size, `${object.label} ?`, before.centre[0] * size.w, before.centre[1] * size.h - 18, object, true);
    return;
  }
}

/** @param {string} id @param {number} frame */
export function foundAgain(id, frame) {
  for (let at = frame; at > frame - AGAIN && at >= 0; at -= 1)
    if (tracking.seen[at]?.objects.get(id)?.found_again) return true;
  return false;
}

function ring(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {number[]} */ centre,
  /** @type {Followed} */ object,
  /** @type {boolean} */ isLost,
) {
  context.save();
  context.lineWidth = isLost ? 2 : 3;
  context.strokeStyle = colour(object.hue, isLost ? 0.9 : 1);
  context.shadowColor = "rgb(0 0 0 / 0.7)";
  context.shadowBlur = 3;
  if (isLost) context.setLineDash([4, 4]);
  for (const radius of isLost ? [14] : [15, 20]) {
    context.beginPath();
    context.arc(centre[0] * size.w, centre[1] * size.h, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  context.restore();
}

/** Where it came from; a gap where it was lost. */
function trail(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {Followed} */ object,
  /** @type {number} */ frame,
) {
  context.save();
  context.lineWidth = 2;
  context.lineCap = "round";
  /** @type {number[] | null} */
  let before = null;
  for (let at = Math.max(0, frame - TRAIL); at <= frame; at += 1) {
    const here = tracking.seen[at]?.objects.get(object.id);
    const centre = here && !here.lost ? here.centre : null;
    if (before && centre) {
      context.strokeStyle = colour(object.hue, 0.15 + (0.75 * (at - frame + TRAIL)) / TRAIL);
      context.beginPath();
      context.moveTo(before[0] * size.w, before[1] * size.h);
      context.lineTo(centre[0] * size.w, centre[1] * size.h);
      context.stroke();
    }
    before = centre;
  }
  context.restore();
}

/** The name above the box, or below it at the upper edge. */
function tag(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {Followed} */ object,
  /** @type {number[]} */ box,
) {
  const above = box[1] * size.h - 5;
  const y = above > 16 ? above : box[3] * size.h + 20;
  label(context, size, object.label, ((box[0] + box[2]) / 2) * size.w, y, object, false);
}

function label(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {string} */ text,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {Followed} */ object,
  /** @type {boolean} */ isLost,
) {
  context.save();
  context.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  const wide = Math.min(context.measureText(text).width, 150) + 10;
  const left = Math.min(Math.max(1, x - wide / 2), size.w - wide - 1);
  const bottom = Math.min(Math.max(17, y), size.h - 1);
  context.fillStyle = isLost ? "rgb(20 20 20 / 0.75)" : colour(object.hue, 0.95);
  context.beginPath();
  context.roundRect(left, bottom - 16, wide, 16, 5);
  context.fill();
  context.fillStyle = isLost ? colour(object.hue) : "#101010";
  context.fillText(text, left + 5, bottom - 4, wide - 10);
  context.restore();
}

/** What was said in this frame: points with a plus or a minus, boxes of dashes. */
function said(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {Followed} */ object,
  /** @type {number} */ frame,
  /** @type {boolean} */ isChosen,
) {
  const here = object.said.get(frame);
  if (!here) return;
  context.save();
  context.globalAlpha = isChosen ? 1 : 0.65;
  if (here.box) outline(context, size, here.box, object.hue);
  for (const { x, y, on } of here.points) {
    context.beginPath();
    context.arc(x * size.w, y * size.h, 6, 0, 2 * Math.PI);
    context.fillStyle = on ? colour(object.hue) : "#202020";
    context.fill();
    context.lineWidth = 1.75;
    context.strokeStyle = on ? "#ffffff" : colour(object.hue);
    context.stroke();
    context.strokeStyle = on ? "#101010" : "#ffffff";
    context.beginPath();
    context.moveTo(x * size.w - 3, y * size.h);
    context.lineTo(x * size.w + 3, y * size.h);
    if (on) {
      context.moveTo(x * size.w, y * size.h - 3);
      context.lineTo(x * size.w, y * size.h + 3);
    }
    context.stroke();
  }
  context.restore();
}

function outline(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {number[]} */ [x0, y0, x1, y1],
  /** @type {number} */ hue,
) {
  context.save();
  context.lineWidth = 2;
  context.setLineDash([6, 4]);
  context.strokeStyle = colour(hue);
  context.shadowColor = "rgb(0 0 0 / 0.8)";
  context.shadowBlur = 2;
  context.strokeRect(x0 * size.w, y0 * size.h, (x1 - x0) * size.w, (y1 - y0) * size.h);
  context.restore();
}

/** The box that is being drawn, and the keyboard's cross. */
function drag(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {Size} */ size,
  /** @type {Pointing} */ pointer,
  /** @type {Followed | undefined} */ chosen,
) {
  const hue = chosen?.hue ?? tracking.objects.length;
  if (pointer.drag) {
    const [x0, y0, x1, y1] = pointer.drag;
    outline(context, size, [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)], hue);
  }
  if (!pointer.cross) return;
  const x = pointer.cross.x * size.w;
  const y = pointer.cross.y * size.h;
  for (const [width, style] of /** @type {[number, string][]} */ ([
    [4, "rgb(0 0 0 / 0.7)"],
    [1.5, "#ffffff"],
  ])) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(x - 14, y);
    context.lineTo(x + 14, y);
    context.moveTo(x, y - 14);
    context.lineTo(x, y + 14);
    context.stroke();
  }
}
