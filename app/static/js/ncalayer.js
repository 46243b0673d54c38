/** Asks NCALayer, the program of the national certification authority on this computer, for a signature of the text. */

const LOGIN_OF_A_PERSON = ["1.3.6.1.5.5.7.3.2", "1.2.398.3.3.4.1.1"];

const box = document.querySelector("[data-ncalayer]");
const form = document.querySelector("main form[enctype]");

function request(text) {
  return JSON.stringify({
    module: "kz.gov.pki.knca.basics",
    method: "sign",
    args: {
      allowedStorages: null,
      format: "cms",
      data: text,
      signingParams: { decode: true, encapsulate: false, digested: false },
      signerParams: { extKeyUsageOids: LOGIN_OF_A_PERSON },
      locale: document.documentElement.lang,
    },
  });
}

/** The signature in an answer, or "": the person closed the window, or NCALayer says what went wrong. */
function signatureIn(answer) {
  if (answer.status !== true) return "";
  const result = [answer.body?.result].flat()[0];
  return typeof result === "string" ? result : "";
}

/** Resolves to a signature; rejects with what to tell the person. It greets with its version before it is asked. */
function sign(address, text) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.addEventListener("error", () => reject(new Error("away")));
    socket.addEventListener("close", () => reject(new Error("away")));
    socket.addEventListener("message", ({ data }) => {
      let answer = {};
      try {
        answer = JSON.parse(data);
      } catch {
        // Not what NCALayer says: as good as a refusal.
      }
      if (answer.result?.version) {
        socket.send(request(text));
        return;
      }
      const signature = signatureIn(answer);
      if (signature) resolve(signature);
      else reject(new Error("refused"));
      socket.close();
    });
  });
}

function prepare() {
  const { ncalayer, text, wordsWaiting, wordsAway, wordsRefused } = box.dataset;
  const button = box.querySelector("button");
  const told = box.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    told.textContent = wordsWaiting;
    try {
      form.elements.namedItem("pasted").value = await sign(ncalayer, text);
      form.requestSubmit();
    } catch (error) {
      told.textContent = error.message === "refused" ? wordsRefused : wordsAway;
      button.disabled = false;
    }
  });
  box.hidden = false;
}

if (box && form) prepare();
