"""Do whole paths hold: pass and certificate, fail and retest, time over?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.papers.queries import key_of, paper_with_id
from app.sittings.queries import sitting_with_id
from app.sittings.rules import Cause, State
from app.wiring import Tools
from app.work import HANDLERS, TIMERS
from certs.authority import Authority
from certs.encoding import to_base32
from certs.verification import verify
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING
from tests.kit.factories.sittings import ExamDesk, code_on, planned
from tests.kit.outside import HandClock, ListMailer
from tests.kit.pages import Page

ROOT = Path(__file__).parents[2]
Browser = Callable[[], ClientRequest]
RunJobs = Callable[..., int]


@pytest.fixture
def arrive(make_browser: Browser, make_booking: MakeBooking) -> Callable[..., ExamDesk]:
    """An applicant with a booking comes to a computer and signs in with the form."""

    def act(applicant: Enrolled, exam_session: object = None) -> ExamDesk:
        booking = make_booking(applicant, exam_session)
        browser = make_browser()
        browser.post("pages.choose_language", {}, code="en")
        data = {"sign_in_name": applicant.facts.iin, "password": PASSWORD}
        welcome = browser.post("accounts.sign_in_try", data)
        assert welcome.location == browser.address_of("desk.mine")
        return ExamDesk(browser, booking, applicant.person)

    return act


@pytest.fixture
def answer_paper(session: Session) -> Callable[[ExamDesk, tuple[int, ...]], None]:
    """Answer as the paper shows it, so many right per act, as the page would."""

    def act(desk: ExamDesk, counts: tuple[int, ...]) -> None:
        session.rollback()
        assert desk.sitting_id is not None
        paper = paper_with_id(sitting_with_id(desk.sitting_id, session=session).paper_id, session=session)
        key = {question.position: question.option for question in key_of(paper, session=session)}
        session.rollback()
        for position, option in planned(key, counts).items():
            desk.answer(position, option)
            if position % 15 == 0:
                desk.beat({"n": position, "kind": "place", "position": position})

    return act


def press(browser: ClientRequest, page: Page, label: str, status: int = 200) -> Page:
    """Follow the one link of ``page`` that reads ``label``."""
    (link,) = [link for link in page.all(".//main//a") if "".join(link.itertext()).strip() == label]
    return browser.get_path(str(link.get("href")), status)


@pytest.mark.usefixtures("keys")
def test_applicant_passes_and_anyone_can_verify_the_certificate(
    make_applicant: MakeApplicant,
    arrive: Callable[..., ExamDesk],
    answer_paper: Callable[[ExamDesk, tuple[int, ...]], None],
    run_jobs: RunJobs,
    make_browser: Browser,
    mailer: ListMailer,
    tools: Tools,
    clock: HandClock,
) -> None:
    # given: an applicant in Kazakh, at the desk
    desk = arrive(make_applicant(iin="950821499918", family_name="Әбенова", given_name="Айгүл", patronymic="Серікқызы"))
    browser = desk.browser
    browser.follow(press(browser, browser.get("desk.mine"), "Start the test", 303))
    desk.start("kk")
    desk.page()
    assert desk.paper()["language"] == "kk"

    # when: the paper is answered in 40 minutes and handed in, and the worker does its work
    clock.advance(minutes=40)
    answer_paper(desk, (12, 11, 9, 8))
    result = browser.follow(desk.finish())
    assert "The certificate is being made." in result.words()
    run_jobs(HANDLERS)

    # then: the certificate is there, and was told of
    told = browser.get("inbox.index")
    assert "Your certificate is ready" in told.words()
    assert "The result of your test is ready" in told.words()
    assert len(mailer.letters) == 2
    certificate = press(browser, desk.result(), "Take the certificate")
    number = certificate.words(".//article//dd/strong").split()[0]
    assert "Әбенова Айгүл Серікқызы" in certificate.words()
    token = browser.get("certificates.token", number=number).body

    # and: a stranger verifies it by the code, by the number, and without the server
    stranger = make_browser()
    stranger.post("pages.choose_language", {}, code="en")
    by_token = stranger.post("verification.by_token", {"token": to_base32(token)}, 200)
    by_number = stranger.post("verification.by_number", {"number": number, "iin_ending": "9918"}, 200)
    assert (by_token.h1, by_number.h1) == ("Valid", "Valid")
    assert "950821499918" in by_token.words()
    assert "950821499918" not in by_number.text
    offline = verify(token, tools.keys.trust, clock.now(), host=None)
    assert offline.failures == ()
    assert offline.document is not None
    assert (offline.document.total, offline.document.language) == (40, "kk")


@pytest.mark.usefixtures("keys")
def test_applicant_fails_in_russian_and_may_not_sit_again_before_the_date(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    arrive: Callable[..., ExamDesk],
    answer_paper: Callable[[ExamDesk, tuple[int, ...]], None],
    run_jobs: RunJobs,
    mailer: ListMailer,
    clock: HandClock,
) -> None:
    # given: an applicant who sits in Russian and knows too little of one act
    applicant = make_applicant(family_name="Ли", given_name="Вера", patronymic="Павловна")
    desk = arrive(applicant)
    desk.start("ru")
    first_paper = {question["stem"] for question in desk.paper()["questions"]}

    # when
    answer_paper(desk, (15, 15, 4, 10))
    result = desk.browser.follow(desk.finish())

    # then: the act that failed and the date are on the page, and no certificate is made
    assert "Below the threshold" in result.h1
    assert "27 November 2026" in result.words()
    assert "The total number" not in result.words()
    run_jobs(HANDLERS)
    assert [letter.subject for letter in mailer.letters] == ["The result of your test is ready"]

    # and: a booking before that date does not start, one on it does
    clock.set(datetime(2026, 11, 26, 18, 30, tzinfo=UTC))
    again = arrive(applicant, make_exam_session())
    assert again.start("ru", status=409).h1 == "The retest is not open yet"
    clock.set(datetime(2026, 11, 26, 19, 0, tzinfo=UTC))
    again.start("ru")
    assert not {question["stem"] for question in again.paper()["questions"]} & first_paper


def test_time_runs_out_and_the_worker_ends_the_test(
    make_applicant: MakeApplicant,
    arrive: Callable[..., ExamDesk],
    answer_paper: Callable[[ExamDesk, tuple[int, ...]], None],
    app: Flask,
    tools: Tools,
    session: Session,
    clock: HandClock,
) -> None:
    # given: somebody who answers to the last minute and forgets to finish
    desk = arrive(make_applicant())
    desk.start()
    answer_paper(desk, FAILING)
    clock.advance(minutes=54, seconds=50)
    desk.beat()

    # when: the deadline and the grace pass, and the worker's timers run
    clock.advance(seconds=15)
    refused = desk.answer(55, 1, status=409)
    session.commit()
    with app.app_context():
        for timer in TIMERS:
            timer.run(tools)

    # then
    assert refused == {"code": "sittings.late", "kept": True}
    result = desk.result()
    assert "29 of 55" in result.words()
    assert "the time was up" in result.words()
    assert desk.beat()["location"] == f"/sittings/{desk.sitting_id}/result"


def test_computer_breaks_and_the_test_goes_on_at_another_one(
    make_applicant: MakeApplicant,
    arrive: Callable[..., ExamDesk],
    answer_paper: Callable[[ExamDesk, tuple[int, ...]], None],
    make_account: MakeAccount,
    make_browser: Browser,
    clock: HandClock,
) -> None:
    # given: a test that stands at 30 answers when the computer dies
    applicant = make_applicant()
    broken = arrive(applicant)
    broken.start()
    answer_paper(broken, PASSING)
    saved = broken.paper()
    clock.advance(minutes=20)

    # when: the applicant signs in at another computer, and the proctor lets the test go on there
    spare = arrive(applicant, broken.booking.session)
    spare.sitting_id = broken.sitting_id
    spare.resume(status=409)
    proctor = make_browser()
    proctor.sign_in(make_account(role=Role.PROCTOR, centre_id=broken.booking.session.centre_id))
    page = proctor.post("proctoring.move", {}, 200, sitting_id=broken.sitting_id)
    spare.browser.follow(spare.move_here(code_on(page)))

    # then: nothing is lost but the minutes
    found = spare.paper()
    assert (found["answers"], found["sequence"], found["head"]) == (saved["answers"], saved["sequence"], saved["head"])
    assert found["remaining_ms"] == timedelta(minutes=35).total_seconds() * 1000
    spare.sequence = found["sequence"]
    spare.answer(55, 1)
    spare.browser.follow(spare.finish())
    broken.page(status=409)


def test_command_of_another_process_ends_what_is_over(
    make_applicant: MakeApplicant,
    arrive: Callable[..., ExamDesk],
    keys: Authority,
    engine: Engine,
    session: Session,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    # given: a sitting of long ago by the clock of this machine
    clock.set(datetime(2026, 8, 3, 5, 0, tzinfo=UTC))
    desk = arrive(make_applicant())
    desk.start()
    desk.answer(1, 1)
    session.commit()

    # when: the command runs in a process of its own, against the same database
    settings = {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "SYNAQ_INSTANCE": str(tmp_path / "instance"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "close-expired"]
    runs = [
        subprocess.run(
            command, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        for _ in range(2)
    ]

    # then
    assert "1 sittings ended." in runs[0].stdout
    assert "0 sittings ended." in runs[1].stdout
    session.rollback()
    assert desk.sitting_id is not None
    sitting = sitting_with_id(desk.sitting_id, session=session)
    assert (sitting.state, sitting.ended_by, sitting.final_sequence) == (State.ENDED, Cause.TIME, 1)
