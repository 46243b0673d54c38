"""Which receipts are there, and what does the response sheet of a test say?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.papers.queries import PaperFacts, paper_with_id
from app.receipts.errors import ReceiptNotReady, StillRuns
from app.receipts.models import Receipt
from app.sittings.queries import SittingFacts, journal, late_entries
from app.sittings.rules import State
from certs.receipt import Receipt as Stated
from certs.receipt import receipt_from_payload
from certs.sheet import Act, LateRow, Row, Sheet


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts:
    """A signed receipt."""

    sitting_id: uuid.UUID
    code: str
    token: bytes
    payload: bytes
    signed_at: datetime

    @property
    def stated(self) -> Stated:
        """What it states, as it was signed."""
        return receipt_from_payload(self.payload)


def receipts_of(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, ReceiptFacts]:
    """Return the signed receipts of these sittings."""
    query = select(Receipt).where(Receipt.sitting_id.in_(list(sitting_ids)), Receipt.token.is_not(None))
    return {row.sitting_id: _facts(row) for row in session.scalars(query)}


def receipt_of(sitting_id: uuid.UUID, *, session: Session) -> ReceiptFacts:
    """Return the receipt of a sitting. Raises ``ReceiptNotReady``."""
    found = receipts_of([sitting_id], session=session).get(sitting_id)
    if found is None:
        raise ReceiptNotReady
    return found


def receipt_with_code(code: str, *, session: Session) -> ReceiptFacts | None:
    """Return the signed receipt that somebody copied this code from."""
    row = session.scalar(select(Receipt).where(Receipt.code == code, Receipt.token.is_not(None)))
    return _facts(row) if row else None


def sheet_of(sitting: SittingFacts, *, session: Session) -> Sheet:
    """Return the response sheet of a test that is over: positions and options as shown, and no key.

    Raises:
        StillRuns: It runs.
        ReceiptNotReady: It has no secret.
    """
    if sitting.state is not State.ENDED or sitting.ended_at is None or sitting.ended_by is None:
        raise StillRuns
    secret = session.scalar(select(Receipt.secret).where(Receipt.sitting_id == sitting.id))
    if secret is None:
        raise ReceiptNotReady
    paper = paper_with_id(sitting.paper_id, session=session)
    return Sheet(
        sitting=sitting.id,
        programme_code=paper.programme_code,
        programme_version=paper.programme_version,
        language=sitting.language,
        started_at=sitting.timing.started_at,
        ended_at=sitting.ended_at,
        cause=sitting.ended_by.value,
        allowance_seconds=int(sitting.timing.allowance.total_seconds()),
        credit_seconds=int(sitting.timing.credit.total_seconds()),
        acts=stretches(paper),
        fingerprint=paper.fingerprint,
        secret=secret,
        rows=_rows(sitting, session=session),
        late=tuple(
            LateRow(number=late.sequence, question=late.position, option=late.option, received_at=late.received_at)
            for late in late_entries(sitting.id, session=session)
        ),
    )


def stretches(paper: PaperFacts) -> tuple[Act, ...]:
    """Return which questions of a paper are about which act."""
    found = []
    for code, questions in groupby(paper.questions, lambda question: question.block):
        positions = [question.position for question in questions]
        found.append(Act(code=code, first=positions[0], last=positions[-1]))
    return tuple(found)


def waiting_ids(*, recorded: bool, limit: int, session: Session) -> Sequence[uuid.UUID]:
    """Return the sittings whose receipt waits to be recorded, or to be signed, the oldest first."""
    step = Receipt.payload.is_not(None) if recorded else Receipt.payload.is_(None)
    query = select(Receipt.sitting_id).where(Receipt.token.is_(None), step).order_by(Receipt.requested_at)
    return session.scalars(query.limit(limit)).all()


def _rows(sitting: SittingFacts, *, session: Session) -> tuple[Row, ...]:
    return tuple(
        Row(
            number=entry.row.sequence,
            question=entry.row.position,
            option=entry.row.option,
            saved_at=entry.row.saved_at,
            head=entry.head,
        )
        for entry in journal(sitting.id, session=session)
    )


def _facts(row: Receipt) -> ReceiptFacts:
    if row.code is None or row.token is None or row.payload is None or row.signed_at is None:
        raise ReceiptNotReady
    return ReceiptFacts(
        sitting_id=row.sitting_id, code=row.code, token=row.token, payload=row.payload, signed_at=row.signed_at
    )
