"""What steers a draw beside its secret and its salt, so that all of it can be fixed beforehand? Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self
from unicodedata import is_normalized

from question_bank.canonical import canonical_digest
from question_bank.seating import Seat
from question_bank.throw import BeaconRound

PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]+')
"""A name that has one spelling in a transcript, which holds no escapes."""


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """What the draw knows of a booking: the leaves that its applicant has seen, and the seat that they need."""

    seen: frozenset[bytes] = frozenset()
    accessible: bool = False


@dataclass(frozen=True, kw_only=True)
class DrawInputs:
    """Everything that is committed to before a salt is thrown.

    ``roster`` is None where papers are drawn one by one as people come: such a draw is always weak, and has no seats.
    """

    manifest_digest: bytes
    exposure: Mapping[bytes, int] = field(default_factory=dict)
    roster: Mapping[str, Attendee] | None = None
    seats: tuple[Seat, ...] = ()
    beacon: BeaconRound | None = None

    def __post_init__(self) -> None:
        """Refuse what no verifier would accept afterwards.

        Raises:
            ValueError: A seat or a booking has a quote, a backslash or a control character in its name, or a letter
                that is not in NFC; or two seats have one number.
        """
        numbers = [seat.number for seat in self.seats]
        for name in (*numbers, *(self.roster or ())):
            if not PLAIN.fullmatch(name) or not is_normalized("NFC", name):
                message = f"no name for a seat or a booking: {name!r}"
                raise ValueError(message)
        if len(set(numbers)) != len(numbers):
            message = "two seats have one number"
            raise ValueError(message)

    @property
    def needs(self) -> dict[str, bool]:
        """For every booking whether it needs an accessible seat."""
        return {booking: attendee.accessible for booking, attendee in (self.roster or {}).items()}

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON object that ``from_dict`` turns back into equal inputs."""
        return {
            "beacon": {"chain": self.beacon.chain, "round": self.beacon.number} if self.beacon else None,
            "exposure": {leaf.hex(): count for leaf, count in sorted(self.exposure.items())},
            "manifest": self.manifest_digest.hex(),
            "roster": None if self.roster is None else {name: _told(who) for name, who in sorted(self.roster.items())},
            "seats": [
                {"accessible": seat.accessible, "number": seat.number}
                for seat in sorted(self.seats, key=lambda seat: seat.number)
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        beacon, roster = data["beacon"], data["roster"]
        return cls(
            manifest_digest=bytes.fromhex(data["manifest"]),
            exposure={bytes.fromhex(leaf): count for leaf, count in data["exposure"].items()},
            roster=None if roster is None else {name: _heard(who) for name, who in roster.items()},
            seats=tuple(Seat(**seat) for seat in data["seats"]),
            beacon=BeaconRound(chain=beacon["chain"], number=beacon["round"]) if beacon else None,
        )

    @cached_property
    def digest(self) -> bytes:
        """The SHA-256 of the canonical bytes."""
        return canonical_digest(self.to_dict())


def _told(attendee: Attendee) -> dict[str, Any]:
    return {"accessible": attendee.accessible, "seen": sorted(leaf.hex() for leaf in attendee.seen)}


def _heard(data: Mapping[str, Any]) -> Attendee:
    return Attendee(seen=frozenset(bytes.fromhex(leaf) for leaf in data["seen"]), accessible=data["accessible"])
