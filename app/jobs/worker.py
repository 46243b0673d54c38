"""Who does the jobs? A loop that claims one at a time and survives what goes wrong in it.

Runs inside an application context; ``flask worker`` is the command.
"""

from __future__ import annotations

import hashlib
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import db, unit_of_work
from app.jobs import service
from app.jobs.rules import Hopeless, error_line
from app.jobs.service import Claimed
from app.wiring import Tools

log = structlog.get_logger()


class Handler(Protocol):
    """Does one kind of job. It raises to be tried again, and never commits."""

    def __call__(self, payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
        """Do the job."""
        ...


@dataclass(frozen=True)
class Outside:
    """A kind of job that waits for somebody else, such as a mail server: no transaction is open meanwhile.

    What is run is given the id of the job too: it is the same on every try.
    """

    run: Callable[[uuid.UUID, dict[str, Any], Tools], None]


@dataclass(frozen=True, kw_only=True)
class Timer:
    """Something to run again and again; it opens its own units of work and bears being run twice."""

    name: str
    every: timedelta
    run: Callable[[Tools], None]


def run_due(handlers: Mapping[str, Handler | Outside], *, tools: Tools, limit: int) -> int:
    """Try up to ``limit`` jobs whose time has come, one after the other; return how many were tried.

    What a handler wrote and the mark "done" are committed together, so that the rows of a job are
    written once however many workers there are. A letter can leave twice if the machine dies in between.
    """
    tried = 0
    while tried < limit and _run_one(handlers, tools):
        tried += 1
    return tried


def run_forever(
    handlers: Mapping[str, Handler | Outside],
    timers: Sequence[Timer],
    tools: Tools,
    stop: threading.Event,
    poll_seconds: float,
) -> None:
    """Do jobs and timers until ``stop`` is set; a job that has begun is finished first."""
    log.info("worker.started", kinds=sorted(handlers), timers=[timer.name for timer in timers])
    due: dict[str, datetime] = {}
    while not stop.is_set():
        try:
            run_timers(timers, due, tools=tools)
            tried = run_due(handlers, tools=tools, limit=1)
        except Exception:  # the database may be away for a minute: the loop stays
            log.exception("worker.round_failed")
            db.session.remove()
            tried = 0
        if not tried:
            stop.wait(poll_seconds)
    log.info("worker.stopped")


def run_timers(timers: Sequence[Timer], due: dict[str, datetime], *, tools: Tools) -> None:
    """Run the timers whose time has come; ``due`` remembers the next time of each, and is changed."""
    for timer in timers:
        now = tools.clock.now()
        if now < due.get(timer.name, now):
            continue
        due[timer.name] = now + timer.every
        _run_timer(timer, tools)


def stop_on_signals(stop: threading.Event) -> None:
    """Let SIGTERM and SIGINT end the loop after the job in hand. Main thread only."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _run_one(handlers: Mapping[str, Handler | Outside], tools: Tools) -> bool:
    """Try the next job; return whether there was one."""
    job: Claimed | None = None
    try:
        with unit_of_work() as session:
            job = service.claim_due(session=session, now=tools.clock.now())
            outside = _do(job, handlers, session, tools) if job is not None else None
        if job is not None and outside is not None:
            _do_outside(job, outside, tools)
    except Hopeless as error:
        if job is None:
            raise
        log.error("job.hopeless", job=str(job.id), kind=job.kind, reason=str(error))
        with unit_of_work() as session:
            service.give_up(job, error_line(error), session=session, now=tools.clock.now())
    except Exception as error:  # whatever a handler raises is written down, and the loop goes on
        if job is None:
            raise
        log.exception("job.try_failed", job=str(job.id), kind=job.kind, attempts=job.attempts + 1)
        with unit_of_work() as session:
            service.note_failure(job, error, session=session, now=tools.clock.now())
    finally:
        db.session.remove()
    return job is not None


def _do(job: Claimed, handlers: Mapping[str, Handler | Outside], session: Session, tools: Tools) -> Outside | None:
    """Do a job within the unit of work that claimed it; one that works outside is leased and returned."""
    handler = handlers.get(job.kind)
    if handler is None:
        log.error("job.kind_unknown", job=str(job.id), kind=job.kind)
        reason = f"UnknownKind: no handler does jobs of kind {job.kind!r}"
        service.give_up(job, reason, session=session, now=tools.clock.now())
        return None
    if isinstance(handler, Outside):
        service.lease(job, session=session, now=tools.clock.now())
        return handler
    handler(job.payload, session=session, tools=tools)
    service.finish(job.id, session=session, now=tools.clock.now())
    log.info("job.done", job=str(job.id), kind=job.kind)
    return None


def _do_outside(job: Claimed, handler: Outside, tools: Tools) -> None:
    handler.run(job.id, job.payload, tools)
    with unit_of_work() as session:
        service.finish(job.id, session=session, now=tools.clock.now())
    log.info("job.done", job=str(job.id), kind=job.kind)


def _run_timer(timer: Timer, tools: Tools) -> None:
    try:
        with _alone(timer.name) as alone:
            if alone:
                timer.run(tools)
    except Exception:  # a broken timer must not keep the others from running
        log.exception("timer.failed", timer=timer.name)
    finally:
        db.session.remove()


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Hold the advisory lock of ``name``, if nobody else does. SQLite has one worker, hence nothing to hold."""
    if db.engine.dialect.name != "postgresql":
        yield True
        return
    key = {"key": int.from_bytes(hashlib.sha256(f"timer:{name}".encode()).digest()[:8], "big", signed=True)}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))
        try:
            yield alone
        finally:
            if alone:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
