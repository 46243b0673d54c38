"""Does every refusal have a code, a status and words that a person can use?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask, session
from flask_babel import refresh

from app import errorpages
from app.kernel.errors import DomainError
from app.web import LANGUAGES
from tests.kit import pages
from tests.kit.pages import Page
from tests.policy.tree import APP, import_everything, listed

CODE = re.compile(r"(?P<room>[a-z]+)\.[a-z]+(?:_[a-z]+)*")


def refusals(above: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Return the refusals of the application; tests may have some of their own."""
    import_everything()
    for kind in above.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
        yield from refusals(kind)


def name(kind: type[DomainError]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = list(refusals())
    codes = Counter(kind.code for kind in kinds)

    inherited = [name(kind) for kind in kinds if "code" not in vars(kind)]
    shared = sorted(name(kind) for kind in kinds if codes[kind.code] > 1)
    assert kinds, "no refusal was found: is DomainError still their base?"
    assert not inherited, f"give each its own code:{listed(inherited)}"
    assert not shared, f"the same code stands for several:{listed(shared)}"


def test_every_code_names_its_room_and_what_happened() -> None:
    rooms = {folder.name for folder in APP.iterdir() if (folder / "__init__.py").exists()}
    strange = []
    for kind in refusals():
        form = CODE.fullmatch(kind.code)
        home = kind.__module__.split(".")[1]
        if form is None or form["room"] not in rooms or (home in rooms and home != form["room"]):
            strange.append(f"{name(kind)}: {kind.code}")

    assert not strange, f"write codes as room.what_happened, with the room in which the class stands:{listed(strange)}"


def test_every_refusal_has_a_status_of_a_refusal() -> None:
    wrong = [
        f"{name(kind)}: {status}"
        for kind in refusals()
        if not isinstance(status := getattr(kind, "status", None), int) or not 400 <= status < 600
    ]

    assert not wrong, f"give the class `status`, an HTTP status from 400:{listed(wrong)}"


def test_every_code_is_explained() -> None:
    unexplained = sorted({kind.code for kind in refusals()} - errorpages.EXPLANATIONS.keys())

    assert not unexplained, f"say in app/errorpages.py, EXPLANATIONS, what a person reads:{listed(unexplained)}"


def test_no_explanation_is_left_of_a_refusal_that_is_gone() -> None:
    stale = sorted(errorpages.EXPLANATIONS.keys() - {kind.code for kind in refusals()})

    assert not stale, f"no class has these codes; take them out of EXPLANATIONS:{listed(stale)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_page_is_sound_for_every_code(app: Flask, language: str) -> None:
    for kind in refusals():
        with app.test_request_context("/somewhere"):
            session["language"] = language
            refresh()
            text, status = errorpages.refuse(kind())  # type: ignore[misc]  # it answers with text and status
        page = Page(status, {"Content-Type": "text/html"}, text.encode(), f"the error page of {kind.code}")
        pages.check(page)
        assert status == getattr(kind, "status", None), f"{kind.code} is shown with the status {status}"
        assert page.tree.get("lang") == language, f"{kind.code} is not shown in {language}"
