// @ts-check
/** Figures, sizes, times and places as a person reads them, in the chosen language. */

import { language, t } from "./i18n.js";

/** @typedef {import("./types.js").Where} Where */

const locale = () => (language() === "zh" ? "zh-CN" : "en");

/** @param {number} value @param {number} [digits] */
export function figure(value, digits = 0) {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

/** @param {number} value */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${figure(size, size < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** @param {number} megabytes */
export const megabytes = (megabytes) => (megabytes < 1 ? "< 1 MB" : bytes(megabytes * 1e6));

/** @param {number} value */
export function seconds(value) {
  return figure(value, value < 0.1 ? 3 : value < 10 ? 1 : 0);
}

/**
 * "2 days ago". The moment is ISO text or seconds since 1970.
 * @param {string | number} moment
 */
export function ago(moment) {
  const then = typeof moment === "number" ? moment * 1000 : Date.parse(moment);
  if (!Number.isFinite(then)) return "";
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const passed = (Date.now() - then) / 1000;
  if (passed < 60) return relative.format(0, "second");
  if (passed < 3600) return relative.format(-Math.floor(passed / 60), "minute");
  if (passed < 86_400) return relative.format(-Math.floor(passed / 3600), "hour");
  if (passed < 30 * 86_400) return relative.format(-Math.floor(passed / 86_400), "day");
  return new Date(then).toLocaleDateString(locale(), { year: "numeric", month: "short", day: "numeric" });
}

/** Other documents have no pages that a person would see; the reader calls all of one "page 1". */
const PAGED = /\.(pdf|pptx?)$/i;
const PICTURE = /\.(png|jpe?g|webp|bmp|gif|tiff?)$/i;

/**
 * Where a passage stands, in words.
 * @param {Where} where
 * @param {string} source the source's name
 */
export function place(where, source) {
  if ("page" in where && PAGED.test(source)) return t("page", { n: where.page });
  if ("row" in where) return t("row", { sheet: where.sheet, n: where.row });
  if ("start_s" in where) return t("seconds", { from: clock(where.start_s), to: clock(where.end_s) });
  return t(PICTURE.test(source) ? "inPicture" : "passage");
}

/** @param {number} value seconds into a video */
function clock(value) {
  const whole = Math.floor(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
