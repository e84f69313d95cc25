// @ts-check
/** Tells the server what is being typed, so that it may read the passages before the question is sent. No DOM. */

import { api } from "./api.js";

const PAUSE_MS = 400;
const SHORTEST = 4;

export class ReadAhead {
  /** @param {() => {id: string | null, busy: boolean}} conversation the one that the question would go to */
  constructor(conversation) {
    this.conversation = conversation;
    this.sent = "";
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** After a pause the text is sent; until then a newer one takes its place. @param {string} text */
  typed(text) {
    clearTimeout(this.timer);
    const question = text.trim();
    if ([...question].length >= SHORTEST && question !== this.sent)
      this.timer = setTimeout(() => this.#send(question), PAUSE_MS);
  }

  /** The text was sent as a question, or left. */
  stop() {
    clearTimeout(this.timer);
    this.sent = "";
  }

  /** @param {string} question */
  #send(question) {
    const { id, busy } = this.conversation();
    if (busy) return;
    this.sent = question;
    // It only saves time: without it the answer comes all the same.
    api.draft(question, id).catch(() => undefined);
  }
}
