"""How does a queued letter or short message leave the house?"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.jobs.rules import Hopeless
from app.jobs.worker import Outside
from app.mail import AddressRefused, Letter
from app.notices import rendering
from app.notices.rules import MAIL_JOB, SMS_JOB, masked, short_text
from app.sms import ShortMessage
from app.wiring import Tools


class NotSent(OSError):
    """It did not leave. The message says why, and does not say to whom."""


def deliver(job_id: uuid.UUID, payload: dict[str, Any], tools: Tools) -> None:
    """Make the letter and send it.

    Raises:
        NotSent: The job is tried again.
        Hopeless: The server takes nothing for this address: the job has failed.
    """
    words = _words(payload)
    letter = Letter(to=payload["to"], subject=words.subject, body=words.body, reference=job_id)
    with _unnamed(letter.to):
        tools.mailer.send(letter)


def text(job_id: uuid.UUID, payload: dict[str, Any], tools: Tools) -> None:
    """Send the subject of a notice to a phone, where short messages are sent at all.

    Raises:
        NotSent: The job is tried again.
    """
    if tools.texter is None:
        return
    message = ShortMessage(to=payload["to"], text=short_text(_words(payload).subject), reference=job_id)
    with _unnamed(message.to):
        tools.texter.send(message)


HANDLERS = {MAIL_JOB: Outside(deliver), SMS_JOB: Outside(text)}
"""The jobs that this room does, by kind."""


def _words(payload: dict[str, Any]) -> rendering.Words:
    kind = rendering.kind_named(payload["kind"])
    return rendering.words(kind, payload["context"], language=payload["language"])


@contextmanager
def _unnamed(address: str) -> Iterator[None]:
    """Keep the address out of what is written down about a failure: servers repeat it, in letters of any case."""
    try:
        yield
    except AddressRefused as error:
        raise Hopeless(_masked_reason(error, address)) from None
    except OSError as error:
        raise NotSent(_masked_reason(error, address)) from None


def _masked_reason(error: OSError, address: str) -> str:
    said = f"{type(error).__name__}: {error}"
    return re.sub(re.escape(address), lambda _found: masked(address), said, flags=re.IGNORECASE)
