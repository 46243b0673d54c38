/** From a secret and a thrown salt to the seats and papers of a session. Written from docs/draw.md, not from our Python. */

import { byBytes, fromHex, joined, utf8 } from "./bytes.js";
import { hmacSha256 } from "./sha256.js";

const OPTIONS = [0, 1, 2, 3];
const PURPOSES = Object.fromEntries(["item", "order", "option", "seat", "booking"].map((name) => [name, utf8(`${name}\0`)]));

/**
 * Return the 32 bytes of HKDF-SHA256 for the names, joined by "|".
 *
 * @param {string} secret - 64 hexadecimal digits
 * @param {string} salt - what was thrown; empty in a weak draw
 * @param {...string} names - the purpose, the session and, for a paper, the booking
 */
export function deriveSeed(secret, salt, ...names) {
  const extract = hmacSha256(salt === "" ? new Uint8Array(32) : utf8(salt));
  const expand = hmacSha256(extract(fromHex(secret)));
  return expand(joined(utf8(names.join("|")), Uint8Array.of(1)));
}

export const paperSeed = (secret, salt, session, booking) => deriveSeed(secret, salt, "synaq-draw-v1", session, booking);
export const seatSeed = (secret, salt, session) => deriveSeed(secret, salt, "synaq-seats-v1", session);

/** Return `rank(purpose, bytes)` of a seed. */
function ranking(seed) {
  const mac = hmacSha256(seed);
  return (purpose, bytes) => mac(joined(PURPOSES[purpose], bytes));
}

/** Return the elements sorted by a rank that is computed once for each. */
function sortedByRank(elements, rankOf) {
  const ranked = elements.map((element) => ({ element, rank: rankOf(element) }));
  return ranked.sort((one, other) => byBytes(one.rank, other.rank)).map(({ element }) => element);
}

/** Put what does not fit behind what does, and leave the order otherwise. */
const putLast = (elements, isLast) => [...elements.filter((one) => !isLast(one)), ...elements.filter(isLast)];

/**
 * Seat the roster: first those who need an accessible seat.
 *
 * @returns {{places: Map<string, string|null>, spares: string[]}} null where there are too few seats
 */
export function drawSeats(seed, seats, roster) {
  const rank = ranking(seed);
  const ranked = sortedByRank(seats, (seat) => rank("seat", utf8(seat.number)));
  const numbers = (accessible) => ranked.filter((seat) => seat.accessible === accessible).map((seat) => seat.number);
  const [ordinary, accessible] = [numbers(false), numbers(true)];
  const queue = sortedByRank(Object.keys(roster), (booking) => rank("booking", utf8(booking)));
  const places = new Map();
  for (const booking of putLast(queue, (name) => !roster[name].accessible)) {
    const stock = roster[booking].accessible || ordinary.length === 0 ? accessible : ordinary;
    places.set(booking, stock.shift() ?? null);
  }
  return { places, spares: [...ordinary, ...accessible] };
}

/** Prepare what all papers of a session have in common: bytes of leaves, their enemies, and what is over-exposed. */
export function prepare(manifest, exposure) {
  const enemies = new Map();
  for (const pair of manifest.enemies) {
    for (const leaf of pair) enemies.set(leaf, [...(enemies.get(leaf) ?? []), ...pair]);
  }
  const strata = manifest.strata.map(({ block, quota, leaves }) => ({
    block,
    quota,
    leaves: [...new Set(leaves)].map((leaf) => ({ leaf, bytes: fromHex(leaf) })),
    over: overExposed(leaves, exposure, manifest),
  }));
  return { strata, enemies };
}

/** Return the leaves on more papers than the ceiling allows. In BigInt: the products may pass 2 ** 53. */
function overExposed(leaves, exposure, manifest) {
  const uses = new Map(leaves.map((leaf) => [leaf, BigInt(exposure[leaf] ?? 0)]));
  const sum = [...uses.values()].reduce((total, count) => total + count, 0n);
  const limit = BigInt(manifest.exposure_ceiling_percent) * sum;
  const weight = (count) => 100n * (count - BigInt(manifest.exposure_grace)) * BigInt(uses.size);
  return new Set([...uses.keys()].filter((leaf) => weight(uses.get(leaf)) > limit));
}

/**
 * Draw a paper.
 *
 * @param {object} prepared - see prepare()
 * @param {string[]} seen - leaves that this person has met before
 * @returns {{leaf: string, order: number[]}[]} fewer than the quotas ask for where a stratum cannot be filled
 */
export function drawQuestions(seed, prepared, seen) {
  const rank = ranking(seed);
  const met = new Set(seen);
  const shutOut = new Set();
  const blocks = new Map();
  for (const { block, quota, leaves, over } of prepared.strata) {
    const ranked = sortedByRank(leaves, ({ bytes }) => rank("item", bytes));
    const walk = putLast(putLast(ranked, ({ leaf }) => over.has(leaf)), ({ leaf }) => met.has(leaf));
    const taken = [];
    for (const one of walk) {
      if (taken.length === quota) break;
      if (shutOut.has(one.leaf)) continue;
      taken.push(one);
      for (const enemy of prepared.enemies.get(one.leaf) ?? []) shutOut.add(enemy);
    }
    blocks.set(block, [...(blocks.get(block) ?? []), ...taken]);
  }
  return [...blocks.values()].flatMap((taken) =>
    sortedByRank(taken, ({ bytes }) => rank("order", bytes)).map(({ leaf, bytes }) => ({
      leaf,
      order: sortedByRank(OPTIONS, (option) => rank("option", joined(bytes, Uint8Array.of(option)))),
    })),
  );
}
