/** Asks every two seconds whether the session has started, and then starts the test by itself. */

import { word } from "../sitting/words.js";

const EVERY_MS = 2000;
const LIMIT_MS = 5000;
const AGAIN_MS = 4000;
const form = document.getElementById("begin");
const line = document.querySelector("#wait-state .status span") ?? document.getElementById("wait-state");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A line is read aloud at each change: write it only when it says something else. */
function say(name) {
  const text = word(name);
  if (line.textContent !== text) line.textContent = text;
}

async function ask() {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), LIMIT_MS);
  try {
    const url = form.dataset.releasedUrl;
    const response = await fetch(url, { cache: "no-store", redirect: "manual", signal: stop.signal });
    if (response.type === "opaqueredirect") return { ready: false }; // signed out: the page leads on
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  } finally {
    clearTimeout(limit);
  }
}

async function start() {
  say("starting");
  form.hidden = false;
  document.getElementById("wait-by-hand")?.remove();
  form.requestSubmit();
  await pause(AGAIN_MS); // the answer did not come: the same press again finds the same test
  delete form.dataset.sent;
}

async function wait() {
  let released = form.dataset.released === "true";
  for (;;) {
    if (released) await start();
    else await pause(EVERY_MS * (0.75 + 0.5 * Math.random())); // a whole room must not ask at one moment
    const answer = await ask();
    if (answer && !answer.ready) {
      window.location.reload(); // started in another window, or something was decided: the server knows what comes next
      return;
    }
    released = answer?.released ?? released;
    if (!released) say(answer ? "waiting" : "no-connection");
  }
}

wait();
