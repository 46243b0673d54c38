/** The summary, and the applicant's own finish. */

import { panelShown, showPanel } from "./panels.js";
import { word, write } from "./words.js";

const PAUSE_MS = 1000;
const form = document.getElementById("finish-form");
const openButton = document.getElementById("open-summary");
const closeButton = document.getElementById("close-summary");
const confirmButton = document.getElementById("confirm-finish");
const summaryWords = document.getElementById("summary-words");
const rows = document.getElementById("summary-rows");
const finishWords = document.getElementById("finish-words");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param {object} options
 * @param {() => Promise<object>} options.beat - ask the server now; its outcome says whether it can be reached
 * @param {(position: number) => void} options.open - go to a question
 * @param {(counts: object) => void} options.shown - the summary is shown, with these counts
 * @param {(name: string, waiting: number) => void} options.noted - the page says something
 * @param {(reason: string, data: object) => void} options.leave - see ending.js
 */
export function bindFinish({ sheet, journal, beat, open, leave, shown, noted }) {
  let wanted = false; // the applicant pressed "finish" and has not gone back

  function summarise() {
    const { blank } = sheet.counts();
    summaryWords.textContent = blank.length ? word("summary-blank", { blank: blank.length }) : word("summary-full");
    rows.replaceChildren(...sheet.blocks.map(row));
  }

  /** What stands in the table, row by row: answered, flagged, blank. */
  function countsAsShown() {
    const three = ({ answered, flagged, blank }) => [answered, flagged.length, blank.length];
    const [answered, flagged, blank] = three(sheet.counts());
    return { answered, flagged, blank, blocks: sheet.blocks.flatMap((block) => three(sheet.counts(block))) };
  }

  function row(block) {
    const part = document.getElementById("summary-row").content.querySelector("tr").cloneNode(true);
    const counts = sheet.counts(block);
    const title = part.querySelector("th");
    title.textContent = block.title;
    title.lang = sheet.language;
    part.querySelector('[data-cell="answered"]').textContent = counts.answered;
    part.querySelector('[data-cell="flagged"]').append(...links(counts.flagged));
    part.querySelector('[data-cell="blank"]').append(...links(counts.blank));
    return part;
  }

  function links(positions) {
    if (positions.length === 0) return [word("none")];
    return positions.map((position) => {
      const link = document.getElementById("summary-link").content.cloneNode(true).firstElementChild;
      link.textContent = position;
      link.setAttribute("aria-label", word("jump", { position }));
      link.addEventListener("click", () => {
        wanted = false;
        open(position);
      });
      return link;
    });
  }

  function say(name) {
    const { waiting } = journal;
    const text = word(name, { waiting });
    if (finishWords.textContent !== text) noted(name, waiting);
    write(finishWords, text);
  }

  async function finishByClick() {
    if (wanted) return;
    wanted = true;
    confirmButton.setAttribute("aria-disabled", "true"); // it keeps the focus
    while (wanted && panelShown() === "summary") {
      if (journal.waiting > 0) say("finish-waiting");
      journal.hurry();
      const result = await beat();
      if (wanted && panelShown() === "summary" && result.outcome === "ok" && journal.waiting === 0) {
        return leave("click", result.data);
      }
      if (result.outcome !== "ok") say("finish-offline");
      await pause(journal.waiting > 0 && result.outcome === "ok" ? PAUSE_MS / 4 : PAUSE_MS * (1 + Math.random()));
    }
    wanted = false;
    confirmButton.setAttribute("aria-disabled", "false");
    write(finishWords, "");
  }

  openButton.addEventListener("click", () => {
    if (panelShown() !== "question") return;
    summarise();
    showPanel("summary");
    shown(countsAsShown());
  });
  closeButton.addEventListener("click", () => {
    wanted = false;
    open(sheet.place);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finishByClick();
  });
  openButton.disabled = false;
}
