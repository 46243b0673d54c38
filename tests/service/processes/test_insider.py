"""What comes of it when somebody with all rights in the database, or in the code, helps a friend?"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import partial
from itertools import cycle

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings.queries import BookingFacts, SessionFacts
from app.certificates import service as certificates
from app.certificates.models import Certificate
from app.certificates.queries import CertificateFacts, certificate_of_result
from app.jobs.models import Job
from app.jobs.rules import JobState
from app.papers.errors import DrawAlreadyMade, PaperTampered
from app.papers.models import Draw, ItemVersion, Paper
from app.papers.queries import ItemShelf, draw_of_session, paper_of_booking, paper_with_id, text_of
from app.papers.service import reveal_draw
from app.processes import log_check
from app.scoring.models import Result
from app.scoring.queries import ResultFacts
from app.sittings.models import Sitting
from app.sittings.queries import SittingFacts
from app.sittings.rules import State
from app.wiring import Tools
from app.work import HANDLERS
from question_bank.throw import NOT_THROWN
from tests.kit.factories.audit import Attacker, CheckLog, RecordAct, SignLog
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.ceremonies import BALLS, DICE, MakeCeremony, Throw
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import AnswerCounts, EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What is held against what is the same on both."""
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""A statement that fails there spoils all that follow."""

FAILED_IN_ONE_ACT = (15, 15, 2, 10)
"""The total is reached, so that nothing but the judgement speaks against a certificate."""

FreshProcess = Callable[[], None]
Faults = Callable[[], tuple[str, ...]]
LastAct = Callable[[str], int]


@pytest.fixture
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> FreshProcess:
    """Return what makes this process forget every item, as if it had just begun."""

    def forget() -> None:
        monkeypatch.setattr("app.papers.queries._shelf", ItemShelf())
        monkeypatch.setattr("app.papers.queries._committed", set())

    forget()
    return forget


@pytest.fixture
def faults(app: Flask, session: Session, tools: Tools) -> Faults:
    """Return a checker that tells everything; ``check_log`` tells the first thing."""

    def check() -> tuple[str, ...]:
        session.commit()
        known = tools.keys.log_keys() if tools.keys.is_filled else []
        with app.app_context(), log_check.one_moment() as moment:
            return log_check.check(known, session=moment).faults

    return check


@pytest.fixture
def last_act(session: Session) -> LastAct:
    """Return a reader of the number of the newest act of a kind."""

    def read(kind: str) -> int:
        session.rollback()
        (entry,) = audit.latest(session, limit=1, kind=kind)
        session.rollback()
        return entry.seq

    return read


@pytest.fixture
def drawn(make_ceremony: MakeCeremony, throw: Throw) -> list[BookingFacts]:
    """Three bookings whose seats and papers were drawn by dice."""
    bookings = make_ceremony()
    throw(bookings[0].session, witnesses=bookings[:2])
    return bookings


@pytest.fixture
def reveal(session: Session, clock: HandClock) -> Callable[[SessionFacts], None]:
    def act(exam_session: SessionFacts) -> None:
        session.rollback()
        reveal_draw(exam_session, session=session, now=clock.now())
        session.commit()

    return act


# --- certificates


@on_sqlite
@pytest.mark.parametrize("kind", [certificates.RECORD, certificates.SIGN])
@pytest.mark.parametrize("programme", [None, PRACTICE], ids=["failed", "practice"])
@pytest.mark.usefixtures("keys")
def test_certificate_job_for_a_result_that_earns_none_is_hopeless(
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_job: Callable[..., uuid.UUID],
    run_jobs: Callable[..., int],
    session: Session,
    check_log: CheckLog,
    kind: str,
    programme: str | None,
) -> None:
    practice = make_booking(exam_session=make_exam_session(programme)) if programme else None
    result = make_result(PASSING, booking=practice) if programme else make_result(FAILED_IN_ONE_ACT)
    job = make_job(kind, {"result": str(result.id)})

    run_jobs(HANDLERS)

    done = session.get_one(Job, job, populate_existing=True)
    assert (done.state, done.attempts, done.last_error) == (
        JobState.FAILED,
        1,
        "Hopeless: the result earns no certificate",
    )
    assert certificate_of_result(result.id, session=session) is None
    assert check_log() is None


def test_certificate_job_for_a_failed_test_is_hopeless_even_where_the_register_has_its_entry(
    make_certificate: MakeCertificate,
    make_result: MakeResult,
    make_job: Callable[..., uuid.UUID],
    run_jobs: Callable[..., int],
    copy_certificate: Callable[..., uuid.UUID],
    session: Session,
    check_log: CheckLog,
) -> None:
    honest, failed = make_certificate(), make_result(FAILED_IN_ONE_ACT)
    written = copy_certificate(honest, result_id=failed.id, token=None, signed_at=None)
    job = make_job(certificates.SIGN, {"result": str(failed.id)})

    run_jobs(HANDLERS)

    assert session.get_one(Certificate, written, populate_existing=True).token is None
    assert session.get_one(Job, job, populate_existing=True).state is JobState.FAILED
    assert check_log() is None


@pytest.fixture
def copy_certificate(session: Session) -> Callable[..., uuid.UUID]:
    """Return a writer of entries of the register after the pattern of a true one."""

    def copy(pattern: CertificateFacts, **changed: object) -> uuid.UUID:
        session.rollback()
        row = session.scalars(select(Certificate).where(Certificate.number == str(pattern.number))).one()
        values = {column.key: getattr(row, column.key) for column in Certificate.__table__.columns}
        values |= {"id": uuid.UUID(int=7), "number": "AKDM-2026-7", "status_index": row.status_index ^ 1}
        session.add(Certificate(**{**values, **changed}))
        session.commit()
        return uuid.UUID(int=7)

    return copy


@on_sqlite
def test_certificate_that_no_act_tells_of_is_told(
    make_certificate: MakeCertificate,
    make_result: MakeResult,
    copy_certificate: Callable[..., uuid.UUID],
    faults: Faults,
) -> None:
    """Signed elsewhere with a stolen key, and entered by hand."""
    honest, failed = make_certificate(), make_result(FAILED_IN_ONE_ACT)

    written = copy_certificate(honest, result_id=failed.id)

    assert faults() == (f"No act tells of certificate {written}.",)


@on_sqlite
@pytest.mark.usefixtures("keys")
def test_certificate_on_a_result_that_earns_none_is_told(
    make_result: MakeResult,
    make_job: Callable[..., uuid.UUID],
    run_jobs: Callable[..., int],
    session: Session,
    faults: Faults,
    last_act: LastAct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker whose code was changed: its act stands in the log, and is true."""
    result = make_result(FAILED_IN_ONE_ACT)
    make_job(certificates.RECORD, {"result": str(result.id)})
    with monkeypatch.context() as doctored:
        doctored.setattr(ResultFacts, "earns_certificate", True)
        run_jobs(HANDLERS)

    made = certificate_of_result(result.id, session=session)
    assert made is not None
    seq = last_act("certificates.certificate.issued")
    assert faults() == (f"Certificate {made.number} stands on a result that earns none (act {seq}).",)


# --- items and keys


@pytest.fixture
def make_easy(session: Session) -> Callable[[uuid.UUID], None]:
    """Return what puts the easiest items of each act under the leaves of a paper, which stay as they were drawn."""

    def swap(paper_id: uuid.UUID) -> None:
        session.rollback()
        easy: dict[str, list[tuple[str, int]]] = {}
        for item in session.scalars(select(ItemVersion)):
            if item.body["difficulty"] == 1:
                easy.setdefault(item.body["act"], []).append((item.item_id, item.version))
        pick = {act: cycle(sorted(names)) for act, names in easy.items()}
        questions = json.loads(json.dumps(session.get_one(Paper, paper_id).questions))
        for question in questions:
            question["item_id"], question["version"] = next(pick[question["block"]])
        session.execute(update(Paper).where(Paper.id == paper_id).values(questions=questions))
        session.commit()

    return swap


@on_sqlite
def test_easy_items_under_the_drawn_leaves_are_refused_and_told(
    drawn: list[BookingFacts],
    make_easy: Callable[[uuid.UUID], None],
    fresh_process: FreshProcess,
    session: Session,
    faults: Faults,
    last_act: LastAct,
) -> None:
    paper = paper_of_booking(drawn[0].id, session=session)
    assert paper is not None
    text_of(paper, "kk", session=session)

    make_easy(paper.id)

    fresh_process()
    with pytest.raises(PaperTampered) as refused:
        text_of(paper_with_id(paper.id, session=session), "kk", session=session)
    place = refused.value.parameters["position"]
    assert faults() == (
        f"Question {place} of a paper of act {last_act('papers.draw.made')} is not the item that was committed to.",
    )


@on_sqlite
def test_easy_items_under_the_leaves_of_a_paper_drawn_alone_are_told_and_not_scored(
    start_sitting: StartSitting,
    make_easy: Callable[[uuid.UUID], None],
    fresh_process: FreshProcess,
    end: EndSitting,
    session: Session,
    check_log: CheckLog,
    last_act: LastAct,
) -> None:
    sitting = start_sitting()
    fresh_process()

    make_easy(sitting.paper_id)

    with pytest.raises(PaperTampered) as refused:
        end(sitting)
    session.rollback()
    place, seq = refused.value.parameters["position"], last_act("papers.paper.frozen")
    assert check_log() == f"Question {place} of a paper of act {seq} is not the item that was committed to."


@pytest.fixture
def turn_keys(session: Session) -> Callable[[SittingFacts], Callable[[], None]]:
    """Return what makes the first option shown the right one everywhere; it gives back what undoes it."""

    def turn(sitting: SittingFacts) -> Callable[[], None]:
        session.rollback()
        before: dict[tuple[str, int], dict[str, object]] = {}
        for question in paper_with_id(sitting.paper_id, session=session).questions:
            name = (question.item_id, question.version)
            row = session.get_one(ItemVersion, name)
            before[name], row.body = row.body, {**row.body, "key": "abcd"[question.order[0]]}
        session.commit()
        return partial(undo, before)

    def undo(before: dict[tuple[str, int], dict[str, object]]) -> None:
        for name, body in before.items():
            session.get_one(ItemVersion, name).body = body
        session.commit()

    return turn


def test_key_changed_before_the_scoring_is_refused(
    start_sitting: StartSitting,
    answer: SaveOne,
    end: EndSitting,
    turn_keys: Callable[[SittingFacts], Callable[[], None]],
    fresh_process: FreshProcess,
    reread: Callable[[SittingFacts], SittingFacts],
    session: Session,
    check_log: CheckLog,
) -> None:
    sitting = start_sitting()
    for position in range(1, 6):
        answer(sitting, position, position, 1)
    put_back = turn_keys(sitting)
    fresh_process()

    with pytest.raises(PaperTampered):
        end(sitting)

    assert reread(sitting).state is State.RUNNING
    assert session.scalar(select(func.count()).select_from(Result)) == 0
    put_back()
    fresh_process()
    assert end(sitting).total < 5
    assert check_log() is None


@on_sqlite
def test_result_that_does_not_follow_from_its_answers_is_told(
    start_sitting: StartSitting,
    answer_counts: AnswerCounts,
    right_options: Callable[[SittingFacts], dict[int, int]],
    end: EndSitting,
    faults: Faults,
    last_act: LastAct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Scored by a server whose code was changed: result, act and digest agree with each other."""
    sitting = start_sitting()
    answer_counts(sitting, FAILING)
    key = right_options(sitting)
    with monkeypatch.context() as doctored:
        doctored.setattr("app.scoring.service.answers_of", lambda *_, **__: key)
        result = end(sitting)

    assert result.passed
    seq = last_act("scoring.result.recorded")
    assert faults() == (f"Result {result.id} does not follow from its paper and its answers (act {seq}).",)


@on_sqlite
def test_result_by_a_key_that_was_put_back_is_told(
    start_sitting: StartSitting,
    answer: SaveOne,
    end: EndSitting,
    turn_keys: Callable[[SittingFacts], Callable[[], None]],
    fresh_process: FreshProcess,
    faults: Faults,
    last_act: LastAct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sitting = start_sitting()
    for position in range(1, 6):
        answer(sitting, position, position, 1)
    put_back = turn_keys(sitting)
    fresh_process()
    with monkeypatch.context() as doctored:
        doctored.setattr("app.papers.queries._require_committed", lambda *_, **__: None)
        result = end(sitting)
    put_back()
    fresh_process()

    assert result.total == 5
    seq = last_act("scoring.result.recorded")
    assert faults() == (f"Result {result.id} does not follow from its paper and its answers (act {seq}).",)


# --- the throw and the secret


@on_sqlite
@pytest.mark.parametrize("values", [{"salt": BALLS}, {"salt": NOT_THROWN}, {"salt": None}, {"witnesses": ["nobody"]}])
def test_throw_changed_by_hand_is_told(
    drawn: list[BookingFacts], session: Session, faults: Faults, last_act: LastAct, values: dict[str, object]
) -> None:
    assert faults() == ()
    session.execute(update(Draw).values(values))
    session.commit()

    seq = last_act("papers.salt.thrown")
    assert faults() == (f"What was thrown for session {drawn[0].session.id} is not what stands in act {seq}.",)


@on_sqlite
def test_weak_draw_made_strong_by_hand_is_told(
    make_ceremony: MakeCeremony, throw: Throw, session: Session, faults: Faults, last_act: LastAct
) -> None:
    (booking, *_) = make_ceremony()
    throw(booking.session, NOT_THROWN)
    assert faults() == ()

    session.execute(update(Draw).values(salt=DICE))
    session.commit()

    seq = last_act("papers.salt.skipped")
    assert faults() == (f"What was thrown for session {booking.session.id} is not what stands in act {seq}.",)


@on_sqlite
@pytest.mark.parametrize(
    "values", [{"secret": bytes(32)}, {"revealed_at": None}], ids=lambda values: next(iter(values))
)
def test_secret_changed_after_the_reveal_is_told(
    drawn: list[BookingFacts],
    reveal: Callable[[SessionFacts], None],
    session: Session,
    faults: Faults,
    last_act: LastAct,
    values: dict[str, object],
) -> None:
    exam_session = drawn[0].session
    reveal(exam_session)
    assert faults() == ()

    session.execute(update(Draw).values(values))
    session.commit()

    seq = last_act("papers.draw.revealed")
    assert faults() == (f"The secret of session {exam_session.id} is not the one that was revealed in act {seq}.",)


def test_throw_after_the_reveal_is_refused(
    make_ceremony: MakeCeremony,
    throw: Throw,
    reveal: Callable[[SessionFacts], None],
    session: Session,
    clock: HandClock,
) -> None:
    """The machine's clock ran ahead, the secret became public, the clock was put right."""
    (booking, *_) = make_ceremony()
    clock.advance(hours=10)
    reveal(booking.session)
    clock.advance(hours=-10)

    with pytest.raises(DrawAlreadyMade):
        throw(booking.session)

    session.rollback()
    found = draw_of_session(booking.session.id, session=session)
    assert found is not None
    assert (found.salt, found.drawn_at) == (None, None)
    assert paper_of_booking(booking.id, session=session) is None


# --- time


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "allowance_seconds = allowance_seconds + 600",
        "grace_seconds = grace_seconds + 600",
        "started_at = datetime(started_at, '+10 minutes')",
        "language = 'ru'",
    ],
    ids=lambda change: change.split(" ")[0],
)
def test_time_given_by_hand_is_told(
    start_sitting: StartSitting, session: Session, faults: Faults, last_act: LastAct, change: str
) -> None:
    sitting = start_sitting()
    assert faults() == ()

    session.execute(text(f"UPDATE sitting SET {change}"))
    session.commit()

    seq = last_act("sittings.sitting.started")
    assert faults() == (
        f"Sitting {sitting.id} does not have the person, paper, language and time that it began with (act {seq}).",
    )


@on_sqlite
def test_credit_given_by_hand_is_told(start_sitting: StartSitting, session: Session, faults: Faults) -> None:
    sitting = start_sitting()

    session.execute(update(Sitting).values(credit_seconds=600))
    session.commit()

    assert faults() == (f"The time that was added to sitting {sitting.id} is not the sum of its credits.",)


@on_sqlite
def test_time_given_and_taken_back_is_told_by_the_answers(
    start_sitting: StartSitting, answer: SaveOne, end: EndSitting, session: Session, clock: HandClock, faults: Faults
) -> None:
    sitting = start_sitting()
    answer(sitting, 1)
    session.execute(update(Sitting).values(credit_seconds=3600))
    clock.set(sitting.timing.deadline + sitting.timing.grace)
    answer(sitting, 2)
    end(sitting)

    session.execute(update(Sitting).values(credit_seconds=0))

    assert f"Saved answer 2 of sitting {sitting.id} came after its time." in faults()


# --- the check itself


def test_one_fault_does_not_hide_another(
    make_ceremony: MakeCeremony,
    throw: Throw,
    record_act: RecordAct,
    sign_log: SignLog,
    clock: HandClock,
    session: Session,
    faults: Faults,
    last_act: LastAct,
) -> None:
    """A clock that ran ahead when the log was signed leaves its fault in the log for good."""
    record_act()
    clock.advance(minutes=20)
    sign_log()
    clock.advance(minutes=-20)
    (booking, *_) = make_ceremony()
    throw(booking.session)
    of_the_clock = faults()
    assert of_the_clock

    session.execute(update(Paper).values(seat="99"))
    session.commit()

    seq = last_act("papers.draw.made")
    assert faults() == (
        *of_the_clock,
        f"The seats of session {booking.session.id} are not those that were drawn (act {seq}).",
    )


@on_sqlite
def test_act_taken_out_of_the_log_does_not_hide_a_changed_throw(
    drawn: list[BookingFacts], attacker: Attacker, faults: Faults
) -> None:
    attacker.put(lambda acts: acts[1:])
    attacker.sql("UPDATE draw SET witnesses = '[]'")

    told = faults()

    assert len(told) > 1
    assert told[-1].startswith(f"What was thrown for session {drawn[0].session.id} is not what stands in act ")


@on_postgresql
@pytest.mark.parametrize(
    "kind",
    [
        "papers.salt.thrown",
        "papers.draw.revealed",
        "papers.draw.made",
        "sittings.sitting.started",
        "scoring.result.recorded",
        "certificates.certificate.issued",
    ],
)
def test_act_that_makes_no_sense_is_told_and_hides_nothing(
    drawn: list[BookingFacts], record_act: RecordAct, session: Session, faults: Faults, kind: str
) -> None:
    """The application's role can append what it likes, and it stays there."""
    senseless = record_act(kind, subject="nothing", number=[])
    oversized = record_act(kind, subject=str(drawn[0].session.id), number=2**40)
    session.execute(update(Draw).values(witnesses=[]))
    session.commit()

    first, second, third = faults()

    assert first.startswith(f"What was thrown for session {drawn[0].session.id} is not")
    assert second.startswith(f"What act {senseless} ({kind} nothing) speaks of is not there: ")
    assert third.startswith(f"What act {oversized} ({kind} ")


@on_sqlite
def test_prompt_tells_every_fault_and_not_more_than_can_be_read(
    app: Flask, record_act: RecordAct, session: Session
) -> None:
    for _ in range(log_check.MOST_TOLD + 2):
        record_act("sittings.sitting.ended", subject="nothing")
    session.commit()

    with app.app_context():
        done = app.test_cli_runner().invoke(args=["audit", "verify"])

    assert done.exit_code == 1
    assert done.output.count("NOT WHOLE: What act ") == log_check.MOST_TOLD


@on_sqlite
def test_older_form_of_a_commitment_is_no_fault(
    make_exam_session: MakeExamSession, record_act: RecordAct, faults: Faults
) -> None:
    exam_session = make_exam_session()
    record_act("papers.draw.committed", subject=str(exam_session.id), number=1, commitment="00" * 32, weak=True)

    assert faults() == ()


@on_sqlite
def test_replaced_draw_keeps_its_own_throw(
    drawn: list[BookingFacts], redraw: Callable[..., int], throw: Throw, session: Session, faults: Faults
) -> None:
    exam_session = drawn[0].session
    redraw(exam_session)
    throw(exam_session, BALLS)
    assert faults() == ()

    session.execute(update(Draw).where(Draw.number == 1).values(salt=BALLS))

    (told,) = faults()
    assert told.startswith(f"What was thrown for session {exam_session.id} is not what stands in act ")
