"""What does the holder of a certificate see, and what is published for verifiers?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.accounts.rules import Role
from app.certificates.queries import CertificateFacts
from certs.trust import load_trust_list, pin_root
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking
from tests.kit.factories.certificates import MakeCertificate

OWN_PAGES = ("certificates.show", "certificates.qr", "certificates.token")


@pytest.fixture
def holder(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant(family_name="Әбенова", given_name="Айгүл", patronymic="Серікқызы")


@pytest.fixture
def certificate(holder: Enrolled, make_booking: MakeBooking, make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate(counts=(15, 9, 6, 5), booking=make_booking(holder))


@pytest.fixture
def own_browser(client_request: ClientRequest, holder: Enrolled) -> ClientRequest:
    client_request.sign_in(holder.person)
    return client_request


def test_page_states_what_the_token_states(own_browser: ClientRequest, certificate: CertificateFacts) -> None:
    page = own_browser.get("certificates.show", number=certificate.number)

    words = page.words()
    document = certificate.document
    for stated in ("Әбенова Айгүл Серікқызы", document.iin, "15.05.1990", certificate.number, "AST-01", "35"):
        assert stated in words, stated
    cells = [[cell.text for cell in row.findall("td")] for row in page.all(".//tbody/tr")]
    assert cells == [["15", "15", "5"], ["9", "15", "5"], ["6", "15", "5"], ["5", "10", "5"]]
    assert "DEMONSTRATION – not a certificate" in words


def test_list_of_tests_and_result_page_lead_to_the_certificate(
    own_browser: ClientRequest, certificate: CertificateFacts
) -> None:
    address = own_browser.address_of("certificates.show", number=certificate.number)
    mine = own_browser.get("desk.mine")
    (to_certificate,) = [str(link.get("href")) for link in mine.all(".//main//a[@class='btn btn-primary']")]
    (to_result,) = [
        str(link.get("href")) for link in mine.all(".//main//a") if str(link.get("href")).endswith("/result")
    ]

    result = own_browser.get_path(to_result)

    assert to_certificate == address
    assert address in {link.get("href") for link in result.all(".//main//a")}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_page_is_shown_in_every_language(
    own_browser: ClientRequest, certificate: CertificateFacts, language: str
) -> None:
    own_browser.post("pages.choose_language", {}, code=language)

    page = own_browser.get("certificates.show", number=certificate.number)

    assert page.tree.get("lang") == language


def test_token_is_given_as_a_file(own_browser: ClientRequest, certificate: CertificateFacts) -> None:
    file = own_browser.get("certificates.token", number=certificate.number)

    assert file.body == certificate.token
    assert file.headers["Content-Type"] == "application/cwt"
    assert file.headers["Content-Disposition"] == f"attachment; filename={certificate.number}.cwt"


def test_code_is_drawn_as_svg(own_browser: ClientRequest, certificate: CertificateFacts) -> None:
    drawing = own_browser.get("certificates.qr", number=certificate.number)

    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert b"<svg" in drawing.body


@pytest.mark.parametrize("endpoint", OWN_PAGES)
def test_another_applicants_certificate_looks_absent(
    client_request: ClientRequest, make_applicant: MakeApplicant, certificate: CertificateFacts, endpoint: str
) -> None:
    client_request.sign_in(make_applicant().person)

    foreign = client_request.get(endpoint, 404, number=certificate.number)
    absent = client_request.get(endpoint, 404, number="T26-0009999-0")

    assert foreign.words() == absent.words()


@pytest.mark.parametrize("endpoint", OWN_PAGES)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_certificate_is_not_shown_to_visitors_or_other_roles(
    make_browser: Callable[[], ClientRequest],
    make_account: MakeAccount,
    certificate: CertificateFacts,
    endpoint: str,
) -> None:
    visitor, proctor = make_browser(), make_browser()
    proctor.sign_in(make_account(role=Role.PROCTOR))

    assert visitor.get(endpoint, 302, number=certificate.number).location.startswith("/sign-in?next=")
    proctor.get(endpoint, 403, number=certificate.number)


def test_published_keys_are_enough_to_check_offline(
    make_browser: Callable[[], ClientRequest], certificate: CertificateFacts
) -> None:
    visitor = make_browser()

    root = visitor.get("certificates.root_certificate").body
    trust = load_trust_list(visitor.get("certificates.trust_list").body, pin_root(root))

    assert trust.issuer == certificate.document.issuer
    assert trust.demonstration
    assert b"PRIVATE" not in root


def test_installation_without_keys_says_so(client_request: ClientRequest) -> None:
    client_request.post("pages.choose_language", {}, code="en")

    assert client_request.get("certificates.trust_list", 503).h1 == "No certificates can be made here yet"


def test_certificate_leads_to_the_rules_that_it_rests_on(
    own_browser: ClientRequest, certificate: CertificateFacts
) -> None:
    page = own_browser.get("certificates.show", number=certificate.number)

    document = certificate.document
    rules = f"/tests/{document.programme_code}/{document.programme_version}"
    assert rules in [link.get("href") for link in page.all(".//main//a")]
    own_browser.get_path(rules)
