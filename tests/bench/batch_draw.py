"""What does the draw of a whole session cost? Roster and commitment, seats and papers in one batch, the check."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import Account
from app.accounts.rules import Role
from app.applicants.models import Applicant
from app.bookings import service as bookings
from app.bookings.models import Booking
from app.bookings.queries import SessionFacts
from app.db import db, unit_of_work
from app.demonstration.people import CENTRE, CENTRE_CODE, make_session
from app.kernel.ids import new_id
from app.papers import service as papers
from app.papers.queries import transcript_of
from app.processes.ceremony import close_and_commit
from app.wiring import Tools, real_tools
from config import Settings
from question_bank import verify_draw
from question_bank.loading import load_pool
from question_bank.throw import dice_salt
from question_bank.transcript import transcript_text

PEOPLE = 1_000


def whole_session(name: str, settings: Settings) -> None:
    """Draw a session of a thousand on an empty database."""
    print(f"\n{name}: a session of {PEOPLE:,}")
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = create_app(settings)
    with app.app_context():
        db.create_all()
        tools = real_tools(settings)
        exam_session = _booked(tools)
        with _told("close booking, fix roster and inputs, commit"), unit_of_work() as session:
            close_and_commit(exam_session, actor="bench", session=session, now=tools.clock.now(), entropy=tools.entropy)
        with _told("throw, draw and freeze all seats and papers"), unit_of_work() as session:
            papers.draw_session(
                exam_session,
                dice_salt([3, 1, 6, 2, 4, 5, 3, 4, 1, 6]),
                actor="bench",
                session=session,
                now=tools.clock.now(),
                entropy=tools.entropy,
            )
        with unit_of_work() as session:
            papers.reveal_draw(exam_session, session=session, now=tools.clock.now())
        with _told("write the transcript"):
            text = transcript_text(transcript_of(exam_session, session=db.session()))
        with _told(f"verify it ({len(text) / 1e6:.1f} MB)"):
            differences = verify_draw.verify(verify_draw.read(text))
        assert not differences, differences[:3]
        db.session.remove()
        db.engine.dispose()


def _booked(tools: Tools) -> SessionFacts:
    """Enter people and their bookings in a few statements: only the draw is measured."""
    now = tools.clock.now()
    with unit_of_work() as session:
        papers.import_items(load_pool().items, session=session, now=now)
        centre = bookings.ensure_centre(CENTRE_CODE, CENTRE, session=session, now=now, entropy=tools.entropy)
        numbers = [f"{number:04d}" for number in range(1, PEOPLE + 11)]
        bookings.ensure_workstations(centre, numbers, accessible=numbers[:60], session=session, now=now)
        made = make_session(
            "BENCH-BATCH", "corps-b-legislation", centre, open_for=timedelta(hours=5), session=session, tools=tools
        )
        _insert_people(made.id, session, tools)
    return made


def _insert_people(exam_session_id: uuid.UUID, session: Session, tools: Tools) -> None:
    now = tools.clock.now()
    ids = [(new_id(now, tools.entropy), new_id(now, tools.entropy)) for _ in range(PEOPLE)]
    accounts = [
        {
            "id": account,
            "sign_in_name": f"{number:012d}",
            "display_name": "Сынақ Сынақов",
            "role": Role.APPLICANT,
            "password_hash": "-",
            "language": "kk",
            "active": True,
            "epoch": 0,
            "created_at": now,
        }
        for number, (account, _) in enumerate(ids)
    ]
    people = [
        {
            "id": person,
            "account_id": account,
            "iin": f"{number:012d}",
            "family_name": "Сынақов",
            "given_name": "Сынақ",
            "birth_date": now.date(),
            "created_at": now,
        }
        for number, (account, person) in enumerate(ids)
    ]
    booked = [
        {
            "id": new_id(now, tools.entropy),
            "exam_session_id": exam_session_id,
            "applicant_id": person,
            "accessible": number % 20 == 0,
            "created_at": now,
        }
        for number, (_, person) in enumerate(ids)
    ]
    for model, rows in ((Account, accounts), (Applicant, people), (Booking, booked)):
        session.execute(insert(model), rows)


@contextmanager
def _told(what: str) -> Iterator[None]:
    begun, spent = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    print(f"{what:<46} {wall:8.2f} s   {cpu:7.2f} CPU-s")
