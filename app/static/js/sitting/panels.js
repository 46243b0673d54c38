/** Which part of the page is on the stage: the question, the summary, or a sentence that says why not. */

const side = document.querySelector(".exam-side");
const sideToggle = document.getElementById("side-toggle");
const panels = [...document.querySelectorAll("[data-panel]")];
let current = "loading";

export function showPanel(name, { focus = true } = {}) {
  current = name;
  document.body.dataset.shown = name;
  for (const panel of panels) panel.hidden = panel.dataset.panel !== name;
  foldSide();
  if (!focus) return;
  const shown = panels.find((panel) => panel.dataset.panel === name);
  shown.querySelector("h2").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** On a narrow screen the map lies over the stage while it is open. */
function foldSide() {
  side.classList.remove("is-open");
  sideToggle.setAttribute("aria-expanded", "false");
}

sideToggle.addEventListener("click", () => {
  const isOpen = side.classList.toggle("is-open");
  sideToggle.setAttribute("aria-expanded", String(isOpen));
});

export const panelShown = () => current;
