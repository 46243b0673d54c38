"""Is the exam page at ease with axe, keyboard, zoom and small screens, in every state that it can be in?"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from app.sittings.queries import marks_of
from question_bank.loading import load_pool
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor, kept_here

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = bool(os.environ.get("SYNAQ_LONG"))
ANSWERS, EVENTS, PAPER = "**/sittings/*/answers", "**/sittings/*/events", "**/sittings/*/paper"
SAVED = re.compile(r"\d\d:\d\d:\d\d")
SIZES = {"1366×768": (1366, 768), "200 % of it": (683, 384), "phone": (390, 844)}
LARGEST = "4"
Handler = Callable[[Route], None]


def says(status: int, **body: object) -> Handler:
    """Answer instead of the server."""
    text = json.dumps(body)
    return lambda route: route.fulfill(status=status, content_type="application/json", body=text)


def cut(route: Route) -> None:
    route.abort()


def pass_on(route: Route) -> None:
    route.continue_()


class States:
    """Brings one page into each state in turn, by what the server says or fails to say."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._answers: Handler = pass_on
        self._events: Handler = pass_on
        page.route(ANSWERS, self._on_answer)
        page.route(EVENTS, self._on_beat)

    def all(self) -> Iterator[str]:
        page = self.page
        yield "running"
        page.keyboard.press("2")
        page.keyboard.press("f")
        expect(page.locator("#answer-state")).to_contain_text(SAVED)
        yield "answered and flagged"
        self._listen(answers=cut, events=cut)
        page.keyboard.press("3")
        expect(page.locator("#notice")).to_be_visible()
        yield "offline"
        page.locator(".exam-tools .languages a").first.click()
        expect(page.locator("#told")).to_be_visible()
        yield "offline, asked for another language"
        self._summary()
        page.locator("#confirm-finish").click()
        expect(page.locator("#finish-words")).not_to_be_empty()
        yield "finishing without a connection"
        self._reload(answers=says(400, code="unknown"))
        expect(page.locator("#notice")).to_be_visible()
        yield "refused"
        self._reload()
        self._summary()
        yield "summary"
        self._listen(events=says(200, state="running", remaining_ms=1_800_000, paused="alarm", beat_seconds=3))
        self._panel("paused")
        yield "paused"
        self._reload(answers=cut)
        page.keyboard.press("4")
        self._listen(answers=cut, events=says(200, state="running", remaining_ms=0))
        self._panel("time")
        yield "time up"
        self._listen(answers=says(409, code="sittings.ended", kept=False), events=cut)
        self._panel("lost")
        yield "lost"
        self._reload(events=says(409, code="sittings.elsewhere"))
        self._panel("elsewhere")
        yield "frozen"
        self._reload(events=says(200, state="ended", location=None))
        self._panel("ended")
        yield "ended"
        page.route(PAPER, cut)
        page.reload()
        expect(page.locator("#loading-words")).not_to_be_empty()
        page.wait_for_timeout(300)
        yield "loading"
        page.unroute(PAPER)
        page.unroute(ANSWERS)
        page.unroute(EVENTS)
        page.reload()
        self._panel("question")

    def _on_answer(self, route: Route) -> None:
        self._answers(route)

    def _on_beat(self, route: Route) -> None:
        self._events(route)

    def _listen(self, answers: Handler = pass_on, events: Handler = pass_on) -> None:
        self._answers, self._events = answers, events
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def _reload(self, answers: Handler = pass_on, events: Handler = pass_on) -> None:
        self._listen()
        self.page.reload()
        expect(self.page.locator("[data-panel=question]")).to_be_visible(timeout=30_000)
        self._listen(answers, events)
        if answers is not pass_on:
            self.page.keyboard.press("1")

    def _summary(self) -> None:
        self.page.locator("#open-summary").click()
        self._panel("summary")

    def _panel(self, name: str) -> None:
        expect(self.page.locator(f"[data-panel={name}]")).to_be_visible(timeout=30_000)


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands."""
    found = Axe().run(page)
    faults = [str(found.generate_report())] if found.violations_count else []
    if not page.evaluate("document.hasFocus() && document.activeElement !== null"):
        faults.append("the focus is lost")
    return faults


def faults_of_sizes(page: Page) -> list[str]:
    """Return the sizes at which the page scrolls sideways, with ordinary and with the largest text."""
    faults = []
    before = page.evaluate("document.documentElement.dataset.text")
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for text in (before, LARGEST):
            page.evaluate("text => { document.documentElement.dataset.text = text; }", text)
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                faults.append(f"it scrolls sideways on {name} with text {text}")
    page.evaluate("text => { document.documentElement.dataset.text = text; }", before)
    page.set_viewport_size({"width": 1366, "height": 768})
    return faults


def faults_of_looks(page: Page) -> list[str]:
    """Return what is wrong in the other colours, with the largest text."""
    faults = []
    for look in ("dark", "contrast"):
        page.evaluate("look => Object.assign(document.documentElement.dataset, { look, text: '4' })", look)
        faults += [f"{look}: {fault}" for fault in faults_of(page)]
    page.evaluate("delete document.documentElement.dataset.look; document.documentElement.dataset.text = '1'")
    return faults


@pytest.mark.parametrize(("language", "number"), [("kk", 301), ("ru", 302), ("en", 303)] if LONG else [("kk", 301)])
def test_every_state_is_at_ease_with_axe_and_with_every_screen(
    page: Page, installation: Installation, language: str, number: int
) -> None:
    person = installation.enrol(number)
    visitor = Visitor(page)
    visitor.choose_language(language)
    visitor.sign_in(person.iin)
    visitor.open_start_page()
    before = faults_of(page) + faults_of_sizes(page)
    assert not before, before
    visitor.start_test("kk" if language == "kk" else "ru")
    faults: dict[str, list[str]] = {}
    for state in States(page).all():
        faults[state] = faults_of(page) + faults_of_sizes(page)
        if language == "kk" or LONG:
            faults[state] += faults_of_looks(page)
    assert len(faults) == 13
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator("[data-panel=second]")).to_be_visible()
    faults["second window"] = faults_of(second) + faults_of_sizes(second)
    second.close()

    assert not any(faults.values()), "\n".join(f"{state}: {found}" for state, found in faults.items() if found)


def test_text_size_and_colours_hold_through_the_sitting(page: Page, installation: Installation) -> None:
    begin(page, installation, 304)
    for _ in range(3):
        page.locator("#text-larger").click()
    expect(page.locator("#text-larger")).to_have_attribute("aria-disabled", "true")
    assert page.evaluate("document.activeElement.id") == "text-larger", "a button at its end keeps the focus"
    for _ in range(3):
        page.locator("#look").click()
    page.reload()
    expect(page.locator("[data-panel=question]")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-text", LARGEST)
    expect(page.locator("html")).to_have_attribute("data-look", "contrast")


def test_page_notes_what_was_seen_and_said(page: Page, installation: Installation) -> None:
    sitting = begin(page, installation, 305)
    page.keyboard.press("1")
    for key in "nnpf":
        page.keyboard.press(key)
    page.locator("#open-summary").click()
    shown = page.locator("#summary-words").inner_text()
    tell_now(page)
    page.reload()
    expect(page.locator("[data-panel=question]")).to_be_visible()
    tell_now(page)
    page.route(EVENTS, says(200, state="running", remaining_ms=59_900.0))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#time-words")).to_be_visible()
    page.unroute(EVENTS)
    tell_now(page)

    with installation.inside() as (session, _):
        marks = marks_of(sitting, session=session)
    assert [mark.position for mark in marks if mark.kind == "seen"] == [1, 2, 3]
    *opened, again = [(mark.facts or {})["how"] for mark in marks if mark.kind == "opened"]
    assert (set(opened), again) == ({"navigate"}, "reload")
    (summary,) = [mark for mark in marks if mark.kind == "summary"]
    facts = summary.facts or {}
    assert (facts["answered"], facts["flagged"], facts["blank"], sum(facts["blocks"])) == (1, 1, 54, 56)
    assert "54" in shown
    assert [(mark.facts or {})["minutes"] for mark in marks if mark.kind == "time-mark"] == [1]
    moments = [(mark.facts or {})["t"] for mark in marks]
    assert moments == sorted(moments)


def tell_now(page: Page) -> None:
    """Let the page send what it has noted."""
    for _ in range(50):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(200)
        if not any(record["events"] for record in kept_here(page)):
            return
    raise AssertionError("the page keeps what it noted")


def test_time_marks_are_said_once_each_and_again_only_when_time_was_added(
    page: Page, installation: Installation
) -> None:
    begin(page, installation, 306)
    page.evaluate("""
      window.said = [];
      new MutationObserver(() => window.said.push(document.getElementById('announcer').textContent.trim()))
        .observe(document.getElementById('announcer'), { childList: true });
    """)
    for left in (31, 29.99, 30.01, 29.98, 10.5, 9.99, 4.99, 0.99, 10.5, 9.99):
        told(page, left)
    said = [text for text in page.evaluate("window.said") if re.match(r"\d", text)]
    assert [int(text.split()[0]) for text in said] == [30, 10, 5, 1, 10]


def told(page: Page, minutes: float) -> None:
    """Let the server say how much time is left, and the page hear it."""
    page.unroute(EVENTS)
    page.route(EVENTS, says(200, state="running", remaining_ms=minutes * 60_000))
    with page.expect_response(EVENTS):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(100)


def test_map_tells_each_state_by_shape_and_by_words(page: Page, installation: Installation) -> None:
    begin(page, installation, 307)
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.keyboard.press("f")
    page.keyboard.press("n")
    page.keyboard.press("1")
    page.keyboard.press("f")
    marks = page.locator(".mark")
    shapes = """
      marks => marks.map((mark) => ['.mark-ring', '.mark-full', '.mark-half', '.mark-flag']
        .filter((part) => getComputedStyle(mark.querySelector(part)).visibility === 'visible').join(' '))
    """
    assert marks.evaluate_all(shapes)[:4] == [
        ".mark-ring .mark-full",
        ".mark-ring .mark-half .mark-flag",
        ".mark-ring .mark-full .mark-flag",
        ".mark-ring",
    ]
    names = marks.evaluate_all("marks => marks.map((mark) => mark.getAttribute('aria-label'))")
    assert names[:4] == [
        "Question 1, answered",
        "Question 2, blank, flagged",
        "Question 3, current, answered, flagged",
        "Question 4, blank",
    ]
    assert len(set(names)) == 55
    assert page.locator("#map section").count() == 4


MEASURE = """
(questions) => {
  const stem = document.getElementById('stem');
  const options = [...document.querySelectorAll('.option-text')];
  return questions.filter(([, text, ...four]) => {
    stem.textContent = text;
    options.forEach((option, index) => { option.textContent = four[index]; });
    return document.documentElement.scrollHeight > innerHeight;
  }).map(([name]) => name);
}
"""


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_question_of_the_pool_needs_scrolling_on_the_screen_of_a_centre(page: Page, language: str) -> None:
    Visitor(page).choose_language(language)
    page.goto("/practice")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("[data-panel=question]")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#answer-state")).to_contain_text(SAVED)
    items = load_pool().items
    rows = [[item.id, item.texts[language].stem, *item.texts[language].options] for item in items]

    assert page.evaluate(MEASURE, rows) == []


def begin(page: Page, installation: Installation, number: int) -> uuid.UUID:
    person = installation.enrol(number)
    visitor = Visitor(page)
    visitor.choose_language("en")
    visitor.sign_in(person.iin)
    visitor.open_start_page()
    return uuid.UUID(visitor.start_test("kk"))
