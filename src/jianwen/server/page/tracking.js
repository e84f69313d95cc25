// @ts-check
/** The video that is open for tracking: its objects, what was said of them, and where they were seen so far.
 *
 * Lives outside of the place that shows it, so that another place can be looked at meanwhile. Draws nothing.
 */

import { api, ApiError, asApiError } from "./api.js";
import { choose } from "./choose.js";
import { t } from "./i18n.js";
import { sendFile } from "./send-file.js";
import { events } from "./sse.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").Video} Video */
/** @typedef {import("./types.js").SeenObject} SeenObject */
/** @typedef {import("./types.js").Happened} Happened */
/** @typedef {{x: number, y: number, on: boolean}} Point fractions of the picture */
/** @typedef {{points: Point[], box: number[] | null}} Said what was said of an object in a frame */
/** @typedef {{id: string, label: string, hue: number, said: Map<number, Said>}} Followed */
/** @typedef {{time_s: number, objects: Map<string, SeenObject>}} Look one frame */
/** @typedef {"none" | "sending" | "opening" | "open" | "failed" | "gone"} State */

const ALIVE_MS = 4 * 60_000; // the server closes a video that is left alone for ten minutes
const MOST_MASKS = 20_000; // object-frames whose masks are kept; older ones keep their places
const SAME_S = 0.1; // the same thing said again after going back

/** Events: "state", "objects" (also what was seen or happened), "at" (the frame that is shown). */
class Tracking extends EventTarget {
  /** @type {State} */
  state = "none";
  /** @type {File | null} */
  file = null;
  sent = 0;
  /** @type {Video | null} */
  video = null;
  /** @type {ApiError | null} */
  error = null;
  /** @type {Followed[]} */
  objects = [];
  /** @type {string | null} the object that is pointed at next; null begins a new one */
  chosen = null;
  at = 0;
  playing = false;
  /** @type {number | null} the frame that the tracker has come to on its way to the one that is shown */
  behind = null;
  /** What is being said to the server now. */
  saying = 0;
  /** Frames a second, while playing. */
  speed = 0;
  /** @type {Look[]} by frame, with holes */
  seen = [];
  /** @type {Happened[]} in the order of time */
  happened = [];
  /** @type {AbortController | null} */
  #run = null;
  #named = 0;
  /** @type {SeenObject[]} those that still have a mask, oldest first */
  #masks = [];

  /** @param {File[]} files */
  open(files) {
    if (!files.length) return toast(t("upEmpty"));
    this.close();
    this.file = files[0];
    return this.#send();
  }

  /** Once more, with everything that was said: after an error, or when the server has closed it. */
  async again() {
    const kept = this.objects;
    const { at, chosen } = this;
    this.#leave();
    await this.#send();
    if (this.state !== "open") return;
    this.objects = kept;
    for (const object of kept) for (const [frame] of object.said) await this.#tell(object, frame);
    this.choose(chosen);
    this.goTo(at);
  }

  close() {
    this.#leave();
    this.file = null;
    this.objects = [];
    this.chosen = null;
    this.#named = 0;
    this.#become("none");
  }

  /** The page goes: so does the video. */
  farewell() {
    if (this.video) api.farewellVideo(this.video.id);
    this.pause();
    if (this.state === "open") this.#become("gone");
  }

  /** @param {number} frame */
  goTo(frame) {
    if (!this.video) return;
    this.pause();
    this.#stand(Math.min(Math.max(0, Math.round(frame)), this.video.frames - 1));
  }

  /** @param {number} frames */
  step(frames) {
    this.goTo(this.at + frames);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  pause() {
    this.#run?.abort();
    this.#run = null;
    if (!this.playing) return;
    this.playing = false;
    this.behind = null;
    this.#say("at");
  }

  /** Follow from the frame that is shown, from the beginning when that is the last one. */
  async play() {
    if (!this.video || this.playing || this.state !== "open") return;
    if (this.at >= this.video.frames - 1) this.#stand(0);
    const run = new AbortController();
    this.#run = run;
    this.playing = true;
    this.#say("at");
    try {
      const response = await api.run(this.video.id, this.at, run.signal);
      for await (const { event, data } of events(response)) {
        if (run.signal.aborted) return;
        this.#hear(event, data);
      }
      if (!run.signal.aborted) this.pause();
    } catch (error) {
      if (run.signal.aborted) return;
      this.pause();
      this.#fail(error);
    }
  }

  /** @param {Point} point */
  point(point) {
    const object = this.#pointed(point.on);
    if (!object) return toast(t("trackFirstOn"));
    const said = object.said.get(this.at) ?? { points: [], box: null };
    object.said.set(this.at, { ...said, points: [...said.points, point] });
    return this.#told(object);
  }

  /** A box begins anew what is said of the object in this frame. @param {number[]} box */
  box(box) {
    const object = this.#pointed(true);
    if (!object) return;
    object.said.set(this.at, { points: [], box });
    return this.#told(object);
  }

  /** Take back the last point of the chosen object in this frame, or its box. */
  undo() {
    const object = this.objects.find(({ id }) => id === this.chosen);
    const said = object?.said.get(this.at);
    if (!object || !said) return;
    const points = said.points.slice(0, -1);
    const box = said.points.length ? said.box : null;
    if (points.length || box) {
      object.said.set(this.at, { points, box });
      return this.#told(object);
    }
    return this.#unsay(object);
  }

  /** @param {string | null} id */
  choose(id) {
    this.chosen = id;
    this.#say("objects");
  }

  /** @param {Followed} object @param {string} label */
  rename(object, label) {
    object.label = label.trim().slice(0, 40) || object.label;
    this.#say("objects");
  }

  /** @param {Followed} object */
  async remove(object) {
    this.pause();
    this.#drop(object);
    try {
      if (this.video) await api.removeObject(this.video.id, object.id);
    } catch (error) {
      if (asApiError(error).status !== 404) this.#fail(error);
    }
  }

  /** @param {string} id */
  label(id) {
    return this.objects.find((object) => object.id === id)?.label ?? id;
  }

  /** Seconds into the video. @param {number} frame */
  timeOf(frame) {
    return this.seen[frame]?.time_s ?? frame / (this.video?.fps || 30);
  }

  /** The frame of a moment. @param {number} time_s */
  frameAt(time_s) {
    let frame = Math.round(time_s * (this.video?.fps || 30));
    while (frame > 0 && this.timeOf(frame) > time_s + 1e-3) frame -= 1; // a phone's frames are not evenly spaced
    return frame;
  }

  async #send() {
    const file = /** @type {File} */ (this.file);
    this.error = null;
    this.sent = 0;
    this.#become("sending");
    try {
      /** @type {Video} */
      const video = await sendFile("/api/tracking", file, (sent) => {
        if (this.file !== file) return;
        this.sent = sent;
        this.#become(sent < 1 ? "sending" : "opening");
      });
      if (this.file !== file) return api.farewellVideo(video.id); // closed meanwhile
      this.video = video;
      this.#become("open");
    } catch (error) {
      if (this.file !== file) return;
      this.error = asApiError(error);
      this.#become("failed");
    }
  }

  /** Everything that belongs to a video which the server has, but for what was said. */
  #leave() {
    this.pause();
    if (this.video) api.farewellVideo(this.video.id);
    this.video = null;
    this.error = null;
    this.seen = [];
    this.happened = [];
    this.#masks = [];
    this.at = 0;
  }

  /** The chosen object, or a new one where that makes sense. @param {boolean} mayBegin */
  #pointed(mayBegin) {
    if (this.state !== "open") return null;
    this.pause();
    const chosen = this.objects.find(({ id }) => id === this.chosen);
    if (chosen || !mayBegin) return chosen ?? null;
    this.#named += 1;
    const id = String(this.#named);
    const taken = this.objects.map(({ hue }) => hue);
    const hue = [...Array(MOST_HUES).keys()].find((one) => !taken.includes(one)) ?? this.#named % MOST_HUES;
    const object = { id, label: id, hue, said: new Map() };
    this.objects = [...this.objects, object];
    this.chosen = id;
    return object;
  }

  /** @param {Followed} object */
  async #told(object) {
    const frame = this.at;
    this.#stale(object.id, frame);
    this.#say("objects");
    await this.#tell(object, frame);
  }

  /** @param {Followed} object @param {number} frame */
  async #tell(object, frame) {
    const said = object.said.get(frame);
    if (!this.video || !said) return;
    this.saying += 1;
    this.#say("at");
    try {
      const seen = await api.sayObject(this.video.id, { object: object.id, frame, ...said });
      if (object.said.get(frame) === said) this.#keep(frame, seen);
    } catch (error) {
      if (object.said.get(frame) === said) object.said.delete(frame);
      if (!object.said.size) this.#drop(object);
      this.#fail(error);
    } finally {
      this.saying -= 1;
      this.#say("objects");
    }
  }

  /** @param {Followed} object */
  async #unsay(object) {
    const frame = this.at;
    object.said.delete(frame);
    this.#stale(object.id, frame - 1);
    if (!object.said.size) this.#drop(object);
    else this.#say("objects");
    try {
      if (this.video) await api.unsayObject(this.video.id, object.id, frame);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {Followed} object */
  #drop(object) {
    this.objects = this.objects.filter((one) => one !== object);
    if (this.chosen === object.id) this.chosen = null;
    this.#stale(object.id, -1);
    this.#say("objects");
  }

  /** What was seen of an object after a frame rests on what was said before. @param {string} id @param {number} frame */
  #stale(id, frame) {
    this.seen.forEach((look, at) => at > frame && look.objects.delete(id));
    const time_s = this.timeOf(frame);
    this.happened = this.happened.filter((one) => one.time_s <= time_s || !one.objects.includes(id));
  }

  /** @param {string} event @param {any} data */
  #hear(event, data) {
    if (event === "error") throw new ApiError(data);
    if (event === "behind") this.behind = data.frame;
    if (event === "frame") {
      this.behind = null;
      this.#measure();
      /** @type {Look} */
      const look = { time_s: data.time_s, objects: new Map() };
      this.seen[data.frame] = look;
      for (const seen of data.objects) this.#keep(data.frame, seen);
      this.at = data.frame;
    }
    for (const one of data.events ?? []) this.#happen(one);
    this.#say("at");
  }

  /** @param {number} frame @param {SeenObject} seen */
  #keep(frame, seen) {
    if (!this.objects.some(({ id }) => id === seen.name)) return;
    this.seen[frame] ??= { time_s: this.timeOf(frame), objects: new Map() };
    this.seen[frame].objects.set(seen.name, seen);
    this.#masks.push(seen);
    if (this.#masks.length > MOST_MASKS) for (const old of this.#masks.splice(0, 1000)) old.mask = null;
  }

  /** @param {Happened} one */
  #happen(one) {
    const same = (/** @type {Happened} */ other) =>
      other.kind === one.kind &&
      Math.abs(other.time_s - one.time_s) < SAME_S &&
      other.objects.join() === one.objects.join();
    this.happened = [...this.happened.filter((other) => !same(other)), one].sort((a, b) => a.time_s - b.time_s);
    this.#say("objects");
  }

  #lastFrame_ms = 0;

  #measure() {
    const now_ms = performance.now();
    const speed = 1000 / Math.max(1, now_ms - this.#lastFrame_ms);
    this.speed = this.#lastFrame_ms && speed > 0.5 ? this.speed * 0.9 + speed * 0.1 : 0;
    this.#lastFrame_ms = now_ms;
  }

  /** @param {number} frame */
  #stand(frame) {
    this.at = frame;
    this.#say("at");
  }

  /** @param {unknown} error */
  #fail(error) {
    const told = asApiError(error);
    const isGone = told.status === 404 && told.told.en.includes("tracking session");
    if (isGone && this.state === "open") this.#become("gone");
    else toast(told.text(), { bad: true, seconds: 8 });
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    this.#say("state");
  }

  /** @param {string} name */
  #say(name) {
    this.dispatchEvent(new Event(name));
  }

  /** Tell the server that somebody is still looking. */
  async stay() {
    if (this.state !== "open" || !this.video || document.hidden) return;
    try {
      await api.video(this.video.id);
    } catch (error) {
      if (asApiError(error).status === 404) this.#fail(error);
    }
  }
}

export const MOST_HUES = 8;
export const tracking = new Tracking();

export function chooseVideo() {
  choose((files) => tracking.open(files), "video/*");
}

window.addEventListener("pagehide", () => tracking.farewell());
setInterval(() => tracking.stay(), ALIVE_MS);
