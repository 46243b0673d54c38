/** Says, calmly, which changes were not sent because the test went on elsewhere, until the applicant has seen it. */

import { announce } from "./announce.js";
import { word } from "./words.js";

const notice = document.getElementById("aside");
const words = document.getElementById("aside-words");
const jumps = document.getElementById("aside-jumps");
const button = document.getElementById("aside-hide");

/**
 * @param {object} store - see store.js; `kept.lookAgain` is what there is to say
 * @param {(position: number) => void} open - go to a question
 * @param {(count: number) => void} noted - it is said that so many were not sent
 * @returns {() => void} say it, if there is something
 */
export function bindAside(store, open, noted) {
  function show() {
    const { lookAgain } = store.kept;
    notice.hidden = !lookAgain;
    if (!lookAgain) return;
    words.textContent = word("aside", { count: lookAgain.count });
    jumps.replaceChildren(...lookAgain.positions.map(jump));
    announce(`${words.textContent} ${lookAgain.positions.join(", ")}`);
    noted(lookAgain.count);
  }

  function jump(position) {
    const link = document.getElementById("summary-link").content.cloneNode(true).firstElementChild;
    link.textContent = position;
    link.setAttribute("aria-label", word("jump", { position }));
    link.addEventListener("click", () => open(position));
    return link;
  }

  button.addEventListener("click", () => {
    store.kept.lookAgain = null;
    store.keep();
    show();
    document.getElementById("question-heading").focus({ preventScroll: true });
  });
  return show;
}
