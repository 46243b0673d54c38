"""What does a public beacon publish, and when? A round of it stands for the throw, where one is configured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
import structlog

from question_bank.throw import BeaconRound

TIMEOUT_SECONDS = 5
LEAST_AHEAD = timedelta(minutes=5)
"""So far beyond the newest published round a planned one lies at least, whatever our own clock says."""
"""The worker waits meanwhile; it asks again ten seconds later."""
CHAIN_HASH_BYTES = 32

log = structlog.get_logger()

_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, ArithmeticError, OSError)
"""Whatever a beacon that is away, or is none, can make of an answer."""


class Beacon(Protocol):
    """Anything that publishes numbered rounds of chance at moments that are known beforehand. It never raises."""

    def round_at(self, moment: datetime) -> BeaconRound | None:
        """Return the first round that is published at ``moment`` or after it; None where there is no beacon."""
        ...

    def randomness(self, committed: BeaconRound) -> bytes | None:
        """Return the 32 bytes of a round; None where it is not published yet, or cannot be had or trusted."""
        ...


@dataclass(frozen=True)
class NoBeacon:
    """Dice are thrown instead."""

    def round_at(self, moment: datetime) -> None:  # noqa: ARG002  # of a ``Beacon``
        return None

    def randomness(self, committed: BeaconRound) -> None:
        log.warning("beacon.none_configured", chain=committed.chain, round=committed.number)


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The name of a chain, which is its hash, and its timetable: round 1 at ``genesis``, then one each ``period``."""

    name: str
    genesis: datetime
    period: timedelta

    @classmethod
    def from_info(cls, info: dict[str, Any]) -> Chain:
        """Read what drand tells of a chain.

        Raises:
            ValueError, KeyError, TypeError, ArithmeticError: It is not that.
        """
        chain_hash = bytes.fromhex(info["hash"])
        if len(chain_hash) != CHAIN_HASH_BYTES or info["period"] <= 0:
            raise ValueError("a chain has a hash of 32 bytes and a period")
        return cls(
            name=chain_hash.hex(),
            genesis=datetime.fromtimestamp(info["genesis_time"], UTC),
            period=timedelta(seconds=info["period"]),
        )

    def rounds_in(self, span: timedelta) -> int:
        """Return how many rounds a span of time takes, at least one."""
        return max(1, -(-span // self.period))

    def round_at(self, moment: datetime) -> int:
        """Return the number of the first round that is published at ``moment`` or after it."""
        return max(1, 1 - (self.genesis - moment) // self.period)


@dataclass(frozen=True)
class DrandBeacon:
    """A chain of drand, over the HTTP interface of any of its relays.

    Checks that a relay answers for the chain and the round that were asked for, and that the randomness is the hash of
    the signature; the signature itself is for an auditor to check (``docs/decisions/0010-public-beacon.md``).
    """

    url: str
    """``https://HOST`` or ``https://HOST/CHAIN-HASH``, no slash at the end."""

    def round_at(self, moment: datetime) -> BeaconRound | None:
        try:
            chain = self._chain()
            # Our clock may be slow: a round that is published already would be a salt that we could choose.
            published = int(self._fetch("public/latest")["round"])
            number = max(chain.round_at(moment), published + chain.rounds_in(LEAST_AHEAD))
            return BeaconRound(chain=chain.name, number=number)
        except _FAULTS as error:
            log.warning("beacon.not_planned", url=self.url, reason=repr(error))
            return None

    def randomness(self, committed: BeaconRound) -> bytes | None:
        try:
            chain = self._chain()
            if chain.name != committed.chain:
                raise ValueError(f"the relay serves the chain {chain.name}")
            return checked_randomness(self._fetch(f"public/{committed.number}"), committed.number)
        except _FAULTS as error:
            reason = repr(error)
            log.warning("beacon.not_taken", url=self.url, chain=committed.chain, round=committed.number, reason=reason)
            return None

    def _chain(self) -> Chain:
        return Chain.from_info(self._fetch("info"))

    def _fetch(self, path: str) -> Any:
        response = httpx.get(f"{self.url}/{path}", timeout=TIMEOUT_SECONDS)
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"{path} is answered with status {response.status_code}")
        return response.json()


def checked_randomness(told: dict[str, Any], number: int) -> bytes:
    """Return the randomness of a round as a relay tells it.

    Raises:
        ValueError, KeyError, TypeError: It is of another round, or does not follow from the signature.
    """
    randomness = bytes.fromhex(told["randomness"])
    if told["round"] != number:
        raise ValueError(f"the relay tells of round {told['round']!r}")
    if randomness != hashlib.sha256(bytes.fromhex(told["signature"])).digest():
        raise ValueError("the randomness is not the hash of the signature")
    return randomness


def beacon_for(address: str) -> Beacon:
    """Return the beacon at ``address``, the base URL of a drand chain; none where it is empty."""
    return DrandBeacon(address) if address else NoBeacon()
