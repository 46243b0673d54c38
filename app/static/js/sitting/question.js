/** Shows one question with its answers, the flag and the way back and forth. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const heading = document.getElementById("question-heading");
const stem = document.getElementById("stem");
const options = document.getElementById("options");
const flag = document.getElementById("flag");
const flagWords = document.getElementById("flag-words");
const clear = document.getElementById("clear");
const previous = document.getElementById("previous");
const next = document.getElementById("next");

export function showQuestions(sheet, { turn }) {
  let drawn = null;

  function draw() {
    const question = sheet.question();
    if (drawn !== question.position) {
      drawn = question.position;
      heading.textContent = [
        word("question", { position: question.position, total: sheet.questions.length }),
        sheet.block()?.title,
      ].filter(Boolean).join(" · ");
      stem.textContent = question.stem;
      stem.lang = sheet.language;
      options.replaceChildren(...question.options.map(row));
      previous.disabled = question.position === sheet.first;
      next.disabled = question.position === sheet.last;
    }
    for (const input of options.querySelectorAll("input")) {
      input.checked = Number(input.value) === sheet.answer();
      input.closest(".option").classList.toggle("is-chosen", input.checked);
    }
    const flagged = sheet.flagged();
    flag.setAttribute("aria-pressed", String(flagged));
    flagWords.textContent = word(flagged ? "unflag" : "flag");
    clear.disabled = sheet.answer() === null;
  }

  function row({ number, text }) {
    const part = document.getElementById("option-row").content.cloneNode(true);
    const input = part.querySelector("input");
    input.value = number;
    input.addEventListener("change", () => sheet.choose(number));
    part.querySelector(".option-number").textContent = number;
    const words = part.querySelector(".option-text");
    words.textContent = text;
    words.lang = sheet.language;
    return part;
  }

  function choose(number) {
    const input = options.querySelector(`input[value="${number}"]`);
    if (!input) return;
    input.focus();
    sheet.choose(number);
  }

  function clearAnswer() {
    if (sheet.answer() === null) return;
    sheet.choose(null);
    announce(word("answer-cleared", { position: sheet.place }));
  }

  flag.addEventListener("click", () => sheet.toggleFlag());
  clear.addEventListener("click", () => {
    clearAnswer();
    options.querySelector("input").focus();
  });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  sheet.listen((change) => {
    draw();
    if (change.kind === "flag") announce(word("flag-set", { position: change.position }));
    if (change.kind === "unflag") announce(word("flag-cleared", { position: change.position }));
  });
  draw();
  return {
    choose,
    clearAnswer,
    toggleFlag: () => sheet.toggleFlag(),
    /** Move into the answers without choosing one. */
    enterOptions: () => (options.querySelector("input:checked") ?? options.querySelector("input"))?.focus(),
  };
}
