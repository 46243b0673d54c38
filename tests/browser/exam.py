"""What does a person do on our pages? Page objects that go by structure, not by the language of the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from app.demonstration.people import PASSWORD
from app.kernel.rulebook import programmes

WAIT_FOR_WORKER_SECONDS = 30


def code_for(address: str, mail: Path) -> str:
    """Wait for the newest letter with a code to ``address`` in the folder that stands for a mail server."""
    give_up = time.monotonic() + WAIT_FOR_WORKER_SECONDS
    while time.monotonic() < give_up:
        for path in sorted(mail.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            body = letter.get_body()
            found = re.search(r"^[0-9]{6}$", body.get_content() if body else "", re.MULTILINE)
            if letter["To"] == address and found:
                return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no letter with a code reached {address}")


_RECORDS = """
(name) => new Promise((resolve, reject) => {
  const opening = indexedDB.open('synaq');
  opening.onerror = () => reject(opening.error);
  opening.onupgradeneeded = () => opening.transaction.abort();  // the page has not made it yet
  opening.onsuccess = () => {
    const all = opening.result.transaction(name).objectStore(name).getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result); };
  };
})
"""


def kept_here(page: Page, name: str = "sittings") -> list[dict[str, Any]]:
    """Return what the browser keeps in IndexedDB: of its sittings, or what was set ``aside``."""
    records: list[dict[str, Any]] = page.evaluate(_RECORDS, name)
    return records


def waiting_here(page: Page) -> list[dict[str, Any]]:
    """Return the answers that wait in the browser, the oldest first."""
    return [entry for record in kept_here(page) for entry in record["answers"]]


def code_for_another_computer(proctor: Page, family_name: str) -> str:
    """Let the operator make a code, and read it; the operator is back at the list then."""
    proctor.reload()
    proctor.locator("tr", has_text=family_name).locator("form[action$='/move'] button").click()
    code = proctor.locator(".read-aloud code").inner_text()
    proctor.locator("main a[href*='/proctor/sessions/']").click()
    return code


def go_on_with(code: str, page: Page) -> None:
    """Go on with the sitting on this computer, by the code of the operator."""
    page.goto("/my")
    page.locator("form[action$='/continue'] button").click()
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=code]").press("Enter")
    expect(page.locator("[data-panel=question]")).to_be_visible()


@dataclass
class Visitor:
    """Somebody at a browser."""

    page: Page

    def choose_language(self, code: str) -> None:
        self.page.goto(f"/language/{code}")
        expect(self.page.locator("html")).to_have_attribute("lang", code)

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.goto("/sign-in")
        self.page.locator("input[name=sign_in_name]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("main form button[type=submit]").first.click()

    def open_start_page(self, programme: str = "corps-b-legislation") -> None:
        """Press "Start" beside the programme: the certifying one and the practice stand side by side."""
        self.page.goto("/my")
        title = programmes().latest(programme).title[self.page.locator("html").get_attribute("lang") or "kk"]
        self.page.locator("li", has_text=title).locator("a[href$='/start']").click()

    def get_ready(self, language: str, look: Callable[[str], None] = lambda _step: None) -> None:
        """Go through the steps before the clock, from the first one to the waiting page; ``look`` at each."""
        onward = self.page.locator("main form button[type=submit]")
        self.page.wait_for_url("**/start/identity")
        look("identity")
        onward.click()
        self.page.wait_for_url("**/start/language")
        look("language")
        self.page.locator(f"input[name=language][value={language}]").check()
        onward.click()
        self.page.wait_for_url("**/start/rules")
        look("rules")
        self.page.locator("input[name=rules_read]").check()
        onward.click()
        self.page.wait_for_url("**/start/equipment")
        for key in "1234":
            self.page.keyboard.press(key)
        look("equipment")
        onward.click()
        expect(self.page.locator("[data-panel=question]")).to_be_visible()
        look("samples")
        self.page.locator("#samples-form button[type=submit]").click()

    def start_test(self, language: str, look: Callable[[str], None] = lambda _step: None) -> str:
        """Go through the steps and start; return the id of the sitting. The pages stay in their language."""
        shown = self.page.locator("html").get_attribute("lang") or "kk"
        self.get_ready(language, look)
        self.page.wait_for_url(re.compile(r"/start/wait$|/sittings/"))
        if self.page.locator("#begin:not([data-released-url])").count():  # practice waits for nobody
            self.page.locator("#begin button[type=submit]").click()
        self.page.wait_for_url("**/sittings/*")
        expect(self.page.locator("[data-panel=question]")).to_be_visible()
        if self.page.locator("html").get_attribute("lang") != shown:
            self.page.locator(f".languages a[hreflang={shown}]").click()
            expect(self.page.locator("html")).to_have_attribute("lang", shown)
            expect(self.page.locator("[data-panel=question]")).to_be_visible()
        found = re.search(r"/sittings/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found[1]

    def question(self) -> int:
        """Return the number of the question on the screen."""
        heading = self.page.locator("#question-heading").inner_text()
        found = re.search(r"\d+", heading)
        assert found, heading
        return int(found[0])

    def choose_option(self, number: int) -> None:
        self.page.locator("#options .option").nth(number - 1).click()

    def finish(self) -> None:
        """Open the summary, confirm, and wait for the result."""
        self.page.locator("#open-summary").click()
        expect(self.page.locator("[data-panel=summary]")).to_be_visible()
        self.page.locator("#confirm-finish").click()
        self.page.wait_for_url("**/result")

    def wait_for_certificate(self) -> None:
        """Reload the result until the worker has made the certificate, then open it."""
        link = self.page.locator("main a[href*='/certificates/']")
        for _ in range(WAIT_FOR_WORKER_SECONDS * 2):
            if link.count():
                break
            self.page.wait_for_timeout(500)
            self.page.reload()
        link.first.click()
        self.page.wait_for_url("**/certificates/**")
