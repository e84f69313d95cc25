// @ts-check
/** The queue of files on their way to the library: three at a time, with progress, outcome and another try. */

import { ApiError } from "./api.js";
import { t } from "./i18n.js";
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
const STALL_MS = 60_000;

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
      const { unchanged, failed } = await post(upload.file, (sent) => {
        upload.sent = sent;
        this.#changed();
      });
      if (failed.length)
        throw new ApiError({ type: "Refused", message: failed[0].error, message_zh: failed[0].error_zh });
      upload.state = unchanged.length ? "unchanged" : "done";
    } catch (error) {
      upload.state = "failed";
      upload.error = /** @type {ApiError} */ (error);
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

/** @param {File} file @param {(sent: number) => void} progress @returns {Promise<Added>} */
function post(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    /** @type {number | undefined} */
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALL_MS);
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      alive();
      progress(total ? loaded / total : 0);
    });
    request.addEventListener("abort", () =>
      reject(new ApiError({ type: "Stalled", message: t("upStalled"), message_zh: t("upStalled") })),
    );
    request.addEventListener("error", () => reject(new ApiError({ type: "Offline" })));
    request.addEventListener("loadend", () => clearTimeout(timer));
    request.addEventListener("load", () => {
      const told = parsed(request.responseText);
      if (request.status < 300) resolve(told);
      else reject(new ApiError({ type: "Http", ...told.error, status: request.status }));
    });
    const form = new FormData();
    form.append("files", file, file.name);
    request.open("POST", "/api/sources");
    request.send(form);
    alive();
  });
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Open the browser's file chooser. */
export function chooseFiles() {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.addEventListener("change", () => uploads.add([...(input.files ?? [])]));
  input.click();
}

/** Leaving the page ends what is still on its way, so the browser asks first. */
export function guardUploads() {
  window.addEventListener("beforeunload", (event) => {
    if (uploads.open) event.preventDefault();
  });
}
