"""Is any page to which a link leads, for anybody, at odds with axe, with a phone or with a keyboard?

In Kazakh in ``make test``, each kind of page for the first who comes to it; in all three languages, and for everybody,
in ``make test-long``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Error, Page

from app.demonstration.people import APPLICANTS, BOOKS
from app.web import LANGUAGES
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.browser.keyboard import places_never_reached

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = bool(os.environ.get("SYNAQ_LONG"))
SPOKEN = tuple(LANGUAGES) if LONG else ("kk",)
PEOPLE = {
    "anybody": None,
    "applicant without a place": BOOKS.iin,
    "applicant": APPLICANTS[0].iin,
    "proctor": "proctor@demo.synaq",
    "reviewer": "reviewer@demo.synaq",
    "administrator": "administrator@demo.synaq",
    "auditor": "auditor@demo.synaq",
}
NO_PAGE = re.compile(r"^/language/|^/log/|^/sign-out")
NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d[\w.-]*|[A-Z][A-Z0-9._-]{2,}[\w.-]*|/(mon|tues|wednes|thurs|fri)day")
MOST = 150
LOOKED_AT: set[str] = set()
"""Kinds of pages that were looked at for somebody; ``make test-long`` looks at them for everybody."""


@pytest.fixture
def phone(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    """A private window of 390×844."""
    made = chromium.new_context(base_url=installation.url, viewport={"width": 390, "height": 844})
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_is_at_ease_with_axe_a_phone_and_a_keyboard(phone: BrowserContext, who: str, language: str) -> None:
    page = phone.new_page()
    visitor = Visitor(page)
    visitor.choose_language(language)
    name = PEOPLE[who]
    if name is not None:
        visitor.sign_in(name)
        page.wait_for_load_state()
    faults = {path: fault for path in walk(page) if is_new(path) and (fault := fault_of(page, path))}

    assert not faults, "\n".join(f"{path}: {fault}" for path, fault in faults.items())


def walk(page: Page) -> Iterator[str]:
    """Open, from the first page and from where a sign-in led, every kind of page once, and yield its address."""
    waiting = ["/", urlsplit(page.url).path]
    seen: set[str] = set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        try:
            answer = page.goto(path)
        except Error as error:
            if "Download is starting" in error.message:  # a file, not a page
                continue
            raise
        assert answer is not None, path
        if not answer.header_value("content-type").startswith("text/html"):
            continue
        assert answer.status < 400, f"{path} answers {answer.status}"
        yield path
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        waiting += [link for link in links if link.startswith("/") and not NO_PAGE.search(urlsplit(link).path)]


def is_new(path: str) -> bool:
    new = LONG or kind_of(path) not in LOOKED_AT
    LOOKED_AT.add(kind_of(path))
    return new


def kind_of(path: str) -> str:
    """Return the address without what names one thing among its like."""
    parts = urlsplit(path)
    return NAMES.sub("*", parts.path) + "?" + ",".join(sorted({key for key, _ in parse_qsl(parts.query)}))


def fault_of(page: Page, path: str) -> str:
    found = Axe().run(page)
    if found.violations_count:
        return str(found.generate_report())
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return "the page scrolls sideways"
    if page.locator("h1").count() != 1:
        return f"{page.locator('h1').count()} first headings"
    return keyboard_fault_of(page)


def keyboard_fault_of(page: Page) -> str:
    try:
        missed = places_never_reached(page)
    except AssertionError as hidden:
        return str(hidden)
    return f"no key leads to {missed}" if missed else ""
