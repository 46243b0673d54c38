"""Does the journal do what a few lines of Python say, whatever comes in whatever order?"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.kernel.errors import DomainError
from app.sittings import moving, service
from app.sittings.journal import SaveAnswer, save_answer
from app.sittings.queries import SittingFacts, answers_of, journal, sitting_with_id
from app.sittings.rules import Cause, JournalRow, next_head
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.sittings import StartSitting
from tests.kit.outside import CountedEntropy, HandClock

WALKS = 200 if os.environ.get("SYNAQ_LONG") else 8
STEPS = 60


@dataclass
class Model:
    """What a sitting's journal should hold."""

    sitting: SittingFacts
    nonce: bytes
    ended: bool = False
    rows: list[JournalRow] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def save(self, command: SaveAnswer, now: datetime) -> str | bytes:
        """Return the head of the acknowledgement, or the code of the refusal."""
        content = (command.position, command.option)
        if command.nonce != self.nonce:
            return "sittings.elsewhere"
        if 1 <= command.sequence <= len(self.rows):
            row = self.rows[command.sequence - 1]
            same = (row.position, row.option) == content
            return self.heads[command.sequence - 1] if same else f"sittings.sequence_gap {len(self.rows) + 1}"
        if self.ended or now >= self.sitting.timing.deadline + self.sitting.timing.grace:
            return "sittings.ended"
        if not 1 <= command.position <= 55 or not (command.option is None or 1 <= command.option <= 4):
            return "sittings.answer_malformed"
        if command.sequence != len(self.rows) + 1:
            return f"sittings.sequence_gap {len(self.rows) + 1}"
        row = JournalRow(
            sitting_id=self.sitting.id,
            sequence=command.sequence,
            position=command.position,
            option=command.option,
            saved_at=now,
        )
        self.rows.append(row)
        self.heads.append(next_head(self.heads[-1] if self.heads else self.sitting.first_head, row))
        return self.heads[-1]

    @property
    def standing(self) -> dict[int, int]:
        answers = {row.position: row.option for row in self.rows}
        return {position: option for position, option in answers.items() if option is not None}


def save(command: SaveAnswer, engine: Engine, now: datetime) -> str | bytes:
    try:
        return save_answer(command, engine=engine, now=now).head
    except DomainError as error:
        return " ".join([error.code, *(str(value) for value in error.parameters.values())])


def any_command(model: Model, chance: random.Random) -> SaveAnswer:
    """Mostly what a page sends; now and then a repetition, a gap, a stranger or nonsense."""
    following = len(model.rows) + 1
    repeated = chance.choice(model.rows) if model.rows and chance.random() < 0.2 else None
    return SaveAnswer(
        sitting_id=model.sitting.id,
        nonce=model.nonce if chance.random() < 0.95 else bytes(16),
        sequence=repeated.sequence if repeated else chance.choice([following] * 8 + [following + 1, following - 1, 0]),
        position=repeated.position if repeated else chance.choice([*range(1, 56), 0, 56]),
        option=repeated.option if repeated else chance.choice([None, 1, 2, 3, 4, 1, 2, 3, 4, 0, 5]),
    )


@pytest.mark.parametrize("seed", range(WALKS))
def test_walk_through_a_sitting_ends_where_the_model_ends(
    seed: int,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    engine: Engine,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    chance = random.Random(seed)
    sitting = start_sitting(make_booking(exam_session=make_exam_session()))
    model = Model(sitting, sitting.live_nonce or b"")

    for step in range(STEPS):
        clock.advance(seconds=chance.choice([0, 0.000001, 1, 30, 120]))
        if chance.random() < 0.02:
            clock.set(max(clock.now(), sitting.timing.deadline - timedelta(seconds=chance.choice([-5, -1, 0, 1]))))
        if chance.random() < 0.05 and not model.ended:
            who, now = sitting.applicant_id, clock.now()
            code = moving.make_code(
                sitting.id, timedelta(minutes=10), actor=who, session=session, now=now, entropy=entropy
            )
            model.nonce = entropy.token(16)
            moving.take_over(sitting.id, who, code, nonce=model.nonce, session=session, now=now)
            session.commit()
        if chance.random() < 0.01:
            service.end(sitting.id, Cause.CLICK, actor="test", session=session, now=clock.now())
            session.commit()
            model.ended = True
        command = any_command(model, chance)

        assert save(command, engine, clock.now()) == model.save(command, clock.now()), f"seed {seed}, step {step}"

    service.end(sitting.id, Cause.PROCTOR, actor="test", session=session, now=clock.now())
    session.commit()
    ended = sitting_with_id(sitting.id, session=session)
    stored = journal(sitting.id, session=session)
    assert [entry.row for entry in stored] == model.rows
    assert [entry.head for entry in stored] == model.heads
    assert (ended.final_sequence, ended.final_head) == (
        len(model.rows),
        model.heads[-1] if model.heads else sitting.first_head,
    )
    assert answers_of(sitting.id, session=session) == model.standing
