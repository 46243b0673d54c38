/** Puts the exam page together: fetches the paper, then lets each behaviour do its part. */

import { bindAdded } from "./added.js";
import { bindAside } from "./aside.js";
import { startBeats } from "./beats.js";
import { startClock } from "./clock.js";
import { watchConnection } from "./connection.js";
import { bindEnding } from "./ending.js";
import { bindFinish } from "./finish.js";
import { openJournal } from "./journal.js";
import { bindKeys } from "./keys.js";
import { guardLeaving } from "./leaving.js";
import { drawMap } from "./map.js";
import { panelShown, showPanel } from "./panels.js";
import { bindPause } from "./pause.js";
import { showQuestions } from "./question.js";
import { showAnswerState } from "./saved.js";
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

function goToEnd(location, store) {
  if (store && store.kept.answers.length === 0) store.forget();
  const path = localPath(location);
  if (path) window.location.assign(path);
  else showPanel("ended");
}

async function start() {
  const store = await openStore(root.dataset.sitting);
  bindSettings(store);
  const result = await fetchPaper();
  if (result.outcome === "elsewhere") return showPanel("elsewhere");
  const paper = result.data;
  store.tidy();
  if (result.outcome === "ended" || paper.state !== "running") deliverAfterEnd(paper.location, store);
  else sit(paper, result, store);
}

/** The sitting ended while this page was being loaded: there is no paper any more, but answers may wait here. */
function deliverAfterEnd(location, store) {
  const journal = openJournal({
    url: urls.answers, token, store,
    paper: { sequence: store.kept.known, head: store.kept.head },
    paperAgain: async () => null,
    heard() {}, saved() {}, changed() {}, wentOnElsewhere() {},
  });
  const ending = bindEnding({
    journal,
    beat: () => call(urls.events, token, { events: [] }),
    goToEnd: (path) => goToEnd(path, store),
    panelChanged() {}, noted() {},
  });
  ending.ended(location);
}

function sit(paper, { started, arrived }, store) {
  const sheet = makeSheet(paper);
  let beats = null;
  let journal = null;
  let ending = null;
  let pauseIs = () => {};
  let credit = paper.credit_seconds ?? 0; // seconds of added time that this page knows of
  const tellAdded = bindAdded(store);

  const clock = startClock({
    offsetMinutes: Number(root.dataset.utcOffsetMinutes),
    zero: () => ending?.timeIsUp(),
    marked: (minutes) => beats?.record("time-mark", null, { minutes }),
    woke: () => beats?.now(),
  });
  clock.set(paper.server_time, started, arrived);

  const connection = watchConnection({
    waiting: () => journal?.waiting ?? store.kept.answers.length,
    lasting: () => store.lasting,
    time: () => clock.words(clock.serverNow()),
    noted: (kind, facts) => beats?.record(kind, null, facts),
  });
  const answerState = showAnswerState({
    sheet,
    saved: paper.saved,
    waiting: () => journal?.positions ?? [],
    lost: () => connection.lost,
    time: (moment) => clock.words(moment, { seconds: true }),
  });
  const noted = (name, waiting) => beats.record("message", null, { name, waiting });

  function showState() {
    connection.show();
    answerState.show();
  }

  function heard(result) {
    connection.heard(result.outcome);
    answerState.show();
    clock.set(result.data.server_time, result.started, result.arrived);
    if (result.outcome === "ended" || result.data.state === "ended") {
      stopAsking();
      return ending.ended(result.data.location); // the journal goes on delivering
    }
    if (result.outcome === "elsewhere") {
      stopAsking();
      journal.close();
      return showPanel("elsewhere");
    }
    if (result.outcome === "late") ending.timeIsUp();
    if (result.outcome === "paused") beats.now(); // it knows why
    if (result.outcome === "ok") takeTime(result);
  }

  /** An acknowledgement tells of time that was added; a beat tells all. */
  function takeTime({ data, started, arrived }) {
    const paused = Boolean(data.paused);
    clock.sync(data.remaining_ms, started, arrived, { paused });
    if (data.sequence !== undefined) {
      if ((data.credit_seconds ?? credit) !== credit) beats.now();
      return;
    }
    credit = data.credit_seconds ?? credit;
    pauseIs(data.paused);
    tellAdded(data.credits);
  }

  function stopAsking() {
    beats.close();
    document.getElementById("open-summary").disabled = true;
    for (const mark of document.querySelectorAll(".mark")) mark.disabled = true;
  }

  const showAside = bindAside(store, open, (count) => noted("aside", count));

  journal = openJournal({
    url: urls.answers, token, store, paper, heard,
    async paperAgain() {
      const again = await call(urls.paper, token);
      return again.outcome === "ok" && again.data.state === "running" ? again.data : null;
    },
    saved(data, position) {
      connection.saved(clock.words(new Date(data.saved_at), { seconds: true }));
      answerState.heard(position, data.saved_at);
    },
    changed: showState,
    wentOnElsewhere(now) {
      if (!ending) return; // this page is being put together: below it is said
      sheet.replaceAnswers(now.answers);
      showAside();
    },
  });
  sheet.recall(store.kept);

  beats = startBeats({
    url: urls.events, token, store, paper,
    credit: () => credit,
    serverNow: clock.serverNow,
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
    if (change.kind === "replaced") return;
    if (change.kind === "answer") return journal.record(change.position, change.option);
    beats.record(change.kind, change.position);
    if (change.kind === "place") noteSeen();
  });

  const noticed = store.kept.events.filter(({ kind }) => kind === "seen").map(({ position }) => position);
  const seen = new Set([...(paper.seen ?? []), ...noticed]);

  function noteSeen() {
    if (seen.has(sheet.place)) return;
    seen.add(sheet.place);
    beats.record("seen", sheet.place);
  }

  drawMap(sheet, open);
  const question = showQuestions(sheet, { turn });
  bindKeys({ active: () => panelShown() === "question", turn, ...question });
  ending = bindEnding({
    journal,
    beat: () => beats.now(),
    goToEnd: (location) => goToEnd(location, store),
    panelChanged: () => connection.show(),
    noted,
  });
  pauseIs = bindPause({
    journal,
    panelChanged() {
      connection.show();
      noted(panelShown() === "paused" ? "paused" : "goes-on", journal.waiting);
    },
  });
  bindFinish({
    sheet, journal, open,
    beat: () => beats.now(),
    leave: ending.leave,
    shown: (counts) => beats.record("summary", sheet.place, counts),
    noted,
  });
  guardLeaving({
    journal, noted,
    lasting: () => store.lasting,
    done: () => ending.left || ["elsewhere", "ended"].includes(panelShown()),
    beat: () => beats.now(),
    lost: () => connection.lost,
  });
  window.addEventListener("online", () => {
    beats.now();
    journal.hurry();
  });
  document.addEventListener("visibilitychange", () => {
    beats.record(document.hidden ? "hidden" : "shown", sheet.place);
    if (!document.hidden) beats.now();
  });

  const [{ type: how = "navigate" } = {}] = performance.getEntriesByType("navigation");
  beats.record("opened", sheet.place, { how, width: innerWidth, height: innerHeight, lasting: Number(store.lasting) });
  noteSeen();
  showPanel("question", { focus: false });
  showState();
  showAside();
  clock.sync(paper.remaining_ms, started, arrived, { paused: Boolean(paper.paused) });
  pauseIs(paper.paused);
  tellAdded(paper.credits);
}

whenAlone(start);
