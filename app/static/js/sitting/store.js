/** Keeps on this computer what the server does not have yet, so that a reload loses nothing. */

const PREFIX = "synaq.sitting.";
const ASIDE_PREFIX = "synaq.aside.";

/**
 * Open what is kept for a sitting. `kept` may be changed freely; `keep()` writes it down.
 * Without storage (switched off, or full) memory still holds everything until the page is closed.
 *
 * `answers` and `events` wait to be sent, the oldest first. `known` is the highest sequence that was acknowledged to
 * this store or read with a paper; `lateNumber` the highest under which the server keeps a late answer of ours;
 * `toldCredit` is the number of the newest added time that the applicant was told of;
 * `lookAgain`, if there, the changes that were not sent and that the applicant has not put out of sight yet.
 */
export function openStore(sitting) {
  const key = PREFIX + sitting;
  const kept = { answers: [], events: [], eventNumber: 0, head: "", known: 0, lateNumber: 0, toldCredit: 0, lookAgain: null, ...read(key) };
  let forgotten = false;
  return {
    kept,
    keep() {
      if (forgotten) return; // a last beat may still come back
      try {
        localStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // memory is what is left
      }
    },
    /** Keep for the record, under another key that outlives the sitting, what is not sent; and why. */
    setAside(reason, entries) {
      try {
        const before = JSON.parse(localStorage.getItem(ASIDE_PREFIX + sitting)) ?? [];
        localStorage.setItem(ASIDE_PREFIX + sitting, JSON.stringify([...before, { reason, ...entries }]));
      } catch {
        // the page still says it
      }
    },
    forget() {
      forgotten = true;
      try {
        localStorage.removeItem(key);
      } catch {
        // nothing was kept
      }
    },
    /** Drop what earlier sittings left here, unless it still holds an answer that no server has. */
    tidy() {
      try {
        for (const other of Object.keys(localStorage)) {
          if (other.startsWith(PREFIX) && other !== key && !read(other).answers?.length) localStorage.removeItem(other);
        }
      } catch {
        // nothing was kept
      }
    },
  };
}

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return found && Array.isArray(found.answers) && Array.isArray(found.events) ? found : {};
  } catch {
    return {};
  }
}
