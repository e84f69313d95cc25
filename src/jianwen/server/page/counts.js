// @ts-check
/** The pictures that are counted: two on their way at a time. They stay while the page is open, and only there. */

import { ApiError, asApiError } from "./api.js";
import { choose } from "./choose.js";
import { t } from "./i18n.js";
import { sendFile } from "./send-file.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").Counted} Counted */

/**
 * @typedef {object} Picture
 * @property {File} file
 * @property {string} url of the picture as it lies in the browser
 * @property {"waiting" | "sending" | "counting" | "done" | "failed"} state
 * @property {Counted | null} counted
 * @property {ApiError | null} error
 */

const AT_ONCE = 2;
const MOST = 200;

/** Events: "list" when pictures come or go, "picture" with the one whose state changed. */
class Counts extends EventTarget {
  /** @type {Picture[]} newest first */
  all = [];

  /** @param {File[]} files */
  add(files) {
    const room = MOST - this.all.length;
    if (!files.length) toast(t("upEmpty"));
    if (files.length > room) toast(t("countMost", { n: MOST }), { bad: true, seconds: 8 });
    const pictures = files.slice(0, Math.max(0, room)).map(picture);
    if (!pictures.length) return;
    this.all = [...pictures, ...this.all];
    this.dispatchEvent(new Event("list"));
    this.#next();
  }

  /** @param {Picture} picture */
  retry(picture) {
    picture.error = null;
    this.#become(picture, "waiting");
    this.#next();
  }

  /** @param {Picture} gone */
  remove(gone) {
    URL.revokeObjectURL(gone.url);
    this.all = this.all.filter((one) => one !== gone);
    this.dispatchEvent(new Event("list"));
  }

  clear() {
    for (const { url } of this.all) URL.revokeObjectURL(url);
    this.all = [];
    this.dispatchEvent(new Event("list"));
  }

  #next() {
    let free = AT_ONCE - this.all.filter(isOnItsWay).length;
    for (const picture of this.all) {
      if (free <= 0) break;
      if (picture.state !== "waiting") continue;
      free -= 1;
      this.#send(picture);
    }
  }

  /** @param {Picture} picture */
  async #send(picture) {
    this.#become(picture, "sending");
    try {
      const { images } = await sendFile("/api/count", picture.file, (sent) => {
        if (sent >= 1) this.#become(picture, "counting");
      });
      /** @type {Counted} */
      const counted = images[0];
      if (counted.error)
        throw new ApiError({ type: "Refused", message: counted.error, message_zh: counted.error_zh ?? "" });
      picture.counted = counted;
      this.#become(picture, "done");
    } catch (error) {
      picture.error = asApiError(error);
      this.#become(picture, "failed");
    }
    this.#next();
  }

  /** @param {Picture} picture @param {Picture["state"]} state */
  #become(picture, state) {
    picture.state = state;
    this.dispatchEvent(new CustomEvent("picture", { detail: picture }));
  }
}

export const counts = new Counts();

/** @param {Picture} picture */
export function isOnItsWay({ state }) {
  return state === "sending" || state === "counting";
}

/** @param {File} file @returns {Picture} */
function picture(file) {
  return { file, url: URL.createObjectURL(file), state: "waiting", counted: null, error: null };
}

/** Open the browser's file chooser for pictures. */
export function choosePictures() {
  choose((files) => counts.add(files), "image/*");
}
