"""Which receipts are to be made? Those of the tests that are over; recorded in one unit of work, signed in the next."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from app.db import db, unit_of_work
from app.kernel.errors import DomainError
from app.keycabinet import KeysMissing
from app.receipts import service as receipts
from app.receipts.queries import waiting_ids
from app.wiring import Tools
from certs.errors import CertsError
from certs.keys import KeyUse

log = structlog.get_logger()

BATCH = 20
"""So many in one unit of work: few enough that nobody who saves an answer waits for the one writer of SQLite."""


def make_due(tools: Tools) -> int:
    """Record and sign the receipts that wait; return how many were signed. For a timer.

    One that cannot be made is noted and tried again; it does not keep the others waiting.
    """
    waiting = any(waiting_ids(recorded=step, limit=1, session=db.session()) for step in (False, True))
    if not waiting or not _has_key(tools):
        return 0
    _in_batches(receipts.record, tools, recorded=False)
    return _in_batches(receipts.sign, tools, recorded=True)


def _has_key(tools: Tools) -> bool:
    try:
        tools.keys.ring.certificate(KeyUse.RECEIPT)
    except (KeysMissing, CertsError) as error:
        log.warning("receipts.key_missing", reason=str(error))
        return False
    return True


def _in_batches(step: Callable[..., None], tools: Tools, *, recorded: bool) -> int:
    done = 0
    while True:
        with unit_of_work() as session:
            waiting = waiting_ids(recorded=recorded, limit=BATCH, session=session)
            made = sum(_tried(step, sitting_id, session, tools) for sitting_id in waiting)
        done += made
        if made < BATCH:
            return done


def _tried(step: Callable[..., None], sitting_id: uuid.UUID, session: Session, tools: Tools) -> bool:
    try:
        step(sitting_id, tools.keys.ring, session=session, now=tools.clock.now())
    except (DomainError, CertsError) as error:  # raised before anything was written
        log.error("receipts.receipt.failed", sitting=str(sitting_id), reason=f"{type(error).__name__}: {error}")
        return False
    return True
