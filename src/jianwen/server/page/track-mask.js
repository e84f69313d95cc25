// @ts-check
/** A mask as the server tells it, as a small picture in an object's colour: a thin wash with a clear edge. */

/** @typedef {import("./types.js").Mask} Mask */

const WASH = 105; // opacity, 0–255
const EDGE = 245;

/**
 * One pixel a cell; whoever draws it stretches it over the mask's box.
 * @param {Mask} mask
 * @param {number[]} colour red, green, blue
 * @returns {HTMLCanvasElement}
 */
export function maskPicture({ rows, columns, runs }, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const picture = context.createImageData(columns, rows);
  const cells = cellsOf(runs, rows * columns);
  const isOn = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 && row < rows && column >= 0 && column < columns && cells[row * columns + column];
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      if (!isOn(row, column)) continue;
      const isInside =
        isOn(row - 1, column) && isOn(row + 1, column) && isOn(row, column - 1) && isOn(row, column + 1);
      picture.data.set([...colour, isInside ? WASH : EDGE], (row * columns + column) * 4);
    }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** @param {number[]} runs @param {number} count @returns {Uint8Array} 1 where the object is */
function cellsOf(runs, count) {
  const cells = new Uint8Array(count);
  let start = 0;
  runs.forEach((length, place) => {
    if (place % 2) cells.fill(1, start, start + length);
    start += length;
  });
  return cells;
}
