"""What happens before the clock runs: the paper is frozen, then the sitting starts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accommodations.queries import granted
from app.applicants.errors import BannedForViolation
from app.applicants.queries import running_ban
from app.bookings.errors import RetestNotYet, SessionNotOpen
from app.bookings.queries import BookingFacts
from app.certificates.errors import CertificateStillValid
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.entropy import Entropy
from app.kernel.rulebook import programme_version
from app.papers import service as papers
from app.papers.errors import PaperNotFound
from app.papers.queries import PaperFacts, paper_of_booking
from app.scoring.queries import latest_retest_date, passed_last_on
from app.sittings import service as sittings
from app.sittings.errors import AlreadySat, LanguageNotOffered
from app.sittings.queries import SittingFacts, sitting_of_booking
from question_bank.programme import AfterPass, Kind, Programme
from question_bank.scoring import certificate_valid_until


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
        SessionNotOpen: Nothing is drawn before or after the exam session.
        BannedForViolation, RetestNotYet, CertificateStillValid: Nor for a person who may not sit: drawn items count
            as seen.
        DrawNotCommitted: See ``papers.service.draw_paper``.
    """
    found = paper_of_booking(booking.id, session=session)
    if found:
        return found
    if not booking.session.is_open(now):
        raise SessionNotOpen
    exam_session = booking.session
    programme = programme_version(exam_session.programme_code, exam_session.programme_version)
    _require_eligible(booking.applicant_id, programme, session=session, now=now)
    return papers.draw_paper(booking, session=session, now=now, entropy=entropy)


def start_test(command: StartTest, *, session: Session, now: datetime, entropy: Entropy) -> SittingFacts:
    """Start the clock on a frozen paper, by the rules of the programme version that the paper was drawn under.

    Who is granted extra time on the day of the session has it, whenever that was decided.

    Raises:
        SessionNotOpen, LanguageNotOffered: The clock does not start.
        BannedForViolation, RetestNotYet, CertificateStillValid: Nor does it for a person who may not sit.
        PaperNotFound: Nothing was frozen.
        AlreadySat, AnotherSittingRuns: The booking has had its sitting, or the person sits another test now.
    """
    booking = command.booking
    paper = paper_of_booking(booking.id, session=session, hold=True)
    if paper is None:
        raise PaperNotFound
    if not booking.session.is_open(now):
        raise SessionNotOpen
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
        nonce=command.nonce,
    )
    return sittings.start(start, session=session, now=now, entropy=entropy)


def _require_eligible(applicant_id: uuid.UUID, programme: Programme, *, session: Session, now: datetime) -> None:
    """Refuse who is barred, must still wait after a fail, or holds what the test would give.

    Basis:
        The bar after a violation, the wait after a fail and the rule after a pass are values of the programme. A
        practice test has no legal effect, so nobody is barred from it.
    """
    ban = running_ban(applicant_id, session=session, now=now)
    if ban is not None and programme.kind is Kind.CERTIFYING:
        raise BannedForViolation(ends_at=ban.ends_at, reference=ban.reference)
    retest_from = latest_retest_date(applicant_id, programme.code, session=session)
    if retest_from is not None and now < retest_from:
        raise RetestNotYet(opens_at=retest_from)
    passed_on = passed_last_on(applicant_id, programme.code, session=session)
    if passed_on is None or programme.retest.after_pass is not AfterPass.NOT_WHILE_CERTIFICATE_IS_VALID:
        return
    if now < start_of_local_day(certificate_valid_until(passed_on, programme)):
        raise CertificateStillValid
