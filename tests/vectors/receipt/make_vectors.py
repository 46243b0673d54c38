"""Which receipts and response sheets must every verifier of them judge alike, and how?

    PYTHONPATH=. python tests/vectors/receipt/make_vectors.py              write them again, byte for byte
    PYTHONPATH=. python tests/vectors/receipt/make_vectors.py --new-keys   make new test keys first, then the rest

The keys are made here, serve nothing else, and are published on purpose. Signatures are deterministic (RFC 6979), so
that making the vectors again changes nothing; the product's own are not.
"""

import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from certs.authority import create
from certs.cose import CERTIFICATE_PURPOSE, RECEIPT_PURPOSE, Algorithm, assemble, bytes_to_sign, protected_header
from certs.encoding import qr_text, to_base32
from certs.journal import next_head, packed_row
from certs.keys import KeyUse, key_id, public_pem
from certs.receipt import ActCount, Receipt, receipt_qr_text, seal_of
from certs.sheet import Act, LateRow, Row, Sheet

FOLDER = Path(__file__).parent
HOST = "synaq.example.kz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STARTED = datetime(2026, 11, 21, 9, 0, 0, 250_000, tzinfo=UTC)
ENDED = STARTED + timedelta(minutes=41, seconds=7, microseconds=31)
CHANGES = ((1, 2), (2, 4), (16, 1), (1, 3), (31, 2), (2, None), (46, 4), (55, 1))
"""(question, option) as they were saved: question 1 was changed once, the answer to question 2 was cleared."""

EMPTY = Sheet(
    sitting=uuid.UUID("019abcde-1234-7abc-8def-0123456789ab"),
    programme_code="b-general",
    programme_version="2026-1",
    language="kk",
    started_at=STARTED,
    ended_at=ENDED,
    cause="click",
    allowance_seconds=3300,
    credit_seconds=120,
    acts=(
        Act(code="constitution", first=1, last=15),
        Act(code="civil-service", first=16, last=30),
        Act(code="anti-corruption", first=31, last=45),
        Act(code="ethics-code", first=46, last=55),
    ),
    fingerprint=bytes(range(32)),
    secret=bytes(range(100, 132)),
    rows=(),
    late=(LateRow(number=9, question=3, option=1, received_at=ENDED + timedelta(seconds=9)),),
)


def make_keys() -> None:
    """Make the test issuer: one key for receipts, one for certificates."""
    issuer = create("KZ-GS", STARTED - timedelta(days=30), demonstration=True, uses=(KeyUse.RECEIPT, KeyUse.TOKEN))
    keys = {
        str(leaf.use): {
            "kid": key_id(leaf.certificate).hex(),
            "private_key": leaf.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        }
        for leaf in issuer.leaves
    }
    (FOLDER / "keys.json").write_text(json.dumps(keys, indent=1) + "\n")
    (FOLDER / "root.pem").write_bytes(public_pem(issuer.root.certificate))
    (FOLDER / "trust-list.cose").write_bytes(issuer.trust_list(1, STARTED))


def chained(changes: Sequence[tuple[int, int | None]]) -> Sheet:
    """Give the sheet of these changes, one every twenty seconds, each with the head that follows."""
    rows: list[Row] = []
    head = EMPTY.first_head
    for number, (question, option) in enumerate(changes, 1):
        at = STARTED + timedelta(seconds=20 * number, microseconds=7 * number)
        head = next_head(
            head, packed_row(EMPTY.sitting, number, question, option, (at - EPOCH) // timedelta(microseconds=1))
        )
        rows.append(Row(number=number, question=question, option=option, saved_at=at, head=head))
    return replace(EMPTY, rows=tuple(rows))


def receipt_of(sheet: Sheet) -> Receipt:
    """Give the receipt of a sheet."""
    asked = [act.last - act.first + 1 for act in sheet.acts]
    return Receipt(
        issuer="KZ-GS",
        sitting=sheet.sitting,
        programme_code=sheet.programme_code,
        programme_version=sheet.programme_version,
        counts=tuple(ActCount(asked=a, answered=n) for a, n in zip(asked, sheet.answered_by_act(), strict=True)),
        rows=len(sheet.rows),
        seal=seal_of(sheet.secret, sheet.sitting, len(sheet.rows), sheet.last_head),
        ended_at=sheet.ended_at,
        cause=sheet.cause,
        late=len(sheet.late),
        credit_seconds=sheet.credit_seconds,
        issued_at=sheet.ended_at + timedelta(seconds=2),
    )


def signed(payload: bytes, use: str, purpose: bytes) -> bytes:
    """Sign with a published key and a nonce that follows from key and message."""
    keys = json.loads((FOLDER / "keys.json").read_text())
    private = load_pem_private_key(keys[use]["private_key"].encode(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the vectors hold P-256 keys only")
    protected = protected_header(Algorithm.ES256, bytes.fromhex(keys[use]["kid"]))
    tbs = bytes_to_sign(protected, payload, purpose)
    r, s = decode_dss_signature(private.sign(tbs, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return assemble(protected, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def vectors() -> dict[str, Any]:
    """Give the whole content of vectors.json."""
    sheet = chained(CHANGES)
    receipt = receipt_of(sheet)
    token = signed(receipt.payload(), "receipt", RECEIPT_PURPOSE)
    address = receipt_qr_text(HOST, token)
    flipped = bytearray(token)
    flipped[-1] ^= 1
    rows = sheet.rows
    cases = [
        case("receipt alone", address, None, "genuine"),
        case("sheet fits", address, sheet, "sheet-fits"),
        case("bare token", to_base32(token), sheet, "sheet-fits"),
        case("nothing was answered", *empty_case(), "sheet-fits"),
        case("another host", receipt_qr_text("synaq.example.org", token), None, "not-genuine", "foreign-host"),
        case("address of certificates", qr_text(HOST, token), None, "not-genuine", "a-certificate"),
        case("one bit flipped", to_base32(bytes(flipped)), None, "not-genuine", "bad-signature"),
        case(
            "signed by the key for certificates",
            to_base32(signed(receipt.payload(), "token", RECEIPT_PURPOSE)),
            None,
            "not-genuine",
            "unknown-key",
        ),
        case(
            "signed as a certificate",
            to_base32(signed(receipt.payload(), "receipt", CERTIFICATE_PURPOSE)),
            None,
            "not-genuine",
            "bad-signature",
        ),
        case("row 3 changed", address, with_row(sheet, 3, option=2), "sheet-differs", "row-changed", "3"),
        case("row 5 dropped", address, with_rows(sheet, (*rows[:4], *rows[5:])), "sheet-differs", "row-missing", "5"),
        case("row 9 added", address, chained([*CHANGES, (3, 1)]), "sheet-differs", "row-added", "9"),
        case(
            "rows 2 and 3 exchanged",
            address,
            with_rows(sheet, (rows[0], rows[2], rows[1], *rows[3:])),
            "sheet-differs",
            "row-out-of-place",
            "3, 2",
        ),
        case("all heads computed anew", address, chained([(1, 1), *CHANGES[1:]]), "sheet-differs", "seal-differs"),
        case("another secret", address, replace(sheet, secret=bytes(32)), "sheet-differs", "seal-differs"),
        case("another end", address, replace(sheet, cause="time"), "sheet-differs", "other-end"),
        case("late answer left out", address, replace(sheet, late=()), "sheet-differs", "late-missing"),
    ]
    return {
        "host": HOST,
        "purpose": RECEIPT_PURPOSE.decode(),
        "payload": receipt.payload().hex(),
        "code": receipt.code,
        "seal": receipt.seal.hex(),
        "first_head": sheet.first_head.hex(),
        "vectors": cases,
    }


def empty_case() -> tuple[str, Sheet]:
    """Give the receipt and the sheet of somebody who answered nothing."""
    return receipt_qr_text(HOST, signed(receipt_of(EMPTY).payload(), "receipt", RECEIPT_PURPOSE)), EMPTY


def with_row(sheet: Sheet, number: int, **facts: Any) -> Sheet:
    """Give the sheet with one row changed, and its head left as it was."""
    return with_rows(sheet, tuple(replace(r, **facts) if r.number == number else r for r in sheet.rows))


def with_rows(sheet: Sheet, rows: tuple[Row, ...]) -> Sheet:
    """Give the sheet with other rows."""
    return replace(sheet, rows=rows)


def case(
    name: str, text: str, sheet: Sheet | None, verdict: str, code: str | None = None, row: str | None = None
) -> dict[str, Any]:
    """Give one vector: ``code`` is among the codes of the failed checks, ``row`` is what its finding names."""
    content = sheet.to_json().decode() if sheet else None
    return {"name": name, "text": text, "sheet": content, "verdict": verdict, "code": code, "row": row}


def main(arguments: list[str]) -> None:
    """Write what was asked for."""
    if "--new-keys" in arguments:
        make_keys()
    (FOLDER / "sheet.json").write_bytes(chained(CHANGES).to_json())
    (FOLDER / "vectors.json").write_text(vectors_text())


def vectors_text() -> str:
    """Give vectors.json as it is written."""
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
