"""Can a forgotten password be replaced, and by its owner only?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.accounts.rules import Person, Role
from app.notices.delivery import HANDLERS
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.outside import HandClock, ListMailer

NEW = "eight calm horses"


@pytest.fixture
def editor(make_account: MakeAccount) -> Person:
    return make_account(role=Role.EDITOR, sign_in_name="aigul@example.kz", email="aigul@example.kz")


@pytest.fixture
def link(client_request: ClientRequest, editor: Person, run_jobs: Callable[..., int], mailer: ListMailer) -> str:
    """The path of the link in a letter that was asked for."""
    assert editor.role is Role.EDITOR
    client_request.post("accounts.ask_for_reset", {"sign_in_name": "aigul@example.kz"})
    run_jobs(HANDLERS)
    (line,) = [line for line in mailer.letters[0].body.splitlines() if line.startswith("http")]
    return line.removeprefix("http://localhost")


def sign_in(browser: ClientRequest, password: str, status: int = 303) -> None:
    browser.post("accounts.sign_in_try", {"sign_in_name": "aigul@example.kz", "password": password}, status=status)


def new_password(browser: ClientRequest, link: str, password: str = NEW, status: int = 303, **others: str) -> list[str]:
    page = browser.post_path(link, {"password": password, "repeated": password} | others, status)
    return page.field_errors() if status == 422 else []


def test_link_of_the_letter_sets_a_new_password(client_request: ClientRequest, link: str) -> None:
    client_request.get_path(link)

    new_password(client_request, link)

    sign_in(client_request, PASSWORD, status=422)
    sign_in(client_request, NEW)


def test_used_link_says_that_it_no_longer_works(client_request: ClientRequest, link: str) -> None:
    new_password(client_request, link)

    client_request.get_path(link, status=410)
    new_password(client_request, link, status=410)


def test_old_and_invented_links_no_longer_work(client_request: ClientRequest, link: str, clock: HandClock) -> None:
    clock.advance(minutes=30)

    client_request.get_path(link, status=410)
    client_request.get("accounts.new_password", status=410, token="invented")


def test_reset_signs_other_sessions_out(
    client_request: ClientRequest, link: str, editor: Person, make_browser: Callable[[], ClientRequest]
) -> None:
    other = make_browser()
    other.sign_in(editor)

    new_password(client_request, link)

    other.get("accounts.account", status=302)


@pytest.mark.usefixtures("editor")
def test_answer_does_not_tell_whether_the_account_exists(client_request: ClientRequest) -> None:
    answers = [
        client_request.post("accounts.ask_for_reset", {"sign_in_name": name}).location
        for name in ("aigul@example.kz", "nobody@example.kz")
    ]

    assert answers[0] == answers[1]
    assert client_request.get_path(answers[0]).all(".//main//*[@role='status']")


@pytest.mark.parametrize(
    ("password", "others"), [("short", {}), ("aigul@example.kz", {}), ("1234567890", {}), (NEW, {"repeated": "other"})]
)
def test_unfit_password_is_refused_beside_its_field(
    client_request: ClientRequest, link: str, password: str, others: dict[str, str]
) -> None:
    assert len(new_password(client_request, link, password, status=422, **others)) == 1
    client_request.get_path(link)


def test_owner_changes_the_password_and_stays_signed_in(
    client_request: ClientRequest, editor: Person, make_browser: Callable[[], ClientRequest]
) -> None:
    other = make_browser()
    for browser in (client_request, other):
        browser.sign_in(editor)

    client_request.post("accounts.change_password", {"current": PASSWORD, "password": NEW, "repeated": NEW})

    assert editor.display_name in client_request.get("accounts.account").words()
    other.get("accounts.account", status=302)


@pytest.mark.parametrize(
    ("current", "password"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, "qwertyuiop"), ("", NEW)]
)
def test_unfit_change_is_refused_beside_its_field(
    client_request: ClientRequest, editor: Person, current: str, password: str
) -> None:
    client_request.sign_in(editor)

    page = client_request.post(
        "accounts.change_password", {"current": current, "password": password, "repeated": password}, status=422
    )

    assert len(page.field_errors()) == 1


def test_account_page_says_who_is_signed_in(client_request: ClientRequest, make_account: MakeAccount) -> None:
    person = make_account(display_name="Айгүл <Сейітқызы>", sign_in_name="880101300123")
    client_request.sign_in(person)

    words = client_request.get("accounts.account").words()

    assert "Айгүл <Сейітқызы>" in words
    assert "880101300123" in words
    assert "Applicant" in words
