/** Size of the text and colours, chosen by the applicant; kept until the window is closed. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const SIZES = ["0", "1", "2", "3", "4"];
const LOOKS = ["system", "light", "dark", "contrast"];
const page = document.documentElement;
const smaller = document.getElementById("text-smaller");
const larger = document.getElementById("text-larger");
const lookButton = document.getElementById("look");
const lookName = document.getElementById("look-name");

function kept(name, choices, normal) {
  try {
    const value = sessionStorage.getItem(`synaq.${name}`);
    return choices.includes(value) ? value : normal;
  } catch {
    return normal;
  }
}

function keep(name, value) {
  try {
    sessionStorage.setItem(`synaq.${name}`, value);
  } catch {
    // it holds until the page is closed
  }
}

export function bindSettings() {
  let size = kept("text", SIZES, "1");
  let look = kept("look", LOOKS, "system");

  function show() {
    page.dataset.text = size;
    if (look === "system") delete page.dataset.look;
    else page.dataset.look = look;
    lookName.textContent = word(`look-${look}`);
    lookButton.setAttribute("aria-label", look === "system" ? word("look-system") : `${word("look-system")}: ${lookName.textContent}`);
    smaller.disabled = size === SIZES[0];
    larger.disabled = size === SIZES[SIZES.length - 1];
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
