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

function before(name) {
  try {
    return sessionStorage.getItem(`synaq.${name}`);
  } catch {
    return null;
  }
}

/** @param {object} [store] - see store.js; `kept.settings` is what was chosen in this sitting. None before its start. */
export function bindSettings(store) {
  const settings = store?.kept.settings ?? {};
  const chosen = (name, choices, normal) => [settings[name], before(name)].find((each) => choices.includes(each)) ?? normal;
  let size = chosen("text", SIZES, "1");
  let look = chosen("look", LOOKS, "system");

  function keep(name, value) {
    settings[name] = value;
    store?.keep();
    try {
      sessionStorage.setItem(`synaq.${name}`, value); // from the sample questions to the test
    } catch {
      // the store has it
    }
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
