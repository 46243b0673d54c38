"""What does a receipt state, is each of its codes the only one, and does it keep the answers to itself?"""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from receipt_sample import CHANGES, ENDED, HOST, SECRET, SITTING, receipt_of, sheet_of

from certs.authority import Authority, create
from certs.encoding import encode
from certs.errors import KeyStoreError, MalformedError, ReceiptError
from certs.journal import next_head
from certs.keys import KeyUse, MemoryKeyStore, key_id
from certs.qr import QUIET_ZONE, make_qr
from certs.receipt import (
    CODE_ALPHABET,
    ActCount,
    ReceiptToSign,
    code_of,
    parse_code,
    prepare_receipt,
    receipt_from_payload,
    seal_of,
    sign_receipt,
)

RECEIPT = receipt_of(sheet_of())
PRINTED_MM = 40
"""The side of the printed code, with its quiet zone; see receipt.css and receipt.typ."""


def test_claims_are_read_back_as_they_were_written() -> None:
    assert receipt_from_payload(RECEIPT.payload()) == RECEIPT


def test_times_are_whole_seconds() -> None:
    assert (ENDED.microsecond, RECEIPT.ended_at.microsecond) == (250_031, 0)


def test_counts_tell_answered_and_asked_and_never_right() -> None:
    assert [(count.asked, count.answered) for count in RECEIPT.counts] == [(15, 1), (15, 1), (15, 1), (10, 2)]
    assert (RECEIPT.asked, RECEIPT.answered, RECEIPT.counts[0].blank) == (55, 5, 14)


def claims(**changed: object) -> bytes:
    body: dict[int, object] = {
        0: 1,
        1: SITTING.bytes,
        2: ["b-general", "2026-1"],
        3: [[15, 1]],
        4: 8,
        5: bytes(32),
        6: 1000,
        7: "click",
        8: 0,
        9: 0,
    }
    names = {"version": 0, "sitting": 1, "programme": 2, "counts": 3, "rows": 4, "seal": 5, "late": 8, "more": 10}
    body |= {names[name]: value for name, value in changed.items()}
    return encode({1: "KZ-GS", 6: 1001, -65537: body})


def test_claims_of_the_test_are_a_receipt() -> None:
    assert receipt_from_payload(claims()).rows == 8


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"sitting": bytes(15)},
        {"sitting": str(SITTING)},
        {"programme": ["b-general"]},
        {"counts": []},
        {"counts": [[15, 16]]},
        {"counts": [[0, 0]]},
        {"counts": [[15, True]]},
        {"counts": [[15, 1]] * 13},
        {"counts": [[15, 9]]},
        {"rows": True},
        {"rows": -1},
        {"seal": bytes(31)},
        {"late": -1},
        {"more": 1},
    ],
    ids=str,
)
def test_other_claims_are_malformed(changed: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        receipt_from_payload(claims(**changed))


# --- what it hides


def test_seal_is_another_under_another_secret_so_that_receipts_of_the_same_answers_cannot_be_linked() -> None:
    one, other = sheet_of(secret=SECRET), sheet_of(secret=bytes(32))

    assert one.last_head == other.last_head
    assert receipt_of(one).seal != receipt_of(other).seal


def test_receipts_of_two_people_with_the_same_answers_share_nothing_that_comes_from_the_answers() -> None:
    other_sitting, other_secret = uuid.UUID(int=SITTING.int + 1), bytes(32)
    one, other = receipt_of(sheet_of()), receipt_of(sheet_of(sitting=other_sitting, secret=other_secret))

    assert one.counts == other.counts
    assert one.seal != other.seal
    assert one.code[:14] != other.code[:14]


def test_receipt_holds_no_head_of_the_journal() -> None:
    sheet = sheet_of()
    payload = receipt_of(sheet).payload()

    assert [row.number for row in sheet.rows if row.head[:8] in payload or row.head.hex()[:8].encode() in payload] == []
    assert sheet.first_head[:8] not in payload
    assert SECRET[:8] not in payload


def test_guess_of_a_whole_short_journal_cannot_be_tested_without_the_secret() -> None:
    """Even who knows the paper, the moment and the question, and tries all four options, finds no seal."""
    kept = receipt_of(sheet_of([(7, 3)]))
    guesses = [sheet_of([(7, option)]) for option in (1, 2, 3, 4)]

    assert [kept.seal == seal_of(SECRET, SITTING, 1, guess.last_head) for guess in guesses] == [0, 0, 1, 0]
    for secret in (bytes(32), SITTING.bytes * 2, guesses[2].last_head, guesses[2].first_head):
        assert kept.seal not in {seal_of(secret, SITTING, 1, guess.last_head) for guess in guesses}
    assert kept.seal not in {guess.last_head for guess in guesses} | {next_head(b"", g.last_head) for g in guesses}


def test_answers_change_nothing_but_the_seal() -> None:
    """Two journals of one sitting with the same counts: the rest of the receipt is the same to the byte."""
    others = receipt_of(sheet_of([(question, option and option % 4 + 1) for question, option in CHANGES]))

    assert others.seal != RECEIPT.seal
    assert replace(others, seal=RECEIPT.seal).payload() == RECEIPT.payload()


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_secret_has_one_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_of(bytes(length), SITTING, 0, bytes(32))


def test_seal_binds_sitting_number_of_rows_and_head() -> None:
    seals = {
        seal_of(SECRET, SITTING, 8, bytes(32)),
        seal_of(SECRET, uuid.UUID(int=1), 8, bytes(32)),
        seal_of(SECRET, SITTING, 9, bytes(32)),
        seal_of(SECRET, SITTING, 8, bytes(31) + b"\x01"),
    }

    assert len(seals) == 4


# --- the code that is copied by hand


def test_code_has_four_groups_of_four() -> None:
    groups = RECEIPT.code.split("-")

    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set(CODE_ALPHABET)
    assert not set("ILOU") & set(CODE_ALPHABET)


def test_code_is_that_of_the_signed_bytes() -> None:
    assert RECEIPT.code == code_of(RECEIPT.payload())
    assert receipt_of(sheet_of(), late=2).code != RECEIPT.code


def test_code_is_read_as_people_type_it() -> None:
    code = next(code_of(bytes([byte])) for byte in range(256) if {"0", "1", "A", "K"} <= set(code_of(bytes([byte]))))
    typed = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")

    assert parse_code(typed) == code
    assert parse_code(f"  {code.replace('-', '–')} ") == code
    assert parse_code(code.replace("A", "А").replace("K", "К")) == code, "Cyrillic look-alikes"


def test_every_wrong_character_of_a_code_is_found() -> None:
    code = RECEIPT.code.replace("-", "")
    for place, right in enumerate(code):
        for wrong in set(CODE_ALPHABET) - {right}:
            with pytest.raises(ReceiptError, match="code-check"):
                parse_code(code[:place] + wrong + code[place + 1 :])


def test_every_exchange_of_two_characters_is_found() -> None:
    code = RECEIPT.code.replace("-", "")
    for first in range(16):
        for second in range(first + 1, 16):
            swapped = list(code)
            swapped[first], swapped[second] = code[second], code[first]
            if swapped != list(code):
                with pytest.raises(ReceiptError, match="code-check"):
                    parse_code("".join(swapped))


@pytest.mark.parametrize("typed", ["", "7QK2", "7QK2-M9XW-4TB3-0ZHC5", "7QK2-M9XW-4TB3-0ZHU", "T26-0001234-U", "ß"])
def test_text_of_another_shape_is_no_code(typed: str) -> None:
    with pytest.raises(ReceiptError, match="code-shape"):
        parse_code(typed)


# --- signing


def test_prepared_bytes_are_those_that_are_signed(ring: MemoryKeyStore) -> None:
    prepared = prepare_receipt(RECEIPT, ring)

    assert prepared == ReceiptToSign(kid=key_id(ring.certificate(KeyUse.RECEIPT)), payload=RECEIPT.payload())
    assert prepared.payload in sign_receipt(prepared, ring)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"rows": 1}, "impossible"),
        ({"counts": (ActCount(asked=1, answered=2),)}, "impossible"),
        ({"issued_at": ENDED - timedelta(seconds=1)}, "impossible"),
        ({"issuer": "KZ-XX"}, "other-issuer"),
        ({"issued_at": ENDED + timedelta(days=500)}, "key-not-valid-then"),
        ({"cause": "x" * 200}, "too-long"),
    ],
    ids=str,
)
def test_what_must_not_be_signed_is_refused(ring: MemoryKeyStore, facts: dict[str, object], code: str) -> None:
    with pytest.raises(ReceiptError, match=code):
        prepare_receipt(replace(RECEIPT, **facts), ring)  # type: ignore[arg-type]


def test_key_that_was_changed_in_between_does_not_sign(ring: MemoryKeyStore, authority: Authority) -> None:
    prepared = prepare_receipt(RECEIPT, ring)
    newer = create("KZ-GS", ENDED - timedelta(days=1), demonstration=False).ring()

    with pytest.raises(KeyStoreError, match="key-changed"):
        sign_receipt(prepared, newer)


def test_ring_without_a_key_for_receipts_signs_none() -> None:
    others = tuple(use for use in KeyUse if use is not KeyUse.RECEIPT)

    with pytest.raises(KeyStoreError, match="no-key"):
        prepare_receipt(RECEIPT, create("KZ-GS", ENDED, demonstration=False, uses=others).ring())


def test_printed_code_has_modules_of_at_least_042_mm(ring: MemoryKeyStore) -> None:
    longest = replace(
        RECEIPT,
        programme_code="b-central-bodies-special",
        programme_version="2027-12",
        counts=(ActCount(asked=100, answered=100),) * 6,
        rows=4000,
        cause="proctor",
        late=300,
        credit_seconds=7200,
    )
    code = make_qr(f"{HOST}.of.a.longer.name", sign_receipt(prepare_receipt(longest, ring), ring), "r")
    modules = code.symbol_size(border=QUIET_ZONE)[0]

    assert code.version <= 15
    assert PRINTED_MM / modules >= 0.42
