"""How does a queued letter leave the house?"""

from __future__ import annotations

from typing import Any

from app.jobs.worker import Outside
from app.mail import Letter
from app.notices import rendering
from app.notices.rules import MAIL_JOB
from app.wiring import Tools


def deliver(payload: dict[str, Any], tools: Tools) -> None:
    """Make the letter and send it; the job is tried again if the mailer raises."""
    kind = rendering.kind_named(payload["kind"])
    words = rendering.words(kind, payload["context"], language=payload["language"])
    tools.mailer.send(Letter(to=payload["to"], subject=words.subject, body=words.body))


HANDLERS = {MAIL_JOB: Outside(deliver)}
"""The jobs that this room does, by kind."""
