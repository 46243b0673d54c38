/** Says something to a screen reader, politely. */

const region = document.getElementById("announcer");
let turn = false;

export function announce(text) {
  turn = !turn; // the same sentence twice must be a change, or it is not read again
  region.textContent = turn ? text : `${text}\u00a0`;
}
