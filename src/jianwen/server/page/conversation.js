// @ts-check
/** One conversation's state: its exchanges, the answer that is arriving, and mending after a break. No DOM. */

import { api, ApiError, asApiError } from "./api.js";
import { on } from "./live.js";
import { events } from "./sse.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").Message} Message */

/** "lost": the connection broke while the answer was arriving. Only this page knows that state. */
/** @typedef {"waiting" | "writing" | "done" | "stopped" | "failed" | "lost"} ExchangeState */

/**
 * @typedef {object} Exchange
 * @property {string} question
 * @property {string | null} messageId the answer's id at the server
 * @property {string} text
 * @property {ExchangeState} state
 * @property {{name: "sending" | "queue" | "searching" | "reading", passages: number, ahead: number}} stage
 * @property {Hit[] | null} hits null: not known, as of a talk from before they were kept
 * @property {Answer | null} answer
 * @property {ApiError | null} error
 * @property {boolean} here arriving in this page, not in another
 */

const POLL_MS = 1500;

/** @returns {Exchange} */
function begun(/** @type {string} */ question) {
  const stage = /** @type {Exchange["stage"]} */ ({ name: "sending", passages: 0, ahead: 0 });
  return {
    question,
    messageId: null,
    text: "",
    state: "waiting",
    stage,
    hits: null,
    answer: null,
    error: null,
    here: true,
  };
}

/**
 * @param {Message[]} messages
 * @returns {Exchange[]}
 */
function paired(messages) {
  /** @type {Exchange[]} */
  const exchanges = [];
  for (const message of messages) {
    if (message.role === "user") {
      exchanges.push({ ...begun(message.text), state: "stopped", here: false });
      continue;
    }
    const last = exchanges.at(-1);
    if (!last) continue;
    const { id: messageId, text, state, answer, hits } = message;
    Object.assign(last, { messageId, text: answer?.answer ?? text, state, answer, hits });
  }
  return exchanges;
}

/** Events: "change" (detail: an exchange), "list" (all are new), "id" (now kept at the server), "busy". */
export class Conversation extends EventTarget {
  /** @param {string | null} id */
  constructor(id) {
    super();
    this.id = id;
    this.title = "";
    /** @type {Exchange[]} */
    this.exchanges = [];
    /** @type {AbortController | null} */
    this.arriving = null;
    /** @type {number | undefined} */
    this.poll = undefined;
    this.loaded = id === null;
    on("link", ({ state }) => state === "up" && this.exchanges.some((one) => one.state === "lost") && this.mend());
  }

  get busy() {
    return this.arriving !== null;
  }

  /** Fetch what the server keeps. */
  async load() {
    if (!this.id || this.busy) return;
    const talk = await api.talk(this.id);
    if (this.busy) return;
    this.loaded = true;
    this.title = talk.title;
    this.exchanges = this.#withHits(paired(talk.messages));
    this.#say("list", null);
    this.#pollWhileWriting();
  }

  /**
   * Ask, and follow the answer until its end. Errors become part of the exchange.
   * @param {string} question
   */
  async ask(question) {
    if (this.busy) return;
    clearTimeout(this.poll);
    const exchange = begun(question);
    const controller = new AbortController();
    this.arriving = controller;
    this.exchanges.push(exchange);
    this.#say("change", exchange);
    this.#say("busy", true);
    try {
      const response = await api.ask(question, this.id, controller.signal);
      for await (const { event, data } of events(response)) this.#heard(exchange, event, data);
      if (isOpen(exchange)) this.#broken(exchange, new ApiError({ type: "CutOff" }));
    } catch (error) {
      if (controller.signal.aborted) this.#stopped(exchange);
      else this.#broken(exchange, error instanceof ApiError ? error : new ApiError({ type: "CutOff" }));
    }
    exchange.here = false;
    this.arriving = null;
    this.#say("change", exchange);
    this.#say("busy", false);
  }

  stop() {
    this.arriving?.abort();
  }

  /** Ask again for what the server kept, without disturbing what is shown if that fails. */
  mend() {
    this.load().catch(() => undefined);
  }

  /**
   * @param {Exchange} exchange
   * @param {string} event
   * @param {any} data
   */
  #heard(exchange, event, data) {
    if (event === "conversation") this.#kept(exchange, data);
    else if (event === "queue") exchange.stage = { ...exchange.stage, name: "queue", ahead: data.ahead };
    else if (event === "stage") exchange.stage = { ...exchange.stage, name: data.stage, passages: data.passages };
    else if (event === "hits") exchange.hits = data.hits;
    else if (event === "delta") Object.assign(exchange, { state: "writing", text: exchange.text + data.text });
    else if (event === "answer") Object.assign(exchange, finished(data));
    else if (event === "error") Object.assign(exchange, { state: "failed", error: new ApiError(data) });
    this.#say("change", exchange);
  }

  /** @param {Exchange} exchange @param {{id: string, title: string, message_id: string}} kept */
  #kept(exchange, kept) {
    exchange.messageId = kept.message_id;
    this.title = kept.title;
    const isNew = this.id !== kept.id;
    this.id = kept.id;
    this.loaded = true;
    this.#say("id", { isNew });
  }

  /** The server checks what was written by then: fetch its citations in a moment. @param {Exchange} exchange */
  #stopped(exchange) {
    exchange.state = "stopped";
    if (exchange.text) this.poll = setTimeout(() => this.mend(), POLL_MS / 2);
  }

  /** @param {Exchange} exchange @param {ApiError} error */
  #broken(exchange, error) {
    exchange.error = asApiError(error);
    exchange.state = exchange.messageId ? "lost" : "failed";
  }

  /** In the first second of an answer only this page knows its hits. @param {Exchange[]} exchanges */
  #withHits(exchanges) {
    const seen = new Map(this.exchanges.map((one) => [one.messageId, one.hits]));
    return exchanges.map((one) => ({ ...one, hits: one.hits ?? seen.get(one.messageId) ?? null }));
  }

  /** An answer written elsewhere, or that the server has not yet noticed was left, is asked for again. */
  #pollWhileWriting() {
    clearTimeout(this.poll);
    if (this.exchanges.some((one) => one.state === "writing")) this.poll = setTimeout(() => this.mend(), POLL_MS);
  }

  /** @param {string} name @param {any} detail */
  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {Exchange} exchange */
export function isOpen(exchange) {
  return exchange.state === "waiting" || exchange.state === "writing";
}

/** @param {Answer} answer */
function finished(answer) {
  return { answer, text: answer.answer, state: answer.state, messageId: answer.message_id };
}

/** @type {Map<string, Conversation>} */
const opened = new Map();
let fresh = new Conversation(null);
let shown = fresh;

/** @returns {string | null} id of the talk that was shown last, so that the way back to Ask leads to it */
export function lastShown() {
  return shown.id;
}

/**
 * The same object for the same id, so that an answer goes on arriving while another place is shown.
 * @param {string | null} id null: the talk that is not begun yet
 */
export function conversation(id) {
  if (fresh.id) {
    opened.set(fresh.id, fresh);
    fresh = new Conversation(null);
  }
  shown = id === null ? fresh : (opened.get(id) ?? new Conversation(id));
  if (id !== null) opened.set(id, shown);
  return shown;
}

/** @param {string} id */
export function forget(id) {
  opened.get(id)?.stop();
  opened.delete(id);
  if (shown.id === id) conversation(null);
}
