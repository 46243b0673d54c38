/** Keys: 1–4 choose, 0 clears, N P ← → turn the page, F flags. By place on the keyboard, so the Kazakh layout works. */

import { word } from "./words.js";

const line = document.querySelector(".keys-line");
const button = document.getElementById("keys-switch");

/** @param {() => boolean} active - whether a question is on the screen */
export function bindKeys({ active, choose, clearAnswer, toggleFlag, turn, enterOptions }) {
  let on = true;
  const acts = {
    KeyN: () => turn(1),
    KeyP: () => turn(-1),
    KeyF: toggleFlag,
    ArrowRight: () => turn(1),
    ArrowLeft: () => turn(-1),
  };
  for (const number of [1, 2, 3, 4]) acts[`Digit${number}`] = acts[`Numpad${number}`] = () => choose(number);
  acts.Digit0 = acts.Numpad0 = clearAnswer;

  document.addEventListener("keydown", (event) => {
    if (!on || !active() || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const inRadios = event.target.matches?.('input[type="radio"]');
    if (!inRadios && event.target.matches?.("input, select, textarea")) return;
    if (!inRadios && (event.code === "ArrowDown" || event.code === "ArrowUp") && event.target.closest("button, a") === null) {
      event.preventDefault();
      enterOptions();
      return;
    }
    const act = acts[event.code];
    if (!act || (event.repeat && !event.code.startsWith("Arrow"))) return;
    event.preventDefault();
    act();
  });

  button.addEventListener("click", () => {
    on = !on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = word(on ? "keys-on" : "keys-off");
    line.dataset.on = on;
  });
}
