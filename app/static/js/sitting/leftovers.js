/**
 * On the result page: what this computer still holds of the sitting goes to the server's quarantine, so that nothing
 * that was chosen is known to a closed page alone. It does not count, and the page then says how many there are.
 */

import { openStore } from "./store.js";
import { call } from "./transport.js";

const MOST_TRIES = 20;

async function deliver({ sitting, answersUrl }, token) {
  const store = await openStore(sitting);
  const queue = store.kept.answers;
  let sequence = Math.max(store.kept.known, store.kept.lateNumber);
  let delivered = 0;
  for (let tries = 0; queue.length > 0 && tries < MOST_TRIES + queue.length; tries += 1) {
    sequence += 1; // the number may be taken there by a late answer of another computer: the next one then
    const { position, option } = queue[0];
    const { outcome, data } = await call(answersUrl, token, { sequence, position, option });
    if (!["late", "ended"].includes(outcome)) break;
    if (data.kept !== true) continue;
    queue.shift();
    store.kept.lateNumber = sequence;
    store.keep();
    delivered += 1;
  }
  if (queue.length === 0) store.forget();
  return delivered;
}

const place = document.querySelector("[data-answers-url]");
const token = document.querySelector("meta[name='csrf-token']").content;
if (await deliver(place.dataset, token) > 0) location.reload();
