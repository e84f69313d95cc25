// @ts-check
/** One question and its answer on the page, kept in step with its state. */

import { answerBlocks, inUnits } from "./answer.js";
import { OPEN } from "./citation.js";
import { copyAnswer, copyLink } from "./clipboard.js";
import { isOpen } from "./conversation.js";
import { details, passageRow } from "./details.js";
import { fill, h, oncePerFrame } from "./dom.js";
import { place } from "./format.js";
import { icon } from "./icons.js";
import { ordinal, t } from "./i18n.js";

/** @typedef {import("./conversation.js").Exchange} Exchange */
/** @typedef {{talk: () => string | null, again: (question: string) => void}} Hooks */

export class ExchangeView {
  /** @param {Exchange} exchange @param {Hooks} hooks */
  constructor(exchange, hooks) {
    this.exchange = exchange;
    this.hooks = hooks;
    this.reply = h("div", { class: "reply" });
    this.element = h("article", { class: "exchange" }, h("h2", { class: "question" }, exchange.question), this.reply);
    this.update = oncePerFrame(() => this.draw());
    this.draw();
  }

  draw() {
    const { exchange } = this;
    if (exchange.messageId) this.element.id = `m-${exchange.messageId}`;
    this.element.setAttribute("aria-busy", String(isOpen(exchange)));
    const opened = this.reply.querySelector("details")?.open;
    fill(
      this.reply,
      exchange.text ? this.#answer() : null,
      stage(exchange),
      this.#note(),
      footnotes(exchange),
      this.#nearest(),
      this.#foot(),
    );
    const why = this.reply.querySelector("details");
    if (opened && why) why.open = true;
  }

  #answer() {
    const { text, answer, state } = this.exchange;
    const refused = answer?.refused;
    const citations = new Map((answer?.citations ?? []).map((citation) => [citation.n, citation]));
    const unsupported = refused ? [] : inUnits(text, answer?.unsupported ?? []);
    const blocks = answerBlocks(text, { citations, unsupported, arriving: state === "writing" });
    const label = refused && h("p", { class: "refusal-mark" }, icon("none"), t("refusedMark"));
    const classes = ["answer", refused && "answer-refused", state === "writing" && "answer-arriving"];
    return h("div", { class: classes.filter(Boolean).join(" ") }, label, blocks);
  }

  /** What became of an answer that is not whole. */
  #note() {
    const { exchange } = this;
    const elsewhere = exchange.state === "writing" && !exchange.here;
    if (exchange.state === "done" || (isOpen(exchange) && !elsewhere)) return null;
    if (elsewhere) return h("p", { class: "kept" }, t("keptWriting"));
    const failed = exchange.state === "failed";
    const words = failed ? (exchange.error?.text() ?? t("keptFailed")) : kept(exchange);
    const again = h(
      "button",
      { class: "small-button", onclick: () => this.hooks.again(exchange.question) },
      icon("retry"),
      t("askAgain"),
    );
    return h(
      "div",
      { class: failed ? "kept kept-failed" : "kept", role: failed ? "alert" : null },
      h("span", {}, words),
      again,
    );
  }

  #nearest() {
    const { answer } = this.exchange;
    if (!answer?.refused || !answer.nearest.length) return null;
    const rows = answer.nearest.slice(0, 3).map((hit) => passageRow(hit, null));
    return h("section", { class: "nearest" }, h("h3", {}, t("nearest")), h("ol", { class: "passage-list" }, rows));
  }

  #foot() {
    const { exchange } = this;
    if (isOpen(exchange) || !exchange.text) return null;
    const talk = this.hooks.talk();
    const { messageId } = exchange;
    return h(
      "div",
      { class: "foot" },
      details(exchange),
      h(
        "div",
        { class: "foot-actions" },
        action("copy", t("copy"), t("copyLong"), () => copyAnswer(exchange)),
        talk && messageId ? action("link", t("copyLink"), t("copyLinkLong"), () => copyLink(talk, messageId)) : null,
      ),
    );
  }
}

/** @param {import("./icons.js").IconName} name @param {string} word @param {string} long @param {() => void} run */
function action(name, word, long, run) {
  return h(
    "button",
    { class: "quiet-button", type: "button", title: long, "aria-label": long, onclick: run },
    icon(name),
    word,
  );
}

/** @param {Exchange} exchange */
function kept({ state, text }) {
  if (state === "lost") return t("keptLost");
  return text ? t("keptStopped") : t("keptEmpty");
}

/**
 * What is happening, in words.
 * @param {Exchange} exchange
 * @returns {string} "" once there is nothing to wait for
 */
export function stageWords({ state, stage: { name, passages, ahead } }) {
  if (state !== "waiting") return "";
  if (name === "queue") return ahead > 0 ? t("inLine", { th: ordinal(ahead + 1) }) : t("next");
  if (name === "searching") return t("searching", { n: passages });
  if (name === "reading") return t("reading", { n: passages });
  return t("sending");
}

/** @param {Exchange} exchange */
function stage(exchange) {
  const words = stageWords(exchange);
  return words ? h("p", { class: "stage" }, h("i", { class: "breath", "aria-hidden": "true" }), words) : null;
}

/** The cited places below the answer, so that they can be read without pressing anything. @param {Exchange} exchange */
function footnotes({ answer }) {
  if (!answer?.citations.length) return null;
  const notes = answer.citations.map((citation) => {
    const button = h(
      "button",
      { class: "footnote", type: "button" },
      h("span", { class: "footnote-n", "aria-hidden": "true" }, String(citation.n)),
      h("span", { class: "footnote-source" }, citation.source),
      h("span", { class: "footnote-where" }, place(citation.where, citation.source)),
    );
    button.addEventListener("click", () =>
      button.dispatchEvent(new CustomEvent(OPEN, { bubbles: true, detail: { citation, button } })),
    );
    return h("li", {}, button);
  });
  return h("ul", { class: "footnotes", "aria-label": t("sources") }, notes);
}
