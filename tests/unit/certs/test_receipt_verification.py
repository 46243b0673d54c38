"""Is a receipt believed only if it is one, and is a sheet that differs found, with what differs?"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from certificate_sample import NOW
from receipt_sample import CHANGES, ENDED, HOST, SECRET, STARTED, chained, receipt_of, sheet_of

from certs import receipt_words
from certs.authority import Authority, create
from certs.cose import (
    CERTIFICATE_PURPOSE,
    RECEIPT_PURPOSE,
    STATUS_LIST_PURPOSE,
    Algorithm,
    assemble,
    bytes_to_sign,
    protected_header,
)
from certs.encoding import qr_text, to_base32
from certs.errors import MalformedError
from certs.keys import KeyUse, MemoryKeyStore, key_id
from certs.receipt import prepare_receipt, receipt_qr_text, sign_receipt
from certs.receipt_verification import ReceiptCheck, ReceiptReport, ReceiptVerdict, verify_receipt
from certs.sheet import Sheet, parse_sheet
from certs.signing import SignedCertificate
from certs.trust import TrustList, load_trust_list
from certs.verification import Outcome, Verdict, verify

SHEET = sheet_of()
RECEIPT = receipt_of(SHEET)
SHEET_CHECKS = [check for check in ReceiptCheck if check > ReceiptCheck.REGISTER]


@pytest.fixture(scope="module")
def token(ring: MemoryKeyStore) -> bytes:
    return sign_receipt(prepare_receipt(RECEIPT, ring), ring)


@pytest.fixture
def check(trust: TrustList, token: bytes) -> Callable[..., ReceiptReport]:
    def checked(sheet: Sheet | bytes | None = None, given: str | bytes = token, **facts: Any) -> ReceiptReport:
        content = sheet.to_json() if isinstance(sheet, Sheet) else sheet
        return verify_receipt(given, trust, sheet=content, **facts)

    return checked


def forge(ring: MemoryKeyStore, payload: bytes, *, use: KeyUse, purpose: bytes, kid: bytes | None = None) -> bytes:
    protected = protected_header(Algorithm.ES256, kid or key_id(ring.certificate(use)))
    return assemble(protected, payload, ring.sign(use, bytes_to_sign(protected, payload, purpose)).raw)


def failed(report: ReceiptReport) -> list[tuple[str, str]]:
    return [(finding.check.name, finding.code) for finding in report.failures]


# --- the receipt alone


def test_receipt_alone_is_genuine(check: Callable[..., ReceiptReport]) -> None:
    report = check()

    assert (report.verdict, report.receipt, failed(report)) == (ReceiptVerdict.GENUINE, RECEIPT, [])
    assert {report.finding(each).outcome for each in SHEET_CHECKS} == {Outcome.NOT_CHECKED}


@pytest.mark.parametrize("form", ["address", "bare", "lower case", "bytes", "spaces around"])
def test_every_form_of_the_text_is_read(check: Callable[..., ReceiptReport], token: bytes, form: str) -> None:
    given = {
        "address": receipt_qr_text(HOST, token),
        "bare": to_base32(token),
        "lower case": to_base32(token).lower(),
        "bytes": token,
        "spaces around": f" {receipt_qr_text(HOST, token)}\n",
    }[form]

    assert check(given=given, host=HOST).verdict is ReceiptVerdict.GENUINE


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("A" * 1001, "too-long"),
        (f"https://{HOST}.evil.kz/r#AAAA", "foreign-host"),
        (f"http://{HOST}/r#AAAA", "foreign-host"),
        (f"https://{HOST}/v#AAAA", "a-certificate"),
        ("", "malformed"),
        ("AAAA", "malformed"),
        ("?!", "malformed"),
        (b"\xd2\x84", "malformed"),
    ],
)
def test_other_texts_are_refused(check: Callable[..., ReceiptReport], given: str | bytes, code: str) -> None:
    report = check(given=given, host=HOST, sheet=SHEET)

    assert (report.verdict, report.failures[0].code, report.receipt) == (ReceiptVerdict.NOT_GENUINE, code, None)


def test_every_flipped_byte_is_found(check: Callable[..., ReceiptReport], token: bytes) -> None:
    for place in range(len(token)):
        for bit in (1, 0x80):
            altered = bytearray(token)
            altered[place] ^= bit
            report = check(given=bytes(altered))
            assert (report.verdict, report.receipt) == (ReceiptVerdict.NOT_GENUINE, None), place


def test_shortened_and_lengthened_tokens_are_found(check: Callable[..., ReceiptReport], token: bytes) -> None:
    for altered in (token[:-1], token[1:], token + b"\x00", token[:100]):
        assert check(given=altered).verdict is ReceiptVerdict.NOT_GENUINE


def test_noise_never_breaks_the_verifier(check: Callable[..., ReceiptReport], token: bytes) -> None:
    for _ in range(300):
        altered = bytearray(token)
        for place in os.urandom(3):
            altered[place % len(altered)] = place
        check(given=bytes(altered), sheet=os.urandom(40))


def test_key_of_a_stranger_with_the_same_name_is_unknown(check: Callable[..., ReceiptReport]) -> None:
    stranger = create("KZ-GS", NOW - timedelta(days=30), demonstration=False).ring()

    assert failed(check(given=sign_receipt(prepare_receipt(RECEIPT, stranger), stranger))) == [("KEY", "unknown-key")]


def test_key_id_of_another_proves_nothing(check: Callable[..., ReceiptReport], ring: MemoryKeyStore) -> None:
    stranger = create("KZ-GS", NOW - timedelta(days=30), demonstration=False).ring()
    kid = key_id(ring.certificate(KeyUse.RECEIPT))
    forged = forge(stranger, RECEIPT.payload(), use=KeyUse.RECEIPT, purpose=RECEIPT_PURPOSE, kid=kid)

    assert failed(check(given=forged)) == [("SIGNATURE", "bad-signature")]


def test_receipt_dated_outside_the_window_of_its_key_is_refused(
    check: Callable[..., ReceiptReport], ring: MemoryKeyStore
) -> None:
    late = replace(RECEIPT, issued_at=NOW + timedelta(days=500))
    forged = forge(ring, late.payload(), use=KeyUse.RECEIPT, purpose=RECEIPT_PURPOSE)

    assert failed(check(given=forged)) == [("KEY_PERIOD", "key-not-valid-then")]


def test_receipt_of_a_fallen_key_is_refused(authority: Authority, ring: MemoryKeyStore, token: bytes) -> None:
    fallen = {key_id(ring.certificate(KeyUse.RECEIPT)): ENDED - timedelta(days=1)}
    trust = load_trust_list(authority.trust_list(2, NOW, fallen), authority.pinned_root())

    assert failed(verify_receipt(token, trust)) == [("KEY_PERIOD", "key-not-valid-then")]


def test_receipt_of_another_issuer_is_refused(check: Callable[..., ReceiptReport], ring: MemoryKeyStore) -> None:
    forged = forge(ring, replace(RECEIPT, issuer="KZ-XX").payload(), use=KeyUse.RECEIPT, purpose=RECEIPT_PURPOSE)

    assert failed(check(given=forged)) == [("KEY_PERIOD", "other-issuer")]


def test_receipt_that_was_not_recorded_is_no_receipt(check: Callable[..., ReceiptReport], token: bytes) -> None:
    asked = []

    def register(receipt: object, given: bytes) -> bool:
        asked.append((receipt, given))
        return False

    assert failed(check(SHEET, registered=register)) == [("REGISTER", "not-registered")]
    assert asked == [(RECEIPT, token)]
    assert check(SHEET, registered=lambda *_: True).verdict is ReceiptVerdict.SHEET_FITS


# --- no receipt passes for a certificate, and no certificate for a receipt


def test_receipt_is_no_certificate(trust: TrustList, token: bytes) -> None:
    for given in (token, to_base32(token), receipt_qr_text(HOST, token), qr_text(HOST, token)):
        assert verify(given, trust, NOW, host=HOST).verdict is Verdict.NOT_VALID


def test_certificate_is_no_receipt(check: Callable[..., ReceiptReport], certificate: SignedCertificate) -> None:
    for given in (certificate.token, certificate.base32, certificate.qr_text(HOST)):
        assert check(given=given, host=HOST).verdict is ReceiptVerdict.NOT_GENUINE


@pytest.mark.parametrize("use", [KeyUse.TOKEN, KeyUse.STATUS, KeyUse.PDF])
def test_key_for_another_use_signs_no_receipt(
    check: Callable[..., ReceiptReport], ring: MemoryKeyStore, use: KeyUse
) -> None:
    forged = forge(ring, RECEIPT.payload(), use=use, purpose=RECEIPT_PURPOSE)

    assert failed(check(given=forged)) == [("KEY", "unknown-key")]


@pytest.mark.parametrize("purpose", [CERTIFICATE_PURPOSE, STATUS_LIST_PURPOSE, b""])
def test_signature_for_another_purpose_is_none(
    check: Callable[..., ReceiptReport], ring: MemoryKeyStore, purpose: bytes
) -> None:
    forged = forge(ring, RECEIPT.payload(), use=KeyUse.RECEIPT, purpose=purpose)

    assert failed(check(given=forged)) == [("SIGNATURE", "bad-signature")]


def test_key_for_receipts_signs_no_certificate(
    trust: TrustList, ring: MemoryKeyStore, certificate: SignedCertificate
) -> None:
    payload = parse_payload(certificate)
    for purpose in (CERTIFICATE_PURPOSE, RECEIPT_PURPOSE):
        forged = forge(ring, payload, use=KeyUse.RECEIPT, purpose=purpose)
        assert verify(forged, trust, NOW, host=HOST).reason == "unknown-key"


def test_claims_of_a_certificate_signed_as_a_receipt_are_none(
    check: Callable[..., ReceiptReport], ring: MemoryKeyStore, certificate: SignedCertificate
) -> None:
    forged = forge(ring, parse_payload(certificate), use=KeyUse.RECEIPT, purpose=RECEIPT_PURPOSE)

    assert failed(check(given=forged)) == [("FORM", "malformed")]


def parse_payload(certificate: SignedCertificate) -> bytes:
    from certs.cose import parse_envelope  # noqa: PLC0415

    return parse_envelope(certificate.token, algorithm=Algorithm.ES256).payload


# --- the sheet


def test_sheet_of_the_receipt_fits(check: Callable[..., ReceiptReport]) -> None:
    report = check(SHEET)

    assert (report.verdict, failed(report)) == (ReceiptVerdict.SHEET_FITS, [])
    assert {finding.outcome for finding in report.findings if finding.check is not ReceiptCheck.REGISTER} == {
        Outcome.OK
    }


def test_sheet_without_rows_fits_its_receipt(check: Callable[..., ReceiptReport], ring: MemoryKeyStore) -> None:
    empty = sheet_of([])
    own = sign_receipt(prepare_receipt(receipt_of(empty), ring), ring)

    assert check(empty, given=own).verdict is ReceiptVerdict.SHEET_FITS
    assert failed(check(empty)) == [("ROWS", "row-missing"), ("SEAL", "seal-differs"), ("COUNTS", "counts-differ")]


def test_sheet_written_with_spaces_says_the_same(check: Callable[..., ReceiptReport]) -> None:
    spread = json.dumps(json.loads(SHEET.to_json()), indent=4).encode()

    assert check(spread).verdict is ReceiptVerdict.SHEET_FITS


def rechained(changes: list[tuple[int, int | None]]) -> Sheet:
    """What a forger writes who computes all heads anew."""
    return replace(SHEET, rows=chained(SHEET, changes))


def row_of(finding_code: str, report: ReceiptReport) -> str:
    (finding,) = [finding for finding in report.failures if finding.code == finding_code]
    return finding.evidence["row"]


@pytest.mark.parametrize("place", range(len(CHANGES)))
@pytest.mark.parametrize("change", ["option", "question", "moment", "head"])
def test_changed_row_is_found_and_named(check: Callable[..., ReceiptReport], place: int, change: str) -> None:
    rows = list(SHEET.rows)
    facts = {
        "option": {"option": (rows[place].option or 0) % 4 + 1},
        "question": {"question": rows[place].question + 5},
        "moment": {"saved_at": rows[place].saved_at + timedelta(microseconds=1)},
        "head": {"head": bytes(32)},
    }[change]
    rows[place] = replace(rows[place], **facts)  # type: ignore[arg-type]
    report = check(replace(SHEET, rows=tuple(rows)))

    assert report.verdict is ReceiptVerdict.SHEET_DIFFERS
    assert row_of("row-changed", report).startswith(str(place + 1))


@pytest.mark.parametrize("place", range(len(CHANGES)))
def test_dropped_row_is_found_and_named(check: Callable[..., ReceiptReport], place: int) -> None:
    rows = tuple(row for row in SHEET.rows if row.number != place + 1)
    report = check(replace(SHEET, rows=rows))

    assert report.verdict is ReceiptVerdict.SHEET_DIFFERS
    assert row_of("row-missing", report) == str(place + 1)


def test_added_row_is_found_and_named(check: Callable[..., ReceiptReport]) -> None:
    report = check(rechained([*CHANGES, (3, 1)]))

    assert row_of("row-added", report) == "9"
    assert ("SEAL", "seal-differs") in failed(report)


def test_row_twice_is_found_and_named(check: Callable[..., ReceiptReport]) -> None:
    assert row_of("row-twice", check(replace(SHEET, rows=(*SHEET.rows[:4], *SHEET.rows[3:])))) == "4"


@pytest.mark.parametrize("place", range(len(CHANGES) - 1))
def test_reordered_rows_are_found_and_named(check: Callable[..., ReceiptReport], place: int) -> None:
    rows = list(SHEET.rows)
    rows[place], rows[place + 1] = rows[place + 1], rows[place]
    report = check(replace(SHEET, rows=tuple(rows)))

    assert row_of("row-out-of-place", report) == f"{place + 2}, {place + 1}"


@pytest.mark.parametrize("place", range(len(CHANGES)))
def test_forger_who_computes_all_heads_anew_is_found_by_the_seal(
    check: Callable[..., ReceiptReport], place: int
) -> None:
    changes = list(CHANGES)
    changes[place] = (changes[place][0], (changes[place][1] or 0) % 4 + 1)

    assert ("SEAL", "seal-differs") in failed(check(rechained(changes)))


def test_forger_who_exchanges_the_secret_too_is_found(check: Callable[..., ReceiptReport]) -> None:
    forged = replace(rechained([(question, 1) for question, _ in CHANGES]), secret=bytes(32))

    assert ("SEAL", "seal-differs") in failed(check(forged))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"sitting": sheet_of().sitting.__class__(int=1)}, "other-sitting"),
        ({"programme_version": "2027-1"}, "other-end"),
        ({"ended_at": ENDED + timedelta(seconds=1)}, "other-end"),
        ({"cause": "proctor"}, "other-end"),
        ({"credit_seconds": 0}, "other-end"),
    ],
    ids=["sitting", "programme", "end", "cause", "credit"],
)
def test_sheet_of_another_test_or_end_is_found(
    check: Callable[..., ReceiptReport], facts: dict[str, object], code: str
) -> None:
    assert ("SITTING", code) in failed(check(replace(SHEET, **facts)))  # type: ignore[arg-type]


def test_other_counts_are_found(check: Callable[..., ReceiptReport], ring: MemoryKeyStore) -> None:
    counts = tuple(replace(count, answered=1) for count in RECEIPT.counts)
    lying = sign_receipt(prepare_receipt(replace(RECEIPT, counts=counts), ring), ring)

    assert failed(check(SHEET, given=lying)) == [("COUNTS", "counts-differ")]


def test_question_that_the_paper_lacks_is_found_and_named(check: Callable[..., ReceiptReport]) -> None:
    assert row_of("question-unknown", check(rechained([*CHANGES[:-1], (56, 1)]))) == "8"


def test_late_answer_that_is_left_out_is_found(check: Callable[..., ReceiptReport]) -> None:
    assert failed(check(replace(SHEET, late=()))) == [("LATE", "late-missing")]
    assert check(replace(SHEET, late=SHEET.late * 2)).verdict is ReceiptVerdict.SHEET_FITS, "more may come later"


def test_flipped_byte_of_a_sheet_is_never_overlooked(check: Callable[..., ReceiptReport]) -> None:
    """What the receipt covers is checked to the byte; language, start, allowance and names of acts it does not."""
    content = SHEET.to_json()
    uncovered = ("language", "started_at", "allowance_seconds", "late")
    kept = {name: json.loads(content)[name] for name in uncovered} | {"acts": json.loads(content)["acts"]}
    overlooked = []
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1
        if check(bytes(altered)).verdict is ReceiptVerdict.SHEET_FITS:
            read = json.loads(bytes(altered))
            if {name: read[name] for name in kept} == kept and parse_sheet(bytes(altered)) != SHEET:
                overlooked.append(place)

    microseconds = content.index(b'"ended_at":"') + len('"ended_at":"2026-11-21T09:41:07.')
    assert [place for place in overlooked if not microseconds <= place < microseconds + 6] == []


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        SHEET.to_json().replace(b"-v1", b"-v2"),
        SHEET.to_json()[:-1] + b',"key":[1,2]}',
        SHEET.to_json().replace(b'"option":2', b'"option":2,"right":true', 1),
        SHEET.to_json().replace(b'"option":2', b'"option":2,"option":3', 1),
        SHEET.to_json().replace(b'"option":2', b'"option":0', 1),
        SHEET.to_json().replace(b'"option":2', b'"option":NaN', 1),
        SHEET.to_json().replace(b'"option":2', b'"option":true', 1),
        SHEET.to_json().replace(b'"first":1,', b'"first":2,', 1),
        SHEET.to_json().replace(SECRET.hex().encode(), SECRET.hex().upper().encode()),
        SHEET.to_json().replace(b"2026-11-21", b"2026-11-41", 1),
        b" " * 2_000_001,
    ],
    ids=range(16),
)
def test_what_is_no_sheet_is_said_to_be_none(check: Callable[..., ReceiptReport], damage: bytes) -> None:
    report = check(damage)

    assert report.verdict is ReceiptVerdict.SHEET_DIFFERS
    assert failed(report) == [("SHEET_FORM", "sheet-malformed")]
    assert report.receipt == RECEIPT, "what the receipt states is still believed"


def test_sheet_is_read_back_as_it_was_written() -> None:
    assert parse_sheet(SHEET.to_json()) == SHEET
    assert SHEET.started_at == STARTED
    with pytest.raises(MalformedError):
        parse_sheet(SHEET.to_json() + b"x")


# --- words


def test_every_failure_has_a_sentence(check: Callable[..., ReceiptReport]) -> None:
    report = check(rechained([*CHANGES, (56, 1)]))
    sentences = [receipt_words.sentence(finding) for finding in report.findings]

    assert sentences[9] == "FAILED: The sheet has more rows than the receipt; too many: 9. [row-added]"
    assert sentences[12] == "FAILED: A row answers a question that the paper does not have: 9. [question-unknown]"
    assert all(sentence.count(".") >= 1 for sentence in sentences)
