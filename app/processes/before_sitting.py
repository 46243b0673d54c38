"""What happens before the clock runs: the paper is frozen, the person gets ready, then the sitting starts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accommodations.queries import granted
from app.applicants import service as applicants
from app.applicants.errors import BannedForViolation
from app.bookings.errors import BookingCancelled, NotEligible, RetestNotYet, SessionNotOpen, TooLate
from app.bookings.queries import BookingFacts, SessionFacts
from app.certificates.errors import CertificateStillValid
from app.checkin.errors import NotReleased
from app.checkin.queries import released_at
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.rulebook import programme_version
from app.papers import service as papers
from app.papers.errors import PaperNotFound
from app.papers.queries import PaperFacts, draw_of_session, paper_of_booking, text_of
from app.processes.eligibility import BOOKING_ONLY, Because, Decision, decide
from app.sittings import preparing
from app.sittings import service as sittings
from app.sittings.errors import AlreadySat, AnotherSittingRuns, LanguageNotOffered, NotPrepared
from app.sittings.preparing import Gate
from app.sittings.queries import sits_now, sitting_of_booking
from app.sittings.rules import State
from question_bank.programme import Programme, Release


@dataclass(frozen=True, kw_only=True)
class PrepareTest:
    """An applicant has gone through all steps before the clock, and is ready."""

    booking: BookingFacts
    language: str
    nonce: bytes
    """Of the browser in which the test is to start."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """A sitting that runs, and the browser that holds it."""

    sitting_id: uuid.UUID
    nonce: bytes


def freeze_paper(booking: BookingFacts, *, session: Session, now: datetime, entropy: Entropy) -> PaperFacts:
    """Draw the booking's paper if it has none. The draw reads only what was committed beforehand.

    Raises:
        SessionNotOpen, TooLate: Nothing is drawn before or after the exam session, nor when entry to it is over.
        BookingCancelled: Nor for a place that was given back.
        RetestNotYet, CertificateStillValid, NotEligible: Nor for a person who may not sit: drawn items count as seen.
        DrawNotCommitted: See ``papers.service.draw_paper``.
    """
    found = paper_of_booking(booking.id, session=session)
    if found:
        return found
    _require_entry(booking, session=session, now=now)
    exam_session = booking.session
    programme = programme_version(exam_session.programme_code, exam_session.programme_version)
    _require_eligible(booking.applicant_id, programme, session=session, now=now)
    return papers.draw_paper(booking, session=session, now=now, entropy=entropy)


def prepare_test(command: PrepareTest, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Decide whether the person may sit, and store all that the start will need, by the rules of the paper's programme.

    Who is granted extra time on the day of the session has it, whenever that was decided.

    Raises:
        SessionNotOpen, TooLate, BookingCancelled: Nobody gets ready; see ``freeze_paper``.
        RetestNotYet, CertificateStillValid, NotEligible, LanguageNotOffered: Nor then.
        PaperNotFound: Nothing was frozen.
        AlreadySat, AnotherSittingRuns: The booking has had its sitting, or the person sits another test now.
    """
    booking = command.booking
    applicants.hold(booking.applicant_id, session=session)  # a ban at this moment is seen below, or unprepares later
    paper = paper_of_booking(booking.id, session=session, hold=True)
    if paper is None:
        raise PaperNotFound
    _require_entry(booking, session=session, now=now)
    _require_eligible(booking.applicant_id, paper.programme, session=session, now=now)
    rules = paper.programme.sitting
    if command.language not in rules.languages:
        raise LanguageNotOffered
    conditions = granted(booking.applicant_id, local_day(booking.session.opens_at), session=session)
    minutes = rules.minutes_with(conditions.extra_percent)
    start = sittings.StartSitting(
        paper_id=paper.id,
        booking_id=booking.id,
        applicant_id=booking.applicant_id,
        language=command.language,
        fingerprint=paper.fingerprint,
        question_count=len(paper.questions),
        option_count=rules.options_per_question,
        allowance=timedelta(minutes=minutes),
        extra=timedelta(minutes=minutes - rules.duration_minutes),
        grace=timedelta(seconds=rules.answer_grace_seconds),
        credit_cap=timedelta(minutes=rules.credit_cap_minutes),
        beat=timedelta(seconds=rules.heartbeat_seconds),
        gap_beats=rules.gap_beats,
        nonce=command.nonce,
    )
    preparing.prepare(start, _gate(booking.session, session=session), session=session, now=now, entropy=entropy)
    _require_no_sitting(booking, session=session)  # last: a start that came between has taken the row away
    text_of(paper, command.language, session=session)  # whole, and read by this process before the room starts


def start_test(booking_id: uuid.UUID, nonce: bytes, *, session: Session, now: datetime) -> Started:
    """Start the clock of a test for which this browser is ready: a read and a small write.

    A second press finds the sitting that the first one started.

    Raises:
        NotPrepared: This browser is not ready for this booking.
        NotReleased: The proctor has not started the session.
        SessionNotOpen, TooLate: It is too late by now.
        AlreadySat, AnotherSittingRuns: See ``preparing.start``.
    """
    prepared = preparing.take(booking_id, nonce, session=session)
    if prepared is None:
        return _started_here(booking_id, nonce, session=session)
    gate = prepared.gate
    released = released_at(gate.exam_session_id, session=session) if gate.awaits_release else None
    if gate.awaits_release and released is None:
        raise NotReleased
    if now >= gate.closes_at:
        raise SessionNotOpen
    if now >= max(gate.begins_at, released or gate.begins_at) + gate.admission:
        raise TooLate
    return Started(sitting_id=preparing.start(prepared, session=session, now=now), nonce=nonce)


def _started_here(booking_id: uuid.UUID, nonce: bytes, *, session: Session) -> Started:
    """Return the sitting that the first of two presses in this browser started.

    Raises:
        NotPrepared: There is none; whether there is another one, nobody learns here.
    """
    found = sitting_of_booking(booking_id, session=session)
    if found is None or found.state is not State.RUNNING or found.live_nonce != nonce:
        raise NotPrepared
    return Started(sitting_id=found.id, nonce=nonce)


def require_admission(booking: BookingFacts, *, session: Session, now: datetime) -> None:
    """Refuse who could not sit in the end, before any step is done.

    Raises:
        SessionNotOpen, TooLate, BookingCancelled, RetestNotYet, CertificateStillValid, NotEligible: Why.
        AlreadySat: The booking has had its sitting.
    """
    _require_entry(booking, session=session, now=now)
    if sitting_of_booking(booking.id, session=session):
        raise AlreadySat
    _require_eligible(booking.applicant_id, booking.session.programme, session=session, now=now)


def is_released(exam_session: SessionFacts, *, session: Session) -> bool:
    """Say whether the tests of a session may start: the proctor has said so, or nobody needs to."""
    return not awaits_release(exam_session) or released_at(exam_session.id, session=session) is not None


def awaits_release(exam_session: SessionFacts) -> bool:
    """Say whether the programme of a session has a proctor start it."""
    return exam_session.programme.sitting.release is Release.PROCTOR


def entry_is_over(exam_session: SessionFacts, *, session: Session, now: datetime) -> bool:
    """Say whether it is too late to begin: so long after the begin as the programme admits people.

    If the draw was made after the opening, or the proctor released the session later, the time counts from there:
    nobody is kept out because others were late. Before the release nobody is late.
    """
    gate = _gate(exam_session, session=session)
    if not gate.awaits_release:
        return now >= gate.begins_at + gate.admission
    released = released_at(exam_session.id, session=session)
    return released is not None and now >= max(gate.begins_at, released) + gate.admission


def _gate(exam_session: SessionFacts, *, session: Session) -> Gate:
    draw = draw_of_session(exam_session.id, session=session)
    return Gate(
        exam_session_id=exam_session.id,
        awaits_release=awaits_release(exam_session),
        begins_at=max(exam_session.opens_at, draw.drawn_at if draw and draw.drawn_at else exam_session.opens_at),
        admission=exam_session.entry_closes_at - exam_session.opens_at,
        closes_at=exam_session.closes_at,
    )


def _require_no_sitting(booking: BookingFacts, *, session: Session) -> None:
    if sitting_of_booking(booking.id, session=session):
        raise AlreadySat
    if sits_now(booking.applicant_id, session=session):
        raise AnotherSittingRuns


def _require_entry(booking: BookingFacts, *, session: Session, now: datetime) -> None:
    """Refuse who comes to a place that is not theirs any more, or outside of the time of entry."""
    if booking.cancelled_at is not None:
        raise BookingCancelled
    exam_session = booking.session
    if not exam_session.is_open(now):
        raise SessionNotOpen
    if entry_is_over(exam_session, session=session, now=now):
        raise TooLate


def _require_eligible(applicant_id: uuid.UUID, programme: Programme, *, session: Session, now: datetime) -> None:
    """Refuse who may not sit, by the same decision as for booking; a place that is booked is no reason against it."""
    decision = decide(applicant_id, programme, session=session, now=now)
    grounds = tuple(ground for ground in decision.grounds if ground.code not in BOOKING_ONLY)
    ban = decision.ground(Because.BAN)
    if ban is not None:
        raise BannedForViolation(ends_at=ban.stands_until, reference=ban.reference)
    wait = decision.ground(Because.RETEST_WAIT)
    if wait is not None:
        raise RetestNotYet(opens_at=wait.stands_until)
    if decision.ground(Because.CERTIFICATE_HELD):
        raise CertificateStillValid
    if grounds:
        raise NotEligible(decision=Decision(grounds=grounds))
