/** Shows the time left. The server decides; between its words a monotonic clock counts; the computer's own time is never shown. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const TICK_MS = 250;
const ASLEEP_MS = 5000;
const WORDS_FOR_MS = 30_000;

const shown = document.getElementById("time-left");
const line = document.getElementById("time-words");
const marks = [...document.querySelectorAll("[data-minutes-mark]")].map((element) => ({
  minutes: Number(element.dataset.minutesMark),
  milliseconds: Number(element.dataset.minutesMark) * 60_000,
  text: element.textContent.trim(),
}));
const TIME_ADDED_MS = 20_000; // so far above a mark that was said, it may be said again

/**
 * @param {object} options
 * @param {number} options.offsetMinutes - of the country's time against UTC
 * @param {() => void} options.zero - called once each time that the time runs out
 * @param {(minutes: number) => void} options.marked - it was said that so many minutes are left
 * @param {() => void} options.woke - the computer seems to have slept: ask the server
 */
export function startClock({ offsetMinutes, zero, marked, woke }) {
  let deadline = null; // a moment of performance.now()
  let epoch = null; // the server's time at performance.now() = 0
  let before = null;
  let ticked = performance.now();
  let drift = Date.now() - ticked;
  let stands = null; // milliseconds left, while the test is paused
  let over = false;
  let hideWords = 0;
  const said = new Set();

  const left = () => stands ?? (deadline === null ? null : Math.max(0, deadline - performance.now()));

  function tick() {
    const now = performance.now();
    const apart = Date.now() - now; // jumps where the monotonic clock stood still during a sleep
    if (now - ticked > ASLEEP_MS || Math.abs(apart - drift) > ASLEEP_MS) woke();
    ticked = now;
    drift = apart;
    if (hideWords && now > hideWords) {
      line.hidden = true;
      hideWords = 0;
    }
    const remaining = left();
    if (remaining === null) return;
    show(remaining);
    sayMark(remaining);
    before = remaining;
    if (remaining > 0) over = false;
    else if (!over) {
      over = true;
      zero();
    }
  }

  function show(remaining) {
    const seconds = Math.ceil(remaining / 1000);
    const text = word("time-left", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
    if (shown.textContent !== text) shown.textContent = text;
  }

  function sayMark(remaining) {
    if (before === null) return;
    for (const mark of said) if (remaining > mark.milliseconds + TIME_ADDED_MS) said.delete(mark);
    const passed = marks.filter(({ milliseconds }) => remaining <= milliseconds && milliseconds < before).pop();
    if (!passed || remaining === 0 || said.has(passed)) return;
    said.add(passed);
    line.textContent = passed.text;
    line.hidden = false;
    hideWords = performance.now() + WORDS_FOR_MS;
    announce(passed.text);
    marked(passed.minutes);
  }

  setInterval(tick, TICK_MS);

  return {
    /** The server said how much is left, somewhere between `started` and `arrived`; in a pause the clock stands. */
    sync(remaining, started, arrived, { paused = false } = {}) {
      if (!Number.isFinite(remaining)) return;
      stands = paused ? remaining : null;
      if (paused) {
        deadline = null;
        return tick();
      }
      const earliest = started + remaining;
      const latest = arrived + remaining;
      deadline = deadline === null ? (earliest + latest) / 2 : Math.min(Math.max(deadline, earliest), latest);
      tick();
    },
    /** The server said what time it is. */
    set(moment, started, arrived) {
      const milliseconds = Date.parse(moment);
      if (Number.isFinite(milliseconds) && Number.isFinite(started + arrived)) epoch = milliseconds - (started + arrived) / 2;
    },
    /** The server's time now, for `words`. */
    serverNow: () => (epoch === null ? null : new Date(epoch + performance.now())),
    /** Write a moment as the country's clocks show it: 12:03 or 12:03:41. */
    words(moment, { seconds = false } = {}) {
      if (moment === null || Number.isNaN(moment.getTime())) return "";
      const local = new Date(moment.getTime() + offsetMinutes * 60_000);
      return local.toISOString().slice(11, seconds ? 19 : 16);
    },
  };
}
