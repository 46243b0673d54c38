"""How does a test that is over come by its receipt? A secret with the end; then bytes are recorded, then signed."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.papers.queries import paper_with_id
from app.receipts.errors import StillRuns
from app.receipts.models import Receipt
from app.receipts.queries import receipt_with_code, receipts_of, stretches
from app.sittings.queries import SittingFacts, answers_of, count_late, sitting_with_id
from certs.keys import KeyStore, KeyUse, issuer_of, key_id
from certs.receipt import (
    SECRET_BYTES,
    ActCount,
    ReceiptToSign,
    code_of,
    parse_code,
    prepare_receipt,
    seal_of,
    sign_receipt,
)
from certs.receipt import Receipt as Stated
from certs.receipt_verification import ReceiptReport, verify_receipt
from certs.trust import TrustList


def request(sitting_id: uuid.UUID, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Ask for a receipt in the transaction of the end: one row, so that an end stays quick. The worker makes it."""
    values = {"sitting_id": sitting_id, "secret": entropy.token(SECRET_BYTES), "requested_at": now}
    session.execute(insert(Receipt).values(values))


def record(sitting_id: uuid.UUID, ring: KeyStore, *, session: Session, now: datetime) -> None:
    """First step: record the exact bytes that are to be signed. Does nothing where they are recorded.

    Raises:
        ReceiptError, KeyStoreError: They must not, or cannot, be signed.
    """
    row = session.get_one(Receipt, sitting_id, with_for_update=True, populate_existing=True)
    if row.payload is not None:
        return
    prepared = prepare_receipt(_stated(sitting_id, row.secret, ring, session=session, now=now), ring)
    row.kid, row.payload, row.recorded_at, row.code = prepared.kid, prepared.payload, now, code_of(prepared.payload)
    session.flush()
    audit.record(
        "receipts.receipt.recorded",
        session=session,
        at=now,
        actor="system:worker",
        subject=sitting_id,
        kid=prepared.kid.hex(),
        digest=hashlib.sha256(prepared.payload).hexdigest(),
    )


def sign(sitting_id: uuid.UUID, ring: KeyStore, *, session: Session, now: datetime) -> None:
    """Second step: sign what was recorded, once: the token that is kept is the only one.

    Where the key was changed in between, the bytes are taken back, and recorded anew under the new key.

    Raises:
        KeyStoreError: Nothing was signed.
    """
    row = session.get_one(Receipt, sitting_id, with_for_update=True, populate_existing=True)
    if row.token is not None or row.payload is None or row.kid is None:
        return
    if row.kid != key_id(ring.certificate(KeyUse.RECEIPT)):
        row.kid = row.payload = row.recorded_at = row.code = None
    else:
        row.token, row.signed_at = sign_receipt(ReceiptToSign(kid=row.kid, payload=row.payload), ring), now
    session.flush()


def check(text: str, sheet: bytes | None, *, trust: TrustList, host: str, session: Session) -> ReceiptReport | None:
    """Check what somebody holds: the text of a QR code, or the code that was copied by hand; and a response sheet.

    Returns:
        The report; None where no receipt has this code.

    Raises:
        ReceiptError: The text is as short as a code, and is none, or was mistyped.
    """
    given: str | bytes = "".join(text.split())
    if looks_like_code(text):
        found = receipt_with_code(parse_code(text), session=session)
        if found is None:
            return None
        given = found.token

    def registered(stated: Stated, token: bytes) -> bool:
        known = receipts_of([stated.sitting], session=session).get(stated.sitting)
        return known is not None and known.token == token

    return verify_receipt(given, trust, sheet=sheet, host=host, registered=registered)


def looks_like_code(text: str) -> bool:
    """Say whether a text is meant as a code: it is far too short for anything else."""
    longest_code_as_typed = 40
    return "#" not in text and "/" not in text and len(text) <= longest_code_as_typed


def _stated(sitting_id: uuid.UUID, secret: bytes, ring: KeyStore, *, session: Session, now: datetime) -> Stated:
    sitting = sitting_with_id(sitting_id, session=session)
    if sitting.ended_at is None or sitting.ended_by is None or sitting.final_head is None:
        raise StillRuns
    rows = sitting.final_sequence or 0
    paper = paper_with_id(sitting.paper_id, session=session)
    return Stated(
        issuer=issuer_of(ring.certificate(KeyUse.RECEIPT)),
        sitting=sitting.id,
        programme_code=paper.programme_code,
        programme_version=paper.programme_version,
        counts=_counts(sitting, session=session),
        rows=rows,
        seal=seal_of(secret, sitting.id, rows, sitting.final_head),
        ended_at=sitting.ended_at,
        cause=sitting.ended_by.value,
        late=count_late(sitting.id, session=session),
        credit_seconds=int(sitting.timing.credit.total_seconds()),
        issued_at=now,
    )


def _counts(sitting: SittingFacts, *, session: Session) -> tuple[ActCount, ...]:
    answers = answers_of(sitting.id, session=session)
    return tuple(
        ActCount(
            asked=act.last - act.first + 1,
            answered=sum(act.first <= position <= act.last for position in answers),
        )
        for act in stretches(paper_with_id(sitting.paper_id, session=session))
    )
