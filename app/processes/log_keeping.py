"""What enters the log by the clock? Once a minute the heads of what is being sat, and the log's own signature."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

import structlog
from sqlalchemy.orm import Session

from app.audit import checkpoints
from app.audit import service as audit
from app.audit.queries import newest_checkpoint
from app.bookings.queries import a_session_turned, sessions_of_bookings
from app.db import db, unit_of_work
from app.keycabinet import KeysMissing
from app.sittings.queries import JournalHead, any_running, heads_of_running
from app.sittings.rules import leaf_of_head
from app.wiring import Tools
from certs.keys import KeyUse
from certs.merkle import root_of

log = structlog.get_logger()


def note_heads(tools: Tools) -> int:
    """Record for every exam session in which somebody sits one root over the heads of its sittings.

    From then on an answer of theirs cannot be changed, added or taken away unnoticed. Saving an answer does not touch
    the log.

    Returns:
        How many exam sessions were noted.
    """
    if not any_running(session=db.session()):
        return 0
    with unit_of_work() as session:
        now = tools.clock.now()
        heads = heads_of_running(session=session)
        in_session = sessions_of_bookings([head.booking_id for head in heads], session=session)
        grouped = sorted(heads, key=lambda head: (in_session[head.booking_id], head.sitting_id))
        noted = 0
        for exam_session_id, of_session in groupby(grouped, key=lambda head: in_session[head.booking_id]):
            together = list(of_session)
            audit.record(
                "sittings.heads.noted",
                session=session,
                at=now,
                actor="system:worker",
                subject=exam_session_id,
                root=root_of_heads(together),
                sequences={str(head.sitting_id): head.sequence for head in together},
            )
            noted += 1
    return noted


def root_of_heads(heads: list[JournalHead]) -> bytes:
    """Return the root of the tree over these heads, in the order of the sittings' ids."""
    ordered = sorted(heads, key=lambda head: head.sitting_id)
    return root_of([leaf_of_head(head.sitting_id, head.sequence, head.head) for head in ordered])


def sign_if_due(tools: Tools) -> bool:
    """Sign the log if it is time, and say whether it was signed. Without keys nothing is; the server's log says so."""
    session, now = db.session(), tools.clock.now()
    if not checkpoints.is_due(busy=_busy(session=session, now=now), session=session, now=now):
        return False
    try:
        return sign_now(tools)
    except KeysMissing:
        log.warning("audit.checkpoint.keys_missing")
        return False


def sign_now(tools: Tools) -> bool:
    """Sign the log as it stands; say whether there was something new to sign.

    Raises:
        KeysMissing: There is no key of the log on this machine.
    """
    ring, key = tools.keys.ring, tools.keys.log_keys()[0]
    with unit_of_work() as session:
        signed = checkpoints.sign_checkpoint(
            key,
            lambda data: ring.sign(KeyUse.LOG, data).raw,
            session=session,
            now=tools.clock.now(),
        )
    return signed is not None


def _busy(*, session: Session, now: datetime) -> bool:
    """Say whether people sit, or a session has opened or closed since the last signature."""
    newest = newest_checkpoint(session)
    if newest is None or any_running(session=session):
        return True
    return a_session_turned(newest.at, now, session=session)
