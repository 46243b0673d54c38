/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) of bytes. Pure, and at once: the browser's own `crypto.subtle` answers later
 * and on secure pages only, and a transcript takes some hundred thousand hashes of a few bytes.
 */

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** The first 32 bits of the fractions of the square roots of 8 primes, and of the cube roots of 64 (FIPS 180-4, 5.3.3, 4.2.2). */
const START = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);
const ROUND = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const words = new Int32Array(64);

/** Work one block of 64 bytes into the state. */
function compress(state, view, offset) {
  for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(offset + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** Hash the bytes that follow on `before` bytes, a multiple of 64, which `start` has taken in already. */
function finish(start, before, bytes) {
  const length = bytes.length;
  const padded = new Uint8Array(Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  const bits = (before + length) * 8;
  view.setUint32(padded.length - 8, bits / 2 ** 32);
  view.setUint32(padded.length - 4, bits);
  const state = start.slice();
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) compress(state, view, offset);
  for (let i = 0; i < 8; i += 1) view.setUint32(4 * i, state[i]);
  return padded.slice(0, HASH_BYTES);
}

/** @returns {Uint8Array} the 32 bytes of SHA-256 */
export function sha256(bytes) {
  return finish(START, 0, bytes);
}

/**
 * Prepare a key once for many messages.
 *
 * @returns {(message: Uint8Array) => Uint8Array} HMAC-SHA256 under the key
 */
export function hmacSha256(key) {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const [inner, outer] = [0x36, 0x5c].map((mask) => {
    const block = new Uint8Array(BLOCK_BYTES).fill(mask);
    short.forEach((byte, i) => (block[i] ^= byte));
    const state = START.slice();
    compress(state, new DataView(block.buffer), 0);
    return state;
  });
  return (message) => finish(outer, BLOCK_BYTES, finish(inner, BLOCK_BYTES, message));
}
