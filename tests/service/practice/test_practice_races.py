"""What happens to practice when two things come at the same moment, and is a paper what its seed says?"""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import unit_of_work
from app.kernel.clock import local_day
from app.kernel.entropy import SystemEntropy
from app.kernel.rulebook import programmes
from app.papers.service import import_items
from app.practice import service
from app.practice.drawing import draw_practice, manifest_of
from app.practice.models import PracticeAnswer, PracticeRun
from app.practice.queries import RunFacts
from app.sittings.errors import SittingEnded
from app.sittings.journal import Saved
from question_bank.draw import draw
from question_bank.items import Item
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING

TOKEN = "0" * 64
PROGRAMME = programmes().latest("practice-legislation")
COMMAND = service.BeginRun(token_hash=TOKEN, programme=PROGRAMME, language="kk")


@pytest.fixture
def begun(session: Session, pool: tuple[Item, ...]) -> RunFacts:
    run = service.begin(COMMAND, session=session, now=MORNING, entropy=SystemEntropy())
    session.commit()
    return run


def begin(app: Flask) -> RunFacts:
    with app.app_context(), unit_of_work() as work:
        return service.begin(COMMAND, session=work, now=MORNING, entropy=SystemEntropy())


def save(app: Flask, run: RunFacts, sequence: int = 1, option: int = 2) -> Saved:
    command = service.GiveAnswer(run_id=run.id, token_hash=TOKEN, sequence=sequence, position=1, option=option)
    with app.app_context(), unit_of_work() as work:
        return service.save_answer(command, session=work, now=MORNING)


def end(app: Flask, run: RunFacts) -> RunFacts:
    with app.app_context(), unit_of_work() as work:
        return service.end(run.id, token_hash=TOKEN, session=work, now=MORNING)


def test_four_presses_at_once_begin_one_run(app: Flask, session: Session, pool: tuple[Item, ...]) -> None:
    session.commit()

    found = at_once(*[partial(begin, app)] * 4)

    assert len({run.id for run in found if isinstance(run, RunFacts)}) == 1, found
    assert {type(run) for run in found} == {RunFacts}
    assert session.scalar(select(func.count()).select_from(PracticeRun)) == 1


def test_ten_saves_of_one_number_write_one_row(app: Flask, session: Session, begun: RunFacts) -> None:
    saved = at_once(*[partial(save, app, begun)] * 10)

    assert {type(answer) for answer in saved} == {Saved}
    assert len({answer.head for answer in saved if isinstance(answer, Saved)}) == 1
    assert session.scalar(select(func.count()).select_from(PracticeAnswer)) == 1


def test_what_was_acknowledged_before_the_end_counts(app: Flask, session: Session, begun: RunFacts) -> None:
    saved, ended = at_once(partial(save, app, begun), partial(end, app, begun))

    assert isinstance(ended, RunFacts)
    written = session.scalar(select(func.count()).select_from(PracticeAnswer))
    assert (type(saved), written) in {(Saved, 1), (SittingEnded, 0)}


def test_paper_is_what_the_seed_says(session: Session, begun: RunFacts, pool: tuple[Item, ...]) -> None:
    row = session.scalars(select(PracticeRun)).one()
    manifest = manifest_of(pool, PROGRAMME, local_day(MORNING))

    again = draw(row.seed, manifest, manifest.leaves_of(row.seen))

    assert again.questions == begun.questions


def test_pool_that_changed_is_read_again(session: Session, pool: tuple[Item, ...]) -> None:
    day, seed = local_day(MORNING), bytes(32)
    before = draw_practice(seed, PROGRAMME, (), day, session=session)
    gone = before.questions[0].item_id
    import_items([item for item in pool if item.id != gone], session=session, now=MORNING)

    after = draw_practice(seed, PROGRAMME, (), day, session=session)

    assert gone not in {question.item_id for question in after.questions}
