"""What happens when a throw, a redraw and the closing of booking come at the same moment?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.approvals import service as approvals
from app.approvals.errors import RequestOutdated
from app.bookings.queries import BookingFacts, SessionFacts
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.papers import service as papers
from app.papers.errors import DrawAlreadyCommitted, DrawAlreadyMade, DrawReplaced
from app.papers.queries import draws_of_session, papers_of_draw
from app.papers.rules import Stage
from app.processes import ceremony
from tests.kit.factories.approvals import REDRAW, MakeRequest
from tests.kit.factories.ceremonies import BALLS, DICE, MakeCeremony
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""Where writers wait for rows; SQLite lets one writer in at a time."""

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

Act = Callable[[Session], object]
Begin = Callable[[Act], "Future[object]"]


@pytest.fixture
def exam_session(make_ceremony: MakeCeremony) -> SessionFacts:
    """A session whose draw waits for the throw."""
    bookings: list[BookingFacts] = make_ceremony()
    return bookings[0].session


@pytest.fixture
def in_unit(app: Flask) -> Callable[[Act], object]:
    """Return a doer for threads: a unit of work of its own."""

    def do(act: Act) -> object:
        with app.app_context(), unit_of_work() as own:
            return act(own)

    return do


@pytest.fixture
def begin(in_unit: Callable[[Act], object], engine: Engine) -> Iterator[Begin]:
    """Return a beginner of an act in a thread; it comes back when the act waits for somebody else's lock."""

    def start(act: Act) -> Future[object]:
        doing = threads.submit(in_unit, act)
        for _ in range(1000):
            with engine.connect() as connection:
                if connection.scalar(_WAITING):
                    return doing
            time.sleep(0.01)
        raise AssertionError(f"it never had to wait: {doing}")

    with ThreadPoolExecutor(1) as threads:
        yield start


@pytest.fixture
def first(engine: Engine) -> Iterator[Session]:
    """The unit of work of whoever comes first, and has not committed yet."""
    with Session(engine) as session:
        yield session


def throw(exam_session: SessionFacts, session: Session, *, number: int = 1, salt: str = DICE) -> int:
    return papers.draw_session(
        exam_session, salt, number=number, actor="proctor", session=session, now=MORNING, entropy=SystemEntropy()
    )


def redraw(exam_session: SessionFacts, session: Session) -> int:
    return ceremony.redraw(
        exam_session,
        reason="A die fell off the table.",
        actor="administrator",
        session=session,
        now=MORNING,
        entropy=SystemEntropy(),
    )


def close(exam_session: SessionFacts, session: Session) -> int:
    return ceremony.close_and_commit(
        exam_session, actor="proctor", session=session, now=MORNING, entropy=SystemEntropy()
    )


@pytest.fixture
def stages(exam_session: SessionFacts, session: Session) -> Callable[[], list[Stage]]:
    """Read how far each draw of the session came."""

    def read() -> list[Stage]:
        session.rollback()
        return [found.stage for found in draws_of_session(exam_session.id, session=session)]

    return read


@on_postgresql
def test_throw_that_waited_for_a_redraw_is_refused(
    exam_session: SessionFacts, first: Session, begin: Begin, stages: Callable[[], list[Stage]], session: Session
) -> None:
    session.rollback()
    redraw(exam_session, first)
    throwing = begin(partial(throw, exam_session))

    first.commit()

    assert isinstance(throwing.exception(timeout=30), DrawReplaced)
    assert stages() == [Stage.COMMITTED, Stage.COMMITTED]
    assert papers_of_draw(exam_session.id, 1, session=session) == []


@on_postgresql
def test_redraw_that_waited_for_a_throw_replaces_what_was_drawn(
    exam_session: SessionFacts, first: Session, begin: Begin, stages: Callable[[], list[Stage]], session: Session
) -> None:
    session.rollback()
    throw(exam_session, first)
    redrawing = begin(partial(redraw, exam_session))

    first.commit()

    assert redrawing.result(timeout=30) == 2
    assert stages() == [Stage.DRAWN, Stage.COMMITTED]


@on_postgresql
def test_second_throw_that_waited_for_the_first_is_refused(
    exam_session: SessionFacts, first: Session, begin: Begin, session: Session
) -> None:
    session.rollback()
    throw(exam_session, first)
    throwing = begin(partial(throw, exam_session, salt=BALLS))

    first.commit()

    assert isinstance(throwing.exception(timeout=30), DrawAlreadyMade)
    session.rollback()
    assert [found.salt for found in draws_of_session(exam_session.id, session=session)] == [DICE]


@on_postgresql
def test_closing_that_waits_for_a_redraw_does_not_lock_it_out(
    exam_session: SessionFacts, first: Session, begin: Begin, stages: Callable[[], list[Stage]], session: Session
) -> None:
    """The closing holds the session's row, and the new draw refers to it."""
    session.rollback()
    papers.hold_draw(exam_session.id, session=first)
    closing = begin(partial(close, exam_session))

    assert redraw(exam_session, first) == 2
    first.commit()

    assert isinstance(closing.exception(timeout=30), DrawAlreadyCommitted)
    assert stages() == [Stage.COMMITTED, Stage.COMMITTED]


@on_postgresql
def test_approval_that_waited_for_a_throw_is_outdated(
    exam_session: SessionFacts,
    make_request: MakeRequest,
    second: Person,
    first: Session,
    begin: Begin,
    stages: Callable[[], list[Stage]],
    session: Session,
) -> None:
    request_id = make_request(REDRAW, exam_session.code)
    session.rollback()
    throw(exam_session, first)

    def agree(own: Session) -> None:
        approvals.approve(request_id, person=second, session=own, now=MORNING, entropy=SystemEntropy())

    approving = begin(agree)

    first.commit()

    assert isinstance(approving.exception(timeout=30), RequestOutdated)
    assert stages() == [Stage.DRAWN]


@pytest.mark.parametrize("round_", range(3))
def test_throws_redraws_and_closings_at_once_leave_one_draw_that_counts(
    round_: int,
    exam_session: SessionFacts,
    in_unit: Callable[[Act], object],
    stages: Callable[[], list[Stage]],
    session: Session,
) -> None:
    session.rollback()
    acts = [partial(throw, exam_session), partial(redraw, exam_session), partial(close, exam_session)]
    turned = [*acts[round_:], *acts[:round_]]

    outcomes = at_once(*[partial(in_unit, act) for act in turned * 2])

    assert {type(one) for one in outcomes} <= {int, DrawReplaced, DrawAlreadyMade, DrawAlreadyCommitted}, outcomes
    assert {2, 3} <= {one for one in outcomes if isinstance(one, int)}, outcomes
    assert stages()[1:] == [Stage.COMMITTED] * 2
    thrown = stages()[0] is Stage.DRAWN
    assert len(papers_of_draw(exam_session.id, 1, session=session)) == (3 if thrown else 0)
