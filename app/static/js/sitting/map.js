/** The map of the questions: one mark each, grouped by act; its state is a shape and a word. */

import { word } from "./words.js";

const root = document.getElementById("map");
const counts = document.getElementById("counts");
const toggleCount = document.getElementById("side-toggle-count");

export function drawMap(sheet, open) {
  const marks = new Map();
  for (const block of sheet.blocks) root.append(drawBlock(block));

  function drawBlock(block) {
    const part = document.getElementById("map-block").content.cloneNode(true);
    const title = part.querySelector("h2");
    const list = part.querySelector("ul");
    title.textContent = block.title;
    title.lang = sheet.language;
    title.id = `map-${block.code}`;
    list.setAttribute("aria-labelledby", title.id);
    for (const position of sheet.positions(block)) list.append(drawMark(position));
    return part;
  }

  function drawMark(position) {
    const part = document.getElementById("map-mark").content.cloneNode(true);
    const button = part.querySelector("button");
    button.querySelector(".mark-number").textContent = position;
    button.dataset.position = position;
    button.addEventListener("click", () => open(position));
    marks.set(position, button);
    return part;
  }

  function update() {
    for (const [position, button] of marks) {
      const answered = sheet.answer(position) !== null;
      const flagged = sheet.flagged(position);
      const current = position === sheet.place;
      button.dataset.answered = answered;
      button.dataset.flagged = flagged;
      button.tabIndex = current ? 0 : -1;
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      const states = [current && "current", answered ? "answered" : "blank", flagged && "flagged"].filter(Boolean);
      button.setAttribute("aria-label", [word("mark", { position }), ...states.map((state) => word(state))].join(", "));
    }
    const { answered, flagged, blank } = sheet.counts();
    counts.textContent = word("counts", { answered, flagged: flagged.length, blank: blank.length });
    toggleCount.textContent = `${answered} / ${sheet.questions.length}`;
  }

  /** Arrows walk over the map as it is drawn; Enter opens the question. */
  function walk(event) {
    const from = event.target.closest(".mark");
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = [...marks.values()];
    const index = all.indexOf(from);
    const to = {
      ArrowRight: () => all[index + 1],
      ArrowLeft: () => all[index - 1],
      Home: () => all[0],
      End: () => all[all.length - 1],
      ArrowDown: () => nearest(all, from, 1),
      ArrowUp: () => nearest(all, from, -1),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    to()?.focus();
  }

  root.addEventListener("keydown", walk);
  sheet.listen(update);
  update();
}

/** The mark in the next row (direction 1) or the one above (-1) that stands nearest. */
function nearest(all, from, direction) {
  const here = from.getBoundingClientRect();
  const rows = all.map((mark) => ({ mark, box: mark.getBoundingClientRect() }))
    .filter(({ box }) => (box.top - here.top) * direction > 4);
  const row = Math.min(...rows.map(({ box }) => (box.top - here.top) * direction));
  return rows.filter(({ box }) => (box.top - here.top) * direction < row + 4)
    .sort((a, b) => Math.abs(a.box.left - here.left) - Math.abs(b.box.left - here.left))[0]?.mark;
}
