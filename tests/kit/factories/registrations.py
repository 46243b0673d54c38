"""How does a person of a test register? By the pages, with the code out of the letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from app.notices.delivery import HANDLERS
from app.registration.consent import VERSION
from tests.kit.client import ClientRequest
from tests.kit.outside import ListMailer
from tests.kit.pages import Page

NEW_PASSWORD = "eight calm horses"

TYPED: Mapping[str, str] = {
    "iin": "950821 499918",
    "birth_date": "21.08.1995",
    "sex": "female",
    "family_name": "Әбенова",
    "given_name": "Айгүл",
    "patronymic": "Серікқызы",
    "email": "Aigul@example.kz",
    "phone": "8 (701) 123-45-67",
    "language": "en",
    "consent": "y",
    "consent_version": VERSION,
}
"""What an ordinary person types; the IIN is valid in form and belongs to nobody."""


@dataclass
class Newcomer:
    """One browser on its way to an account."""

    browser: ClientRequest
    run_jobs: Callable[..., int]
    mailer: ListMailer

    def begin(self, status: int = 303, **typed: str) -> Page:
        """Send the first form; what is not said is ordinary."""
        return self.browser.post("registration.begin", {**TYPED, **typed}, status)

    def code(self) -> str:
        """Let the letters leave, and read the code of the newest."""
        self.run_jobs(HANDLERS)
        found = re.search(r"^[0-9]{6}$", self.mailer.letters[-1].body, re.MULTILINE)
        assert found, self.mailer.letters[-1].body
        return found[0]

    def confirm(self, code: str | None = None, status: int = 303) -> Page:
        """Type the code; the one of the newest letter unless it is said otherwise."""
        return self.browser.post("registration.confirm", {"code": code or self.code()}, status)

    def choose(self, password: str = NEW_PASSWORD, status: int = 303, **others: str) -> Page:
        """Type the password, twice."""
        return self.browser.post("registration.complete", {"password": password, "repeated": password} | others, status)

    def register(self, **typed: str) -> Page:
        """Go the whole way."""
        self.begin(**typed)
        self.confirm()
        return self.choose()


MakeNewcomer = Callable[[], Newcomer]


@pytest.fixture
def make_newcomer(
    make_browser: Callable[[], ClientRequest], run_jobs: Callable[..., int], mailer: ListMailer
) -> MakeNewcomer:
    """Return a maker of newcomers, each with a browser that reads English."""

    def make() -> Newcomer:
        browser = make_browser()
        browser.get("pages.choose_language", status=303, code="en")
        return Newcomer(browser, run_jobs, mailer)

    return make


@pytest.fixture
def newcomer(make_newcomer: MakeNewcomer) -> Newcomer:
    """Somebody who has no account yet."""
    return make_newcomer()
