/** Says of the answer on the screen whether the server has it, and since when. */

import { word, write } from "./words.js";

const line = document.getElementById("answer-state");

/**
 * @param {object} options
 * @param {object} options.sheet - see sheet.js
 * @param {object} options.saved - moments of the server by position, as the paper tells them
 * @param {() => number[]} options.waiting - the questions of which an answer waits here
 * @param {() => boolean} options.lost - the server was not reached just now
 * @param {(moment: Date) => string} options.time - a moment in words
 */
export function showAnswerState({ sheet, saved, waiting, lost, time }) {
  const moments = new Map(Object.entries(saved ?? {}).map(([position, moment]) => [Number(position), moment]));

  function show() {
    const { place } = sheet;
    const moment = moments.get(place);
    const waits = waiting().includes(place);
    line.dataset.state = waits ? "waiting" : "saved";
    if (waits) write(line, word(lost() ? "answer-waiting" : "saving"));
    else write(line, moment ? word("saved", { time: time(new Date(moment)) }) : "");
  }

  sheet.listen(show);
  return {
    show,
    heard(position, moment) {
      moments.set(position, moment);
      show();
    },
  };
}
