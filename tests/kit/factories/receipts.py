"""How does a test come by a signed receipt? Through the end of a sitting, and the worker's timer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings.queries import BookingFacts
from app.processes.receipts_due import make_due
from app.receipts.queries import ReceiptFacts, receipt_of
from app.sittings.queries import SittingFacts
from app.sittings.rules import Cause
from app.wiring import Tools
from certs.authority import Authority

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.sittings import AnswerCounts, EndSitting, StartSitting

MakeReceipt = Callable[..., ReceiptFacts]
SOME = (9, 7, 5, 3)


@pytest.fixture
def make_receipts_due(app: Flask, session: Session, tools: Tools) -> Callable[[], int]:
    """Return the worker's hand: it makes the receipts that are due and says how many were signed."""

    def make() -> int:
        session.commit()
        with app.app_context():
            return make_due(tools)

    return make


@pytest.fixture
def ended(
    start_sitting: StartSitting, answer_counts: AnswerCounts, end: EndSitting, reread: Callable[..., SittingFacts]
) -> Callable[..., SittingFacts]:
    """Return a maker of sittings that are over: ``ended(booking, counts=(9, 7, 5, 3), cause=Cause.TIME)``."""

    def make(
        booking: BookingFacts | None = None, counts: Iterable[int] = SOME, cause: Cause = Cause.CLICK
    ) -> SittingFacts:
        sitting = start_sitting(booking)
        answer_counts(sitting, counts)
        end(sitting, cause)
        return reread(sitting)

    return make


@pytest.fixture
def make_receipt(
    keys: Authority, ended: Callable[..., SittingFacts], make_receipts_due: Callable[[], int], session: Session
) -> MakeReceipt:
    """Return a maker of signed receipts; see ``ended``."""

    def make(**facts: object) -> ReceiptFacts:
        sitting = ended(**facts)
        make_receipts_due()
        session.rollback()
        found = receipt_of(sitting.id, session=session)
        session.rollback()
        return found

    return make
