"""Do administrators find how a certificate stands, and does everybody get the signed list?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.certificates.queries import CertificateFacts
from app.db import db
from app.processes import revocation
from app.wiring import Tools
from certs.status_list import load_status_list
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.certificates import MakeCertificate

REVOKE = "certificates.certificate.revoke"


@pytest.fixture
def certificate(make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate()


@pytest.mark.parametrize("typed", ["{number}", " {number} ", "{lower}"])
def test_number_as_it_is_typed_leads_to_the_certificate(
    client_request: ClientRequest, administrator: Person, certificate: CertificateFacts, typed: str
) -> None:
    client_request.sign_in(administrator)
    number = typed.format(number=certificate.number, lower=certificate.number.lower())

    found = client_request.follow(client_request.get("register.index", 303, number=number))

    assert certificate.number in found.text


def test_what_is_no_number_is_said_beside_the_field(client_request: ClientRequest, administrator: Person) -> None:
    client_request.sign_in(administrator)
    client_request.get("register.index")

    for typed in ("", "7", "T26-0000019-A"):
        assert "error" in client_request.get("register.index", 422, number=typed).text
    client_request.get("register.show", 404, number="T26-0000777-X")


def test_two_people_revoke_from_the_page_and_all_pages_say_so(
    make_browser: Callable[[], ClientRequest],
    administrator: Person,
    second: Person,
    certificate: CertificateFacts,
) -> None:
    first, other = make_browser(), make_browser()
    first.sign_in(administrator)
    other.sign_in(second)
    for browser in (first, other):
        browser.get("pages.choose_language", 303, code="en")
    page = first.get("register.show", number=certificate.number)
    assert f"/approvals/new/{REVOKE}/{certificate.number}" in page.text

    asked = first.post(
        "approvals.make",
        {"reason": "Decision 12-3", "password": PASSWORD},
        kind=REVOKE,
        subject=certificate.number,
    )
    request_id = asked.location.rsplit("/", 1)[1]
    other.get("approvals.show", request_id=request_id)
    other.post("approvals.approve", {"password": PASSWORD}, request_id=request_id)

    page = first.get("register.show", number=certificate.number)
    assert "Revoked" in page.text
    assert "Decision 12-3" in page.text
    assert administrator.display_name in page.text
    assert second.display_name in page.text
    assert REVOKE not in page.text
    iin = certificate.document.iin
    answer = other.post("verification.by_number", {"number": certificate.number, "iin_ending": iin[-4:]}, 200)
    assert "The certificate was revoked." in answer.text


def test_auditor_sees_and_asks_for_nothing(
    client_request: ClientRequest, make_account: MakeAccount, certificate: CertificateFacts
) -> None:
    client_request.sign_in(make_account(role=Role.AUDITOR))

    assert "/approvals/new/" not in client_request.get("register.show", number=certificate.number).text


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.HIRING_BODY, Role.REVIEWER, Role.APPLICANT])
def test_register_is_closed_to_others(
    client_request: ClientRequest,
    make_account: MakeAccount,
    certificate: CertificateFacts,
    role: Role,
    administrator: Person,
) -> None:
    client_request.sign_in(make_account(role=role))

    client_request.get("register.index", 403)
    client_request.get("register.show", 403, number=certificate.number)


def test_list_that_was_never_signed_is_absent(client_request: ClientRequest, certificate: CertificateFacts) -> None:
    client_request.get("certificates.status_list", 404, number=certificate.document.status.list_number)


def test_anybody_fetches_the_signed_list(
    client_request: ClientRequest, certificate: CertificateFacts, app: Flask, tools: Tools, session: Session
) -> None:
    session.commit()
    with app.app_context():
        revocation.publish_due(tools)
        db.session.remove()

    answer = client_request.get("certificates.status_list", number=certificate.document.status.list_number)

    assert load_status_list(answer.body, tools.keys.trust).number == certificate.document.status.list_number
