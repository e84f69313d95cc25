// @ts-check
/** The place where questions are asked: talks, the talk, and the viewer beside it. */

import { asApiError } from "./api.js";
import { dismissPreview, OPEN } from "./citation.js";
import { Composer, dropDraft, keepDraft } from "./composer.js";
import { conversation } from "./conversation.js";
import { fill, h, phone, still } from "./dom.js";
import { ExchangeView, stageWords } from "./exchange.js";
import { icon } from "./icons.js";
import { either, t } from "./i18n.js";
import { on, status } from "./live.js";
import { ReadAhead } from "./read-ahead.js";
import { Talks } from "./talks.js";
import { Viewer } from "./viewer.js";
import { welcome } from "./welcome.js";

/** @typedef {import("./conversation.js").Exchange} Exchange */

/** So far from the end the reader is looking at something else: do not pull the page away. */
const NEAR_END_PX = 120;

class AskPlace {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.talks = new Talks();
    this.composer = new Composer({
      send: (question) => this.send(question),
      stop: () => this.conversation.stop(),
      last: () => this.conversation.exchanges.at(-1)?.question ?? "",
      typed: (question) => this.readAhead.typed(question),
    });
    this.readAhead = new ReadAhead(() => this.conversation);
    this.list = h("div", { class: "exchanges" });
    this.scroller = h("div", { class: "talk-scroll" }, this.list);
    this.spoken = h("div", { class: "off-screen", role: "status", "aria-live": "polite" });
    this.modelNote = h("p", { class: "model-note", role: "status", hidden: true });
    this.heading = h("h1", { class: "talk-name" });
    this.talkColumn = h(
      "div",
      { class: "talk" },
      this.#bar(),
      this.scroller,
      this.modelNote,
      this.composer.element,
      this.spoken,
    );
    this.viewer = new Viewer((open) => this.#viewerToggled(open));
    this.element = h("div", { class: "ask-place" }, this.talks.element, this.talkColumn, this.viewer.element);
    /** @type {Map<Exchange, ExchangeView>} */
    this.views = new Map();
    /** @type {(() => void)[]} */
    this.leave = [];
    this.offs = [on("status", () => this.#noteModel())];
    this.element.addEventListener(OPEN, (event) => {
      const { citation, button } = /** @type {CustomEvent} */ (event).detail;
      this.viewer.open(citation, button);
    });
    // Outside of a sheet or a drawer is a way out of it.
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.viewer.close();
      if (event.target instanceof Element && !event.target.closest(".talks, .talk-bar")) this.talks.close();
    });
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.onKey);
    root.append(this.element);
    this.#noteModel();
    this.talks.load();
  }

  /** @param {string[]} path conversation id and message id, each optional */
  async follow([id = "", message = ""]) {
    this.viewer.close();
    this.#take(conversation(id || null));
    if (!phone.matches && !message) this.composer.focus();
    if (!this.conversation.loaded) await this.#load();
    if (message) this.#showMessage(message);
    else this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  unmount() {
    document.removeEventListener("keydown", this.onKey);
    for (const off of [...this.offs, ...this.leave]) off();
    this.readAhead.stop();
    dismissPreview();
    this.viewer.close();
  }

  /** @param {string} question */
  send(question) {
    if (this.conversation.busy) return;
    this.readAhead.stop();
    keepDraft(this.conversation.id, question);
    this.conversation.ask(question);
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** @param {import("./conversation.js").Conversation} taken */
  #take(taken) {
    for (const off of this.leave) off();
    this.leave = [];
    this.readAhead.stop();
    this.conversation = taken;
    const heard = (/** @type {string} */ name, /** @type {(detail: any) => void} */ listener) => {
      const relay = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
      taken.addEventListener(name, relay);
      this.leave.push(() => taken.removeEventListener(name, relay));
    };
    heard("list", () => this.#drawAll());
    heard("change", (exchange) => this.#changed(exchange));
    heard("busy", (busy) => this.#busy(busy));
    heard("id", ({ isNew }) => this.#kept(isNew));
    this.composer.follow(taken.id);
    this.composer.setBusy(taken.busy);
    this.talks.mark(taken.id);
    this.#drawAll();
  }

  async #load() {
    const wanted = this.conversation;
    fill(this.list, h("p", { class: "stage" }, t("loading")));
    try {
      await wanted.load();
    } catch (error) {
      if (wanted !== this.conversation) return;
      const problem = asApiError(error);
      const gone = problem.status === 404;
      const action = gone
        ? h("a", { class: "small-button", href: "#/ask" }, t("newTalk"))
        : h("button", { class: "small-button", onclick: () => this.#load() }, t("retry"));
      fill(
        this.list,
        h(
          "div",
          { class: "kept kept-failed", role: "alert" },
          h("span", {}, gone ? t("talkGone") : problem.text()),
          action,
        ),
      );
    }
  }

  #drawAll() {
    const { exchanges, loaded, title } = this.conversation;
    this.heading.textContent = title || t("newTalk");
    this.views.clear();
    if (exchanges.length)
      return fill(
        this.list,
        exchanges.map((exchange) => this.#view(exchange).element),
      );
    if (!loaded) return;
    const empty = welcome((question) => this.send(question));
    this.leave.push(empty.unmount);
    fill(this.list, empty.element);
  }

  /** @param {Exchange} exchange */
  #view(exchange) {
    const hooks = { talk: () => this.conversation.id, again: (/** @type {string} */ question) => this.send(question) };
    const view = new ExchangeView(exchange, hooks);
    this.views.set(exchange, view);
    return view;
  }

  /** @param {Exchange} exchange */
  #changed(exchange) {
    const view = this.views.get(exchange);
    const nearEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_END_PX;
    if (view) view.update();
    else {
      if (!this.views.size) fill(this.list);
      this.list.append(this.#view(exchange).element);
    }
    if (nearEnd || !view) requestAnimationFrame(() => this.#toEnd());
    this.#speak(exchange);
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Screen readers hear the stages, then the whole answer; word by word would be noise. @param {Exchange} exchange */
  #speak(exchange) {
    const words =
      exchange.state === "writing"
        ? t("writing")
        : exchange.state === "waiting"
          ? stageWords(exchange)
          : (exchange.error?.text() ?? exchange.text);
    if (this.spoken.textContent !== words) this.spoken.textContent = words;
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.composer.setBusy(busy);
    if (busy) return;
    this.talks.load();
    this.readAhead.typed(this.composer.box.value); // typed while the answer was arriving
  }

  /** The server has the question: the draft has done its work. @param {boolean} isNew */
  #kept(isNew) {
    dropDraft(isNew ? null : this.conversation.id);
    this.heading.textContent = this.conversation.title;
    if (!isNew) return;
    history.replaceState(null, "", `#/ask/${encodeURIComponent(this.conversation.id ?? "")}`);
    this.composer.talk = this.conversation.id ?? "new";
    this.talks.current = this.conversation.id;
    this.talks.load();
  }

  /** @param {string} message */
  #showMessage(message) {
    const target = document.getElementById(`m-${message}`);
    if (!target) return;
    target.classList.add("linked");
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });
  }

  #noteModel() {
    const model = status()?.models?.language;
    const away = model && (model.state === "missing" || model.state === "failed");
    const words =
      model?.state === "loading"
        ? t("modelLoading")
        : away
          ? t("modelAway", { detail: either(model.detail, model.detail_zh) })
          : "";
    this.modelNote.hidden = !words;
    if (this.modelNote.textContent !== words) this.modelNote.textContent = words;
  }

  #bar() {
    return h(
      "div",
      { class: "talk-bar" },
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": t("talks"),
          "aria-controls": "talks",
          onclick: () => this.talks.open(),
        },
        icon("talks"),
      ),
      this.heading,
      h("a", { class: "icon-button", href: "#/ask", "aria-label": t("newTalk"), title: t("newTalk") }, icon("plus")),
    );
  }

  /** @param {boolean} open */
  #viewerToggled(open) {
    this.element.classList.toggle("with-viewer", open);
    this.talkColumn.inert = open && phone.matches;
    this.talks.element.inert = open && phone.matches;
    const rail = /** @type {HTMLElement | null} */ (document.querySelector(".rail"));
    if (rail) rail.inert = open && phone.matches;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "Escape" && !event.isComposing) this.#escape();
    else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.composer.focus();
    }
  }

  #escape() {
    if (dismissPreview()) return;
    if (this.talks.element.classList.contains("open")) this.talks.close();
    else if (this.conversation.busy) this.conversation.stop();
    else this.viewer.close();
  }

  /** @type {import("./conversation.js").Conversation} */
  conversation = conversation(null);
}

/**
 * @param {HTMLElement} root
 * @param {string[]} path
 * @returns {import("./types.js").Mounted}
 */
export function mountAsk(root, path) {
  const place = new AskPlace(root);
  place.follow(path);
  return { unmount: () => place.unmount(), follow: (next) => place.follow(next) };
}
