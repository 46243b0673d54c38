/** One call to the server, and what its answer means. Nothing here retries. */

const LIMIT_MS = 10_000;
const TRY_LATER = new Set([408, 425, 429]);
const BY_CODE = {
  "sittings.sequence_gap": "gap",
  "sittings.ended": "ended",
  "sittings.late": "late",
  "sittings.paused": "paused",
  "sittings.elsewhere": "elsewhere",
  "sittings.answer_malformed": "malformed",
};

/**
 * Ask the server once.
 *
 * @returns {Promise<{outcome: string, data: object, started: number, arrived: number}>} `outcome` is one of
 *   ok, gap, paused (the clock stands: keep it and wait), late (after the time; `data.kept`: it stands in quarantine), ended, elsewhere, malformed (what we sent is not of this paper), refused (an answer that we cannot
 *   use) and unreachable (none, or try later);
 *   `started` and `arrived` are moments of `performance.now()`.
 */
export async function call(url, token, body) {
  const started = performance.now();
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), LIMIT_MS);
  try {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined
        ? { Accept: "application/json" }
        : { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual", // a redirect to the sign-in page is not an acknowledgement
      signal: stop.signal,
    });
    const arrived = performance.now();
    const data = await read(response);
    return { outcome: meaning(response, data), data: data ?? {}, started, arrived };
  } catch {
    return { outcome: "unreachable", data: {}, started, arrived: performance.now() };
  } finally {
    clearTimeout(limit);
  }
}

async function read(response) {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return null;
  const data = await response.json();
  return data !== null && typeof data === "object" ? data : null;
}

function meaning(response, data) {
  const known = data && BY_CODE[data.code];
  if (known) return known;
  if (response.ok) return data ? "ok" : "unreachable";
  return response.status >= 500 || TRY_LATER.has(response.status) ? "unreachable" : "refused";
}

/** A path of this site, or null: a page must not be led elsewhere. */
export function localPath(location) {
  return typeof location === "string" && /^\/(?![/\\])/.test(location) ? location : null;
}

/** Wait that grows with each failure up to `most`, spread so that a whole room does not return in the same second. */
export function patience(failures, most = 20_000) {
  return Math.min(most, 1000 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random());
}
