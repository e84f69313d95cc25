// @ts-check
/** One file on its way to the server, with progress; given up when nothing moves for a minute. */

import { ApiError } from "./api.js";
import { t } from "./i18n.js";

const STALL_MS = 60_000;

/**
 * @param {string} path where to
 * @param {File} file
 * @param {(sent: number) => void} progress 0–1
 * @returns {Promise<any>} the server's JSON
 */
export function sendFile(path, file, progress) {
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
      else reject(new ApiError({ type: "Http", ...told?.error, status: request.status }));
    });
    const form = new FormData();
    form.append("files", file, file.name);
    request.open("POST", path);
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
