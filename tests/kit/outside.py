"""Which outside world do tests have? A clock turned by hand, counted chance, lists of what was sent, a beacon."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # rules are tested without the application
    from app.mail import Letter
    from app.sms import ShortMessage
    from question_bank.throw import BeaconRound

MORNING = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 10:00 in Kazakhstan: when every test begins."""


class HandClock:
    """Stands still until a test turns it."""

    def __init__(self, moment: datetime = MORNING) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, **step: float) -> datetime:
        """Turn forward: ``clock.advance(minutes=5)``. Returns the new moment."""
        self.moment += timedelta(**step)
        return self.moment

    def set(self, moment: datetime) -> None:
        """Turn to ``moment`` (aware)."""
        if moment.tzinfo is None:
            raise ValueError("the clock of a test shows aware moments")
        self.moment = moment.astimezone(UTC)


class CountedEntropy:
    """The same bytes in the same order in every run; no two calls alike."""

    def __init__(self) -> None:
        self.calls = 0

    def token(self, size: int) -> bytes:
        self.calls += 1
        return hashlib.shake_256(f"call {self.calls}".encode()).digest(size)


class ListMailer:
    """Keeps what was sent in ``letters``; ``fail_with`` makes it raise instead."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.fail_with: Exception | None = None

    def send(self, letter: Letter) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        self.letters.append(letter)


class ListSms:
    """Keeps what was sent to phones in ``messages``; ``fail_with`` makes it raise instead."""

    def __init__(self) -> None:
        self.messages: list[ShortMessage] = []
        self.fail_with: Exception | None = None

    def send(self, message: ShortMessage) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        self.messages.append(message)


class HandBeacon:
    """No beacon, until ``upcoming`` names the next round; ``published`` holds what was published of each."""

    def __init__(self) -> None:
        self.upcoming: BeaconRound | None = None
        self.published: dict[BeaconRound, bytes] = {}

    def round_at(self, moment: datetime) -> BeaconRound | None:  # noqa: ARG002  # of a ``Beacon``
        return self.upcoming

    def randomness(self, committed: BeaconRound) -> bytes | None:
        return self.published.get(committed)
