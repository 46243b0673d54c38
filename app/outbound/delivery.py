"""How does an event leave the house? At least once, always with the same id and the same bytes."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from app.db import unit_of_work
from app.jobs.rules import Hopeless
from app.jobs.worker import Outside
from app.outbound import service
from app.outbound.rules import GONE, SEND_JOB, TAKEN
from app.wiring import Tools


class NotTaken(Exception):
    """The receiver answered, and has not taken the event; the job is tried again."""


def send(_job_id: uuid.UUID, payload: dict[str, Any], tools: Tools) -> None:
    """Send an event and note the answer, of which the status alone is kept.

    Raises:
        Hopeless: Nobody is to be told any more, or the receiver says so; an administrator can try again.
        NotTaken, httpx.HTTPError, SecretUnusable: The job is tried again.
    """
    if tools.webhook is None:
        raise Hopeless("no receiver is set up")
    event_id = uuid.UUID(payload["event"])
    try:
        status = tools.webhook.post(str(event_id), payload["body"].encode(), now=tools.clock.now())
    except httpx.HTTPError:
        _note(event_id, None, tools)
        raise
    _note(event_id, status, tools)
    if status == GONE:
        raise Hopeless("the receiver wants no more events (410)")
    if status not in TAKEN:
        raise NotTaken(f"the receiver answered {status}")


def _note(event_id: uuid.UUID, status: int | None, tools: Tools) -> None:
    with unit_of_work() as session:
        service.note_try(event_id, status, session=session, now=tools.clock.now())


HANDLERS = {SEND_JOB: Outside(send)}
"""The jobs that this room does, by kind; what an event says is put together in ``processes.outbound``."""
