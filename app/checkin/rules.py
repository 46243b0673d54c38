"""Which step comes next, and what did the equipment check find? Pure: standard library only."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEYS = ("1", "2", "3", "4")
LONGEST_REPORT = 500
"""Characters; what is longer was not sent by our page."""
LEAST_WIDTH, LEAST_HEIGHT = 1024, 640
"""A window in which an ordinary question needs no scrolling."""
SLOW_MS = 1000
"""A round trip from which the connection is called slow."""
MOST_PIXELS = 100_000
MOST_MILLISECONDS = 600_000
MOST_SECONDS = 10**9


class Step(enum.Enum):
    """What is done before the clock, in this order."""

    IDENTITY = "identity"
    LANGUAGE = "language"
    RULES = "rules"
    EQUIPMENT = "equipment"
    SAMPLES = "samples"
    READY = "ready"


STEPS = tuple(Step)


class Trouble(enum.Enum):
    """What the check of a computer found wanting. None of it bars anybody; the proctor sees it."""

    NOT_CHECKED = "not_checked"
    KEYBOARD = "keyboard"
    SCREEN = "screen"
    STORAGE = "storage"
    CONNECTION = "connection"


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What the page found on a computer; None where it could not be measured."""

    keys: tuple[str, ...]
    width: int | None
    height: int | None
    storage: bool
    round_trip_ms: int | None
    clock_seconds: int | None
    """How far the computer's clock is ahead of the server's: for information alone."""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is wanting, in the order in which the page asks."""
        small = self.width is None or self.height is None or self.width < LEAST_WIDTH or self.height < LEAST_HEIGHT
        slow = self.round_trip_ms is None or self.round_trip_ms >= SLOW_MS
        wanting = {
            Trouble.KEYBOARD: set(self.keys) != set(KEYS),
            Trouble.SCREEN: small,
            Trouble.STORAGE: not self.storage,
            Trouble.CONNECTION: slow,
        }
        return tuple(trouble for trouble, found in wanting.items() if found)

    def to_dict(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return vars(self) | {"keys": list(self.keys)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Equipment:
        """Return what was kept."""
        return cls(**{**kept, "keys": tuple(kept["keys"])})


def read_equipment(report: str) -> Equipment | None:
    """Read what the page reports; None where it could check nothing, or sent what is no report of ours."""
    if not report or len(report) > LONGEST_REPORT:
        return None
    try:
        sent = json.loads(report)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict):
        return None
    keys = sent.get("keys")
    return Equipment(
        keys=tuple(key for key in KEYS if isinstance(keys, list) and key in keys),
        width=_number(sent, "width", MOST_PIXELS),
        height=_number(sent, "height", MOST_PIXELS),
        storage=sent.get("storage") is True,
        round_trip_ms=_number(sent, "round_trip_ms", MOST_MILLISECONDS),
        clock_seconds=_number(sent, "clock_seconds", MOST_SECONDS, least=-MOST_SECONDS),
    )


def _number(sent: Mapping[str, Any], name: str, most: int, least: int = 0) -> int | None:
    value = sent.get(name)
    return value if type(value) is int and least <= value <= most else None


def next_step(done: Mapping[Step, bool]) -> Step:
    """Return the first step that is not done; READY when all are."""
    return next((step for step in STEPS if step is not Step.READY and not done.get(step)), Step.READY)
