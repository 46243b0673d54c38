/** Saves answers: in order, one at a time, each until the server has acknowledged it. */

import { call, patience } from "./transport.js";

/**
 * @param {object} options
 * @param {string} options.url - where an answer goes
 * @param {string} options.token - against forged requests
 * @param {object} options.store - see store.js; `kept.answers` is the queue, the oldest first
 * @param {object} options.paper - `sequence`, `head` and `answers` as the server knows them now
 * @param {(result: object) => void} options.heard - every answer of the server, also a missing one
 * @param {(saved: object) => void} options.saved - an acknowledgement
 * @param {() => void} options.changed - the number of waiting answers changed
 */
export function openJournal({ url, token, store, paper, heard, saved, changed }) {
  const queue = store.kept.answers;
  let sequence = paper.sequence;
  let failures = 0;
  let retry = null;
  let busy = false;
  let closed = false;
  settleWhatArrived();

  /** A reload may have cut off an acknowledgement: what the paper already holds is not waiting any more. */
  function settleWhatArrived() {
    const [first] = queue;
    if (first && first.sequence !== null) {
      const arrived = first.sequence <= sequence && (paper.answers?.[first.position] ?? null) === first.option;
      if (arrived) queue.shift();
      else first.sequence = null;
    }
    store.kept.head = paper.head;
    store.keep();
  }

  function record(position, option) {
    const newest = queue[queue.length - 1];
    if (newest && newest.sequence === null && newest.position === position) newest.option = option;
    else queue.push({ position, option, sequence: null });
    store.keep();
    changed();
    send();
  }

  async function send() {
    if (busy || closed || retry !== null || queue.length === 0) return;
    busy = true;
    const entry = queue[0];
    if (entry.sequence === null) {
      entry.sequence = sequence + 1;
      store.keep();
    }
    const result = await call(url, token, { sequence: entry.sequence, position: entry.position, option: entry.option });
    busy = false;
    if (closed) return;
    if (result.outcome === "ok") acknowledge(entry, result.data);
    else if (result.outcome === "gap") renumber(entry, result.data);
    else if (result.outcome === "malformed") setAside(entry);
    else failures += 1;
    heard(result);
    if (closed) return;
    if (failures > 0) waitAndSend();
    else send();
  }

  function acknowledge(entry, data) {
    failures = 0;
    sequence = entry.sequence;
    queue.shift();
    store.kept.head = data.head ?? "";
    store.keep();
    saved(data);
    changed();
  }

  function renumber(entry, data) {
    const again = entry.sequence === data.expected;
    if (!Number.isInteger(data.expected) || again) failures += 1; // the server contradicts itself: do not race with it
    else {
      entry.sequence = data.expected;
      sequence = data.expected - 1;
      store.keep();
    }
  }

  /** What is not of this paper (a damaged store) must not hold up the answers behind it; it is kept, not sent. */
  function setAside(entry) {
    failures = 0;
    queue.shift();
    store.kept.setAside = [...(store.kept.setAside ?? []), entry];
    store.keep();
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
