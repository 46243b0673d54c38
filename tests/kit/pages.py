"""Is this page sound? Every page that a test fetches is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as HTML_ERRORS

LANGUAGES = ("kk", "ru", "en")
NEEDS_NO_LABEL = ("hidden", "submit", "button", "reset", "image")
CODE = re.compile(r"\bNone\b|\{\{|\}\}|\{%|%\([a-z_]+\)[sd]|\bUndefined\b")


@dataclass
class Page:
    """One answer of the application, parsed if it is a page."""

    status: int
    headers: Any
    body: bytes
    address: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def is_html(self) -> bool:
        return str(self.headers.get("Content-Type", "")).startswith("text/html")

    @property
    def text(self) -> str:
        """The whole body, decoded."""
        return self.body.decode("utf-8")

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return str(self.headers["Location"])

    @cached_property
    def tree(self) -> Element:
        parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        root: Element = parser.parse(self.body, transport_encoding="utf-8")
        self.errors = [
            f"line {line}: {HTML_ERRORS[code] % parameters}" for (line, _), code, parameters in parser.errors
        ]
        return root

    def all(self, path: str) -> list[Element]:
        """Return the elements at an ElementTree path: ``.//main//a``."""
        return self.tree.findall(path)

    def words(self, path: str = ".//main") -> str:
        """Return the visible words below ``path``, one space between."""
        return " ".join(" ".join(" ".join(element.itertext()).split()) for element in self.all(path))

    @property
    def h1(self) -> str:
        return self.words(".//h1")

    def field_errors(self) -> list[str]:
        """Return what stands under the fields that are wrong."""
        return [words for element in self.all(".//*[@class='field-error']") if (words := " ".join(element.itertext()))]


def check(page: Page) -> None:
    """Fail with everything that is wrong with a page.

    1 HTML5 without a parse error; 2 language and title; 3 one ``h1``; 4 unique ids; 5 a label for every field;
    6 a CSRF token in every form that posts; 7 no inline script, style or handler; 8 no code among the words.
    """
    faults = [fault for checking in CHECKS for fault in checking(page)]
    if faults:
        shown = "\n  ".join(faults)
        raise AssertionError(f"the page at {page.address} is not sound:\n  {shown}")


def _parses(page: Page) -> Iterator[str]:
    _ = page.tree
    yield from page.errors


def _names_itself(page: Page) -> Iterator[str]:
    if page.tree.get("lang") not in LANGUAGES:
        yield f"<html lang> is {page.tree.get('lang')!r}"
    titles = page.all("./head/title")
    if len(titles) != 1 or not (titles[0].text or "").strip():
        yield "there is no title"


def _has_one_heading(page: Page) -> Iterator[str]:
    headings = page.all(".//h1")
    if len(headings) != 1 or not page.h1:
        yield f"there are {len(headings)} h1, or it is empty"


def _ids_are_unique(page: Page) -> Iterator[str]:
    ids = Counter(element.get("id") for element in page.tree.iter() if element.get("id") is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    yield from ("there is an empty id" for name in ids if not name)


def _fields_have_labels(page: Page) -> Iterator[str]:
    labelled = {label.get("for") for label in page.all(".//label")}
    inside = {id(element) for label in page.all(".//label") for element in label.iter()}
    for element in page.tree.iter():
        if element.tag not in ("input", "select", "textarea") or element.get("type") in NEEDS_NO_LABEL:
            continue
        named = element.get("aria-label") or element.get("aria-labelledby")
        if not named and element.get("id") not in labelled and id(element) not in inside:
            yield f"<{element.tag} name={element.get('name')!r}> has no label"


def _posts_carry_tokens(page: Page) -> Iterator[str]:
    for form in page.all(".//form"):
        if (form.get("method") or "get").lower() == "post" and not tokens_of(form):
            yield f"the form to {form.get('action')!r} has no CSRF token"


def tokens_of(element: Element) -> list[str]:
    """Return the CSRF tokens below ``element``."""
    return [token.get("value", "") for token in element.findall(".//input[@name='csrf_token']") if token.get("value")]


def _nothing_is_inline(page: Page) -> Iterator[str]:
    for element in page.tree.iter():
        if element.tag == "style" or element.get("style") is not None:
            yield f"<{element.tag}> carries a style"
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            yield "there is an inline script"
        yield from (f"<{element.tag} {name}> is a handler" for name in element.attrib if name.startswith("on"))


def _words_hold_no_code(page: Page) -> Iterator[str]:
    for element in page.tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        shown = (element.text, element.tail, *element.attrib.values())
        yield from (f"<{element.tag}> shows {words.strip()!r}" for words in shown if words and CODE.search(words))


CHECKS = (
    _parses,
    _names_itself,
    _has_one_heading,
    _ids_are_unique,
    _fields_have_labels,
    _posts_carry_tokens,
    _nothing_is_inline,
    _words_hold_no_code,
)
