"""What happens at closing time: sittings whose time is over are ended by the sweep."""

from __future__ import annotations

import uuid

import structlog

from app.db import db, unit_of_work
from app.processes.after_sitting import end_sitting
from app.processes.outages import settle_before_end
from app.sittings import service as sittings
from app.sittings.rules import Cause
from app.wiring import Tools

log = structlog.get_logger()


def close_expired(tools: Tools) -> int:
    """End every running sitting that may be swept, each in its own unit of work.

    One that cannot be ended is noted and tried again by the next sweep; it does not keep the others open.

    Returns:
        How many sittings this call ended. One that is given time back for an outage at this moment goes on.
    """
    overdue = sittings.overdue(session=db.session(), now=tools.clock.now())
    return sum(_close(sitting_id, tools) for sitting_id in overdue)


def _close(sitting_id: uuid.UUID, tools: Tools) -> bool:
    try:
        with unit_of_work() as session:
            if settle_before_end(sitting_id, session=session, now=tools.clock.now()):
                return False
            end_sitting(
                sitting_id,
                Cause.TIME,
                actor="system:sweep",
                session=session,
                now=tools.clock.now(),
                entropy=tools.entropy,
            )
    except Exception:  # whatever is wrong with this one
        log.exception("sittings.sitting.sweep_failed", sitting=str(sitting_id))
        return False
    log.info("sittings.sitting.swept", sitting=str(sitting_id))
    return True
