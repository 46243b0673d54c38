"""May this person sit this test at that time, and if not: why, by which rule, and until when?"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.applicants.queries import BanFacts, applicant_with_id, bans_of, running_ban
from app.applicants.rules import Sex
from app.bookings.queries import BookingFacts, bookings_of_applicant
from app.certificates.queries import revoked_results
from app.kernel.clock import local_day, start_of_local_day
from app.scoring.queries import latest_retest_date, passed_last_on
from app.sittings.queries import sittings_of_bookings
from question_bank.programme import AfterPass, Clause, Kind, Programme, Wait
from question_bank.scoring import after, certificate_valid_until, retest_opens_on


class Because(enum.Enum):
    """Why somebody may not."""

    UNDER_AGE = "under_age"
    PENSION_AGE = "pension_age"
    RETEST_WAIT = "retest_wait"
    BAN = "ban"
    CERTIFICATE_HELD = "certificate_held"
    OPEN_BOOKING = "open_booking"
    NO_SHOWS = "no_shows"


BOOKING_ONLY = frozenset({Because.OPEN_BOOKING, Because.NO_SHOWS})
"""Grounds that keep from booking another place, and never from sitting in the one that is booked."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One reason, the value of the programme on which it rests, and from when it stands no longer."""

    code: Because
    clause: Clause
    stands_until: datetime | None
    """None where no date ends it."""
    booking: BookingFacts | None = None
    """The open booking, if that is the reason."""
    reference: str = ""
    """Of the act of a violation, if that is the reason."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """All grounds that stand at a moment."""

    grounds: tuple[Ground, ...]

    @property
    def eligible(self) -> bool:
        return not self.grounds

    @property
    def opens_at(self) -> datetime | None:
        """The moment from which none stands any more; None if one does not end by a date, or none stands."""
        ends = [ground.stands_until for ground in self.grounds]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def ground(self, code: Because) -> Ground | None:
        return next((ground for ground in self.grounds if ground.code is code), None)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a person in view of one programme."""

    birth_date: date
    sex: Sex
    retest_from: datetime | None = None
    ban: BanFacts | None = None
    passed_on: date | None = None
    open_bookings: Sequence[BookingFacts] = ()
    missed_on: Sequence[date] = ()
    """Days of the sessions that went by without the person."""


def decide(
    applicant_id: uuid.UUID,
    programme: Programme,
    *,
    session: Session,
    now: datetime,
    moment: datetime | None = None,
    leaving_out: uuid.UUID | None = None,
) -> Decision:
    """Decide whether a person may book and sit a test of a programme at ``moment``: now, unless it is given.

    A wait that ends before that moment does not bar. ``leaving_out`` is a booking that is about to be moved.
    """
    at = moment or now
    standing = standing_of(applicant_id, programme, session=session, now=now, moment=at, leaving_out=leaving_out)
    return judge(standing, programme, at)


def standing_of(
    applicant_id: uuid.UUID,
    programme: Programme,
    *,
    session: Session,
    now: datetime,
    moment: datetime,
    leaving_out: uuid.UUID | None = None,
) -> Standing:
    """Gather what a decision rests on."""
    applicant = applicant_with_id(applicant_id, session=session)
    unused = _unused_bookings(applicant_id, programme, session=session)
    over = [booking for booking in unused if booking.session.closes_at <= now]
    kept_out = was_kept_out(applicant_id, over, session=session) if over else set()
    return Standing(
        birth_date=applicant.birth_date,
        sex=applicant.sex,
        retest_from=latest_retest_date(applicant_id, programme.code, session=session),
        ban=_ban(applicant_id, programme, session=session, moment=moment),
        passed_on=passed_last_on(
            applicant_id,
            programme.code,
            leaving_out=revoked_results(applicant_id, session=session),
            session=session,
        ),
        open_bookings=[booking for booking in unused if booking not in over and booking.id != leaving_out],
        missed_on=[local_day(booking.session.opens_at) for booking in over if booking.id not in kept_out],
    )


def was_kept_out(applicant_id: uuid.UUID, gone: Sequence[BookingFacts], *, session: Session) -> set[uuid.UUID]:
    """Return those of a person's bookings at which a ban refused the start: they were not missed."""
    bans = bans_of(applicant_id, session=session)
    return {
        booking.id
        for booking in gone
        if booking.session.programme.kind is Kind.CERTIFYING
        and any(ban.kept_out_at(booking.session.opens_at) for ban in bans)
    }


def judge(standing: Standing, programme: Programme, moment: datetime) -> Decision:
    """Return all grounds that stand at ``moment``. Pure."""
    found = [
        _under_age(standing, programme),
        _retest_wait(standing, programme),
        _banned(standing, programme),
        _certificate_held(standing, programme),
        _no_shows(standing, programme, moment),
    ]
    grounds = [ground for ground in found if ground and ground.stands_until and moment < ground.stands_until]
    lasting = [_pension_age(standing, programme, moment), _open_booking(standing, programme)]
    return Decision(grounds=(*grounds, *(ground for ground in lasting if ground)))


def _under_age(standing: Standing, programme: Programme) -> Ground:
    adult_on = after(standing.birth_date, Wait(months=12 * programme.eligibility.minimum_age))
    return Ground(
        code=Because.UNDER_AGE,
        clause=programme.clause("eligibility.minimum_age"),
        stands_until=start_of_local_day(adult_on),
    )


def _pension_age(standing: Standing, programme: Programme, moment: datetime) -> Ground | None:
    """A person who reaches the pension age before the test may not sit it any more."""
    name = "pension_age_women" if standing.sex is Sex.FEMALE else "pension_age_men"
    years: int = getattr(programme.eligibility, name)
    if not years or moment < start_of_local_day(after(standing.birth_date, Wait(months=12 * years))):
        return None
    return Ground(code=Because.PENSION_AGE, clause=programme.clause(f"eligibility.{name}"), stands_until=None)


def _retest_wait(standing: Standing, programme: Programme) -> Ground | None:
    """The wait after a fail; after a no-show too, where the programme counts that as an attempt."""
    ends = [standing.retest_from] if standing.retest_from else []
    if programme.booking.no_show_uses_the_attempt:
        ends += [start_of_local_day(retest_opens_on(day, programme)) for day in standing.missed_on]
    if not ends:
        return None
    return Ground(code=Because.RETEST_WAIT, clause=programme.clause("retest.after_fail"), stands_until=max(ends))


def _banned(standing: Standing, programme: Programme) -> Ground | None:
    if standing.ban is None:
        return None
    return Ground(
        code=Because.BAN,
        clause=programme.clause("retest.violation_ban"),
        stands_until=standing.ban.ends_at,
        reference=standing.ban.reference,
    )


def _certificate_held(standing: Standing, programme: Programme) -> Ground | None:
    if standing.passed_on is None or programme.retest.after_pass is not AfterPass.NOT_WHILE_CERTIFICATE_IS_VALID:
        return None
    return Ground(
        code=Because.CERTIFICATE_HELD,
        clause=programme.clause("retest.after_pass"),
        stands_until=start_of_local_day(certificate_valid_until(standing.passed_on, programme)),
    )


def _open_booking(standing: Standing, programme: Programme) -> Ground | None:
    if len(standing.open_bookings) < programme.booking.open_bookings_limit:
        return None
    return Ground(
        code=Because.OPEN_BOOKING,
        clause=programme.clause("booking.open_bookings_limit"),
        stands_until=None,
        booking=standing.open_bookings[0],
    )


def _no_shows(standing: Standing, programme: Programme, moment: datetime) -> Ground | None:
    """Too many within the window; it ends when the oldest of so many falls out of it."""
    rules = programme.booking
    span = timedelta(days=rules.no_show_window_days)
    within = sorted(day for day in standing.missed_on if local_day(moment) < day + span)
    if len(within) < rules.no_show_limit:
        return None
    return Ground(
        code=Because.NO_SHOWS,
        clause=programme.clause("booking.no_show_limit"),
        stands_until=start_of_local_day(within[-rules.no_show_limit] + span),
    )


def _unused_bookings(applicant_id: uuid.UUID, programme: Programme, *, session: Session) -> list[BookingFacts]:
    """Return the bookings of a programme in which nobody has sat and whose session takes place, the next one first."""
    bookings = [
        booking
        for booking in bookings_of_applicant(applicant_id, session=session)
        if booking.session.programme_code == programme.code and booking.session.withdrawn_at is None
    ]
    sat = sittings_of_bookings([booking.id for booking in bookings], session=session)
    return sorted((each for each in bookings if each.id not in sat), key=lambda each: each.session.opens_at)


def _ban(applicant_id: uuid.UUID, programme: Programme, *, session: Session, moment: datetime) -> BanFacts | None:
    """Return the ban that runs at ``moment``. A practice test has no legal effect, so nobody is barred from it."""
    if programme.kind is not Kind.CERTIFYING:
        return None
    return running_ban(applicant_id, session=session, now=moment)
