// @ts-check
/** The place that says how the box is: models, speeds, memory, disk, work and version. */

import { api, asApiError } from "./api.js";
import { fill, h } from "./dom.js";
import { figure, megabytes } from "./format.js";
import { icon } from "./icons.js";
import { either, t } from "./i18n.js";
import { on, status } from "./live.js";

/** @typedef {import("./types.js").Status} Status */

/** @type {import("./types.js").Speeds} */
const NOT_MEASURED = { prefill_tok_s: null, decode_tok_s: null, search_ms: null };
const MODELS = /** @type {const} */ (["language", "embedder", "ocr"]);

/** @param {HTMLElement} root @returns {import("./types.js").Mounted} */
export function mountStatus(root) {
  const line = h("p", { class: "place-line" });
  const outcome = h("p", { class: "check-outcome", role: "status" });
  const grid = h("div", { class: "cards" });
  const button = h("button", { class: "main-button", type: "button" }, icon("status"), t("check"));
  root.append(
    h(
      "div",
      { class: "place status" },
      h("header", { class: "place-head" }, h("div", {}, h("h1", {}, t("status")), line), button),
      outcome,
      grid,
    ),
  );

  const show = (/** @type {Status} */ now) => {
    line.textContent = t("statusLine", { version: now.version });
    fill(grid, models(now), speeds(now), space(now), contents(now));
  };
  const fetchNow = async () => {
    try {
      show(await api.status());
    } catch (error) {
      const retry = h("button", { class: "small-button", onclick: fetchNow }, icon("retry"), t("retry"));
      fill(
        grid,
        h("div", { class: "kept kept-failed", role: "alert" }, h("span", {}, asApiError(error).text()), retry),
      );
    }
  };
  button.addEventListener("click", () => check(button, outcome, fetchNow));
  const known = status();
  if (known) show(known);
  fetchNow();
  return { unmount: on("status", show) };
}

/** @param {HTMLButtonElement} button @param {HTMLElement} outcome @param {() => void} then */
async function check(button, outcome, then) {
  button.disabled = true;
  outcome.className = "check-outcome";
  outcome.textContent = t("checking");
  try {
    await api.check();
    outcome.textContent = t("checked");
    then();
  } catch (error) {
    outcome.className = "check-outcome failed";
    outcome.textContent = asApiError(error).text();
  }
  button.disabled = false;
}

/** @param {string} title @param {string} name @param {...(Node | Node[] | null)} children */
function card(title, name, ...children) {
  return h("section", { class: `card card-${name}` }, h("h2", {}, title), children.flat());
}

/** @param {Status} now */
function models(now) {
  const rows = MODELS.filter((name) => now.models[name]).map((name) => {
    const model = now.models[name];
    const detail = either(model.detail, model.detail_zh);
    return h(
      "li",
      { class: "model" },
      h("span", { class: "model-use" }, t(`model.${name}`)),
      h("span", { class: "model-name" }, model.name),
      h("span", { class: `state model-${model.state}` }, t(`model.${model.state}`)),
      detail && h("p", { class: "model-detail" }, detail),
    );
  });
  return card(t("models"), "models", h("ul", { class: "model-list" }, rows));
}

/** @param {Status} now */
function speeds({ speeds: measured }) {
  const { prefill_tok_s, decode_tok_s, search_ms } = measured ?? NOT_MEASURED;
  const all = [
    prefill_tok_s !== null && big(figure(prefill_tok_s), t("prefill")),
    decode_tok_s !== null && big(figure(decode_tok_s, 1), t("decode")),
    search_ms !== null && big(figure(search_ms, 1), t("search")),
  ].filter((one) => one !== false);
  return card(
    t("speeds"),
    "speeds",
    all.length ? h("div", { class: "bigs" }, all) : h("p", { class: "quiet" }, t("notMeasured")),
  );
}

/** @param {string} value @param {string} words */
function big(value, words) {
  return h("div", { class: "big" }, h("strong", {}, value), h("span", {}, words));
}

/** @param {Status} now */
function space({ memory_mb, disk_mb, disk_free_mb }) {
  const share = h("meter", {
    min: "0",
    max: String(Math.max(1, disk_mb + disk_free_mb)),
    value: String(disk_mb),
    "aria-label": t("disk"),
  });
  return card(
    t("disk"),
    "space",
    h("p", {}, t("diskUse", { used: megabytes(disk_mb), free: megabytes(disk_free_mb) })),
    share,
    h("h2", {}, t("memory")),
    h("p", {}, t("memoryUse", { used: megabytes(memory_mb) })),
  );
}

/** @param {Status} now */
function contents({ sources, passages, jobs, queue }) {
  return card(
    t("contents"),
    "contents",
    h(
      "div",
      { class: "bigs" },
      big(figure(sources), t("documents", { n: sources })),
      big(figure(passages), t("passagesWord", { n: passages })),
    ),
    h(
      "dl",
      { class: "facts" },
      h("dt", {}, t("jobs")),
      h("dd", {}, t("jobsLine", jobs)),
      h("dt", {}, t("queue")),
      h("dd", {}, t("queueLine", queue)),
    ),
  );
}
