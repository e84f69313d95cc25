// @ts-check
/** Where the counter saw balls, as a veil over a picture: thin where a ball is, dark elsewhere. */

import { h } from "./dom.js";

/** @typedef {import("./types.js").Density} Density */

const VEIL = [8, 14, 13, 125]; // red, green, blue, opacity: 0–255
const GLOW = [255, 214, 74, 105];
const FAINTEST = 0.04; // balls a cell; a picture without any must not glow

/**
 * One pixel a cell; the style sheet stretches it over the picture.
 * @param {Density} density
 */
export function densityVeil({ width, height, values }) {
  const canvas = h("canvas", { class: "count-veil", width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const cells = context.createImageData(width, height);
  const peak = Math.max(FAINTEST, ...values);
  values.forEach((value, cell) => {
    const share = Math.min(1, Math.max(0, value / peak));
    for (let part = 0; part < 4; part += 1)
      cells.data[cell * 4 + part] = VEIL[part] + (GLOW[part] - VEIL[part]) * share;
  });
  context.putImageData(cells, 0, 0);
  return canvas;
}
