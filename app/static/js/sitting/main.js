/** Puts the exam page together: fetches the paper, then lets each behaviour do its part. */

import { startBeats } from "./beats.js";
import { startClock } from "./clock.js";
import { watchConnection } from "./connection.js";
import { bindFinish } from "./finish.js";
import { openJournal } from "./journal.js";
import { bindKeys } from "./keys.js";
import { drawMap } from "./map.js";
import { panelShown, showPanel } from "./panels.js";
import { showQuestions } from "./question.js";
import { bindSettings } from "./settings.js";
import { makeSheet } from "./sheet.js";
import { openStore } from "./store.js";
import { call, localPath, patience } from "./transport.js";
import { word } from "./words.js";

const SECOND_WINDOW_MS = 2000;
const root = document.querySelector("main[data-paper-url]");
const token = document.querySelector('meta[name="csrf-token"]').content;
const urls = { paper: root.dataset.paperUrl, answers: root.dataset.answersUrl, events: root.dataset.eventsUrl };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Two windows of one browser share what is kept here; only one of them may write it. */
function whenAlone(start) {
  if (!navigator.locks) return start(); // no secure context: the server still refuses a second computer
  const late = setTimeout(() => showPanel("second"), SECOND_WINDOW_MS);
  navigator.locks.request(`synaq.sitting.${root.dataset.sitting}`, () => {
    clearTimeout(late);
    showPanel("loading", { focus: false });
    start();
    return new Promise(() => {}); // held until the window is closed
  });
}

async function fetchPaper() {
  for (let failures = 0; ; failures += 1) {
    const result = await call(urls.paper, token);
    if (["ended", "elsewhere"].includes(result.outcome)) return result;
    if (result.outcome === "ok" && (result.data.questions?.length || result.data.state !== "running")) return result;
    document.getElementById("loading-words").textContent = word("loading-slow");
    await pause(patience(failures, 10_000));
  }
}

function goToEnd(location) {
  const path = localPath(location);
  if (path) window.location.assign(path);
  else showPanel("ended");
}

async function start() {
  bindSettings();
  const result = await fetchPaper();
  if (result.outcome === "elsewhere") return showPanel("elsewhere");
  const paper = result.data;
  if (result.outcome === "ended" || paper.state !== "running") return goToEnd(paper.location);
  sit(paper, result);
}

function sit(paper, { started, arrived }) {
  const store = openStore(root.dataset.sitting);
  store.tidy();
  const sheet = makeSheet(paper);
  let beats = null;
  let journal = null;
  let finish = null;

  const clock = startClock({
    offsetMinutes: Number(root.dataset.utcOffsetMinutes),
    zero: () => finish?.finishByTime(),
    woke: () => beats?.now(),
  });
  clock.set(paper.server_time, started, arrived);

  const connection = watchConnection({
    waiting: () => journal?.waiting ?? store.kept.answers.length,
    time: () => clock.words(clock.serverNow()),
  });

  function heard(result) {
    if (result.outcome === "ended" || result.data.state === "ended") {
      return stop(() => {
        if (!journal?.waiting) store.forget();
        goToEnd(result.data.location);
      });
    }
    if (result.outcome === "elsewhere") return stop(() => showPanel("elsewhere"));
    connection.heard(result.outcome);
    if (result.outcome === "ok") clock.sync(result.data.remaining_ms, result.started, result.arrived);
  }

  function stop(show) {
    journal?.close();
    beats?.close();
    document.getElementById("open-summary").disabled = true;
    for (const mark of document.querySelectorAll(".mark")) mark.disabled = true;
    show();
  }

  journal = openJournal({
    url: urls.answers, token, store, paper, heard,
    saved: (data) => connection.saved(clock.words(new Date(data.saved_at), { seconds: true })),
    changed: () => connection.show(),
  });
  sheet.recall(store.kept);

  beats = startBeats({
    url: urls.events, token, store, paper,
    heard(result) {
      heard(result);
      if (result.outcome === "ok") journal.hurry();
    },
  });

  function open(position) {
    if (!["question", "summary"].includes(panelShown())) return;
    showPanel("question");
    sheet.goTo(position);
    document.getElementById("question-heading").focus({ preventScroll: true });
  }

  function turn(step) {
    const position = sheet.place + step;
    if (position >= sheet.first && position <= sheet.last) open(position);
  }

  sheet.listen((change) => {
    if (change.kind === "answer") journal.record(change.position, change.option);
    else beats.record(change.kind, change.position);
  });
  sheet.summaryOpened = () => beats.record("summary", sheet.place);

  drawMap(sheet, open);
  const question = showQuestions(sheet, { turn });
  bindKeys({ active: () => panelShown() === "question", turn, ...question });
  finish = bindFinish({
    sheet, journal, open,
    beat: () => beats.now(),
    head: () => store.kept.head,
    graceMs: paper.grace_seconds * 1000,
  });
  window.addEventListener("online", () => {
    beats.now();
    journal.hurry();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) beats.now();
  });

  showPanel("question", { focus: false });
  connection.show();
  clock.sync(paper.remaining_ms, started, arrived);
}

whenAlone(start);
