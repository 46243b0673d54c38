"""Does an applicant get the receipt of their own test, and can anybody check it?"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from jsonschema import Draft202012Validator
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text as statement
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.certificates.queries import CertificateFacts
from app.personal.export import document
from app.personal.held import held_about
from app.receipts.queries import ReceiptFacts
from app.sittings.queries import SittingFacts
from certs.encoding import RECEIPT_PAGE, qr_text, to_base32
from certs.qr import qr_png
from certs.receipt_words import FAILS
from certs.sheet import parse_sheet
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking
from tests.kit.factories.receipts import MakeReceipt
from tests.kit.factories.sittings import StartSitting
from tests.kit.outside import HandClock
from tests.kit.pages import Page

HOST = "localhost"
OWN_PAGES = ("receipts.show", "receipts.qr", "receipts.pdf", "receipts.sheet")
ROOT = Path(__file__).parents[3]
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def holder(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant(family_name="Әбенова", given_name="Айгүл")


@pytest.fixture
def receipt(holder: Enrolled, make_booking: MakeBooking, make_receipt: MakeReceipt) -> ReceiptFacts:
    return make_receipt(booking=make_booking(holder))


@pytest.fixture
def own(client_request: ClientRequest, holder: Enrolled) -> ClientRequest:
    client_request.sign_in(holder.person)
    return client_request


@pytest.fixture
def check(make_browser: Callable[[], ClientRequest]) -> Callable[..., Page]:
    """Ask the public page as somebody who is not signed in, in English."""
    browser = make_browser()
    browser.post("pages.choose_language", {}, code="en")

    def ask(text: str, sheet: bytes | None = None, status: int = 200) -> Page:
        fields: dict[str, object] = {"token": text}
        if sheet is not None:
            fields["sheet"] = (io.BytesIO(sheet), "sheet.json")
        return browser.post("receipts.answer", fields, status)

    return ask


def verdict(page: Page) -> str:
    (said,) = page.all(".//p[@data-verdict]")
    return str(said.get("data-verdict"))


def findings(page: Page) -> list[str]:
    return [" ".join("".join(each.itertext()).split()) for each in page.all(".//li[@class='finding']")]


# --- the own receipt


def test_result_leads_to_the_receipt(own: ClientRequest, receipt: ReceiptFacts) -> None:
    page = own.get("desk.result", sitting_id=receipt.sitting_id)

    assert receipt.code in page.words()
    address = own.address_of("receipts.show", sitting_id=receipt.sitting_id)
    assert address in {link.get("href") for link in page.all(".//main//a")}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_page_states_the_counts_and_never_how_many_were_right(
    own: ClientRequest, receipt: ReceiptFacts, language: str
) -> None:
    own.post("pages.choose_language", {}, code=language)

    page = own.get("receipts.show", sitting_id=receipt.sitting_id)

    rows = [[cell.text for cell in row.findall("td")] for row in page.all(".//tbody/tr")]
    assert rows == [["12", "3", "15"], ["11", "4", "15"], ["10", "5", "15"], ["7", "3", "10"]]
    assert [cell.text for cell in page.all(".//tfoot/tr/td")] == ["40", "15", "55"]
    assert receipt.code in page.words()
    assert receipt.stated.seal.hex() in page.words()
    assert page.tree.get("lang") == language
    assert page.all(".//figure/img")[0].get("src") == own.address_of("receipts.qr", sitting_id=receipt.sitting_id)


def test_before_it_is_signed_the_page_says_so_and_the_sheet_is_there(
    own: ClientRequest, holder: Enrolled, make_booking: MakeBooking, ended: Callable[..., SittingFacts]
) -> None:
    sitting = ended(make_booking(holder), (1, 0, 0, 0))

    waiting = own.get("receipts.show", sitting_id=sitting.id)
    own.get("desk.result", sitting_id=sitting.id)
    own.get("receipts.pdf", 404, sitting_id=sitting.id)
    sheet = own.get("receipts.sheet", sitting_id=sitting.id)

    assert own.address_of("receipts.show", sitting_id=sitting.id) in {a.get("href") for a in waiting.all(".//main//a")}
    assert parse_sheet(sheet.body).sitting == sitting.id


@pytest.mark.parametrize("endpoint", OWN_PAGES)
@ONE_DATABASE
def test_running_test_has_none(
    own: ClientRequest, holder: Enrolled, make_booking: MakeBooking, start_sitting: StartSitting, endpoint: str
) -> None:
    own.get(endpoint, 409, sitting_id=start_sitting(make_booking(holder)).id)


def test_code_is_drawn_and_read_back(own: ClientRequest, receipt: ReceiptFacts) -> None:
    drawing = own.get("receipts.qr", sitting_id=receipt.sitting_id)
    picture = Image.open(io.BytesIO(qr_png(HOST, receipt.token, page=RECEIPT_PAGE)))
    (read,) = zxingcpp.read_barcodes(picture)

    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert read.text == qr_text(HOST, receipt.token, RECEIPT_PAGE)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@ONE_DATABASE
def test_pdf_says_the_same_and_is_the_same_each_time(own: ClientRequest, receipt: ReceiptFacts, language: str) -> None:
    own.post("pages.choose_language", {}, code=language)

    first, second = (own.get("receipts.pdf", sitting_id=receipt.sitting_id) for _ in range(2))

    assert first.body == second.body
    assert first.headers["Content-Disposition"] == f"attachment; filename=synaq-{receipt.code}.pdf"
    file = PdfReader(io.BytesIO(first.body))
    said = " ".join(file.pages[0].extract_text().split())
    assert len(file.pages) == 1
    assert str(file.trailer["/Root"]["/Lang"]) == language
    assert b"pdfuaid" in file.trailer["/Root"]["/Metadata"].get_data(), "made for screen readers"
    for part in (receipt.code, str(receipt.sitting_id), "40", "15", "55"):
        assert part in said, said


def test_sheet_has_the_form_of_its_schema_and_names_nobody(
    own: ClientRequest, receipt: ReceiptFacts, holder: Enrolled
) -> None:
    file = own.get("receipts.sheet", sitting_id=receipt.sitting_id)
    schema = json.loads((ROOT / "docs/receipts/response-sheet.schema.json").read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(file.body))
    assert file.headers["Content-Disposition"] == f"attachment; filename=synaq-sheet-{receipt.sitting_id}.json"
    assert holder.facts.iin not in file.text
    assert "no-store" in file.headers["Cache-Control"]


@pytest.mark.parametrize("endpoint", OWN_PAGES)
@ONE_DATABASE
def test_another_applicants_receipt_and_sheet_look_absent(
    client_request: ClientRequest, make_applicant: MakeApplicant, receipt: ReceiptFacts, endpoint: str
) -> None:
    client_request.sign_in(make_applicant().person)

    client_request.get(endpoint, 404, sitting_id=receipt.sitting_id)


@pytest.mark.parametrize("endpoint", OWN_PAGES)
@ONE_DATABASE
def test_visitors_and_other_roles_get_none(
    make_browser: Callable[[], ClientRequest], make_account: MakeAccount, receipt: ReceiptFacts, endpoint: str
) -> None:
    visitor, proctor = make_browser(), make_browser()
    proctor.sign_in(make_account(role=Role.PROCTOR))

    assert visitor.get(endpoint, 302, sitting_id=receipt.sitting_id).location.startswith("/sign-in?next=")
    proctor.get(endpoint, 403, sitting_id=receipt.sitting_id)


def test_own_data_list_the_receipt_and_offer_the_sheet(own: ClientRequest, receipt: ReceiptFacts) -> None:
    page = own.get("personal.show")

    links = {link.get("href") for link in page.all(".//main//a")}
    assert own.address_of("receipts.show", sitting_id=receipt.sitting_id) in links
    assert own.address_of("receipts.sheet", sitting_id=receipt.sitting_id) in links


def test_copy_of_the_data_lists_the_receipt(
    receipt: ReceiptFacts, holder: Enrolled, session: Session, clock: HandClock
) -> None:
    schema = json.loads((ROOT / "docs/personal-data/export.schema.json").read_text(encoding="utf-8"))

    copy = document(held_about(holder.person.id, session=session), now=clock.now())

    Draft202012Validator(schema).validate(copy)
    (listed,) = copy["receipts"]
    assert (listed["code"], base64.b64decode(listed["token"])) == (receipt.code, receipt.token)
    assert listed["response_sheet"] == f"/sittings/{receipt.sitting_id}/sheet.json"


# --- checking one


@pytest.mark.parametrize("endpoint", ["receipts.start", "receipts.scanned"])
@ONE_DATABASE
def test_page_is_open_to_everybody(client_request: ClientRequest, endpoint: str) -> None:
    page = client_request.get(endpoint)

    (form,) = page.all(".//main//form")
    assert (form.get("data-page"), form.get("enctype")) == (RECEIPT_PAGE, "multipart/form-data")


@ONE_DATABASE
def test_reloaded_answer_leads_back_to_the_form(client_request: ClientRequest) -> None:
    assert client_request.get("receipts.again", 303).location == "/receipts"


@pytest.mark.parametrize("form", ["address", "bare", "code", "code as typed"])
def test_receipt_alone_is_genuine_in_every_form(
    check: Callable[..., Page], receipt: ReceiptFacts, holder: Enrolled, form: str
) -> None:
    text = {
        "address": qr_text(HOST, receipt.token, RECEIPT_PAGE),
        "bare": to_base32(receipt.token),
        "code": receipt.code,
        "code as typed": f" {receipt.code.lower().replace('-', ' ')} ",
    }[form]

    page = check(text)

    assert verdict(page) == "genuine"
    assert "7. The register knows this receipt. passed" in findings(page)
    assert "Total 40 15 55" in page.words()
    assert holder.facts.iin not in page.text
    assert "Әбенова" not in page.text


def test_sheet_that_fits_is_said_to_fit(check: Callable[..., Page], own: ClientRequest, receipt: ReceiptFacts) -> None:
    sheet = own.get("receipts.sheet", sitting_id=receipt.sitting_id).body

    page = check(receipt.code, sheet)

    assert verdict(page) == "sheet-fits"
    assert len(findings(page)) == 14
    assert all(finding.endswith("passed") for finding in findings(page))


def test_changed_row_is_named_in_one_sentence(
    check: Callable[..., Page], own: ClientRequest, receipt: ReceiptFacts
) -> None:
    sheet = json.loads(own.get("receipts.sheet", sitting_id=receipt.sitting_id).body)
    sheet["rows"][4]["option"] = sheet["rows"][4]["option"] % 4 + 1

    page = check(qr_text(HOST, receipt.token, RECEIPT_PAGE), json.dumps(sheet).encode())

    assert verdict(page) == "sheet-differs"
    assert "11. A row is not as it was saved, or the row before it was taken away: 5. failed" in findings(page)


def test_file_that_is_no_sheet_is_said_to_be_none(check: Callable[..., Page], receipt: ReceiptFacts) -> None:
    page = check(receipt.code, b"\x00\xff no sheet")

    assert "8. The file is no response sheet, or it is damaged. failed" in findings(page)


def test_changed_receipt_is_not_shown(check: Callable[..., Page], receipt: ReceiptFacts) -> None:
    altered = bytearray(receipt.token)
    altered[-1] ^= 1

    page = check(to_base32(bytes(altered)))

    assert verdict(page) == "not-genuine"
    assert str(receipt.sitting_id) not in page.text
    assert findings(page)[-2].startswith("5. The text was changed after it was signed")


def test_signed_receipt_that_nobody_recorded_is_none(
    check: Callable[..., Page], receipt: ReceiptFacts, session: Session
) -> None:
    session.execute(statement("DELETE FROM receipt"))
    session.commit()

    page = check(to_base32(receipt.token))

    assert "7. The issuer has no record of this receipt. failed" in findings(page)
    check(receipt.code, None, 404)


@ONE_DATABASE
def test_codes_that_are_mistyped_or_none_are_refused_beside_the_field(
    check: Callable[..., Page], receipt: ReceiptFacts
) -> None:
    mistyped = receipt.code[:-1] + ("2" if receipt.code[-1] != "2" else "3")

    for text in ("", mistyped, "hello", "T26-0001234-U"):
        assert check(text, None, 422).field_errors(), text


@ONE_DATABASE
def test_receipt_is_no_certificate_and_a_certificate_no_receipt(
    check: Callable[..., Page],
    client_request: ClientRequest,
    receipt: ReceiptFacts,
    make_certificate: Callable[..., CertificateFacts],
) -> None:
    certificate = make_certificate()
    token = certificate.token or b""

    for text in (to_base32(receipt.token), qr_text(HOST, receipt.token), qr_text(HOST, receipt.token, RECEIPT_PAGE)):
        page = client_request.post("verification.by_token", {"token": text}, 200)
        assert page.all(".//p[@data-verdict]")[0].get("data-verdict") == "not-valid"
    for text in (to_base32(token), qr_text(HOST, token), qr_text(HOST, token, RECEIPT_PAGE)):
        assert verdict(check(text)) == "not-genuine"
    assert "This is the code of a certificate" in check(qr_text(HOST, token)).words()


def test_every_failure_has_its_words_on_the_page() -> None:
    words = (ROOT / "app/templates/receipts/words.html").read_text(encoding="utf-8")

    assert [code for code in FAILS if f'"{code}":' not in words] == []
