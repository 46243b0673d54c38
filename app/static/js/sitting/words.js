/** Interface texts: the server writes them into the page, in the reader's language. */

const texts = new Map(
  [...document.querySelectorAll("#words [data-word]")].map((element) => [element.dataset.word, element.textContent.trim()]),
);

/** Write a line only when it changes: each writing of a status line is read to a screen reader. */
export function write(line, text) {
  if (line.textContent !== text) line.textContent = text;
}

/** Return the text called `name`, with `{places}` filled in. */
export function word(name, values = {}) {
  return (texts.get(name) ?? "").replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
}
