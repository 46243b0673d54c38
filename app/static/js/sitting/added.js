/** Says that time was added, how much and why; once, also after a reload. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const SHOWN_MS = 60_000;
const line = document.getElementById("added");
let hide = null;

/**
 * @param {object} store - see store.js; `kept.toldCredit` is the newest credit that was told
 * @returns {(credits: {number: number, cause: string, seconds: number}[]|undefined) => void} tell those that are new
 */
export function bindAdded(store) {
  return (credits = []) => {
    const news = credits.filter(({ number }) => number > store.kept.toldCredit);
    if (news.length === 0) return;
    store.kept.toldCredit = Math.max(...news.map(({ number }) => number));
    store.keep();
    line.textContent = news.map(({ cause, seconds }) => word(`added-${cause}`, { time: minutes(seconds) })).join(" ");
    line.hidden = false;
    announce(line.textContent);
    clearTimeout(hide);
    hide = setTimeout(() => {
      line.hidden = true;
    }, SHOWN_MS);
  };
}

/** 3 or 2:35 */
function minutes(seconds) {
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
