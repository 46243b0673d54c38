/** Which fields has a transcript, and what may stand in each? The table of docs/draw.md, section 7. */

import { byCodePoint } from "./canonical.js";

const MOST = 10 ** 15;

const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value) && value === value.normalize("NFC");
const from = (least) => (value) => Number.isInteger(value) && least <= value && value < MOST;

const WHOLE = from(0);
const NUMBER = from(1);
const TRUTH = (value) => typeof value === "boolean";
const HASH = matches(/^[0-9a-f]{64}$/);
const DAY = matches(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/);
const TEXT = matches(/^[^"\\\u0000-\u001f\u007f-\u009f\ud800-\udfff]+$/u);
const NAME = matches(/^[^"\\|\u0000-\u001f\u007f-\u009f\ud800-\udfff]+$/u);
const literal = (text) => (value) => value === text;

const list = (form) => ({ form, kind: "list" });
const object = (fields) => ({ fields, kind: "object" });
const map = (name, form) => ({ form, kind: "map", name });
const nullable = (form) => ({ form, kind: "nullable" });

const TRANSCRIPT = object({
  version: literal("synaq-draw-transcript-v2"),
  session: NAME,
  number: NUMBER,
  weak: TRUTH,
  programme: object({ code: TEXT, version: TEXT }),
  commitment: HASH,
  secret: HASH,
  salt: matches(/^[a-z0-9:-]*$/),
  inputs: object({
    beacon: nullable(object({ chain: matches(/^[a-z0-9-]{1,64}$/), round: NUMBER })),
    exposure: map(HASH, WHOLE),
    manifest: HASH,
    roster: nullable(map(NAME, object({ accessible: TRUTH, seen: list(HASH) }))),
    seats: list(object({ accessible: TRUTH, number: TEXT })),
  }),
  inputs_digest: HASH,
  manifest: object({
    format: literal("synaq-manifest-v1"),
    programme: TEXT,
    programme_version: TEXT,
    on: DAY,
    exposure_ceiling_percent: WHOLE,
    exposure_grace: WHOLE,
    strata: list(object({ block: TEXT, code: TEXT, quota: WHOLE, leaves: list(HASH) })),
    enemies: list(list(HASH)),
  }),
  papers: list(
    object({
      booking: NAME,
      seat: nullable(TEXT),
      seen: list(HASH),
      questions: list(object({ leaf: HASH, order: list(WHOLE) })),
      fingerprint: HASH,
    }),
  ),
  spares: list(TEXT),
});

/** Return the places whose value, or whose fields, are not as they must be. */
export function misshapen(transcript) {
  return faults(transcript, TRANSCRIPT, "transcript");
}

function faults(value, form, place) {
  if (typeof form === "function") return form(value) ? [] : [place];
  if (form.kind === "nullable") return value === null ? [] : faults(value, form.form, place);
  if (form.kind === "list") {
    if (!Array.isArray(value)) return [place];
    return value.flatMap((element, i) => faults(element, form.form, `${place}[${i}]`));
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [place];
  const names = Object.keys(value).sort(byCodePoint);
  const wanted = form.kind === "map" ? names.filter(form.name) : Object.keys(form.fields);
  if (names.length !== wanted.length || !wanted.every((name) => name in value)) return [place];
  return names.flatMap((name) => faults(value[name], form.form ?? form.fields[name], `${place}.${name}`));
}
