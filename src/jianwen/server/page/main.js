// @ts-check
/** Starts the page: the rail, the place that the address names, drops, and the standing connection. */

import { acceptDrops } from "./drop.js";
import { h } from "./dom.js";
import { languageChanged, markDocument, t } from "./i18n.js";
import { linkBar } from "./link-bar.js";
import { startLive } from "./live.js";
import { placeOf } from "./places.js";
import { Rail } from "./rail.js";
import { startToasts } from "./toast.js";
import { guardUploads } from "./upload.js";

/** @type {{name: string, mounted: import("./types.js").Mounted} | null} */
let shown = null;
const rail = new Rail();
const main = h("main", { id: "main", tabindex: "-1" });
const skip = h("a", {
  class: "skip",
  href: "#main",
  onclick: (/** @type {Event} */ event) => (event.preventDefault(), main.focus()),
});

/** Show what the address says, keeping the place mounted when only its path changes. */
function follow() {
  const { place, path } = placeOf(location.hash);
  rail.draw(place.name);
  document.title = `${t(place.name)} · ${t("name")}`;
  if (shown?.name === place.name && shown.mounted.follow) return shown.mounted.follow(path);
  shown?.mounted.unmount();
  main.replaceChildren();
  shown = { name: place.name, mounted: place.mount(main, path) };
}

/** Words are put in when a place is mounted, so a new language mounts it anew; conversations live outside it. */
function speak() {
  markDocument();
  skip.textContent = t("skip");
  shown?.mounted.unmount();
  shown = null;
  main.replaceChildren();
  follow();
}

document.body.append(
  skip,
  h("div", { class: "page" }, rail.element, h("div", { class: "stage-area" }, linkBar(), main)),
);
startToasts();
acceptDrops();
guardUploads();
languageChanged.addEventListener("change", speak);
window.addEventListener("hashchange", follow);
speak();
startLive();
