/**
 * The way out when the time is up or the sitting has ended. What still waits here is delivered first (the server keeps
 * it as late, apart from what counts); what cannot be delivered is said, and the page goes on trying while it may.
 */

import { panelShown, showPanel } from "./panels.js";
import { word, write } from "./words.js";

const PAUSE_MS = 1000;
const STILL_TIME_MS = 1000;
const STUCK_MS = 12_000; // longer than the slowest call: see transport.js
const form = document.getElementById("finish-form");
const title = document.getElementById("time-title");
const waitingLine = document.getElementById("time-waiting");
const lostCount = document.getElementById("lost-count");
const lostReason = document.getElementById("lost-reason");
const lostButton = document.getElementById("lost-go-on");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const onTheWay = () => ["time", "lost"].includes(panelShown());

/**
 * @param {object} options
 * @param {object} options.journal - see journal.js
 * @param {() => Promise<object>} options.beat - ask the server now; its outcome says whether it can be reached
 * @param {(location: string|undefined) => void} options.goToEnd - the sitting has ended, and this page is done
 * @param {() => void} options.panelChanged - another panel is shown
 * @param {(name: string, waiting: number) => void} options.noted - the page says something
 */
export function bindEnding({ journal, beat, goToEnd, panelChanged, noted }) {
  let ended = null; // where to go, once the server has said that the sitting has ended
  let left = false;
  let walking = false;

  /** Finish the sitting; the server leads to the result. */
  function leave(reason, { state } = {}) {
    if (left || ended || state === "ended") return; // ended: the page is already on its way to the result
    left = true;
    form.elements.namedItem("reason").value = reason;
    form.submit();
  }

  function goOn() {
    if (!ended) return leave("time");
    left = true;
    goToEnd(ended.location);
  }

  async function wayOut() {
    if (walking) return;
    walking = true;
    const before = panelShown();
    showPanel("time");
    noted("time-up", journal.waiting);
    let fewest = journal.waiting;
    let progressAt = performance.now();
    while (onTheWay() && !left) {
      journal.hurry();
      const { outcome, data } = await beat();
      if (!onTheWay() || left) break;
      const reached = outcome === "ok";
      if (reached && !ended && data.remaining_ms > STILL_TIME_MS) {
        showPanel(before === "summary" ? before : "question"); // time was added while we could not hear of it
        break;
      }
      if (journal.waiting === 0 && (reached || ended)) {
        goOn();
        break;
      }
      if (journal.waiting < fewest) {
        fewest = journal.waiting;
        progressAt = performance.now();
      }
      const stuck = journal.waiting > 0 && performance.now() - progressAt >= STUCK_MS;
      if (journal.barred) showLost("lost-ended");
      else if (stuck) showLost(outcome === "unreachable" ? "lost-offline" : "lost-refused");
      else showWaiting(reached);
      if (journal.barred) break;
      await pause(PAUSE_MS * (0.5 + Math.random()));
    }
    walking = false;
  }

  function showWaiting(reached) {
    const waiting = journal.waiting;
    const name = reached ? "time-delivering" : "time-offline";
    write(waitingLine, reached && waiting === 0 ? "" : word(name, { waiting }));
    change("time");
  }

  function showLost(reason) {
    write(lostCount, word("lost-count", { waiting: journal.waiting }));
    write(lostReason, word(reason));
    change("lost");
  }

  function change(name) {
    if (panelShown() === name) return;
    showPanel(name);
    panelChanged();
    if (name === "lost") noted("not-arrived", journal.waiting);
  }

  lostButton.addEventListener("click", async () => {
    if (lostButton.getAttribute("aria-disabled") === "true") return;
    lostButton.setAttribute("aria-disabled", "true"); // it keeps the focus
    const { outcome } = await beat();
    lostButton.setAttribute("aria-disabled", "false");
    if (outcome !== "unreachable") goOn();
    else write(lostReason, word("lost-offline")); // a page that cannot be loaded would take this one away
  });

  return {
    leave,
    /** The page is on its way to the result, by its own wish. */
    get left() {
      return left;
    },
    timeIsUp() {
      if (!ended) wayOut();
    },
    ended(location) {
      ended ??= { location };
      if (left) return;
      if (journal.waiting === 0) return goOn();
      if (!walking) write(title, word("ended-title"));
      wayOut();
      if (panelShown() === "time") showWaiting(true);
    },
  };
}
