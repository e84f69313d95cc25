// @ts-check
/** The browser's file chooser. */

/**
 * @param {(files: File[]) => void} take called with what was chosen, never with nothing
 * @param {string} [accept] kinds that are offered first
 */
export function choose(take, accept = "") {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = accept;
  input.addEventListener("change", () => input.files?.length && take([...input.files]));
  input.click();
}
