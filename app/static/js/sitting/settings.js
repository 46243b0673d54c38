/** Size of the text and colours, chosen by the applicant; kept through the sitting, also over a crash of the browser. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const SIZES = ["0", "1", "2", "3", "4"];
const LOOKS = ["system", "light", "dark", "contrast"];
const page = document.documentElement;
const smaller = document.getElementById("text-smaller");
const larger = document.getElementById("text-larger");
const lookButton = document.getElementById("look");
const lookName = document.getElementById("look-name");

/** @param {object} store - see store.js; `kept.settings` is what was chosen */
export function bindSettings(store) {
  const { settings } = store.kept;
  let size = SIZES.includes(settings.text) ? settings.text : "1";
  let look = LOOKS.includes(settings.look) ? settings.look : "system";

  function keep(name, value) {
    settings[name] = value;
    store.keep();
  }

  function show() {
    page.dataset.text = size;
    if (look === "system") delete page.dataset.look;
    else page.dataset.look = look;
    lookName.textContent = word(`look-${look}`);
    lookButton.setAttribute("aria-label", look === "system" ? word("look-system") : `${word("look-system")}: ${lookName.textContent}`);
    smaller.setAttribute("aria-disabled", String(size === SIZES[0])); // not disabled: the focus would be lost
    larger.setAttribute("aria-disabled", String(size === SIZES[SIZES.length - 1]));
  }

  function resize(step) {
    size = SIZES[Math.min(Math.max(SIZES.indexOf(size) + step, 0), SIZES.length - 1)];
    keep("text", size);
    show();
  }

  smaller.addEventListener("click", () => resize(-1));
  larger.addEventListener("click", () => resize(1));
  lookButton.addEventListener("click", () => {
    look = LOOKS[(LOOKS.indexOf(look) + 1) % LOOKS.length];
    keep("look", look);
    show();
    announce(lookName.textContent);
  });
  show();
}
