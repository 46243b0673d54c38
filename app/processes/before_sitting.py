"""What happens before the clock runs: the paper is frozen, then the sitting starts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accommodations.queries import granted
from app.applicants.errors import BannedForViolation
from app.bookings.errors import BookingCancelled, NotEligible, RetestNotYet, SessionNotOpen, TooLate
from app.bookings.queries import BookingFacts, SessionFacts
from app.certificates.errors import CertificateStillValid
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.rulebook import programme_version
from app.papers import service as papers
from app.papers.errors import PaperNotFound
from app.papers.queries import PaperFacts, draw_of_session, paper_of_booking
from app.processes.eligibility import BOOKING_ONLY, Because, Decision, decide
from app.sittings import service as sittings
from app.sittings.errors import AlreadySat, LanguageNotOffered
from app.sittings.queries import SittingFacts, sitting_of_booking
from question_bank.programme import Programme


@dataclass(frozen=True, kw_only=True)
class StartTest:
    """An applicant presses the button on the last page before the clock."""

    booking: BookingFacts
    language: str
    nonce: bytes
    """Of the browser in which it was pressed."""


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


def start_test(command: StartTest, *, session: Session, now: datetime, entropy: Entropy) -> SittingFacts:
    """Start the clock on a frozen paper, by the rules of the programme version that the paper was drawn under.

    Who is granted extra time on the day of the session has it, whenever that was decided.

    Raises:
        SessionNotOpen, TooLate, BookingCancelled: The clock does not start; see ``freeze_paper``.
        RetestNotYet, CertificateStillValid, NotEligible, LanguageNotOffered: Nor does it then.
        PaperNotFound: Nothing was frozen.
        AlreadySat, AnotherSittingRuns: The booking has had its sitting, or the person sits another test now.
    """
    booking = command.booking
    paper = paper_of_booking(booking.id, session=session, hold=True)
    if paper is None:
        raise PaperNotFound
    _require_entry(booking, session=session, now=now)
    if sitting_of_booking(booking.id, session=session):
        raise AlreadySat
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
    return sittings.start(start, session=session, now=now, entropy=entropy)


def entry_is_over(exam_session: SessionFacts, *, session: Session, now: datetime) -> bool:
    """Say whether it is too late to begin: so long after the opening as the programme admits people.

    If the draw was made after the opening, the time counts from there: nobody is kept out because others were late.
    """
    draw = draw_of_session(exam_session.id, session=session)
    late = draw.drawn_at - exam_session.opens_at if draw and draw.drawn_at else timedelta(0)
    return now >= exam_session.entry_closes_at + max(late, timedelta(0))


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
