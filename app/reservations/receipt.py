"""What does somebody hold in hand who has a place? The receipt, as words, as a PDF and as an entry of a calendar."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from icalendar import Calendar, Event

from app.bookings.queries import BookingFacts
from app.typesetting import typeset

TEMPLATE = "reservations/receipt.typ"
PRODUCT = "-//Synaq//Receipt//EN"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A receipt in finished words, as it is printed."""

    language: str
    title: str
    number: str
    state: str
    """Empty, or why this receipt does not count any more."""
    rows: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    foot: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A booking as a calendar keeps it; ``uid`` stays when it is moved, and ``sequence`` grows."""

    uid: str
    sequence: int
    stamp: datetime
    title: str
    place: str
    description: str
    url: str


def as_pdf(sheet: Sheet, *, now: datetime) -> bytes:
    """Return the receipt as a PDF."""
    return typeset(TEMPLATE, asdict(sheet), now=now)


def as_calendar(entry: Entry, booking: BookingFacts) -> bytes:
    """Return the booking as an iCalendar file; one that was given back says so to the calendar that has it.

    Basis:
        RFC 5545; RFC 5546, section 3.2.1 and 3.2.5.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("dtstart", booking.session.opens_at)
    event.add("dtend", booking.session.closes_at)
    event.add("summary", entry.title)
    event.add("location", entry.place)
    event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("status", "CANCELLED" if booking.cancelled_at or booking.session.withdrawn_at else "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
