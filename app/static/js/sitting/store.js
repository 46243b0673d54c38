/** Keeps on this computer what the server does not have yet, so that a reload loses nothing. */

const PREFIX = "synaq.sitting.";

/**
 * Open what is kept for a sitting. `kept` may be changed freely; `keep()` writes it down.
 * Without storage (switched off, or full) memory still holds everything until the page is closed.
 */
export function openStore(sitting) {
  const key = PREFIX + sitting;
  const kept = { answers: [], events: [], eventNumber: 0, head: "", ...read(key) };
  return {
    kept,
    keep() {
      try {
        localStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // memory is what is left
      }
    },
    forget() {
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
