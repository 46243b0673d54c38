/**
 * Does a published transcript re-draw to the very seats and papers that were given out?
 *
 * The second implementation of docs/draw.md; the first is question_bank/verify_draw.py. Both tell the same differences in
 * the same words, under the numbers of the specification. Nothing here touches a page or asks a server.
 */

import { fromHex, joined, toHex, utf8 } from "./bytes.js";
import { NotPlain, byCodePoint, canonical, digest, readPlain } from "./canonical.js";
import { drawQuestions, drawSeats, paperSeed, prepare, seatSeed } from "./draw.js";
import { sha256 } from "./sha256.js";
import { misshapen } from "./shape.js";

const DICE_OR_BALLS = /^(?:dice:[1-6]{10,60}|balls:[0-9]{2}(?:-[0-9]{2}){5,59})$/;

/**
 * Verify at once.
 *
 * @param {string|ArrayBuffer|Uint8Array} source - the file; as bytes, nothing is lost on the way
 * @returns {{differences: string[], transcript: object|null}} null where the file is no transcript at all
 */
export function verify(source) {
  const steps = verifySteps(source);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Verify paper by paper, so that a page can show how far it is, and breathe: `yield`s {done, of} in papers, returns what
 * verify() returns.
 */
export function* verifySteps(source) {
  let transcript;
  try {
    transcript = readPlain(typeof source === "string" ? source : decoded(source));
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return { differences: [`1 shape: ${error.message}`], transcript: null };
  }
  const faults = misshapen(transcript).map((place) => `1 shape: ${place} is not as it must be`);
  if (faults.length > 0) return { differences: faults, transcript: null };
  const differences = [];
  for (const check of [checkSalt, checkManifest, checkCommitment, checkInputs, checkRoster]) {
    differences.push(...check(transcript));
  }
  yield* checkDrawn(transcript, differences);
  return { differences, transcript };
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotPlain("not UTF-8");
  }
}

/** Return a line if what is there is not what should be. */
function compared(what, ours, theirs) {
  const [should, is] = [canonical(ours), canonical(theirs)];
  return should === is ? [] : [`${what} should be ${should}, it is ${is}`];
}

/** Return a line if something does not hold. */
const required = (holds, line) => (holds ? [] : [line]);

/** Tell whether each element is greater than the one before it: sorted, each once. */
const rises = (values, compare = byCodePoint) => values.every((value, i) => i === 0 || compare(values[i - 1], value) < 0);

const byPair = (one, other) => byCodePoint(one.join(","), other.join(","));

const leavesOf = (manifest) => manifest.strata.flatMap((stratum) => stratum.leaves);

function checkSalt({ salt, weak, inputs }) {
  return [
    ...required(weak === (salt === ""), "2 salt: a draw is weak exactly where no salt was thrown"),
    ...required(salt === "" || isAgreed(salt, inputs), "2 salt: not of a form that was agreed on"),
  ];
}

function isAgreed(salt, { beacon, roster }) {
  if (roster === null) return false;
  if (beacon !== null) {
    const start = `beacon:${beacon.chain}:${beacon.round}:`;
    return salt.startsWith(start) && /^[0-9a-f]{64}$/.test(salt.slice(start.length));
  }
  if (!DICE_OR_BALLS.test(salt)) return false;
  const balls = salt.startsWith("balls:") ? salt.slice("balls:".length).split("-") : [];
  return !balls.includes("00") && new Set(balls).size === balls.length;
}

function checkManifest({ manifest, inputs, programme }) {
  const leaves = leavesOf(manifest);
  const known = new Set(leaves);
  const sorted = manifest.strata.every((stratum) => rises(stratum.leaves)) && known.size === leaves.length;
  const paired = manifest.enemies.every((pair) => pair.length === 2 && rises(pair) && pair.every((leaf) => known.has(leaf)));
  const made = { code: manifest.programme, version: manifest.programme_version };
  return [
    ...compared("3 manifest: its digest", digest(manifest), inputs.manifest),
    ...compared("3 manifest: its programme", made, programme),
    ...required(sorted, "3 manifest: its leaves are not sorted, each once"),
    ...required(
      paired && rises(manifest.enemies, byPair),
      "3 manifest: its enemies are not pairs of its leaves, sorted, each once",
    ),
  ];
}

function checkCommitment({ session, number, inputs, secret, commitment }) {
  const names = utf8(`synaq-draw-commit-v2\0${session}\0${number}\0`);
  const promised = toHex(sha256(joined(names, fromHex(digest(inputs)), fromHex(secret))));
  return compared("4 commitment: it", promised, commitment);
}

function checkInputs({ inputs, inputs_digest: told, manifest, papers }) {
  const known = new Set(leavesOf(manifest));
  const seen = [...Object.values(inputs.roster ?? {}), ...papers].map((one) => one.seen);
  const leaves = [Object.keys(inputs.exposure), ...seen];
  return [
    ...compared("5 inputs: their digest", digest(inputs), told),
    ...required(rises(inputs.seats.map((seat) => seat.number)), "5 inputs: the seats are not sorted, each once"),
    ...required(
      seen.every((some) => rises(some)) && leaves.flat().every((leaf) => known.has(leaf)),
      "5 inputs: what was used or seen is not leaves of the manifest, sorted, each once",
    ),
  ];
}

function checkRoster({ inputs: { roster, seats }, papers }) {
  const bookings = papers.map((paper) => paper.booking);
  const expected = Object.keys(roster ?? {}).sort(byCodePoint);
  const listed = roster === null ? rises(bookings) : canonical(bookings) === canonical(expected);
  return [
    ...required(listed, "6 roster: the papers are not those of the bookings, each once, in their order"),
    ...required(roster !== null || seats.length === 0, "6 roster: there is none, but there are seats"),
  ];
}

/** Draw all again: seats (7), then every paper (8). */
function* checkDrawn({ secret, salt, session, inputs, manifest, papers, spares: told }, differences) {
  const roster = inputs.roster ?? Object.create(null);
  const { places, spares } = drawSeats(seatSeed(secret, salt, session), inputs.seats, roster);
  differences.push(
    ...required(![...places.values()].includes(null), "7 seats: there are too few"),
    ...compared("7 seats: the spares", spares, told),
  );
  const common = prepare(manifest, inputs.exposure);
  const total = manifest.strata.reduce((sum, stratum) => sum + stratum.quota, 0);
  const drawnFrom = {
    manifest: digest(manifest),
    programme: manifest.programme,
    programme_version: manifest.programme_version,
  };
  for (const [i, paper] of papers.entries()) {
    const { booking } = paper;
    const seen = (booking in roster ? roster[booking] : paper).seen;
    const questions = drawQuestions(paperSeed(secret, salt, session, booking), common, seen);
    const name = `8 paper of ${booking}:`;
    differences.push(
      ...compared(`${name} its seat`, places.get(booking) ?? null, paper.seat),
      ...compared(`${name} what was seen`, seen, paper.seen),
      ...compared(`${name} how many questions`, total, questions.length),
      ...comparedQuestions(name, questions, paper.questions),
      ...compared(`${name} its fingerprint`, digest({ ...drawnFrom, questions }), paper.fingerprint),
    );
    yield { done: i + 1, of: papers.length };
  }
}

function comparedQuestions(name, ours, theirs) {
  const length = Math.max(ours.length, theirs.length);
  return Array.from({ length }, (_, i) => compared(`${name} question ${i + 1}`, ours[i] ?? null, theirs[i] ?? null)).flat();
}
