"""What happens before the clock runs: the paper is frozen, then the sitting starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.bookings.errors import RetestNotYet, SessionNotOpen
from app.bookings.queries import BookingFacts
from app.kernel.entropy import Entropy
from app.papers import service as papers
from app.papers.errors import PaperNotFound
from app.papers.queries import PaperFacts, paper_of_booking
from app.scoring.queries import latest_retest_date
from app.sittings import service as sittings
from app.sittings.errors import LanguageNotOffered
from app.sittings.queries import SittingFacts


@dataclass(frozen=True, kw_only=True)
class StartTest:
    """An applicant presses the button on the last page before the clock."""

    booking: BookingFacts
    language: str


def freeze_paper(booking: BookingFacts, *, session: Session, now: datetime, entropy: Entropy) -> PaperFacts:
    """Draw the booking's paper if it has none. The draw reads only what was committed beforehand.

    Raises:
        SessionNotOpen: Nothing is drawn before or after the exam session.
        DrawNotCommitted: See ``papers.service.draw_paper``.
    """
    found = paper_of_booking(booking.id, session=session)
    if found:
        return found
    if not booking.session.is_open(now):
        raise SessionNotOpen
    return papers.draw_paper(booking, session=session, now=now, entropy=entropy)


def start_test(command: StartTest, *, session: Session, now: datetime, entropy: Entropy) -> SittingFacts:
    """Start the clock on a frozen paper, by the rules of the programme version that the paper was drawn under.

    Raises:
        SessionNotOpen, RetestNotYet, LanguageNotOffered: The clock does not start.
        PaperNotFound: Nothing was frozen.
        AlreadySat: The booking has had its sitting.
    """
    booking = command.booking
    paper = paper_of_booking(booking.id, session=session)
    if paper is None:
        raise PaperNotFound
    if not booking.session.is_open(now):
        raise SessionNotOpen
    retest_from = latest_retest_date(booking.applicant_id, paper.programme_code, session=session)
    if retest_from is not None and now < retest_from:
        raise RetestNotYet(opens_at=retest_from)
    rules = paper.programme.sitting
    if command.language not in rules.languages:
        raise LanguageNotOffered
    start = sittings.StartSitting(
        paper_id=paper.id,
        booking_id=booking.id,
        applicant_id=booking.applicant_id,
        language=command.language,
        fingerprint=paper.fingerprint,
        question_count=len(paper.questions),
        option_count=rules.options_per_question,
        allowance=timedelta(minutes=rules.duration_minutes),
        grace=timedelta(seconds=rules.answer_grace_seconds),
        credit_cap=timedelta(minutes=rules.credit_cap_minutes),
        beat=timedelta(seconds=rules.heartbeat_seconds),
    )
    return sittings.start(start, session=session, now=now, entropy=entropy)
