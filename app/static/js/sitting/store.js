/**
 * Keeps on this computer what the server does not have yet, in IndexedDB: it outlives a reload and a crash of the
 * browser. Memory holds the same at every moment, so nothing ever waits for the disk; and without any disk the page
 * works on, and says that closing it would lose what was not sent.
 */

const DATABASE = "synaq";
const SITTINGS = "sittings";
const ASIDE = "aside";
const PATIENCE_MS = 3000; // a disk that is slower than this is not waited for
const OLD_SITTING = "synaq.sitting."; // keys under which localStorage held the same before
const OLD_ASIDE = "synaq.aside.";
const BEGINS_ANEW = /\bSEB\b/; // Safe Exam Browser may throw its profile away when it is closed

/**
 * Open what is kept for a sitting. `kept` may be changed freely; `keep()` writes it down.
 *
 * `answers` and `events` wait to be sent, the oldest first. `known` is the highest sequence that was acknowledged to
 * this store or read with a paper; `lateNumber` the highest under which the server keeps a late answer of ours;
 * `toldCredit` is the number of the newest added time that the applicant was told of;
 * `lookAgain`, if there, the changes that were not sent and that the applicant has not put out of sight yet.
 *
 * @param {string} sitting - its id
 */
export async function openStore(sitting) {
  const empty = { answers: [], events: [], eventNumber: 0, head: "", known: 0, lateNumber: 0, toldCredit: 0, lookAgain: null, settings: {} };
  let disk = null;
  let found = null;
  try {
    disk = await within(openDisk());
    found = await within(asked(disk.transaction(SITTINGS).objectStore(SITTINGS).get(sitting)));
  } catch {
    disk = null; // and never written later: what may stand there is still to be read, by the next page
  }
  const kept = { ...empty, ...(isRecord(found) ? found : {}) };
  let written = disk !== null;
  let newest = 0;
  let planned = false;
  let forgotten = false;

  async function save() {
    planned = false;
    if (forgotten) return; // a last beat may still come back
    const mine = (newest += 1);
    const put = () => within(write(disk, SITTINGS, (records) => records.put(kept, sitting)));
    const again = async (error) => {
      if (error.name !== "InvalidStateError") throw error;
      disk = await within(openDisk()); // the browser had closed it under us
      return put();
    };
    const done = await put().catch(again).then(() => true, () => false);
    if (mine === newest) written = done;
  }

  return {
    kept,
    /** Whether what is kept here is still there after the window was closed. */
    get lasting() {
      return written && !BEGINS_ANEW.test(navigator.userAgent);
    },
    keep() {
      if (planned || disk === null) return;
      planned = true;
      queueMicrotask(save); // once for all changes of a moment, and before the page can be left
    },
    /** Keep for the record, apart and for longer than the sitting, what is not sent; and why. */
    setAside(reason, entries) {
      write(disk, ASIDE, (records) => records.add({ sitting, reason, ...entries })).catch(() => {}); // the page still says it
    },
    forget() {
      forgotten = true;
      write(disk, SITTINGS, (records) => records.delete(sitting)).catch(() => {});
    },
    /** Drop what earlier sittings left here, unless it still holds an answer that no server has. */
    tidy() {
      walk(disk, SITTINGS, (cursor) => {
        if (cursor.key !== sitting && !cursor.value?.answers?.length) cursor.delete();
      });
    },
  };
}

const isRecord = (found) => Array.isArray(found?.answers) && Array.isArray(found?.events);

async function openDisk() {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(SITTINGS);
    opening.result.createObjectStore(ASIDE, { autoIncrement: true });
  };
  const disk = await asked(opening);
  disk.onversionchange = () => disk.close();
  await takeOver(disk).catch(() => {}); // it stays where it is, for the next time
  return disk;
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Do one thing in a transaction of its own; it is done when the disk has it, as far as the browser can tell. */
async function write(disk, name, act) {
  const transaction = disk.transaction(name, "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
  act(transaction.objectStore(name));
  transaction.commit?.(); // or a page that is left now would take it back
  return done;
}

function walk(disk, name, act) {
  const cursors = disk?.transaction(name, "readwrite").objectStore(name).openCursor();
  if (!cursors) return;
  cursors.onsuccess = () => {
    if (!cursors.result) return;
    act(cursors.result);
    cursors.result.continue();
  };
}

function within(promise) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the disk does not answer")), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/** Take over what an earlier version of this page left in localStorage. */
async function takeOver(disk) {
  for (const key of Object.keys(localStorage)) {
    const prefix = [OLD_SITTING, OLD_ASIDE].find((each) => key.startsWith(each));
    if (!prefix) continue;
    const sitting = key.slice(prefix.length);
    const old = JSON.parse(localStorage.getItem(key));
    const newer = await asked(disk.transaction(SITTINGS).objectStore(SITTINGS).get(sitting));
    if (isRecord(old) && !newer) await write(disk, SITTINGS, (records) => records.put(old, sitting));
    else await write(disk, ASIDE, (records) => [old].flat().forEach((entries) => records.add({ sitting, ...entries })));
    localStorage.removeItem(key);
  }
}
