"""Who sits in the exam room of a benchmark? As many people as are wanted, in a few statements."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from flask import Flask, g
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.models import Account
from app.accounts.queries import person
from app.accounts.rules import Role
from app.accounts.signin import fill_session
from app.applicants.models import Applicant
from app.applicants.rules import check_digit
from app.bookings import service as bookings
from app.bookings.models import Booking
from app.bookings.queries import SessionFacts, bookings_of_session
from app.db import db, unit_of_work
from app.demonstration.people import CENTRE, CENTRE_CODE, make_session
from app.kernel.ids import new_id
from app.papers import service as papers
from app.papers.models import Paper
from app.processes.before_sitting import PrepareTest, freeze_paper, prepare_test, start_test
from app.processes.release import release_session
from app.sittings.models import PreparedSitting, Sitting
from app.sittings.rules import first_head
from app.sittings.views import browser_nonce, remember_live
from app.wiring import Tools
from question_bank.loading import load_pool

PASSWORD = "benchmarks-of-synaq"  # of synthetic people
PROGRAMME = "corps-b-legislation"
DIFFERENT_PAPERS = 200
AT_ONCE = 2_000


@dataclass(frozen=True)
class Candidate:
    """One person, as the load knows them."""

    name: str
    """With which they sign in."""
    booking: str
    sitting: str | None
    cookie: str
    token: str
    questions: int = 55


@dataclass(frozen=True)
class _Person:
    account: uuid.UUID
    applicant: uuid.UUID
    booking: uuid.UUID
    name: str
    cookie_nonce: str


def seat(app: Flask, tools: Tools, number: int, *, started: bool = True) -> list[Candidate]:
    """Enter people with a browser and a frozen paper, who are ready to start; or, if wanted, with a sitting that runs.

    The first papers are drawn as in a test without a roster, the others are copies of them. The first person gets
    ready and starts as everybody does; the others are as that one stands in the rows.
    """
    session_of_all = _open(tools)
    people = [
        _Person(*(new_id(tools.clock.now(), tools.entropy) for _ in range(3)), name, tools.entropy.token(16).hex())
        for name, _ in zip(_iins(), range(number), strict=False)
    ]
    with unit_of_work() as session:
        _enter(people, session_of_all, session, tools)
    papers_of = _freeze(people, session_of_all, tools)
    nonces = [_nonce_of(app, who) for who in people]
    sittings = _prepare(people, nonces, papers_of, session_of_all, tools)
    if started:
        _start(people[0], nonces[0], tools)
    _analyse()
    return [
        _with_browser(app, tools, who, nonce, sittings[who.booking] if started else None)
        for who, nonce in zip(people, nonces, strict=True)
    ]


def _iins() -> Iterator[str]:
    """Yield numbers that are valid in form, of men born in January 1990."""
    for number in count(10_000):
        eleven = f"9001{number // 10_000:02d}3{number % 10_000:04d}"
        digit = check_digit(eleven)
        if digit is not None:
            yield eleven + digit


def _open(tools: Tools) -> SessionFacts:
    with unit_of_work() as session:
        now, entropy = tools.clock.now(), tools.entropy
        papers.import_items(load_pool().items, session=session, now=now)
        centre = bookings.ensure_centre(CENTRE_CODE, CENTRE, session=session, now=now, entropy=entropy)
        made = make_session("BENCH", PROGRAMME, centre, open_for=timedelta(hours=12), session=session, tools=tools)
        papers.commit_draw(made, session=session, now=now, entropy=entropy)
        release_session(made, actor="bench", session=session, now=tools.clock.now())
    return made


def _enter(people: Sequence[_Person], exam_session: SessionFacts, session: Session, tools: Tools) -> None:
    now, password = tools.clock.now(), passwords.hashed(PASSWORD)
    accounts = (
        {
            "id": who.account,
            "sign_in_name": who.name,
            "display_name": "Сынақ Сынақов",
            "role": Role.APPLICANT,
            "password_hash": password,
            "language": "kk",
            "created_at": now,
        }
        for who in people
    )
    applicants = (
        {
            "id": who.applicant,
            "account_id": who.account,
            "iin": who.name,
            "family_name": "Сынақов",
            "given_name": "Сынақ",
            "birth_date": date(1990, 1, 1),
            "created_at": now,
        }
        for who in people
    )
    booked = (
        {
            "id": who.booking,
            "exam_session_id": exam_session.id,
            "applicant_id": who.applicant,
            "created_at": now,
        }
        for who in people
    )
    for model, rows in ((Account, accounts), (Applicant, applicants), (Booking, booked)):
        _insert(model, list(rows), session)


def _freeze(people: Sequence[_Person], exam_session: SessionFacts, tools: Tools) -> dict[uuid.UUID, tuple[Any, bytes]]:
    """Freeze a paper for each; return its id and fingerprint by booking."""
    roster = {each.id: each for each in bookings_of_session(exam_session.id, session=db.session())}
    with unit_of_work() as session:
        for who in people[:DIFFERENT_PAPERS]:
            freeze_paper(roster[who.booking], session=session, now=tools.clock.now(), entropy=tools.entropy)
    models = [_columns(row) for row in db.session().scalars(select(Paper))]
    copies = [
        {
            **models[number % len(models)],
            "id": new_id(tools.clock.now(), tools.entropy),
            "booking_id": who.booking,
            "applicant_id": who.applicant,
        }
        for number, who in enumerate(people[DIFFERENT_PAPERS:])
    ]
    with unit_of_work() as session:
        _insert(Paper, copies, session)
    return {each["booking_id"]: (each["id"], each["fingerprint"]) for each in [*models, *copies]}


def _nonce_of(app: Flask, who: _Person) -> bytes:
    with app.test_request_context():
        cookie["nonce"] = who.cookie_nonce
        return browser_nonce(who.booking)


def _prepare(
    people: Sequence[_Person],
    nonces: Sequence[bytes],
    papers_of: dict[uuid.UUID, tuple[Any, bytes]],
    exam_session: SessionFacts,
    tools: Tools,
) -> dict[uuid.UUID, uuid.UUID]:
    """Make everybody ready; return the id that each sitting will have, by booking."""
    roster = bookings_of_session(exam_session.id, session=db.session())
    first = next(each for each in roster if each.id == people[0].booking)
    command = PrepareTest(booking=first, language="kk", nonce=nonces[0])
    with unit_of_work() as session:
        prepare_test(command, session=session, now=tools.clock.now(), entropy=tools.entropy)
    model = _columns(db.session().scalars(select(PreparedSitting)).one())
    rows = [model]
    for who, nonce in zip(people[1:], nonces[1:], strict=True):
        sitting_id = new_id(tools.clock.now(), tools.entropy)
        paper_id, fingerprint = papers_of[who.booking]
        own = {"booking_id": who.booking, "applicant_id": who.applicant, "nonce": nonce, "sitting_id": sitting_id}
        of_paper = {"paper_id": paper_id, "fingerprint": fingerprint, "first_head": first_head(sitting_id, fingerprint)}
        rows.append({**model, **own, **of_paper})
    with unit_of_work() as session:
        _insert(PreparedSitting, rows[1:], session)
    return {row["booking_id"]: row["sitting_id"] for row in rows}


def _start(first: _Person, nonce: bytes, tools: Tools) -> None:
    """Let everybody's clock run who is ready, from now on."""
    with unit_of_work() as session:
        begun = start_test(first.booking, nonce, session=session, now=tools.clock.now()).sitting_id
    model = _columns(db.session().get_one(Sitting, begun))
    rows = []
    for row in db.session().scalars(select(PreparedSitting)):
        ready = _columns(row)
        own = {name: ready[name] for name in ("paper_id", "booking_id", "applicant_id", "first_head")}
        rows.append({**model, **own, "id": ready["sitting_id"], "live_nonce": ready["nonce"]})
    with unit_of_work() as session:
        _insert(Sitting, rows, session)
        session.execute(delete(PreparedSitting))


def _with_browser(app: Flask, tools: Tools, who: _Person, nonce: bytes, sitting_id: uuid.UUID | None) -> Candidate:
    """Give a person the cookie that the application itself would have set, and the token of its pages."""
    known = person(who.account, db.session(), now=tools.clock.now())
    assert known is not None
    with app.test_request_context():
        fill_session(cookie, known, now=tools.clock.now(), entropy=tools.entropy)
        cookie["nonce"] = who.cookie_nonce
        if sitting_id:
            remember_live(sitting_id, nonce)
        g.pop("csrf_token", None)  # the one of the person before
        token = generate_csrf()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        kept = signer.dumps(dict(cookie))
    return Candidate(who.name, str(who.booking), str(sitting_id) if sitting_id else None, kept, token)


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _insert(model: Any, rows: list[dict[str, Any]], session: Session) -> None:
    for some in _in_portions(rows):
        session.execute(insert(model), some)


def _in_portions(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(rows), AT_ONCE):
        yield rows[first : first + AT_ONCE]


def _analyse() -> None:
    """Let the planner know of what came in at once; in a real room it comes little by little."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
