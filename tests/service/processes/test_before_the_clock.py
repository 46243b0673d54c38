"""What must hold before the clock of a test starts?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import service as bookings
from app.bookings.errors import BookingCancelled, RetestNotYet, SessionNotOpen, TooLate
from app.bookings.queries import BookingFacts, access_booking
from app.bookings.rules import CancelReason
from app.certificates.errors import CertificateStillValid
from app.papers.errors import DrawNotCommitted, PaperNotFound
from app.papers.queries import paper_of_booking
from app.processes.before_sitting import freeze_paper
from app.sittings.errors import AnotherSittingRuns, LanguageNotOffered
from app.sittings.queries import SittingFacts, sitting_of_booking
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.ceremonies import CloseAndCommit, MakeRoster, Throw
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import StartSitting, start_at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock

Start = Callable[..., SittingFacts]
TICK = timedelta(microseconds=1)


@pytest.fixture
def press_start(session: Session, clock: HandClock, entropy: CountedEntropy) -> Start:
    """The second step alone: the paper is frozen already, or not."""

    def act(booking: BookingFacts, language: str = "kk") -> SittingFacts:
        return start_at_once(booking, language, session=session, now=clock.now(), entropy=entropy)

    return act


@pytest.fixture
def freeze(session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[[BookingFacts], object]:
    return lambda booking: freeze_paper(booking, session=session, now=clock.now(), entropy=entropy)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(timedelta(hours=1) - TICK, id="just before the opening"),
        pytest.param(timedelta(hours=3), id="at the closing"),
        pytest.param(timedelta(days=3), id="days after"),
    ],
)
def test_no_paper_is_drawn_outside_the_session(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    freeze: Callable[[BookingFacts], object],
    session: Session,
    clock: HandClock,
    moment: timedelta,
) -> None:
    booking = make_booking(exam_session=make_exam_session(opens_in=timedelta(hours=1)))
    clock.set(clock.now() + moment)

    with pytest.raises(SessionNotOpen):
        freeze(booking)

    assert paper_of_booking(booking.id, session=session) is None


@pytest.mark.parametrize("moment", [timedelta(hours=1), timedelta(hours=3) - TICK])
def test_clock_starts_from_the_opening_until_the_closing(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    clock: HandClock,
    moment: timedelta,
) -> None:
    booking = make_booking(exam_session=make_exam_session(opens_in=timedelta(hours=1)))
    clock.set(clock.now() + moment)

    sitting = start_sitting(booking)

    assert sitting.timing.deadline == clock.now() + timedelta(minutes=55)


def test_frozen_paper_does_not_start_after_the_closing(
    make_booking: MakeBooking,
    freeze: Callable[[BookingFacts], object],
    press_start: Start,
    session: Session,
    clock: HandClock,
) -> None:
    booking = make_booking()
    freeze(booking)
    clock.set(booking.session.closes_at)

    with pytest.raises(SessionNotOpen):
        press_start(booking)

    assert sitting_of_booking(booking.id, session=session) is None


def test_clock_does_not_start_without_a_paper(make_booking: MakeBooking, press_start: Start) -> None:
    with pytest.raises(PaperNotFound):
        press_start(make_booking())


def test_nothing_starts_without_a_committed_draw(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, start_sitting: StartSitting
) -> None:
    booking = make_booking(exam_session=make_exam_session(committed=False))

    with pytest.raises(DrawNotCommitted):
        start_sitting(booking)


@pytest.mark.parametrize("language", ["en", "de", "KK", ""])
def test_language_that_is_not_offered_starts_nothing(
    make_booking: MakeBooking, start_sitting: StartSitting, session: Session, language: str
) -> None:
    booking = make_booking()

    with pytest.raises(LanguageNotOffered):
        start_sitting(booking, language=language)

    session.rollback()
    assert sitting_of_booking(booking.id, session=session) is None


@pytest.mark.parametrize(
    ("programme", "language"), [("corps-b-legislation", "kk"), ("corps-b-legislation", "ru"), (PRACTICE, "en")]
)
def test_languages_are_those_of_the_programme(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    programme: str,
    language: str,
) -> None:
    booking = make_booking(exam_session=make_exam_session(programme))

    assert start_sitting(booking, language=language).language == language


@pytest.fixture
def failed_person(make_applicant: MakeApplicant, make_booking: MakeBooking, make_result: MakeResult) -> Enrolled:
    """Somebody who failed on 24 November: the retest opens on the 27th, which begins at 19:00 UTC on the 26th."""
    applicant = make_applicant()
    make_result(FAILING, booking=make_booking(applicant))
    return applicant


def test_retest_before_its_date_is_refused_with_the_date(
    failed_person: Enrolled, make_booking: MakeBooking, start_sitting: StartSitting, clock: HandClock
) -> None:
    clock.set(clock.now().replace(day=26, hour=18, minute=59))

    with pytest.raises(RetestNotYet) as refused:
        start_sitting(make_booking(failed_person))

    assert refused.value.parameters == {"opens_at": clock.now().replace(hour=19, minute=0)}


def test_retest_starts_from_the_first_moment_of_its_date(
    failed_person: Enrolled, make_booking: MakeBooking, start_sitting: StartSitting, clock: HandClock
) -> None:
    clock.set(clock.now().replace(day=26, hour=19, minute=0))

    assert start_sitting(make_booking(failed_person)).applicant_id == failed_person.facts.id


def test_waiting_time_of_one_programme_does_not_close_another(
    failed_person: Enrolled,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
) -> None:
    booking = make_booking(failed_person, make_exam_session(PRACTICE))

    assert start_sitting(booking).booking_id == booking.id


@pytest.mark.usefixtures("failed_person")
def test_waiting_time_of_one_person_does_not_close_another(start_sitting: StartSitting) -> None:
    assert start_sitting().question_count == 55


def test_newest_waiting_time_counts(
    failed_person: Enrolled,
    make_booking: MakeBooking,
    make_result: MakeResult,
    start_sitting: StartSitting,
    clock: HandClock,
) -> None:
    clock.advance(days=4)
    make_result(FAILING, booking=make_booking(failed_person))
    clock.advance(days=1)

    with pytest.raises(RetestNotYet):
        start_sitting(make_booking(failed_person))


# --- who holds a certificate, who sits already


def test_who_holds_a_valid_certificate_does_not_sit_again(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
    start_sitting: StartSitting,
    session: Session,
    clock: HandClock,
) -> None:
    applicant = make_applicant()
    make_result(PASSING, booking=make_booking(applicant))
    clock.advance(days=364)
    booking = make_booking(applicant)

    with pytest.raises(CertificateStillValid):
        start_sitting(booking)

    session.rollback()
    assert paper_of_booking(booking.id, session=session) is None, "drawn items would count as seen"


def test_test_may_be_sat_again_when_the_certificate_has_ended(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
    start_sitting: StartSitting,
    clock: HandClock,
) -> None:
    applicant = make_applicant()
    make_result(PASSING, booking=make_booking(applicant))
    clock.advance(days=365)

    assert start_sitting(make_booking(applicant)).question_count == 55


def test_practice_test_may_be_passed_as_often_as_one_likes(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_result: MakeResult,
    start_sitting: StartSitting,
) -> None:
    applicant = make_applicant()
    make_result(PASSING, booking=make_booking(applicant, make_exam_session(PRACTICE)))

    assert start_sitting(make_booking(applicant, make_exam_session(PRACTICE))).question_count == 55


def test_one_person_sits_one_test_at_a_time(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
) -> None:
    applicant = make_applicant()
    start_sitting(make_booking(applicant))

    with pytest.raises(AnotherSittingRuns):
        start_sitting(make_booking(applicant, make_exam_session(PRACTICE)))


# --- who comes late, or gave the place back


def test_nobody_begins_when_entry_to_a_planned_session_is_over(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    freeze: Callable[[BookingFacts], object],
    clock: HandClock,
) -> None:
    found = plan(make_room())[0]
    (booking,) = make_roster(found, 1)
    clock.set(found.opens_at + timedelta(minutes=20) - TICK)
    with pytest.raises(DrawNotCommitted):
        freeze(booking)
    clock.advance(microseconds=1)

    with pytest.raises(TooLate):
        freeze(booking)


@pytest.mark.usefixtures("pool")
def test_time_of_entry_counts_from_a_draw_that_was_late(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
    throw: Throw,
    press_start: Start,
    clock: HandClock,
) -> None:
    found = plan(make_room())[0]
    on_time, late = make_roster(found, 2)
    clock.set(found.opens_at - timedelta(hours=1))
    close_and_commit(found)
    clock.set(found.opens_at + timedelta(minutes=30))
    throw(found)
    clock.advance(minutes=19)

    assert press_start(on_time).booking_id == on_time.id
    clock.advance(minutes=1)
    with pytest.raises(TooLate):
        press_start(late)


def test_place_that_was_given_back_starts_nothing(
    make_booking: MakeBooking, freeze: Callable[[BookingFacts], object], session: Session, clock: HandClock
) -> None:
    booking = make_booking()
    bookings.cancel(booking.id, CancelReason.OWN_CHOICE, actor="test", session=session, now=clock.now())
    given_back = access_booking(booking.id, booking.applicant_id, session=session)

    with pytest.raises(BookingCancelled):
        freeze(given_back)
