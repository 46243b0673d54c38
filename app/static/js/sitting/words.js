/** Interface texts: the server writes them into the page, in the reader's language. */

const texts = new Map(
  [...document.querySelectorAll("#words [data-word]")].map((element) => [element.dataset.word, element.textContent.trim()]),
);

/** Return the text called `name`, with `{places}` filled in. */
export function word(name, values = {}) {
  return (texts.get(name) ?? "").replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
}
