"""How does a queued letter leave the house?"""

from __future__ import annotations

from typing import Any

from app.jobs.worker import Outside
from app.notices import rendering
from app.notices.rules import MAIL_JOB, LetterKind
from app.wiring import Tools


def deliver(payload: dict[str, Any], tools: Tools) -> None:
    """Make the letter and send it; the job is tried again if the mailer raises."""
    letter = rendering.letter(
        LetterKind(payload["kind"]), to=payload["to"], language=payload["language"], context=payload["context"]
    )
    tools.mailer.send(letter)


HANDLERS = {MAIL_JOB: Outside(deliver)}
"""The jobs that this room does, by kind."""
