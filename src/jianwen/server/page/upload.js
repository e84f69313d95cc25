// @ts-check
/** The queue of files on their way to the library: three at a time, with progress, outcome and another try. */

import { ApiError, asApiError } from "./api.js";
import { choose } from "./choose.js";
import { t } from "./i18n.js";
import { sendFile } from "./send-file.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").Added} Added */

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {"waiting" | "sending" | "done" | "unchanged" | "failed"} state
 * @property {number} sent 0–1
 * @property {ApiError | null} error
 */

const AT_ONCE = 3;

/** Events: "change", at every step of any file. */
class Uploads extends EventTarget {
  /** @type {Upload[]} */
  all = [];

  /** @param {File[]} files */
  add(files) {
    if (!files.length) return toast(t("upEmpty"));
    for (const file of files) this.all.push({ file, state: "waiting", sent: 0, error: null });
    if (!location.hash.startsWith("#/library"))
      toast(t("addingSent", { n: files.length }), {
        action: { label: t("library"), run: () => (location.hash = "#/library") },
        seconds: 6,
      });
    this.#next();
  }

  /** @param {Upload} upload */
  retry(upload) {
    Object.assign(upload, { state: "waiting", sent: 0, error: null });
    this.#next();
  }

  /** @param {Upload} upload */
  dismiss(upload) {
    this.all = this.all.filter((one) => one !== upload);
    this.#changed();
  }

  dismissFinished() {
    this.all = this.all.filter((one) => one.state === "waiting" || one.state === "sending");
    this.#changed();
  }

  /** How many are not through yet. */
  get open() {
    return this.all.filter((one) => one.state === "waiting" || one.state === "sending").length;
  }

  #next() {
    let free = AT_ONCE - this.all.filter((one) => one.state === "sending").length;
    for (const upload of this.all) {
      if (free <= 0) break;
      if (upload.state !== "waiting") continue;
      free -= 1;
      this.#send(upload);
    }
    this.#changed();
  }

  /** @param {Upload} upload */
  async #send(upload) {
    upload.state = "sending";
    try {
      /** @type {Added} */
      const { unchanged, failed } = await sendFile("/api/sources", upload.file, (sent) => {
        upload.sent = sent;
        this.#changed();
      });
      if (failed.length)
        throw new ApiError({ type: "Refused", message: failed[0].error, message_zh: failed[0].error_zh });
      upload.state = unchanged.length ? "unchanged" : "done";
    } catch (error) {
      upload.state = "failed";
      upload.error = asApiError(error);
    }
    // The library's own list shows a file from here on.
    if (upload.state === "done") this.all = this.all.filter((one) => one !== upload);
    this.#next();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const uploads = new Uploads();

/** Open the browser's file chooser. */
export function chooseFiles() {
  choose((files) => uploads.add(files));
}

/** Leaving the page ends what is still on its way, so the browser asks first. */
export function guardUploads() {
  window.addEventListener("beforeunload", (event) => {
    if (uploads.open) event.preventDefault();
  });
}
