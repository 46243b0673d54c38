/** Says in words whether the server hears us, since when not, and how many answers wait here. */

import { announce } from "./announce.js";
import { panelShown } from "./panels.js";
import { word, write } from "./words.js";

const state = document.getElementById("connection");
const notice = document.getElementById("notice");
const savedLine = document.getElementById("saved");

/**
 * @param {object} options
 * @param {() => number} options.waiting - answers that the server does not have yet
 * @param {() => boolean} options.lasting - what waits here outlives the window
 * @param {() => string} options.time - the server's time now, in words
 * @param {(kind: string, facts: object) => void} options.noted - the connection was lost, or is back
 */
export function watchConnection({ waiting, lasting, time, noted }) {
  let lostSince = null;
  let trouble = null; // null, "offline" or "refused"
  let lastSaved = "";

  function show() {
    const count = waiting();
    const said = panelShown() === "lost"; // that panel says it itself
    const waits = said || panelShown() === "paused";
    state.dataset.state = trouble ? "lost" : "connected";
    state.textContent = word(trouble ? "disconnected" : "connected");
    if (count === 0) savedLine.textContent = lastSaved && word("saved", { time: lastSaved });
    else savedLine.textContent = trouble || waits ? word("not-saved-yet", { waiting: count }) : word("saving");
    notice.hidden = !trouble || said;
    if (!trouble) return;
    const parts = [word(trouble, { time: lostSince, waiting: count })];
    if (count > 0 && !lasting()) parts.push(word("fleeting", { waiting: count }));
    write(notice, parts.join(" "));
  }

  return {
    get lost() {
      return trouble !== null;
    },
    show,
    saved(moment) {
      lastSaved = moment;
    },
    heard(outcome) {
      const now = { unreachable: "offline", refused: "refused" }[outcome] ?? null;
      const changed = now !== trouble;
      if (now && !trouble) lostSince = time();
      const wasLost = trouble !== null;
      trouble = now;
      show();
      if (!changed) return;
      if (now) noted("lost", { name: now, waiting: waiting() });
      else if (wasLost) noted("back", { waiting: waiting() });
      if (now) announce(notice.textContent);
      else if (wasLost && outcome === "ok") announce(word("back-online"));
    },
  };
}
