"""Which events are there, and what does an answer mean? Pure: standard library only."""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

RECORD_JOB, SEND_JOB = "outbound.record", "outbound.send"
"""The two kinds of job: fix the bytes of an event; send them."""

FORM_VERSION = 1
"""Raised with every change that a receiver could stumble over; new members are none."""

TAKEN = range(200, 300)
GONE = 410
"""By this the receiver says that it wants no more of them."""


class EventKind(enum.Enum):
    """What is told; ``docs/webhooks/events.schema.json`` has the form of each."""

    RESULT_RECORDED = "result.recorded"
    RESULT_VOIDED = "result.voided"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_REVOKED = "certificate.revoked"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a result or a certificate."""

    kind: EventKind
    subject: uuid.UUID
    happened_at: datetime
    data: Mapping[str, Any]

    def body(self) -> bytes:
        """Return the bytes that are sent, the same for the same event."""
        told = {
            "type": self.kind.value,
            "version": FORM_VERSION,
            "timestamp": moment(self.happened_at),
            "data": self.data,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def moment(at: datetime) -> str:
    """Write a moment as events do: RFC 3339, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
