"""Which words stand for what was thrown in public? Pure: standard library only.

A salt is a line of ASCII that anyone can write down and compare with the protocol of the session:

    dice:3162453416          ten or more dice, in the order in which they fell
    balls:07-31-90-12-55-68  six or more balls numbered 01 to 99, in the order in which they were drawn
    beacon:CHAIN:ROUND:HEX   a round of a public beacon, whose number was committed to beforehand

No salt at all, the empty line, makes a draw weak.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NOT_THROWN = ""
LEAST_DICE = 10
LEAST_BALLS = 6
MOST_THROWS = 60
"""Ten dice fall in sixty million ways, six balls in 800 billion: nobody foresees them, and nobody tires of typing."""

DICE = re.compile(r"dice:[1-6]{10,60}")
BALLS = re.compile(r"balls:[0-9]{2}(-[0-9]{2}){5,59}")
BEACON = re.compile(r"beacon:[a-z0-9-]{1,64}:[1-9][0-9]{0,14}:[0-9a-f]{64}")


class ThrowRefused(ValueError):
    """What was thrown cannot stand as a salt; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code: few, not-dice, not-balls, ball-twice, many."""
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, kw_only=True)
class BeaconRound:
    """A round of a public beacon that lies in the future when it is committed to."""

    chain: str
    number: int


def dice_salt(throws: Sequence[int]) -> str:
    """Return the salt of dice.

    Raises:
        ThrowRefused: Too few or too many, or a number that no die shows.
    """
    _require_count(len(throws), LEAST_DICE)
    if any(throw not in range(1, 7) for throw in throws):
        raise ThrowRefused("not-dice")
    return "dice:" + "".join(str(throw) for throw in throws)


def balls_salt(balls: Sequence[int]) -> str:
    """Return the salt of numbered balls, drawn without putting one back.

    Raises:
        ThrowRefused: Too few or too many, a number that is on no ball, or one ball twice.
    """
    _require_count(len(balls), LEAST_BALLS)
    if any(ball not in range(1, 100) for ball in balls):
        raise ThrowRefused("not-balls")
    if len(set(balls)) != len(balls):
        raise ThrowRefused("ball-twice")
    return "balls:" + "-".join(f"{ball:02d}" for ball in balls)


def beacon_salt(committed: BeaconRound, randomness: bytes) -> str:
    """Return the salt of a beacon's round.

    Raises:
        ValueError: The randomness is not of 32 bytes, or the chain has another name than ``[a-z0-9-]``.
    """
    salt = f"beacon:{committed.chain}:{committed.number}:{randomness.hex()}"
    if not BEACON.fullmatch(salt):
        message = "a beacon's round has a short name, a number and 32 bytes"
        raise ValueError(message)
    return salt


def is_salt(text: str) -> bool:
    """Tell whether a line is one of the three forms."""
    if BALLS.fullmatch(text):
        balls = text.removeprefix("balls:").split("-")
        return "00" not in balls and len(set(balls)) == len(balls)
    return bool(DICE.fullmatch(text) or BEACON.fullmatch(text))


def round_of(salt: str) -> BeaconRound | None:
    """Return the round that a beacon's salt names; None for any other salt."""
    if not BEACON.fullmatch(salt):
        return None
    _, chain, number, _ = salt.split(":")
    return BeaconRound(chain=chain, number=int(number))


def _require_count(count: int, least: int) -> None:
    if count < least:
        raise ThrowRefused("few")
    if count > MOST_THROWS:
        raise ThrowRefused("many")
