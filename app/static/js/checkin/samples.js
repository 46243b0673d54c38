/** The sample questions: the parts of the exam page that show and choose, without those that save and count. */

import { bindKeys } from "../sitting/keys.js";
import { drawMap } from "../sitting/map.js";
import { panelShown, showPanel } from "../sitting/panels.js";
import { showQuestions } from "../sitting/question.js";
import { bindSettings } from "../sitting/settings.js";
import { makeSheet } from "../sitting/sheet.js";
import { call, patience } from "../sitting/transport.js";
import { word } from "../sitting/words.js";

const root = document.querySelector("main[data-paper-url]");
const token = document.querySelector('meta[name="csrf-token"]').content;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function fetchPaper() {
  for (let failures = 0; ; failures += 1) {
    const result = await call(root.dataset.paperUrl, token);
    if (result.outcome === "ok") return result.data;
    document.getElementById("loading-words").textContent = word("loading-slow");
    await pause(patience(failures, 10_000));
  }
}

async function start() {
  bindSettings();
  document.getElementById("connection").hidden = true; // nothing is sent from here
  const sheet = makeSheet(await fetchPaper());

  function open(position) {
    sheet.goTo(position);
    document.getElementById("question-heading").focus({ preventScroll: true });
  }

  function turn(step) {
    const position = sheet.place + step;
    if (position >= sheet.first && position <= sheet.last) open(position);
  }

  drawMap(sheet, open);
  const question = showQuestions(sheet, { turn });
  bindKeys({ active: () => panelShown() === "question", turn, ...question });
  showPanel("question", { focus: false });
}

start();
