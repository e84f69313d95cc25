// @ts-check
/** Every request of the page, each with a time-out and an error that says what to do. Shapes: docs/http.md. */

import { either, t } from "./i18n.js";

/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Talk} Talk */
/** @typedef {import("./types.js").TalkSummary} TalkSummary */

/** An error in both languages, so that it can be shown again after a switch. */
export class ApiError extends Error {
  /** @param {{type: string, message?: string, message_zh?: string, status?: number}} told */
  constructor({ type, message = "", message_zh = "", status = 0 }) {
    super(message || type);
    this.type = type;
    this.status = status;
    this.told = { en: message, zh: message_zh };
  }

  /** @returns {string} what is wrong and what to do, in the chosen language */
  text() {
    if (this.type === "Offline") return t("offline");
    if (this.type === "Timeout") return t("timeout", { n: this.status });
    if (this.type === "CutOff") return t("cutOff");
    if (this.status === 401) return t("noToken");
    return either(this.told.en, this.told.zh) || t("broken", { detail: this.status || this.type });
  }
}

/**
 * @param {unknown} error
 * @returns {ApiError}
 */
export function asApiError(error) {
  return error instanceof ApiError ? error : new ApiError({ type: "Offline" });
}

/** @typedef {{method?: string, body?: any, timeout_s?: number, signal?: AbortSignal}} Options */

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
async function request(path, { method = "GET", body, timeout_s = 15, signal } = {}) {
  const controller = new AbortController();
  signal?.addEventListener("abort", () => controller.abort());
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeout_s * 1000);
  try {
    const response = await fetch(path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      signal: controller.signal,
      cache: "no-store",
    });
    if (!response.ok) throw await failure(response);
    return response;
  } catch (error) {
    if (late) throw new ApiError({ type: "Timeout", status: timeout_s });
    if (signal?.aborted) throw error;
    throw asApiError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response */
async function failure(response) {
  const told = await response.json().catch(() => ({}));
  return new ApiError({ type: "Http", ...told.error, status: response.status });
}

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
async function json(path, options) {
  return (await request(path, options)).json();
}

const id = encodeURIComponent;

export const api = {
  /** @param {string} question @param {string | null} conversation_id @param {AbortSignal} signal */
  ask: (question, conversation_id, signal) =>
    request("/api/ask", { method: "POST", body: { question, conversation_id }, timeout_s: 30, signal }),

  /** What is being typed, so that the answer may come sooner. @param {string} question @param {string | null} conversation */
  draft: (question, conversation) =>
    request("/api/ask/draft", { method: "POST", body: { question, conversation }, timeout_s: 5 }),

  /** @returns {Promise<TalkSummary[]>} */
  talks: async () => (await json("/api/conversations")).conversations,
  /** @param {string} talk @returns {Promise<Talk>} */
  talk: (talk) => json(`/api/conversations/${id(talk)}`),
  /** @param {string} talk */
  deleteTalk: (talk) => request(`/api/conversations/${id(talk)}`, { method: "DELETE" }),

  /** @param {Record<string, string | number>} filters @returns {Promise<{sources: Source[], total: number}>} */
  sources: (filters) =>
    json(`/api/sources?${new URLSearchParams(Object.entries(filters).map(([k, v]) => [k, String(v)]))}`),
  /** @param {string} source @returns {Promise<Source>} */
  retrySource: (source) => json(`/api/sources/${id(source)}/retry`, { method: "POST" }),
  /** @param {string} source */
  removeSource: (source) => request(`/api/sources/${id(source)}`, { method: "DELETE" }),
  /** @param {string} source */
  restoreSource: (source) => request(`/api/sources/${id(source)}/restore`, { method: "POST" }),
  /** @param {string} source @param {string} passage @returns {Promise<import("./types.js").View>} */
  view: (source, passage) => json(`/api/sources/${id(source)}/view?passage=${id(passage)}`, { timeout_s: 30 }),
  /** @param {string} source */
  original: (source) => `/api/sources/${id(source)}/original`,
  /** @param {string} source @param {number} page @param {number} width */
  picture: (source, page, width) => `/api/sources/${id(source)}/pages/${page}.png?width=${width}`,

  /** @returns {Promise<import("./types.js").TrackingRoom>} */
  trackingRoom: () => json("/api/tracking"),
  /** @param {string} video @returns {Promise<import("./types.js").Video>} */
  video: (video) => json(`/api/tracking/${id(video)}`),
  /** Close a video; goes through even when the page is on its way out. @param {string} video */
  farewellVideo: (video) =>
    void fetch(`/api/tracking/${id(video)}`, { method: "DELETE", keepalive: true }).catch(() => undefined),
  /** @param {string} video @param {number} frame */
  frame: (video, frame) => `/api/tracking/${id(video)}/frames/${frame}.jpg`,
  /** @param {string} video @param {{object: string, frame: number, points: object[], box: number[] | null}} body */
  sayObject: (video, body) => json(`/api/tracking/${id(video)}/prompts`, { method: "POST", body, timeout_s: 60 }),
  /** @param {string} video @param {string} object @param {number} frame */
  unsayObject: (video, object, frame) =>
    request(`/api/tracking/${id(video)}/objects/${id(object)}/prompts/${frame}`, { method: "DELETE", timeout_s: 60 }),
  /** @param {string} video @param {string} object */
  removeObject: (video, object) =>
    request(`/api/tracking/${id(video)}/objects/${id(object)}`, { method: "DELETE", timeout_s: 60 }),
  /** Follow from a frame on. @param {string} video @param {number} frame @param {AbortSignal} signal */
  run: (video, frame, signal) =>
    request(`/api/tracking/${id(video)}/run?from=${frame}&watched=true`, { timeout_s: 60, signal }),

  /** @returns {Promise<import("./types.js").Status>} */
  status: () => json("/api/status"),
  /** @returns {Promise<import("./types.js").Speeds>} */
  check: () => json("/api/status/check", { method: "POST", timeout_s: 180 }),
};
