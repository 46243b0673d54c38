/** Tells the server that the page is alive, and what happened on it besides answers; learns the time left. */

import { call } from "./transport.js";

const SOON_MS = { place: 5000, flag: 1500, unflag: 1500, summary: 1500 }; // the others wait for the next beat
const MOST_AT_ONCE = 50;
const ENOUGH = 4000; // then only what a reload needs is noted: see MOST_EVENTS of the server

/**
 * @see journal.js for the options that have the same names
 * @param {() => number} options.credit - the seconds of added time that this page knows of
 * @param {() => Date|null} options.serverNow - the server's time, as far as this page knows it
 */
export function startBeats({ url, token, store, paper, credit, heard, serverNow }) {
  const queue = store.kept.events;
  let seconds = paper.beat_seconds; // the server says anew with each beat
  let timer = null;
  let due = Infinity;
  let running = null;
  let closed = false;

  function record(kind, position, facts = {}) {
    if (closed) return;
    if (store.kept.eventNumber >= ENOUGH && !SOON_MS[kind]) return;
    const t = serverNow()?.getTime();
    queue.push({ n: (store.kept.eventNumber += 1), kind, position, facts: t ? { t, ...facts } : facts });
    store.keep();
    if (SOON_MS[kind]) plan(SOON_MS[kind]);
  }

  function plan(milliseconds) {
    const moment = performance.now() + milliseconds;
    if (closed || moment >= due) return;
    clearTimeout(timer);
    due = moment;
    timer = setTimeout(now, milliseconds);
  }

  function planNext() {
    plan(seconds * 1000 * (0.9 + 0.2 * Math.random()));
  }

  /** Beat at once; a beat that is under way is shared. */
  function now() {
    running ??= beat().finally(() => {
      running = null;
      planNext();
    });
    return running;
  }

  async function beat() {
    clearTimeout(timer);
    due = Infinity;
    const events = queue.slice(0, MOST_AT_ONCE);
    const result = await call(url, token, { events, credit_seconds: credit() });
    if (result.data.beat_seconds > 0) seconds = result.data.beat_seconds;
    if (result.outcome === "ok" || result.outcome === "malformed") {
      queue.splice(0, events.length);
      store.keep();
    }
    if (!closed) heard(result);
    return result;
  }

  /** Numbers go on from what the server knows, also when the applicant comes from another computer. */
  function renumber() {
    const newest = queue.findIndex(({ n, facts }) => n === paper.event_number && facts?.t && facts.t === paper.event_time);
    queue.splice(0, newest + 1); // they stand there already: only the acknowledgement was lost
    let number = paper.event_number ?? store.kept.eventNumber;
    for (const event of queue) event.n = number += 1;
    store.kept.eventNumber = number;
    store.keep();
  }

  renumber();
  now();
  return {
    record,
    now,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
