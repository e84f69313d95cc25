// @ts-check
/** The colours of followed objects: told apart on cloth, on paper and at night, and by those who see few colours. */

/** Red, green, blue. The order matters: the first ones are the furthest apart. */
const COLOURS = [
  [255, 176, 0],
  [40, 170, 255],
  [255, 92, 148],
  [60, 214, 130],
  [186, 120, 255],
  [255, 118, 48],
  [90, 228, 226],
  [214, 208, 70],
];

/** @param {number} hue number of the colour @returns {number[]} */
export function rgb(hue) {
  return COLOURS[hue % COLOURS.length];
}

/** @param {number} hue @param {number} [opacity] 0–1 */
export function colour(hue, opacity = 1) {
  return `rgb(${rgb(hue).join(" ")} / ${opacity})`;
}
