// @ts-check
/** Line icons on a 24-grid, drawn for this page. Decorative: the button beside them carries the name. */

const PATHS = {
  ask: "M5 5h14v10.5H11L7 19v-3.5H5z",
  library: "M5 4.5v15M9 4.5v15M13 5l4.4 14.2M5 4.5h4M5 19.5h4M13 5l3-.9 4.4 14.2-3 .9",
  tools: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM7.5 19.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16.5 19.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  eye: "M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  status: "M3 12.5h4l2.5-7 4.5 13 2.5-6H21",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7.5 7.5h9v9h-9z",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5",
  retry: "M19 12a7 7 0 1 1-2.1-5M19.5 4v4h-4",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5",
  upload: "M12 16V5M7.5 9L12 4.5 16.5 9M5 15v4.5h14V15",
  download: "M12 4.5V15M7.5 11l4.5 4.5L16.5 11M5 15v4.5h14V15",
  talks: "M4 7h16M4 12h16M4 17h10",
  before: "M14.5 6l-6 6 6 6",
  after: "M9.5 6l6 6-6 6",
  down: "M6 9.5l6 6 6-6",
  zoom: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5M11 8v6M8 11h6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 4l9 16H3zM12 10v4.5M12 17v.5",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8 5.5v13M16 5.5v13",
  point: "M12 3v5M12 16v5M3 12h5M16 12h5M12 13.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z",
  undo: "M5 9h9a5 5 0 0 1 0 10H8M9 4.5L4.5 9 9 13.5",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  none: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.5 6.5l11 11",
};

/** @typedef {keyof typeof PATHS} IconName */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** @returns {SVGSVGElement} the mark: two quotation corners (heard) around a point (seen) */
export function mark() {
  const svg = icon("ask");
  svg.setAttribute("class", "mark");
  const corners = /** @type {SVGPathElement} */ (svg.firstElementChild);
  corners.setAttribute("d", "M4 11V4h7M20 13v7h-7");
  const dot = document.createElementNS(SVG, "circle");
  for (const [name, value] of [
    ["cx", "12"],
    ["cy", "12"],
    ["r", "3"],
  ])
    dot.setAttribute(name, value);
  svg.append(dot);
  return svg;
}
