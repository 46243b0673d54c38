"""Can anyone check a certificate on the public page, and learn no more than they should?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.certificates.queries import CertificateFacts
from app.verification.models import FailedLookup
from certs.encoding import qr_text, to_base32
from certs.number import CertificateNumber, parse_number
from tests.kit.client import ClientRequest
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.pages import Page

HOST = "localhost"


@pytest.fixture
def certificate(make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate()


@pytest.fixture
def by_number(client_request: ClientRequest) -> Callable[..., Page]:
    def ask(number: str, ending: str, status: int = 200) -> Page:
        return client_request.post("verification.by_number", {"number": number, "iin_ending": ending}, status)

    return ask


@pytest.fixture
def by_token(client_request: ClientRequest) -> Callable[..., Page]:
    def ask(text: str, status: int = 200) -> Page:
        return client_request.post("verification.by_token", {"token": text}, status)

    return ask


def ending(certificate: CertificateFacts, *, wrong: bool = False) -> str:
    return f"{(int(certificate.document.iin[-4:]) + wrong) % 10_000:04d}"


@pytest.mark.parametrize("endpoint", ["verification.start", "verification.scanned"])
def test_page_is_open_to_everybody(client_request: ClientRequest, endpoint: str) -> None:
    page = client_request.get(endpoint)

    assert len(page.all(".//main//form")) == 2


def test_code_of_a_genuine_certificate_is_valid_and_shows_everything(
    certificate: CertificateFacts, by_token: Callable[..., Page], client_request: ClientRequest
) -> None:
    client_request.post("pages.choose_language", {}, code="en")

    page = by_token(qr_text(HOST, certificate.token or b""))

    assert page.h1 == "Valid"
    for stated in (certificate.number, certificate.document.iin, certificate.document.family):
        assert stated in page.words()


def test_damaged_code_is_not_valid_and_shows_nothing(
    certificate: CertificateFacts, by_token: Callable[..., Page], client_request: ClientRequest
) -> None:
    client_request.post("pages.choose_language", {}, code="en")
    token = certificate.token or b""
    damaged = token[:120] + bytes([token[120] ^ 1]) + token[121:]

    page = by_token(to_base32(damaged))

    assert page.h1 == "Not valid"
    assert certificate.document.iin not in page.text
    assert certificate.document.family not in page.text


def test_look_up_by_number_shows_initials_only(
    certificate: CertificateFacts, by_number: Callable[..., Page], client_request: ClientRequest
) -> None:
    client_request.post("pages.choose_language", {}, code="en")

    page = by_number(certificate.number, ending(certificate))

    document = certificate.document
    assert page.h1 == "Valid"
    assert f"{document.family[0]}. {document.given[0]}. {(document.patronymic or ' ')[0]}." in page.words()
    for hidden in (document.iin, document.family, document.given, document.birth_date.strftime("%d.%m.%Y")):
        assert hidden not in page.text


def test_unknown_number_and_wrong_ending_look_alike(
    certificate: CertificateFacts, by_number: Callable[..., Page]
) -> None:
    known = parse_number(certificate.number)
    unknown = str(CertificateNumber(year=known.year, serial=known.serial + 1))

    wrong = by_number(certificate.number, ending(certificate, wrong=True), 404)
    absent = by_number(unknown, ending(certificate), 404)

    assert wrong.words().replace(certificate.number, "…") == absent.words().replace(unknown, "…")


def test_sixth_try_is_barred_with_an_entry_in_the_log(
    certificate: CertificateFacts, by_number: Callable[..., Page], session: Session
) -> None:
    for _ in range(5):
        by_number(certificate.number, ending(certificate, wrong=True), 404)

    by_number(certificate.number, ending(certificate, wrong=True), 429)
    by_number(certificate.number, ending(certificate), 429)

    assert session.scalars(select(FailedLookup)).one().failures == 5
    assert len(audit.about(session, certificate.number)) == 1


def test_count_is_kept_between_browsers(
    certificate: CertificateFacts,
    by_number: Callable[..., Page],
    make_browser: Callable[[], ClientRequest],
) -> None:
    for _ in range(5):
        by_number(certificate.number, ending(certificate, wrong=True), 404)

    data = {"number": certificate.number, "iin_ending": ending(certificate)}
    make_browser().post("verification.by_number", data, 429)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("endpoint", "data"),
    [
        ("verification.by_number", {}),
        ("verification.by_number", {"number": "T26-0000001-8", "iin_ending": "12"}),
        ("verification.by_number", {"number": "T26-0000001-8", "iin_ending": "12345"}),
        ("verification.by_number", {"number": "T26-0000001-8", "iin_ending": "abcd"}),
        ("verification.by_number", {"number": "T" * 41, "iin_ending": "1234"}),
        ("verification.by_token", {}),
        ("verification.by_token", {"token": "A" * 4001}),
    ],
)
def test_incomplete_forms_are_shown_again_with_what_is_wrong(
    client_request: ClientRequest, endpoint: str, data: dict[str, str]
) -> None:
    page = client_request.post(endpoint, data, 422)

    assert page.field_errors()


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("ending", ["1234\n", "١٢٣٤"], ids=["a line end", "digits of another script"])
def test_ending_with_odd_signs_is_no_ending(by_number: Callable[..., Page], ending: str) -> None:
    assert by_number("T26-0000001-8", ending, 422).field_errors()


@pytest.mark.parametrize("endpoint", ["verification.by_number", "verification.by_token"])
def test_form_without_csrf_token_is_refused(client_request: ClientRequest, endpoint: str) -> None:
    client_request.post(endpoint, {"number": "x", "iin_ending": "1234", "token": "x"}, 400, csrf=False)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("text", ["hello", "<script>alert(1)</script>", "{{7*7}}", "https://evil.example/v#AAAA"])
def test_text_that_is_no_certificate_is_not_valid_and_never_echoed_as_markup(
    by_token: Callable[..., Page], client_request: ClientRequest, text: str
) -> None:
    client_request.post("pages.choose_language", {}, code="en")

    page = by_token(text)

    assert page.h1 == "Not valid"
    assert "<script>alert" not in page.text
