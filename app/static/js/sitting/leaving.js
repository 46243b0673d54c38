/** Asks before the page is left while an answer waits here, and says which; leads to another language only when it can. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const SAID_FOR_MS = 20_000;
const SENT_WITHIN_MS = 3000;
const LOOK_MS = 100;
const line = document.getElementById("told");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param {object} options
 * @param {object} options.journal - see journal.js
 * @param {() => boolean} options.lasting - what waits here outlives the window
 * @param {() => boolean} options.done - nothing more is sent from this page
 * @param {() => Promise<object>} options.beat - ask the server now; its outcome says whether it can be reached
 * @param {() => boolean} options.lost - the server was not reached just now
 * @param {(name: string, waiting: number) => void} options.noted - the page says something
 */
export function guardLeaving({ journal, lasting, done, beat, lost, noted }) {
  let hide = 0;

  function say(name) {
    const parts = [word(name, { waiting: journal.waiting, questions: journal.positions.join(", ") })];
    if (name === "unsent" && !lasting()) parts.push(word("fleeting", { waiting: journal.waiting }));
    line.textContent = parts.join(" ");
    line.hidden = false;
    announce(line.textContent);
    noted(name, journal.waiting);
    clearTimeout(hide);
    hide = setTimeout(() => (line.hidden = true), SAID_FOR_MS);
  }

  window.addEventListener("beforeunload", (event) => {
    if (journal.waiting === 0 || done()) return;
    event.preventDefault();
    event.returnValue = "unsent"; // what older browsers look at; none shows the text: the page does
    say("unsent");
  });

  /** The page in another language is another page: it must be sure to come. */
  async function change(address) {
    if (done()) return window.location.assign(address);
    const { outcome } = lost() ? { outcome: "unreachable" } : await beat();
    for (let waited = 0; outcome === "ok" && journal.waiting > 0 && waited < SENT_WITHIN_MS; waited += LOOK_MS) await pause(LOOK_MS);
    if (outcome === "ok" && journal.waiting === 0) window.location.assign(address);
    else say("language-later");
  }

  for (const link of document.querySelectorAll(".exam-tools .languages a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      change(link.href);
    });
  }
}
