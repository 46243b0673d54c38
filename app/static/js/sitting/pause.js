/** Says that the test is paused, and why, and goes on by itself. The question is out of sight as long. */

import { announce } from "./announce.js";
import { panelShown, showPanel } from "./panels.js";
import { word } from "./words.js";

const words = document.getElementById("paused-words");
const STOPPED = ["question", "summary", "time", "lost"];

/**
 * @param {object} options
 * @param {object} options.journal - see journal.js: it sends nothing meanwhile
 * @param {() => void} options.panelChanged - another panel is shown
 * @returns {(reason: string|null|undefined) => void} what the server says: why it is paused, or that it is not
 */
export function bindPause({ journal, panelChanged }) {
  let back = "question";

  function stop(reason) {
    if (!STOPPED.includes(panelShown())) return;
    back = panelShown() === "summary" ? "summary" : "question";
    journal.hold();
    words.textContent = word(`paused-${reason}`);
    showPanel("paused");
    panelChanged();
  }

  function goOn() {
    showPanel(back);
    journal.goOn();
    panelChanged();
    announce(word("goes-on"));
  }

  return (reason) => {
    const paused = panelShown() === "paused";
    if (reason && !paused) stop(reason);
    else if (!reason && paused) goOn();
    else if (!reason) journal.goOn(); // an answer met a pause that was over before this page heard of it
  };
}
