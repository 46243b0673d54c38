"""Is everything erased that may be, does everything stay that must, once and for good?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations.queries import requests_of
from app.accommodations.rules import Wish
from app.accounts import service as accounts
from app.accounts.errors import WrongPassword
from app.accounts.models import Account, PasswordReset
from app.accounts.queries import account_named, account_record, person
from app.accounts.rules import Person, Role
from app.appeals.queries import appeals_of
from app.applicants.models import Applicant
from app.applicants.queries import applicant_record, applicant_with_iin, bans_of
from app.audit import queries as log
from app.bookings import service as bookings
from app.bookings.queries import applications_of, bookings_of_applicant
from app.bookings.rules import Outcome
from app.bookings.service import Competition
from app.bookings.waiting import access_waiting
from app.db import unit_of_work
from app.erasures.errors import (
    AlreadyAsked,
    AlreadyDecided,
    BookingOpen,
    ErasureNotFound,
    ErasureWaits,
    NothingAsked,
    SittingRuns,
)
from app.erasures.queries import ErasureFacts, erasures_of_applicant
from app.erasures.rules import State
from app.jobs.models import Job
from app.jobs.rules import JobState
from app.kernel.clock import local_day
from app.mail import Letter
from app.notices.queries import notices_of
from app.notices.rules import MAIL_JOB, NoticeKind
from app.processes import booking, erasure
from app.wiring import Tools
from app.work import HANDLERS
from tests.kit.factories.accommodations import Ask as AskFor
from tests.kit.factories.accommodations import GrantTo
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.appeals import FileAppeal
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.audit import CheckLog
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import CERTIFYING, PRACTICE, MakeBooking, MakeExamSession, Reserve
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.notices import MakeNotice
from tests.kit.factories.sittings import EndSitting, StartSitting, at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine, OfferPlaces
from tests.kit.outside import CountedEntropy, HandClock, ListMailer

Letters = Callable[[], dict[str, Letter]]
Ask = Callable[[Enrolled], ErasureFacts]


@pytest.fixture
def administrator(make_account: MakeAccount, session: Session) -> Person:
    made = make_account(role=Role.ADMINISTRATOR)
    session.commit()
    return made


@pytest.fixture
def ask(session: Session, clock: HandClock, entropy: CountedEntropy) -> Ask:
    """Return an asker: the person's newest request."""

    def act(who: Enrolled) -> ErasureFacts:
        erasure.ask(who.person.id, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return erasures_of_applicant(who.facts.id, session=session)[0]

    return act


@pytest.fixture
def execute(session: Session, clock: HandClock, entropy: CountedEntropy, administrator: Person) -> Callable[..., None]:
    def act(request_id: uuid.UUID) -> None:
        erasure.execute(request_id, actor=administrator.id, session=session, now=clock.now(), entropy=entropy)
        session.commit()

    return act


@pytest.fixture
def letters(run_jobs: Callable[..., int], mailer: ListMailer) -> Letters:
    """Return a reader of what was sent, by subject; letters of one moment leave in any order."""

    def read() -> dict[str, Letter]:
        run_jobs(HANDLERS)
        return {letter.subject: letter for letter in mailer.letters}

    return read


def test_request_is_confirmed_by_letter_with_its_last_day(
    make_applicant: MakeApplicant, ask: Ask, letters: Letters, session: Session
) -> None:
    who = make_applicant()

    request = ask(who)

    letter = letters()["Your request to erase your data"]
    assert letter.to == account_record(who.person.id, session).email
    assert "9 December 2026" in letter.body
    assert (request.state, f"{request.due_on}") == (State.ASKED, "2026-12-09")
    (act,) = log.about(session, str(request.id))
    assert (act.kind, act.actor) == ("erasures.request.made", str(who.person.id))


def test_second_request_is_refused_while_one_waits(make_applicant: MakeApplicant, ask: Ask, session: Session) -> None:
    who = make_applicant()
    ask(who)

    with pytest.raises(AlreadyAsked):
        ask(who)
    session.rollback()
    assert len(erasures_of_applicant(who.facts.id, session=session)) == 1


def test_of_two_requests_at_once_one_is_kept(
    app: Flask, make_applicant: MakeApplicant, session: Session, tools: Tools
) -> None:
    who = make_applicant()
    session.commit()

    def act() -> None:
        with app.app_context(), unit_of_work() as own:
            erasure.ask(who.person.id, session=own, now=tools.clock.now(), entropy=tools.entropy)

    outcomes = at_once(act, act)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAsked", "NoneType"]
    assert len(erasures_of_applicant(who.facts.id, session=session)) == 1


def test_newcomer_is_erased_wholly_and_can_register_again(
    make_applicant: MakeApplicant,
    ask: Ask,
    execute: Callable[..., None],
    letters: Letters,
    session: Session,
    check_log: CheckLog,
) -> None:
    who = make_applicant(phone="+77011234567")
    address = account_record(who.person.id, session).email

    execute(ask(who).id)

    session.expire_all()
    account = account_record(who.person.id, session)
    assert (account.active, account.email, account.display_name) == (False, None, "—")
    assert who.facts.iin not in account.sign_in_name
    assert account_named(who.facts.iin, session) is None
    assert applicant_with_iin(who.facts.iin, session=session) is None
    record = applicant_record(who.facts.id, session=session)
    assert (record.phone, record.facts.family_name, record.facts.patronymic) == (None, "—", None)
    assert record.erased_at is not None
    kept = {str(value) for row in (Account, Applicant) for value in session.execute(select(row.__table__)).all()}
    for name in (who.facts.iin, who.facts.family_name, who.facts.given_name, "+77011234567", address):
        assert not [row for row in kept if str(name) in row]
    last = letters()["Your data have been erased"]
    assert last.to == address
    assert "You can register again" in last.body
    assert check_log() is None


def test_two_newcomers_can_be_erased(make_applicant: MakeApplicant, ask: Ask, execute: Callable[..., None]) -> None:
    for _ in range(2):
        execute(ask(make_applicant()).id)


def test_whoever_sat_a_test_keeps_result_and_certificate_with_the_name(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_certificate: MakeCertificate,
    make_exam_session: MakeExamSession,
    ask: Ask,
    execute: Callable[..., None],
    letters: Letters,
    session: Session,
) -> None:
    who = make_applicant(phone="+77011234567")
    certificate = make_certificate(booking=make_booking(who))

    execute(ask(who).id)

    session.expire_all()
    record, account = applicant_record(who.facts.id, session=session), account_record(who.person.id, session)
    assert record.facts == who.facts
    assert (record.phone, account.email, account.display_name) == (None, None, "—")
    assert account.sign_in_name == who.facts.iin
    assert certificate.document.family == who.facts.family_name
    assert "stay with your results" in letters()["Your data have been erased"].body


def test_words_messages_and_lines_go_with_the_account(
    make_applicant: MakeApplicant,
    make_room: MakeRoom,
    plan: Plan,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    grant_to: GrantTo,
    ask_for: AskFor,
    make_notice: MakeNotice,
    ask: Ask,
    execute: Callable[..., None],
    run_jobs: Callable[..., int],
    mailer: ListMailer,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    check_log: CheckLog,
) -> None:
    who, other = make_applicant(phone="+77011234567"), make_applicant(phone="+77017654321")
    place = plan(make_room(seats=1, accessible=1))[-1]
    for each in (who, other):
        make_notice(each, NoticeKind.RESULT_READY)  # a letter and a short message wait
    grant_to(who)
    ask_for(who)
    competition = Competition(deadline=local_day(clock.now()), reference="No. 5, a post in Astana")
    bookings.apply_for(who.facts.id, CERTIFYING, competition, session=session, now=clock.now(), entropy=entropy)
    session.add(Job(**failed_letter(str(account_record(who.person.id, session).email), clock)))
    session.commit()
    waits = join_line(who, place)
    assert offer_places() == 1

    execute(ask(who).id)

    session.expire_all()
    assert notices_of(who.person.id, session=session) == []
    assert len(notices_of(other.person.id, session=session)) == 1
    for request in requests_of(who.facts.id, session=session):
        assert (request.wish, request.reason) == (Wish(), None)
        assert request.state.value == "withdrawn"
    assert access_waiting(waits, who.facts.id, session=session).outcome is Outcome.LEFT
    (application,) = applications_of(who.facts.id, session=session)
    assert (application.competition, application.competition_deadline) == (None, local_day(clock.now()))
    left = [job.payload.get("to") for job in session.scalars(select(Job).where(Job.state != JobState.DONE))]
    assert left.count("+77011234567") == 0
    assert left.count("+77017654321") == 1
    run_jobs(HANDLERS)
    to_them = [letter.subject for letter in mailer.letters if who.facts.iin in letter.to or letter.to in left]
    assert "Your data have been erased" in to_them
    assert session.scalar(select(Job.id).where(Job.state == JobState.FAILED)) is None
    assert check_log() is None


def failed_letter(to: str, clock: HandClock) -> dict[str, Any]:
    """Return the row of a letter that could not be delivered."""
    payload = {"kind": "retest_open", "to": to, "language": "kk", "context": {}}
    moments = {"run_at": clock.now(), "created_at": clock.now(), "finished_at": clock.now()}
    return {
        "id": uuid.uuid4(),
        "kind": MAIL_JOB,
        "payload": payload,
        "state": JobState.FAILED,
        "attempts": 12,
    } | moments


def test_whoever_was_barred_keeps_the_name_under_act_and_appeal(
    make_applicant: MakeApplicant,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    ask: Ask,
    execute: Callable[..., None],
    session: Session,
) -> None:
    who = make_applicant()
    ban = make_ban(who.facts.id)
    appeal = file_appeal(ban, statement="It was my watch.")

    execute(ask(who).id)

    session.expire_all()
    assert applicant_record(who.facts.id, session=session).facts == who.facts
    assert bans_of(who.facts.id, session=session) == [ban]
    assert appeals_of(who.facts.id, session=session) == [appeal]


def test_erased_person_is_signed_out_and_cannot_come_back(
    make_applicant: MakeApplicant, ask: Ask, execute: Callable[..., None], session: Session, clock: HandClock
) -> None:
    who = make_applicant()
    request = ask(who)
    reset = PasswordReset(
        token_hash="x", account_id=who.person.id, asked_at=clock.now(), expires_at=clock.now() + timedelta(minutes=5)
    )
    session.add(reset)
    session.commit()

    execute(request.id)

    session.expire_all()
    assert person(who.person.id, session, now=clock.now()) is None
    outcome = accounts.authenticate(who.facts.iin, PASSWORD, session=session, now=clock.now())
    assert isinstance(outcome, WrongPassword)
    assert session.scalar(select(PasswordReset)) is None


def test_erasing_twice_is_refused(make_applicant: MakeApplicant, ask: Ask, execute: Callable[..., None]) -> None:
    request = ask(make_applicant())
    execute(request.id)

    with pytest.raises(AlreadyDecided):
        execute(request.id)


def test_of_two_who_erase_at_once_one_does(
    app: Flask, make_applicant: MakeApplicant, ask: Ask, administrator: Person, session: Session, tools: Tools
) -> None:
    who = make_applicant()
    request = ask(who)
    session.rollback()

    def act() -> None:
        with app.app_context(), unit_of_work() as own:
            now, entropy = tools.clock.now(), tools.entropy
            erasure.execute(request.id, actor=administrator.id, session=own, now=now, entropy=entropy)

    outcomes = at_once(act, act)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyDecided", "NoneType"]
    assert [act.kind for act in log.about(session, str(request.id))] == [
        "erasures.request.made",
        "erasures.request.done",
    ]


def test_unknown_request_is_refused(execute: Callable[..., None]) -> None:
    with pytest.raises(ErasureNotFound):
        execute(uuid.uuid4())


def test_erasure_waits_for_an_open_booking(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    ask: Ask,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    make_booking(who, make_exam_session(opens_in=timedelta(days=1), open_for=timedelta(hours=2)))

    with pytest.raises(BookingOpen):
        ask(who)
    session.rollback()

    clock.advance(days=1, hours=2)  # the session is over; nobody came
    assert ask(who).state is State.ASKED


def test_practice_place_hinders_nobody(
    make_applicant: MakeApplicant, make_booking: MakeBooking, make_exam_session: MakeExamSession, ask: Ask
) -> None:
    who = make_applicant()
    make_booking(who, make_exam_session(PRACTICE))

    assert ask(who).state is State.ASKED


def test_erasure_waits_for_a_running_test(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    end: EndSitting,
    ask: Ask,
    session: Session,
) -> None:
    who = make_applicant()
    sitting = start_sitting(make_booking(who))

    with pytest.raises(SittingRuns):
        ask(who)
    session.rollback()

    end(sitting)
    assert ask(who).state is State.ASKED


def test_booking_made_after_the_request_stops_the_erasure(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    ask: Ask,
    execute: Callable[..., None],
    session: Session,
) -> None:
    who = make_applicant()
    request = ask(who)
    make_booking(who, make_exam_session(opens_in=timedelta(days=2)))

    with pytest.raises(BookingOpen):
        execute(request.id)
    session.rollback()

    session.expire_all()
    assert account_record(who.person.id, session).active
    assert erasures_of_applicant(who.facts.id, session=session)[0].state is State.ASKED


def test_nobody_books_or_waits_for_a_place_until_the_request_is_withdrawn(
    make_applicant: MakeApplicant,
    make_room: MakeRoom,
    plan: Plan,
    reserve: Reserve,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    ask: Ask,
    session: Session,
    clock: HandClock,
) -> None:
    who, place = make_applicant(), plan(make_room())[-1]
    join_line(who, place)
    request = ask(who)

    with pytest.raises(ErasureWaits):
        reserve(who, place)
    with pytest.raises(ErasureWaits):
        join_line(who, place)
    assert offer_places() == 0

    session.rollback()
    erasure.withdraw(who.person.id, session=session, now=clock.now())
    session.commit()
    assert erasures_of_applicant(who.facts.id, session=session)[0].state is State.WITHDRAWN
    assert [act.kind for act in log.about(session, str(request.id))][-1] == "erasures.request.withdrawn"
    assert offer_places() == 1
    with pytest.raises(NothingAsked):
        erasure.withdraw(who.person.id, session=session, now=clock.now())
    assert reserve(who, place).applicant_id == who.facts.id


def test_withdrawn_request_cannot_be_carried_out(
    make_applicant: MakeApplicant, ask: Ask, execute: Callable[..., None], session: Session, clock: HandClock
) -> None:
    who = make_applicant()
    request = ask(who)
    erasure.withdraw(who.person.id, session=session, now=clock.now())
    session.commit()

    with pytest.raises(AlreadyDecided):
        execute(request.id)
    session.rollback()
    assert account_record(who.person.id, session).active


@pytest.mark.parametrize("turn", ["asking", "carrying out"])
def test_of_booking_and_erasing_at_once_one_happens(
    app: Flask,
    make_applicant: MakeApplicant,
    make_room: MakeRoom,
    plan: Plan,
    ask: Ask,
    administrator: Person,
    session: Session,
    tools: Tools,
    turn: str,
) -> None:
    who, place = make_applicant(), plan(make_room())[-1]
    request = ask(who) if turn == "carrying out" else None
    session.rollback()

    def book() -> None:
        with app.app_context(), unit_of_work() as own:
            booking.reserve(who.facts.id, place.id, session=own, now=tools.clock.now(), entropy=tools.entropy)

    def erase() -> None:
        with app.app_context(), unit_of_work() as own:
            now, entropy = tools.clock.now(), tools.entropy
            if request:
                erasure.execute(request.id, actor=administrator.id, session=own, now=now, entropy=entropy)
            else:
                erasure.ask(who.person.id, session=own, now=now, entropy=entropy)

    refused, asked = (type(outcome).__name__ for outcome in at_once(book, erase))

    session.expire_all()
    booked = len(bookings_of_applicant(who.facts.id, session=session))
    if booked:
        assert (request, refused, asked) == (None, "NoneType", "BookingOpen")
    else:
        assert refused in {"ErasureWaits", "ApplicantNotFound"}
        assert asked == "NoneType"


def test_refused_request_changes_nothing_and_tells_why(
    make_applicant: MakeApplicant,
    ask: Ask,
    administrator: Person,
    letters: Letters,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    who = make_applicant()
    request = ask(who)

    erasure.refuse(request.id, "Article 12", actor=administrator.id, session=session, now=clock.now(), entropy=entropy)
    session.commit()

    assert account_record(who.person.id, session).active
    (kept,) = erasures_of_applicant(who.facts.id, session=session)
    assert (kept.state, kept.reason, kept.decided_by) == (State.REFUSED, "Article 12", administrator.id)
    assert "Article 12" in letters()["Your data have not been erased"].body
    assert not [act for act in log.about(session, str(request.id)) if "Article 12" in str(act.facts)]
    assert ask(who).state is State.ASKED  # one may ask again


def test_account_without_an_address_gets_no_letter(
    make_applicant: MakeApplicant,
    ask: Ask,
    execute: Callable[..., None],
    letters: Letters,
    session: Session,
) -> None:
    who = make_applicant()
    session.get_one(Account, who.person.id).email = None
    session.commit()

    execute(ask(who).id)

    assert letters() == {}
