"""Does a check of the log find what was changed in answers, papers, results and certificates?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.applicants import service as applicants
from app.applicants.queries import BanFacts
from app.audit import queries
from app.certificates.queries import CertificateFacts
from app.db import unit_of_work
from app.papers import service as papers
from app.papers.models import Draw, Paper
from app.papers.queries import paper_with_id
from app.processes import log_check, log_keeping
from app.processes.after_sitting import end_sitting
from app.scoring import service as scoring
from app.scoring.models import Result, ResultVoid
from app.scoring.queries import ResultFacts, result_of_sitting
from app.scoring.rules import VoidGround
from app.sittings.models import Answer, Sitting
from app.sittings.queries import SittingFacts, journal
from app.sittings.rules import Cause, JournalRow, first_head, next_head
from app.wiring import Tools
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.audit import CheckLog, RecordAct
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting

Cover = Callable[[list[JournalRow]], list[JournalRow]]
RewriteJournal = Callable[[SittingFacts, Cover], None]


@pytest.fixture
def noted_sitting(
    start_sitting: StartSitting, answer: SaveOne, app: Flask, session: Session, tools: Tools
) -> SittingFacts:
    """A running sitting with four saved answers, whose head stands in the log."""
    sitting = start_sitting()
    for number in range(1, 5):
        answer(sitting, number, position=number, option=1)
    session.commit()
    with app.app_context():
        log_keeping.note_heads(tools)
    return sitting


@pytest.fixture
def ended_sitting(noted_sitting: SittingFacts, answer: SaveOne, end: EndSitting) -> SittingFacts:
    """The same, after a fifth answer and its end."""
    answer(noted_sitting, 5, position=5, option=1)
    end(noted_sitting)
    return noted_sitting


@pytest.fixture
def rewrite_journal(session: Session) -> RewriteJournal:
    """Return a rewriter of a whole journal that makes every head anew, as the save statement would."""

    def rewrite(sitting: SittingFacts, cover: Cover) -> None:
        session.rollback()
        rows = cover([entry.row for entry in journal(sitting.id, session=session)])
        session.execute(text("DELETE FROM answer"))
        head = first_head(sitting.id, paper_with_id(sitting.paper_id, session=session).fingerprint)
        for sequence, row in enumerate(rows, start=1):
            moved = replace(row, sequence=sequence)
            head = next_head(head, moved)
            session.add(Answer(**vars(moved), head=head))
        ended = update(Sitting).where(Sitting.id == sitting.id, Sitting.state == "ended")
        session.execute(ended.values(final_head=head, final_sequence=len(rows)))
        session.commit()

    return rewrite


def another_option(rows: list[JournalRow]) -> list[JournalRow]:
    return [replace(row, option=2) if row.sequence == 2 else row for row in rows]


def without_the_second(rows: list[JournalRow]) -> list[JournalRow]:
    return [row for row in rows if row.sequence != 2]


def with_one_more(rows: list[JournalRow]) -> list[JournalRow]:
    return [*rows[:2], replace(rows[1], position=9), *rows[2:]]


def in_another_order(rows: list[JournalRow]) -> list[JournalRow]:
    return [rows[0], rows[2], rows[1], *rows[3:]]


TAMPERINGS = [
    pytest.param(another_option, id="change"),
    pytest.param(without_the_second, id="delete"),
    pytest.param(with_one_more, id="insert"),
    pytest.param(in_another_order, id="swap"),
]


def test_untouched_tables_are_what_the_log_says(
    ended_sitting: SittingFacts, noted_sitting: SittingFacts, check_log: CheckLog, app: Flask
) -> None:
    assert check_log() is None
    with app.app_context(), log_check.one_moment() as moment:
        report = log_check.check([], session=moment)
    assert (report.sittings, report.signed, report.fault) == (1, 0, None)
    assert report.acts > 5


# --- answers


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE answer SET option = 2 WHERE sequence = 2", "Saved answer 2 of sitting {} was changed."),
        ("UPDATE answer SET position = 9 WHERE sequence = 2", "Saved answer 2 of sitting {} was changed."),
        ("UPDATE answer SET head = (SELECT first_head FROM sitting)", "Saved answer 1 of sitting {} was changed."),
        ("DELETE FROM answer WHERE sequence = 2", "Sitting {} lacks its saved answer 2."),
        ("DELETE FROM answer WHERE sequence >= 4", "Sitting {} lacks its saved answer 4."),
        ("UPDATE sitting SET first_head = final_head", "Sitting {} does not begin with its paper."),
    ],
)
def test_answers_changed_after_the_end_are_named(
    ended_sitting: SittingFacts, session: Session, check_log: CheckLog, statement: str, sentence: str
) -> None:
    session.execute(text(statement))
    session.commit()

    assert check_log() == sentence.format(ended_sitting.id)


@pytest.mark.parametrize("cover", TAMPERINGS)
def test_journal_of_a_running_sitting_rewritten_with_its_heads_is_named(
    session: Session,
    noted_sitting: SittingFacts,
    rewrite_journal: RewriteJournal,
    check_log: CheckLog,
    cover: Cover,
) -> None:
    rewrite_journal(noted_sitting, cover)
    (noted,) = queries.latest(session, limit=1, kind="sittings.heads.noted")

    changed = f"The answers of a sitting that runs in act {noted.seq} were changed after {noted.at.isoformat()}."
    shortened = f"Sitting {noted_sitting.id} lacks its saved answer 4."
    assert check_log() == (shortened if cover is without_the_second else changed)


@pytest.mark.parametrize("cover", TAMPERINGS)
def test_journal_of_an_ended_sitting_rewritten_with_its_heads_is_named(
    session: Session,
    start_sitting: StartSitting,
    answer: SaveOne,
    end: EndSitting,
    rewrite_journal: RewriteJournal,
    check_log: CheckLog,
    cover: Cover,
) -> None:
    sitting = start_sitting()
    for number in range(1, 5):
        answer(sitting, number, position=number, option=1)
    end(sitting)
    rewrite_journal(sitting, cover)

    (ended,) = (entry for entry in queries.about(session, str(sitting.id)) if entry.kind == "sittings.sitting.ended")
    counts = {without_the_second: 3, with_one_more: 5}
    said = (
        f"Sitting {sitting.id} has {counts[cover]} saved answers; it ended with 4 (act {ended.seq})."
        if cover in counts
        else f"The answers of sitting {sitting.id} are not those with which it ended (act {ended.seq})."
    )
    assert check_log() == said


def test_answers_given_after_the_last_note_are_held_by_the_end_alone(
    noted_sitting: SittingFacts,
    answer: SaveOne,
    rewrite_journal: RewriteJournal,
    check_log: CheckLog,
) -> None:
    """The window of a minute: why heads are noted that often."""
    answer(noted_sitting, 5, position=5, option=1)

    rewrite_journal(noted_sitting, lambda rows: rows[:4])

    assert check_log() is None


# --- results and papers


@pytest.fixture
def result(make_result: MakeResult) -> ResultFacts:
    return make_result(FAILING)


@pytest.mark.parametrize(
    "values",
    [
        {"passed": True},
        {"total": 55},
        {"sections": [{"block": "constitution-2026", "correct": 15, "questions": 15, "minimum": 5}] * 4},
        {"failed": []},
        {"retest_opens_at": None},
        {"total_minimum": 1},
        {"answered": 55},
        {"journal_head": bytes(32)},
        {"programme_version": "1999.1"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_changed_result_is_named(
    result: ResultFacts, session: Session, check_log: CheckLog, values: dict[str, object]
) -> None:
    session.execute(update(Result).values(values))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert f"Result {result.id} is not the one that was recorded" in fault


def test_result_that_was_taken_away_is_named(result: ResultFacts, session: Session, check_log: CheckLog) -> None:
    session.execute(text("DELETE FROM result"))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert f"(scoring.result.recorded {result.id}) speaks of is not there: ResultNotFound" in fault


def test_result_that_no_act_tells_of_is_named(
    result: ResultFacts, start_sitting: StartSitting, session: Session, check_log: CheckLog
) -> None:
    other = start_sitting()
    row = session.scalars(select(Result)).one()
    copied = {column.key: getattr(row, column.key) for column in Result.__table__.columns}
    session.add(Result(**{**copied, "id": other.id, "sitting_id": other.id, "passed": True}))
    session.commit()

    assert check_log() == f"No act tells of result {other.id}."


def test_sitting_that_no_act_tells_of_is_named(
    result: ResultFacts, make_booking: MakeBooking, session: Session, check_log: CheckLog
) -> None:
    booking = make_booking()
    row = session.scalars(select(Sitting)).one()
    copied = {column.key: getattr(row, column.key) for column in Sitting.__table__.columns}
    paper = session.scalars(select(Paper)).one()
    session.add(
        Paper(**{column.key: getattr(paper, column.key) for column in Paper.__table__.columns}
              | {"id": booking.id, "booking_id": booking.id})
    )  # fmt: skip
    session.flush()
    session.add(Sitting(**{**copied, "id": booking.id, "booking_id": booking.id, "paper_id": booking.id}))
    session.commit()

    assert check_log() == f"No act tells of sitting {booking.id}."


def test_result_whose_act_lost_its_facts_is_named(
    result: ResultFacts, session: Session, record_act: RecordAct, check_log: CheckLog
) -> None:
    """Somebody with the application's role can write a false act of erasure, and then change the result."""
    entry = next(entry for entry in queries.about(session, str(result.id)) if entry.kind == "scoring.result.recorded")
    record_act("audit.facts.erased", subject=str(entry.seq))
    session.execute(
        text("INSERT INTO audit_erasure SELECT :seq, at FROM audit_entry WHERE seq = 1"), {"seq": entry.seq}
    )
    session.execute(text("DELETE FROM audit_body WHERE seq = :seq"), {"seq": entry.seq})
    session.execute(update(Result).values(passed=True))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert fault.startswith(f"The facts of act {entry.seq} (scoring.result.recorded) were erased")


def test_changed_paper_is_named(ended_sitting: SittingFacts, session: Session, check_log: CheckLog) -> None:
    paper = session.get_one(Paper, ended_sitting.paper_id)
    questions = json.loads(json.dumps(paper.questions))
    questions[0], questions[1] = (
        {**questions[1], "position": 1},
        {**questions[0], "position": 2},
    )
    session.execute(update(Paper).values(questions=questions))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert f"Paper {ended_sitting.paper_id} is not the one that was frozen (act " in fault


def test_changed_draw_is_named(
    make_exam_session: MakeExamSession, pool: object, session: Session, tools: Tools, check_log: CheckLog
) -> None:
    exam_session = make_exam_session(committed=False)
    papers.commit_draw(exam_session, session=session, now=tools.clock.now(), entropy=tools.entropy)
    session.commit()
    assert check_log() is None

    session.execute(update(Draw).values(commitment=bytes(32)))
    session.commit()

    fault = check_log()
    assert fault is not None
    assert f"Draw 1 of session {exam_session.id} is not the one committed to (act " in fault


# --- certificates


@pytest.fixture
def certificate(make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE certificate SET token = payload", "is not the one that was issued"),
        ("UPDATE certificate SET token = NULL, signed_at = NULL", "is not in the register any more"),
        ("DELETE FROM certificate", "is not in the register any more"),
    ],
)
def test_changed_register_is_named(
    certificate: CertificateFacts, session: Session, check_log: CheckLog, statement: str, words: str
) -> None:
    assert check_log() is None
    session.execute(text(statement))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert f"Certificate {certificate.number} {words}" in fault


@pytest.fixture
def lifted_ban(make_applicant: MakeApplicant, make_ban: MakeBan, session: Session, tools: Tools) -> BanFacts:
    """A ban that was imposed and lifted."""
    ban = make_ban(make_applicant().facts.id)
    applicants.lift_ban(ban.id, "Granted.", actor="a", session=session, now=tools.clock.now())
    session.commit()
    return ban


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ban SET reference = 'AST-01/9'", "Ban {ban} is not the one that was imposed (act"),
        ("UPDATE ban SET act_on = '2026-11-25'", "Ban {ban} is not the one that was imposed (act"),
        ("UPDATE ban SET ends_at = starts_at + 1", "Ban {ban} is not the one that was imposed (act"),
        ("UPDATE ban SET lifted_at = NULL, lifted_reason = NULL", "Ban {ban} runs, though it was lifted (act"),
        ("DELETE FROM ban", "ban.imposed {ban}) speaks of is not there"),
    ],
)
def test_changed_ban_is_named(
    lifted_ban: BanFacts, session: Session, check_log: CheckLog, statement: str, words: str
) -> None:
    assert check_log() is None
    if session.get_bind().dialect.name == "postgresql":
        statement = statement.replace("starts_at + 1", "starts_at + interval '1 second'")
    else:
        statement = statement.replace("starts_at + 1", "'2026-11-23 19:00:01.000000'")
    session.execute(text(statement))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert words.format(ban=lifted_ban.id) in fault


def test_ban_lifted_behind_the_log_is_named(
    make_applicant: MakeApplicant, make_ban: MakeBan, session: Session, check_log: CheckLog
) -> None:
    ban = make_ban(make_applicant().facts.id)
    session.execute(text("UPDATE ban SET lifted_at = imposed_at, lifted_reason = 'x'"))
    session.commit()

    assert check_log() == f"No act tells of the lifting of ban {ban.id}."


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE result_void SET reason = 'x'", "was voided by somebody else or otherwise than act"),
        ("UPDATE result_void SET ground = 'identity'", "was voided by somebody else or otherwise than act"),
        ("DELETE FROM result_void", "counts, though it was voided (act"),
    ],
)
def test_changed_voiding_is_named(
    make_result: MakeResult,
    make_account: MakeAccount,
    session: Session,
    check_log: CheckLog,
    tools: Tools,
    statement: str,
    words: str,
) -> None:
    result, who = make_result(FAILING), make_account(role=Role.ADMINISTRATOR)
    scoring.void_result(
        result.id,
        VoidGround.TECHNICAL,
        "The network was down.",
        actor=who.id,
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )
    session.commit()
    assert check_log() is None
    session.execute(text(statement))
    session.commit()

    fault = check_log()

    assert fault is not None
    assert f"Result {result.id} {words}" in fault


def test_voiding_behind_the_log_is_named(
    make_result: MakeResult, make_account: MakeAccount, session: Session, check_log: CheckLog, tools: Tools
) -> None:
    result, who = make_result(FAILING), make_account(role=Role.ADMINISTRATOR)
    session.add(
        ResultVoid(
            id=result.id,
            result_id=result.id,
            ground=VoidGround.TECHNICAL,
            reason="x",
            voided_by=who.id,
            voided_at=tools.clock.now(),
        )
    )
    session.commit()

    assert check_log() == f"No act tells of the voiding of result {result.id}."


# --- the check itself


def test_head_that_cannot_be_read_is_a_fault_and_no_crash(
    record_act: RecordAct, session: Session, check_log: CheckLog
) -> None:
    record_act()
    session.execute(text("UPDATE audit_head SET frontier = :short"), {"short": b"short"})
    session.commit()

    assert check_log() == "The head of the log cannot be read: it was changed."


def test_check_sees_one_moment_whatever_is_written_meanwhile(
    app: Flask, start_sitting: StartSitting, session: Session, tools: Tools
) -> None:
    sitting = start_sitting()
    with app.app_context(), log_check.one_moment() as moment:
        before = log_check.check([], session=moment)
        with unit_of_work() as own:
            end_sitting(sitting.id, Cause.CLICK, actor="a", session=own, now=tools.clock.now(), entropy=tools.entropy)
        assert log_check.check([], session=moment) == before
    assert result_of_sitting(sitting.id, session=session).total == 0
