/** The public page of a draw: fetches the file, draws again in this browser, and says in words what came of it. */

import { verifySteps } from "./verify.js";

const PAUSE_EVERY_MS = 40;

/** Let the page breathe between papers. */
const breathe = () => new Promise((resume) => { setTimeout(resume, 0); });

/** The reader's own booking, where they came from the page of their own draw. */
function ownBooking() {
  const found = /^#booking=([0-9a-f-]{36})$/.exec(window.location.hash);
  return found ? found[1] : "";
}

async function drawAgain(bytes, tell) {
  const steps = verifySteps(bytes);
  let paused = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - paused > PAUSE_EVERY_MS) {
      tell(value);
      await breathe();
      paused = performance.now();
    }
  }
}

function list(place, differences) {
  place.replaceChildren(...differences.slice(0, 50).map((difference) => {
    const line = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = difference;
    line.append(code);
    return line;
  }));
  place.hidden = differences.length === 0;
}

function ownWords(words, booking, { differences, transcript }) {
  if (!booking || !transcript) return "";
  if (!transcript.papers.some((paper) => paper.booking === booking)) return words.wordsOwnAbsent;
  const own = differences.some((difference) => difference.includes(booking));
  return own || differences.length > 0 ? words.wordsOwnDiffers : words.wordsOwn;
}

function outcomeWords(words, { differences, transcript }) {
  if (differences.length > 0) return words.wordsDiffer;
  if (transcript.commitment !== words.commitment) return words.wordsOther;
  return transcript.weak ? words.wordsWeak : words.wordsAgree;
}

function prepare(box) {
  const words = box.dataset;
  const button = box.querySelector("[data-verify]");
  const outcome = box.querySelector("[data-outcome]");
  const differences = box.querySelector("[data-differences]");
  // A draw that was replaced says nothing of the reader's paper.
  const own = "counts" in words ? ownBooking() : "";

  const tell = ({ done, of }) => {
    outcome.textContent = words.wordsWorking.replace("{done}", done).replace("{all}", of);
  };

  async function check() {
    button.disabled = true;
    outcome.className = "";
    try {
      const answer = await fetch(words.transcript);
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await drawAgain(await answer.arrayBuffer(), tell);
      const good = found.differences.length === 0 && found.transcript.commitment === words.commitment;
      outcome.textContent = [outcomeWords(words, found), ownWords(words, own, found)].join(" ").trim();
      outcome.className = `notice notice-${good ? (found.transcript.weak ? "warn" : "ok") : "stop"}`;
      list(differences, found.differences);
    } catch {
      outcome.textContent = words.wordsUnreachable;
      outcome.className = "notice notice-warn";
    } finally {
      button.disabled = false;
    }
  }

  button.addEventListener("click", check);
  if (own) check();
}

for (const box of document.querySelectorAll("[data-draw]")) prepare(box);
