"""Why does a booking end, how is its receipt numbered, how long is an offer kept? Pure: standard library only."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kernel.clock import local_day, start_of_local_day
from question_bank.programme import BookingRules

RECEIPT_DIGITS = 5


class CancelReason(enum.Enum):
    """Why a place was given back."""

    OWN_CHOICE = "own_choice"
    MOVED = "moved"
    ADMINISTRATOR = "administrator"
    SESSION_WITHDRAWN = "session_withdrawn"
    BAN = "ban"
    """An act on a violation bars the person at the time of the session."""


def receipt_number(booking_id: uuid.UUID) -> str:
    """Return the number under which people speak of a booking: ``3F2A9-0B71C``, from what is chance in its id."""
    digits = booking_id.hex[-2 * RECEIPT_DIGITS :].upper()
    return f"{digits[:RECEIPT_DIGITS]}-{digits[RECEIPT_DIGITS:]}"


class Outcome(enum.Enum):
    """How waiting for a place has ended."""

    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """A place was offered, and its time ran out."""
    LEFT = "left"
    OVER = "over"
    """The days have gone by without an offer."""


class WaitingState(enum.Enum):
    """How somebody's waiting for a place stands at a moment."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LEFT = "left"
    OVER = "over"


def hold_until(now: datetime, booking_closes_at: datetime, rules: BookingRules) -> datetime | None:
    """Return until when a place that is offered at ``now`` is kept; None where it is not to be offered.

    It is kept as long as the programme says, but not beyond the close of booking. Where that leaves less than the least
    time, nothing is offered: nobody could answer. Time counts in the hours of the day alone in which people answer.
    """
    until = min(answered_by(now, rules.offer_hold_minutes, rules), booking_closes_at)
    return until if until >= answered_by(now, rules.offer_least_minutes, rules) else None


def answered_by(asked_at: datetime, minutes: int, rules: BookingRules) -> datetime:
    """Return when so many minutes have gone by after ``asked_at``, of the hours in which people answer."""
    left, moment = timedelta(minutes=minutes), asked_at
    while True:
        midnight = start_of_local_day(local_day(moment))
        begins = max(moment, midnight + timedelta(hours=rules.answer_from_hour))
        ends = midnight + timedelta(hours=rules.answer_until_hour)
        if begins + left <= ends:
            return begins + left
        left -= max(timedelta(0), ends - begins)
        moment = midnight + timedelta(days=1)


class Reach(enum.Enum):
    """Where a person whose booking was struck is moved to."""

    NOWHERE = "nowhere"
    """They are told, and choose another time themselves."""
    CENTRE = "centre"
    NEAREST = "nearest"
    """To the same centre if it has a place, else to the nearest one that has."""


class Fate(enum.Enum):
    """What became of a struck booking."""

    PENDING = "pending"
    MOVED = "moved"
    WAITING = "waiting"
    """No place was free: the person stands first in line."""
    TOLD = "told"
    KEPT = "kept"
    """No place was free, but the session takes place: the booking stays, a seat may come back."""
    CHANGED = "changed"
    """The person had moved or cancelled before."""


@dataclass(frozen=True, kw_only=True)
class OnRoster:
    """A booking as a choice among a roster sees it."""

    id: uuid.UUID
    accessible: bool
    created_at: datetime


def left_without_seat(roster: Iterable[OnRoster], *, seats: int, accessible_seats: int) -> list[uuid.UUID]:
    """Return whose bookings find no seat that fits, where seats are lacking: those who booked last."""
    newest = sorted(roster, key=lambda each: (each.created_at, each.id), reverse=True)
    special = [each for each in newest if each.accessible]
    found = special[: max(0, len(special) - accessible_seats)]
    others = [each for each in newest if each not in found]
    found += others[: max(0, len(others) - seats)]
    return [each.id for each in found]
