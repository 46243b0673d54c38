"""What do the pages on the way to a place show, in the reader's language?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.applicants.queries import ApplicantFacts
from app.bookings.offers import FreePlaces, centres_with_places
from app.bookings.places import by_distance
from app.bookings.queries import BookingFacts, CentreFacts, centre_with_code, moves_before
from app.bookings.rules import CancelReason
from app.bookings.texts import BRING, FORBIDDEN, KEPT_OUTSIDE, things
from app.kernel.clock import start_of_local_day
from app.reservations.receipt import Entry, Sheet
from app.reservations.texts import weekday_of
from app.web import local_clock, local_date, local_time
from question_bank.programme import Programme

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


@dataclass(frozen=True, kw_only=True)
class CentreOption:
    """A centre to choose, with how many places are free at it; ``km`` from the centre of the person, if known."""

    code: str
    region: str
    name: str
    free: int
    km: int | None
    url: str


@dataclass(frozen=True, kw_only=True)
class DayOption:
    """A day to choose."""

    moment: datetime
    weekday: str
    free: int
    url: str


@dataclass(frozen=True, kw_only=True)
class TimeOption:
    """A time to choose; its room is not shown."""

    moment: datetime
    free: int
    url: str


def centre_options(
    free: Iterable[FreePlaces],
    *,
    home: CentreFacts | None,
    url: Callable[[str], str],
    language: str,
    session: Session,
) -> list[CentreOption]:
    """Return all centres: by region, or the nearest with free places first where it is known whence somebody comes."""
    counted = centres_with_places(free, session=session)
    counts = {centre.id: count for centre, count in counted}
    centres = sorted((centre for centre, _count in counted), key=lambda each: _alphabetical(_region(each, language)))
    ranked = by_distance(home, centres) if home else [(centre, None) for centre in centres]
    if home:
        ranked.sort(key=lambda pair: not counts[pair[0].id])
    return [
        CentreOption(
            code=centre.code,
            region=_region(centre, language),
            name=centre.names[language],
            free=counts[centre.id],
            km=None if km is None else round(km),
            url=url(centre.code),
        )
        for centre, km in ranked
    ]


def day_options(free: Iterable[FreePlaces], *, url: Callable[[date], str]) -> list[DayOption]:
    """Return the days with free places, the next one first."""
    counts: dict[date, int] = {}
    for place in free:
        counts[place.day] = counts.get(place.day, 0) + place.free
    return [
        DayOption(moment=start_of_local_day(day), weekday=weekday_of(start_of_local_day(day)), free=count, url=url(day))
        for day, count in sorted(counts.items())
    ]


def time_options(free: Iterable[FreePlaces], *, url: Callable[[uuid.UUID], str]) -> list[TimeOption]:
    """Return the times of a day; of several rooms at one time the one with most places is meant."""
    rooms: dict[datetime, list[FreePlaces]] = {}
    for place in free:
        rooms.setdefault(place.opens_at, []).append(place)
    return [
        TimeOption(
            moment=moment,
            free=sum(place.free for place in places),
            url=url(max(places, key=lambda place: place.free).exam_session_id),
        )
        for moment, places in sorted(rooms.items())
    ]


@dataclass(frozen=True, kw_only=True)
class ReceiptPage:
    """A receipt, as its page and its paper show it."""

    booking_id: uuid.UUID
    number: str
    state: str
    """``booked``, ``moved``, ``cancelled`` or ``withdrawn``."""
    state_text: str
    programme_code: str
    test: str
    place: str
    come: str
    facts: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    change_until: datetime
    may_change: bool
    moved_to: uuid.UUID | None


def receipt_page(
    booking: BookingFacts, applicant: ApplicantFacts, *, language: str, session: Session, now: datetime
) -> ReceiptPage:
    """Return everything that somebody must know who comes to the test."""
    exam_session = booking.session
    programme = exam_session.programme
    centre = centre_with_code(exam_session.centre_code, session=session)
    state = _state(booking)
    entry_closes = exam_session.entry_closes_at
    come = _("Between %(from_time)s and %(to_time)s. Nobody is let in later.") % {
        "from_time": local_clock(exam_session.opens_at),
        "to_time": local_clock(entry_closes),
    }
    facts = (
        (_("Who"), applicant.full_name),
        (_("Test"), programme.title[language]),
        (_("When"), f"{local_time(exam_session.opens_at)} (UTC+5), {weekday_of(exam_session.opens_at)}"),
        (_("Where"), centre.names[language]),
        (_("Address"), centre.addresses[language] if centre.addresses else _("You will be told the address.")),
        (_("When to come"), come),
    )
    return ReceiptPage(
        booking_id=booking.id,
        number=booking.number,
        state=state,
        state_text=_state_text(state, booking),
        programme_code=programme.code,
        test=programme.title[language],
        place=", ".join(
            part for part in (centre.names[language], centre.addresses and centre.addresses[language]) if part
        ),
        come=come,
        facts=facts,
        lists=_conduct(programme),
        change_until=exam_session.booking_closes_at,
        may_change=booking.may_change(now),
        moved_to=booking.moved_to_id,
    )


def receipt_sheet(page: ReceiptPage, *, language: str) -> Sheet:
    """Return the receipt as it is printed."""
    until = _("You may move or cancel this booking until %(moment)s.") % {"moment": local_time(page.change_until)}
    return Sheet(
        language=language,
        title=_("Receipt"),
        number=page.number,
        state=page.state_text,
        rows=page.facts,
        lists=page.lists,
        foot=" ".join((until, _("All times are UTC+5 (Astana time)."))),
    )


def calendar_entry(booking: BookingFacts, page: ReceiptPage, *, host: str, url: str, session: Session) -> Entry:
    """Return the booking as a calendar keeps it: the entry of the first booking goes on through all moves."""
    before = moves_before(booking, session=session)
    first = before[-1] if before else booking.id
    return Entry(
        uid=f"{first}@{host}",
        sequence=len(before) + (booking.cancelled_at is not None),
        stamp=booking.cancelled_at or booking.created_at,
        title=page.test,
        place=page.place,
        description="\n".join(
            (f"{_('Receipt')} {page.number}", page.come, *(f"{head}: {'; '.join(lines)}" for head, lines in page.lists))
        ),
        url=url,
    )


def _conduct(programme: Programme) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rules = programme.conduct
    receipt = _("This receipt, on paper or on the screen of a phone")
    lists = (
        (_("What to bring"), [*things(BRING, rules.bring), receipt]),
        (_("What stays outside of the room"), things(KEPT_OUTSIDE, rules.kept_outside)),
        (_("What is forbidden"), things(FORBIDDEN, rules.forbidden)),
    )
    return tuple((title, tuple(line[:1].upper() + line[1:] for line in lines)) for title, lines in lists if lines)


def _state(booking: BookingFacts) -> str:
    if booking.cancelled_reason is CancelReason.MOVED:
        return "moved"
    if booking.cancelled_at is not None:
        return "cancelled"
    return "withdrawn" if booking.session.withdrawn_at is not None else "booked"


def _state_text(state: str, booking: BookingFacts) -> str:
    if state == "booked":
        return ""
    if state == "withdrawn":
        return str(_("This session does not take place. Choose another time."))
    day = local_date(booking.cancelled_at or booking.created_at)
    words = (
        _("This booking was moved on %(day)s. This receipt does not count any more.")
        if state == "moved"
        else _("This booking was cancelled on %(day)s. This receipt does not count any more.")
    )
    return str(words % {"day": day})


def _alphabetical(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts as the Kazakh alphabet does, which holds the Russian one."""
    return [(ALPHABET.find(sign), sign) for sign in text.casefold()]


def _region(centre: CentreFacts, language: str) -> str:
    return centre.region_names[language] if centre.region_names else centre.names[language]
