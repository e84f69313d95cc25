// @ts-check
/** The question box: grows with its text, keeps a draft a conversation, and knows its keys. */

import { h, fill } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Wants
 * @property {(question: string) => void} send
 * @property {() => void} stop
 * @property {() => string} last the last question, for the up arrow
 * @property {(question: string) => void} typed a person changed what stands in the box
 */

const DRAFT = "jianwen.draft.";
const TALLEST_PX = 220;

export class Composer {
  /** @param {Wants} wants */
  constructor(wants) {
    this.wants = wants;
    this.busy = false;
    this.talk = "new";
    this.box = h("textarea", {
      class: "composer-box",
      rows: "1",
      "aria-label": t("askBox"),
      placeholder: t("askHint"),
      autocomplete: "off",
      enterkeyhint: "send",
      maxlength: "4000",
    });
    this.button = h("button", { class: "composer-send", type: "button", onclick: () => this.#press() });
    this.element = h(
      "div",
      { class: "composer" },
      h("div", { class: "composer-frame" }, this.box, this.button),
      h("p", { class: "composer-keys" }, t("askKeys")),
    );
    this.box.addEventListener("input", (event) => {
      this.#changed();
      // What an input method shows while it is choosing characters is no question yet.
      if (!(/** @type {InputEvent} */ (event).isComposing)) this.wants.typed(this.box.value);
    });
    this.box.addEventListener("compositionend", () => this.wants.typed(this.box.value));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.setBusy(false);
  }

  /** Show the draft of this conversation. @param {string | null} talk */
  follow(talk) {
    this.talk = talk ?? "new";
    this.put(localStorage.getItem(DRAFT + this.talk) ?? "");
  }

  /** @param {string} text */
  put(text) {
    this.box.value = text;
    this.#changed();
  }

  focus() {
    this.box.focus();
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    const label = t(busy ? "stop" : "send");
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.button.classList.toggle("composer-stop", busy);
    fill(this.button, icon(busy ? "stop" : "send"));
    this.#enable();
  }

  #press() {
    if (this.busy) this.wants.stop();
    else this.#send();
  }

  #send() {
    const question = this.box.value.trim();
    if (!question || this.busy) return;
    this.box.value = "";
    this.#fit();
    this.wants.send(question);
  }

  #changed() {
    const text = this.box.value;
    if (text) localStorage.setItem(DRAFT + this.talk, text);
    else localStorage.removeItem(DRAFT + this.talk);
    this.#fit();
  }

  #fit() {
    this.box.style.height = "auto";
    if (this.box.scrollHeight) this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST_PX)}px`;
    this.#enable();
  }

  #enable() {
    this.button.disabled = !this.busy && !this.box.value.trim();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While an input method is choosing characters, Enter and the arrows belong to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && !this.box.value) {
      const last = this.wants.last();
      if (!last) return;
      event.preventDefault();
      this.put(last);
      this.box.setSelectionRange(last.length, last.length);
    }
  }
}

/**
 * Keep a question until the server has it; a reload in between then loses nothing.
 * @param {string | null} talk
 * @param {string} question
 */
export function keepDraft(talk, question) {
  localStorage.setItem(DRAFT + (talk ?? "new"), question);
}

/** @param {string | null} talk */
export function dropDraft(talk) {
  localStorage.removeItem(DRAFT + (talk ?? "new"));
}
