/** Saves answers: in order, one at a time, each until the server has acknowledged it, or keeps it as late. */

import { compareWithPaper } from "./stale.js";
import { call, patience } from "./transport.js";

const MOST_HOPS = 8;

/**
 * @param {object} options
 * @param {string} options.url - where an answer goes
 * @param {string} options.token - against forged requests
 * @param {object} options.store - see store.js; `kept.answers` is the queue, the oldest first
 * @param {object} options.paper - `sequence`, `head` and `answers` as the server knows them now
 * @param {() => Promise<object|null>} options.paperAgain - the same, asked anew; null if it cannot be had now
 * @param {(result: object) => void} options.heard - every answer of the server, also a missing one
 * @param {(saved: object, position: number) => void} options.saved - an acknowledgement
 * @param {() => void} options.changed - the number of waiting answers changed
 * @param {(paper: object) => void} options.wentOnElsewhere - the queue was older than what the server has: not sent
 */
export function openJournal({ url, token, store, paper, paperAgain, heard, saved, changed, wentOnElsewhere }) {
  const queue = store.kept.answers;
  let sequence = 0;
  let failures = 0;
  let retry = null;
  let busy = false;
  let closed = false;
  let held = false; // the test is paused: what is given waits here
  let barred = false; // the sitting has ended, and the server does not keep what we send
  settle(paper);

  /** Bring the queue into line with the paper: drop what has arrived, set aside what is older. */
  function settle(now) {
    const { ours, arrived, differing } = compareWithPaper(queue, store.kept.known, now);
    if (ours) queue.splice(0, arrived);
    else setAllAside(differing);
    if (queue.length > 0) Object.assign(queue[0], { tried: queue[0].tried || queue[0].sequence !== null, sequence: null, hops: 0 });
    store.kept.known = now.sequence;
    sequence = Math.max(now.sequence, store.kept.lateNumber);
    store.kept.head = now.head;
    store.keep();
    if (!ours) wentOnElsewhere(now);
  }

  function setAllAside(differing) {
    store.setAside("went on elsewhere", { answers: [...queue], events: [...store.kept.events] });
    queue.length = 0;
    store.kept.events.length = 0;
    const before = store.kept.lookAgain ?? { count: 0, positions: [] };
    const positions = new Set([...before.positions, ...differing.map(({ position }) => position)]);
    store.kept.lookAgain = differing.length === 0 ? store.kept.lookAgain : {
      count: before.count + differing.length,
      positions: [...positions].sort((a, b) => a - b),
    };
  }

  function record(position, option) {
    const newest = queue[queue.length - 1];
    if (newest && !newest.tried && newest.position === position) newest.option = option;
    else queue.push({ position, option, sequence: null, tried: false });
    store.keep();
    changed();
    send();
  }

  async function send() {
    if (busy || closed || held || barred || retry !== null || queue.length === 0) return;
    busy = true;
    const entry = queue[0];
    if (entry.sequence === null) {
      entry.sequence = sequence + 1;
      entry.tried = true; // it may arrive at any later time, also after a reload: from now on it stays as it is
      store.keep();
    }
    const result = await call(url, token, { sequence: entry.sequence, position: entry.position, option: entry.option });
    if (!closed) await take(entry, result);
    busy = false;
    if (closed) return;
    heard(result);
    if (closed) return;
    if (failures > 0) waitAndSend();
    else send();
  }

  function take(entry, { outcome, data }) {
    if (outcome === "ok") return acknowledge(entry, data);
    if (outcome === "paused") return hold();
    if (outcome === "gap") return closeGap(entry, data);
    if (outcome === "malformed") return setAside(entry);
    if (["late", "ended"].includes(outcome)) return data.kept === true ? deliveredLate(entry) : notKept(entry, outcome);
    failures += 1;
  }

  function hold() {
    held = true;
  }

  function leaveQueue() {
    failures = 0;
    queue.shift();
    store.keep();
  }

  function acknowledge(entry, data) {
    store.kept.known = sequence = entry.sequence;
    store.kept.head = data.head ?? "";
    leaveQueue();
    saved(data, entry.position);
    changed();
  }

  /** It stands in the server's quarantine, under its own number, and is not ours to send any more. */
  function deliveredLate(entry) {
    store.kept.lateNumber = sequence = entry.sequence;
    leaveQueue();
    changed();
  }

  /** The number may be taken there, by a late answer of another computer: hop over those, a few times. */
  function notKept(entry, outcome) {
    entry.hops = (entry.hops ?? 0) + 1;
    if (entry.hops <= MOST_HOPS) entry.sequence += 2 ** (entry.hops - 1);
    else if (outcome === "ended") barred = true;
    else failures += 1;
    store.keep();
  }

  async function closeGap(entry, { expected }) {
    if (!Number.isInteger(expected) || expected === entry.sequence) {
      failures += 1; // the server contradicts itself: do not race with it
    } else if (expected > entry.sequence) {
      // Somebody has saved since this page was loaded: look before anything is sent.
      failures += 1;
      const now = await paperAgain();
      if (now && !closed) settle(now);
      changed();
    } else {
      entry.sequence = expected;
      store.kept.known = sequence = expected - 1;
      store.keep();
    }
  }

  /** What is not of this paper (a damaged store) must not hold up the answers behind it; it is kept, not sent. */
  function setAside(entry) {
    store.setAside("not of this paper", { answers: [entry] });
    leaveQueue();
    changed();
  }

  function waitAndSend() {
    retry = setTimeout(() => {
      retry = null;
      send();
    }, patience(failures - 1));
  }

  send();
  return {
    record,
    get waiting() {
      return queue.length;
    },
    /** Of which questions an answer waits. */
    get positions() {
      return [...new Set(queue.map(({ position }) => position))].sort((a, b) => a - b);
    },
    get barred() {
      return barred;
    },
    hold,
    /** The test goes on after a pause. */
    goOn() {
      held = false;
      send();
    },
    /** Something says that the server can be reached again: do not wait any longer. */
    hurry() {
      if (retry === null) return;
      clearTimeout(retry);
      retry = null;
      send();
    },
    close() {
      closed = true;
      clearTimeout(retry);
    },
  };
}
