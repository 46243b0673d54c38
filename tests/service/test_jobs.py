"""Are jobs done once, tried again when they fail, and given up in the end?"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audit import queries as audit_queries
from app.audit import service as audit
from app.db import db, unit_of_work
from app.jobs import queries, service, worker
from app.jobs.errors import JobNotFailed
from app.jobs.models import Job
from app.jobs.rules import MOST_ATTEMPTS, Hopeless, JobState, error_line, next_try
from app.jobs.worker import Outside, Timer
from app.wiring import Tools
from tests.kit.outside import MORNING, CountedEntropy, HandClock

MakeJob = Callable[..., uuid.UUID]
RunJobs = Callable[..., int]


def note(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    audit.record("tests.job.noted", session=session, at=tools.clock.now(), actor="job", subject="x", **payload)


def fail(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    note(payload, session=session, tools=tools)
    raise RuntimeError("the printer is on fire")


HANDLERS = {"tests.note": note, "tests.fail": fail}


def noted(session: Session) -> int:
    return len(audit_queries.latest(session, limit=1000, kind="tests.job.noted"))


def job(session: Session, job_id: uuid.UUID) -> Job:
    session.rollback()
    return session.get_one(Job, job_id)


def test_due_job_is_done_and_its_payload_erased(session: Session, make_job: MakeJob, run_jobs: RunJobs) -> None:
    job_id = make_job("tests.note", {"number": 1})

    assert run_jobs(HANDLERS) == 1

    done = job(session, job_id)
    assert (done.state, done.finished_at, done.payload) == (JobState.DONE, MORNING, {})
    assert noted(session) == 1
    assert run_jobs(HANDLERS) == 0


def test_job_waits_for_its_time(make_job: MakeJob, run_jobs: RunJobs, clock: HandClock) -> None:
    make_job(run_at=clock.now() + timedelta(minutes=1))

    assert run_jobs(HANDLERS) == 0
    clock.advance(minutes=1)
    assert run_jobs(HANDLERS) == 1


def test_jobs_are_done_in_the_order_of_their_times(session: Session, make_job: MakeJob, run_jobs: RunJobs) -> None:
    make_job(payload={"number": 2})
    make_job(payload={"number": 1}, run_at=MORNING - timedelta(minutes=1))

    run_jobs(HANDLERS)

    entries = audit_queries.latest(session, limit=10, kind="tests.job")
    assert [entry.facts["number"] for entry in reversed(entries)] == [1, 2]


def test_jobs_of_one_cause_are_queued_at_once_and_each_key_once(
    session: Session, entropy: CountedEntropy, run_jobs: RunJobs, clock: HandClock
) -> None:
    first = service.NewJob(kind="tests.note", payload={"number": 1}, key="one")
    later = service.NewJob(kind="tests.note", payload={"number": 2}, run_at=clock.now() + timedelta(days=1))
    for _ in range(2):
        service.enqueue_all([first, later], session=session, now=clock.now(), entropy=entropy)
    service.enqueue_all([], session=session, now=clock.now(), entropy=entropy)

    assert run_jobs(HANDLERS) == 1
    clock.advance(days=1)
    assert run_jobs(HANDLERS) == 2


def test_limit_bounds_one_round(make_job: MakeJob, run_jobs: RunJobs) -> None:
    for _ in range(3):
        make_job()

    assert run_jobs(HANDLERS, limit=2) == 2


def test_second_job_of_the_same_key_is_not_written(session: Session, tools: Tools) -> None:
    def enqueue() -> uuid.UUID | None:
        return service.enqueue(
            "tests.note", {}, session=session, now=tools.clock.now(), entropy=tools.entropy, key="result-7"
        )

    assert enqueue() is not None
    assert enqueue() is None
    assert queries.counts(session)[JobState.QUEUED] == 1


def test_jobs_without_a_key_do_not_collide(session: Session, make_job: MakeJob) -> None:
    assert make_job() != make_job()
    assert queries.counts(session)[JobState.QUEUED] == 2


def test_job_of_a_cause_that_fails_is_not_kept(session: Session, make_job: MakeJob) -> None:
    make_job()
    session.rollback()

    assert queries.counts(session)[JobState.QUEUED] == 0


def test_failed_try_is_undone_noted_and_tried_later(
    session: Session, make_job: MakeJob, run_jobs: RunJobs, clock: HandClock
) -> None:
    job_id = make_job("tests.fail")

    run_jobs(HANDLERS)

    failed = job(session, job_id)
    assert noted(session) == 0
    assert (failed.state, failed.attempts) == (JobState.QUEUED, 1)
    assert failed.last_error == "RuntimeError: the printer is on fire"
    assert failed.run_at == clock.now() + timedelta(seconds=30)
    assert [row.id for row in queries.troubled(session, limit=5)] == [job_id]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (8, 3840), (9, 7200), (11, 7200), (12, None)]
)
def test_wait_doubles_up_to_two_hours(attempts: int, seconds: int | None) -> None:
    again_at = next_try(attempts, MORNING)

    assert again_at == (None if seconds is None else MORNING + timedelta(seconds=seconds))


def test_job_is_given_up_after_the_last_try(
    session: Session, make_job: MakeJob, run_jobs: RunJobs, clock: HandClock
) -> None:
    job_id = make_job("tests.fail")

    tries = 0
    while run_jobs(HANDLERS):
        tries += 1
        clock.advance(hours=2)

    given_up = job(session, job_id)
    assert tries == given_up.attempts == MOST_ATTEMPTS
    assert given_up.state is JobState.FAILED
    assert [row.id for row in queries.failed(session, limit=5)] == [job_id]


def test_failure_does_not_stop_the_next_job(session: Session, make_job: MakeJob, run_jobs: RunJobs) -> None:
    make_job("tests.fail")
    make_job("tests.note")

    assert run_jobs(HANDLERS) == 2
    assert noted(session) == 1


def test_unknown_kind_is_given_up_with_a_clear_error(session: Session, make_job: MakeJob, run_jobs: RunJobs) -> None:
    job_id = make_job("tests.unheard")

    run_jobs(HANDLERS)

    given_up = job(session, job_id)
    assert given_up.state is JobState.FAILED
    assert given_up.last_error == "UnknownKind: no handler does jobs of kind 'tests.unheard'"


def test_failed_job_is_queued_again_on_request(
    session: Session, make_job: MakeJob, run_jobs: RunJobs, clock: HandClock
) -> None:
    job_id = make_job("tests.unheard")
    run_jobs(HANDLERS)

    service.retry(job_id, session=session, now=clock.now())

    assert run_jobs({**HANDLERS, "tests.unheard": note}) == 1
    assert job(session, job_id).state is JobState.DONE


def test_job_that_has_not_failed_cannot_be_queued_again(session: Session, make_job: MakeJob, clock: HandClock) -> None:
    job_id = make_job()

    with pytest.raises(JobNotFailed):
        service.retry(job_id, session=session, now=clock.now())


def test_old_done_jobs_are_forgotten(session: Session, make_job: MakeJob, run_jobs: RunJobs, clock: HandClock) -> None:
    make_job()
    run_jobs(HANDLERS)

    service.forget_done(session=session, now=clock.advance(days=30))
    assert queries.counts(session)[JobState.DONE] == 1
    service.forget_done(session=session, now=clock.advance(seconds=1))
    assert queries.counts(session)[JobState.DONE] == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_workers_do_each_job_once(app: Flask, session: Session, make_job: MakeJob, tools: Tools) -> None:
    for number in range(40):
        make_job("tests.slow", {"number": number})
    session.commit()
    shares: list[int] = []
    start = threading.Barrier(2)

    def slow(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
        note(payload, session=session, tools=tools)
        time.sleep(0.005)

    def work() -> None:
        with app.app_context():
            start.wait()
            shares.append(worker.run_due({"tests.slow": slow}, tools=tools, limit=100))

    together(work, work)

    numbers = [entry.facts["number"] for entry in audit_queries.latest(session, limit=1000, kind="tests.job")]
    assert sorted(numbers) == list(range(40))
    assert sum(shares) == 40
    assert min(shares) > 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_timer_is_run_by_one_worker_at_a_time(app: Flask, tools: Tools) -> None:
    runs: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def run(_: Tools) -> None:
        runs.append("run")
        inside.set()
        leave.wait(10)

    timer = Timer(name="sweep", every=timedelta(minutes=1), run=run)

    def first() -> None:
        with app.app_context():
            worker.run_timers([timer], {}, tools=tools)

    def second() -> None:
        inside.wait(10)
        with app.app_context():
            worker.run_timers([timer], {}, tools=tools)
        leave.set()

    together(first, second)

    assert runs == ["run"]


def test_timer_runs_when_its_time_has_come(app: Flask, tools: Tools, clock: HandClock) -> None:
    runs: list[datetime] = []
    due: dict[str, datetime] = {}
    timer = Timer(name="sweep", every=timedelta(minutes=1), run=lambda tools: runs.append(tools.clock.now()))

    with app.app_context():
        for step in (0, 30, 30, 59, 1):
            clock.advance(seconds=step)
            worker.run_timers([timer], due, tools=tools)

    assert runs == [MORNING, MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=2)]


def test_broken_timer_does_not_stop_the_others(app: Flask, tools: Tools) -> None:
    runs: list[str] = []

    def broken(_: Tools) -> None:
        raise RuntimeError("no")

    timers = [
        Timer(name="broken", every=timedelta(minutes=1), run=broken),
        Timer(name="sound", every=timedelta(minutes=1), run=lambda _: runs.append("ran")),
    ]
    with app.app_context():
        worker.run_timers(timers, {}, tools=tools)

    assert runs == ["ran"]


def test_loop_ends_after_the_job_in_hand(app: Flask, session: Session, make_job: MakeJob, tools: Tools) -> None:
    stop = threading.Event()
    for _ in range(2):
        make_job("tests.stop")
    session.commit()

    def last(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
        note(payload, session=session, tools=tools)
        stop.set()

    with app.app_context():
        worker.run_forever({"tests.stop": last}, [], tools, stop, poll_seconds=0.01)

    assert noted(session) == 1
    assert queries.counts(session)[JobState.QUEUED] == 1


def test_loop_survives_a_database_that_is_away(
    app: Flask, session: Session, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    rounds: list[str] = []

    def away(*_: object, **__: object) -> None:
        rounds.append("away")
        if len(rounds) == 3:
            stop.set()
        raise ConnectionError("the database is away")

    monkeypatch.setattr(worker.service, "claim_due", away)
    with app.app_context():
        worker.run_forever(HANDLERS, [], tools, stop, poll_seconds=0.001)

    assert len(rounds) == 3
    assert queries.counts(session)[JobState.FAILED] == 0


def test_kept_error_is_one_short_line() -> None:
    assert error_line(ValueError("first\n[parameters: ('secret',)]")) == "ValueError: first"
    assert error_line(ValueError()) == "ValueError: "
    assert len(error_line(ValueError("x" * 1000))) == 500


def test_worker_gives_its_connection_back(app: Flask, make_job: MakeJob, run_jobs: RunJobs) -> None:
    make_job("tests.fail")
    run_jobs(HANDLERS)

    with app.app_context():
        assert db.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]  # the test's own session may hold one


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_writers_of_sqlite_wait_for_each_other(app: Flask) -> None:
    """Two units of work that read and then write do not fail halfway."""
    with app.app_context(), unit_of_work() as session:
        session.execute(text("CREATE TABLE counter (n integer)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def raise_it() -> None:
        for _ in range(10):
            with app.app_context(), unit_of_work() as session:
                seen = session.execute(text("SELECT n FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})

    together(raise_it, raise_it)

    with app.app_context():
        assert db.session.execute(text("SELECT n FROM counter")).scalar_one() == 20


def test_counts_name_every_state(session: Session) -> None:
    assert queries.counts(session) == dict.fromkeys(JobState, 0)
    assert session.execute(select(func.count()).select_from(Job)).scalar_one() == 0


def together(*works: Callable[[], None]) -> None:
    """Run ``works`` at the same time and pass on what they raise."""
    raised: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if raised:
        raise raised[0]


def test_job_that_works_outside_leaves_the_database_to_others(
    app: Flask, session: Session, make_job: MakeJob, run_jobs: RunJobs
) -> None:
    """A mail server that hangs must not hold the one writer of SQLite."""
    job_id = make_job("tests.outside", {"number": 1})
    seen: list[object] = []

    def work(given: uuid.UUID, payload: dict[str, Any], tools: Tools) -> None:
        assert given == job_id
        with app.app_context(), unit_of_work() as other:
            audit.record("tests.job.noted", session=other, at=tools.clock.now(), actor="job", subject="x", **payload)
        seen.append(run_jobs({"tests.outside": Outside(work)}))

    assert run_jobs({"tests.outside": Outside(work)}) == 1

    assert seen == [0], "a leased job is nobody else's"
    assert job(session, job_id).state is JobState.DONE
    assert noted(session) == 1


def test_job_that_fails_outside_is_tried_again(
    session: Session, make_job: MakeJob, run_jobs: RunJobs, clock: HandClock
) -> None:
    job_id = make_job("tests.outside", {})

    def work(given: uuid.UUID, payload: dict[str, Any], tools: Tools) -> None:
        raise OSError("the mail server is away")

    run_jobs({"tests.outside": Outside(work)})

    waiting = job(session, job_id)
    assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 1)
    assert waiting.run_at > clock.now()


def test_hopeless_job_is_given_up_at_once(session: Session, make_job: MakeJob, run_jobs: RunJobs) -> None:
    job_id = make_job("tests.hopeless", {})

    def refuse(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
        raise Hopeless("no certificate can carry this name")

    run_jobs({"tests.hopeless": refuse})

    given_up = job(session, job_id)
    assert given_up.state is JobState.FAILED
    assert given_up.last_error == "Hopeless: no certificate can carry this name"
