/** Certificates and receipts in the browser: takes the token that a QR code put behind the `#`, and prints. */

const form = document.querySelector("form[data-official-host]");
const printButton = document.querySelector("button[data-print]");

/** A place on this page is a jump (the skip link), not a token. */
function scannedToken() {
  const fragment = window.location.hash.slice(1);
  return document.getElementById(fragment) ? "" : fragment;
}

/** The host is the official one by its name, so that the check compares what the code says with what it must say. */
function checkScanned() {
  const token = scannedToken();
  if (!token) return;
  form.elements.namedItem("token").value = `https://${form.dataset.officialHost}/${form.dataset.page ?? "v"}#${token}`;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  form.requestSubmit();
}

if (form) {
  checkScanned();
  window.addEventListener("hashchange", checkScanned);
}

if (printButton) {
  printButton.hidden = false;
  printButton.addEventListener("click", () => window.print());
}
