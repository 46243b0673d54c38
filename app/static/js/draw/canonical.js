/** JSON that leaves no choice: how a transcript is read, and which bytes of a value are hashed. */

import { toHex, utf8 } from "./bytes.js";
import { sha256 } from "./sha256.js";

const DEEPEST = 20;
const BLANKS = /[ \t\n\r]*/y;
const STRING = /"([^"\\\u0000-\u001f]*)"/y;
const WHOLE = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);
const WORD = /true|false|null/y;

/** The text is not JSON, or not in its one spelling. */
export class NotPlain extends Error {}

/**
 * Read a JSON text in which nothing is free but blanks and the order of fields.
 *
 * `JSON.parse` would not do: of a field that stands twice it keeps the last, "\u0041" and "A" are one to it, and so are
 * 1, 1.0 and 1e0. Here an escape, a fraction, an exponent, minus nought and a second field of one name are refused.
 *
 * @returns {object|Array|string|number|boolean|null} objects have no prototype, so that any name is only a name
 * @throws {NotPlain}
 */
export function readPlain(text) {
  let place = 0;

  /** Take what the pattern finds just here; null if it does not. */
  function take(pattern) {
    pattern.lastIndex = place;
    const found = pattern.exec(text);
    if (found) place = pattern.lastIndex;
    return found;
  }

  function takeSign(sign) {
    take(BLANKS);
    if (text[place] !== sign) return false;
    place += 1;
    return true;
  }

  function require(found) {
    if (!found) throw new NotPlain(`not plain JSON at ${place}`);
    return found;
  }

  function value(depth) {
    require(depth <= DEEPEST);
    if (takeSign("{")) return object(depth);
    if (takeSign("[")) return list(depth);
    const string = take(STRING);
    if (string) return string[1];
    const word = take(WORD);
    if (word) return WORDS.get(word[0]);
    const [digits] = require(take(WHOLE));
    require(digits !== "-0");
    return Number(digits);
  }

  function object(depth) {
    const fields = Object.create(null);
    if (takeSign("}")) return fields;
    do {
      take(BLANKS);
      const [, name] = require(take(STRING));
      require(!(name in fields));
      require(takeSign(":"));
      fields[name] = value(depth + 1);
    } while (takeSign(","));
    require(takeSign("}"));
    return fields;
  }

  function list(depth) {
    const elements = [];
    if (takeSign("]")) return elements;
    do elements.push(value(depth + 1));
    while (takeSign(","));
    require(takeSign("]"));
    return elements;
  }

  const whole = value(0);
  take(BLANKS);
  require(place === text.length);
  return whole;
}

/** Compare texts by code points, as UTF-8 bytes compare; `<` would go by UTF-16. For `sort`. */
export function byCodePoint(one, other) {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) {
    if (one[i] !== other[i]) return one.codePointAt(i) - other.codePointAt(i);
  }
  return one.length - other.length;
}

/** Return the one text of a value: fields sorted, no blanks. Its strings are in NFC and need no escapes, or it was refused. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort(byCodePoint);
  return `{${fields.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Return the SHA-256 of the canonical text in UTF-8, in hexadecimal. */
export function digest(value) {
  return toHex(sha256(utf8(canonical(value))));
}
