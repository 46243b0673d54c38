"""Does the reader get the language they chose, and stay where they were?"""

from __future__ import annotations

import pytest

from app.accounts.rules import Person
from tests.kit.client import ClientRequest


def test_pages_are_in_kazakh_until_somebody_chooses(client_request: ClientRequest) -> None:
    assert 'lang="kk"' in client_request.get("pages.home").text


@pytest.mark.parametrize("code", ["kk", "ru", "en"])
def test_choice_holds_on_the_next_pages_and_keeps_the_place(client_request: ClientRequest, code: str) -> None:
    answer = client_request.get("pages.choose_language", status=303, code=code, next="/verify?x=1")

    assert answer.location == "/verify?x=1"
    assert f'lang="{code}"' in client_request.get("accounts.sign_in").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_switch_leads_nobody_to_another_site(client_request: ClientRequest, elsewhere: str) -> None:
    answer = client_request.get("pages.choose_language", status=303, code="ru", next=elsewhere)

    assert answer.location == "/"


def test_unknown_language_is_no_page(client_request: ClientRequest) -> None:
    client_request.get("pages.choose_language", status=404, code="de")


@pytest.mark.parametrize("path", ["/verify/number", "/verify/token"])
def test_answer_that_is_not_kept_leads_back_to_its_question(client_request: ClientRequest, path: str) -> None:
    """Whoever changes the language on an answer comes here."""
    assert client_request.get_path(path, status=303).location == "/verify"
    client_request.get("verification.again", status=303)


def test_language_changed_on_a_refused_password_leads_back_to_the_account(
    client_request: ClientRequest, applicant: Person
) -> None:
    client_request.sign_in(applicant)

    page = client_request.post("accounts.change_password", {"current": "x"}, status=422)

    assert "next=/account/password" in page.text.replace("%2F", "/")
    assert client_request.get("accounts.password_page", status=303).location == "/account"
