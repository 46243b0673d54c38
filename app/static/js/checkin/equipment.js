/** Looks whether this computer does what the test needs, says it in words, and sends it along with the form. */

import { announce } from "../sitting/announce.js";
import { word } from "../sitting/words.js";

const LEAST = { width: 1024, height: 640 };
const SLOW_MS = 1000;
const LIMIT_MS = 5000;
const ROUNDS = 3;
const KEYS = ["1", "2", "3", "4"];

const list = document.getElementById("checks");
const form = document.getElementById("equipment-form");
const found = { keys: [], width: null, height: null, storage: false, round_trip_ms: null, clock_seconds: null };

function say(name, state, text) {
  const line = list.querySelector(`[data-check="${name}"]`);
  const title = line.querySelector("strong").textContent;
  const outcome = line.querySelector("[data-outcome]");
  if (outcome.textContent !== text) announce(`${title}: ${text}`);
  line.dataset.state = state;
  outcome.textContent = text;
  document.getElementById("report").value = JSON.stringify(found);
}

function checkKeyboard() {
  document.addEventListener("keydown", (event) => {
    const key = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1];
    if (!key || event.ctrlKey || event.altKey || event.metaKey || found.keys.includes(key)) return;
    found.keys.push(key);
    const left = KEYS.filter((other) => !found.keys.includes(other));
    if (left.length) say("keyboard", "waiting", word("keys-left", { keys: left.join(", ") }));
    else say("keyboard", "ok", word("works"));
  });
}

function checkScreen() {
  const { innerWidth: width, innerHeight: height } = window;
  const enough = width >= LEAST.width && height >= LEAST.height;
  Object.assign(found, { width, height });
  say("screen", enough ? "ok" : "warn", word(enough ? "screen-works" : "screen-small", { width, height }));
}

/** Write, read and delete one record, as the page of the test does with answers that wait. */
function storeAndRead() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("synaq.check", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("try");
    opening.onerror = opening.onblocked = () => reject(opening.error);
    opening.onsuccess = () => {
      const store = opening.result.transaction("try", "readwrite").objectStore("try");
      store.put("kept", 1);
      const reading = store.get(1);
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => {
        opening.result.close();
        indexedDB.deleteDatabase("synaq.check");
        resolve(reading.result === "kept");
      };
    };
  });
}

async function checkStorage() {
  const late = new Promise((resolve) => setTimeout(resolve, LIMIT_MS, false));
  try {
    found.storage = await Promise.race([storeAndRead(), late]);
  } catch {
    found.storage = false;
  }
  say("storage", found.storage ? "ok" : "warn", word(found.storage ? "works" : "storage-fails"));
}

async function ask() {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), LIMIT_MS);
  try {
    const started = performance.now();
    const response = await fetch(list.dataset.clockUrl, { cache: "no-store", redirect: "manual", signal: stop.signal });
    const { server_time: time } = await response.json();
    const took = performance.now() - started;
    return { took, ahead: Date.now() - took / 2 - Date.parse(time) };
  } finally {
    clearTimeout(limit);
  }
}

async function checkConnection() {
  const rounds = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await ask());
  } catch {
    say("connection", "warn", word("connection-fails"));
    return;
  }
  const best = rounds.reduce((one, other) => (other.took < one.took ? other : one));
  found.round_trip_ms = Math.round(best.took);
  const slow = best.took >= SLOW_MS;
  say("connection", slow ? "warn" : "ok", word(slow ? "connection-slow" : "connection-works", { milliseconds: found.round_trip_ms }));
  sayClock(best.ahead);
}

function sayClock(ahead) {
  found.clock_seconds = Math.round(ahead / 1000);
  const minutes = Math.floor(Math.abs(found.clock_seconds) / 60);
  const name = minutes === 0 ? "clock-right" : ahead > 0 ? "clock-ahead" : "clock-behind";
  say("clock", "ok", word(name, { minutes }));
}

checkKeyboard();
checkScreen();
window.addEventListener("resize", checkScreen);
checkStorage();
checkConnection();
form.addEventListener("submit", () => {
  document.getElementById("report").value = JSON.stringify(found);
});
