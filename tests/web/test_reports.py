"""What do auditors and administrators see of the log and the machinery?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.accounts.service import close_account
from app.audit import queries as log_of
from app.audit import service as audit
from app.jobs import queries as jobs
from app.jobs.rules import MOST_ATTEMPTS, JobState
from app.mail import AddressRefused
from app.notices.delivery import HANDLERS
from app.notices.rules import MAIL_JOB, SMS_JOB, LetterKind, NoticeKind
from app.notices.service import forget_failed, send_letter
from app.reports.texts import MESSAGE_NAMES
from app.wiring import Tools
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.outside import MORNING, HandClock, ListMailer
from tests.kit.pages import Page


@pytest.fixture
def as_role(client_request: ClientRequest, make_account: MakeAccount) -> Callable[[Role], ClientRequest]:
    def sign_in(role: Role) -> ClientRequest:
        client_request.sign_in(make_account(role=role))
        return client_request

    return sign_in


@pytest.fixture
def failed_job(make_job: Callable[..., uuid.UUID], run_jobs: Callable[..., int]) -> uuid.UUID:
    job_id = make_job("tests.unheard")
    run_jobs({})
    return job_id


def write(session: Session, times: int, kind: str = "tests.thing.done") -> None:
    for number in range(times):
        audit.record(kind, session=session, at=MORNING, actor="a test", subject="thing", number=number, note="<b>")


def numbers_on(page: Page) -> list[str]:
    return [(link.text or "").removeprefix("№ ") for link in page.all(".//main//span[@class='act-when']/a")]


def test_log_shows_acts_newest_first(as_role: Callable[[Role], ClientRequest], session: Session) -> None:
    write(session, 2)

    page = as_role(Role.AUDITOR).get("reports.log")

    assert numbers_on(page) == ["2", "1"]
    assert page.words(".//main/h2") == "24.11.2026"
    assert "10:00:00" in page.words(".//main")


def test_log_goes_back_page_by_page(as_role: Callable[[Role], ClientRequest], session: Session) -> None:
    write(session, 60)
    write(session, 60, "others.thing.done")
    browser = as_role(Role.ADMINISTRATOR)

    first = browser.get("reports.log", kind="tests")
    (older,) = [str(link.get("href")) for link in first.all(".//main//a") if "before=" in str(link.get("href"))]
    second = browser.get_path(older)

    assert (len(numbers_on(first)), len(numbers_on(second))) == (50, 10)
    assert "others" not in second.words(".//main")


def test_empty_log_says_so(as_role: Callable[[Role], ClientRequest]) -> None:
    page = as_role(Role.AUDITOR).get("reports.log")

    assert "There are no entries here." in page.words()


def test_log_is_narrowed_to_a_subject_or_an_actor_and_names_people(
    client_request: ClientRequest, make_account: MakeAccount, session: Session
) -> None:
    auditor, closed = make_account(role=Role.AUDITOR), make_account(role=Role.PROCTOR)
    client_request.sign_in(auditor)
    write(session, 3)
    close_account(closed.id, actor="system", session=session, now=MORNING)

    page = client_request.get("reports.log", about=f" {closed.id} ")

    assert numbers_on(page) == ["4"]
    assert "Account closed" in page.words()
    assert "Proctor 2" in page.words()
    assert "Synaq" in page.words(".//main//span[@class='act-who']")
    assert numbers_on(client_request.get("reports.log", about="a test")) == ["3", "2", "1"]


@pytest.mark.parametrize(
    "question", [{"kind": "a b"}, {"kind": "%"}, {"before": "x"}, {"before": "0"}, {"about": "x" * 81}]
)
def test_odd_question_to_the_log_is_refused(as_role: Callable[[Role], ClientRequest], question: dict[str, str]) -> None:
    as_role(Role.AUDITOR).get("reports.log", status=422, **question)


@pytest.mark.parametrize(
    ("role", "log", "overview"),
    [
        (Role.AUDITOR, 200, 403),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.APPLICANT, 403, 403),
        (Role.PROCTOR, 403, 403),
        (Role.EDITOR, 403, 403),
        (Role.REVIEWER, 403, 403),
        (Role.HIRING_BODY, 403, 403),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_reports_are_for_their_roles_only(
    as_role: Callable[[Role], ClientRequest], role: Role, log: int, overview: int
) -> None:
    browser = as_role(role)

    browser.get("reports.log", status=log)
    browser.get("reports.checkpoints", status=log)
    browser.get("reports.act", status=404 if log == 200 else log, seq=1)
    browser.get("reports.proof", status=404 if log == 200 else log, seq=1)
    browser.get("reports.overview", status=overview)


@pytest.mark.usefixtures("failed_job")
def test_overview_shows_what_was_given_up(as_role: Callable[[Role], ClientRequest]) -> None:
    words = as_role(Role.ADMINISTRATOR).get("reports.overview").words()

    assert "tests.unheard" in words
    assert "no handler does jobs of kind" in words
    assert "Administrator 1" in words


def test_failed_job_is_tried_again_on_request(
    as_role: Callable[[Role], ClientRequest], failed_job: uuid.UUID, session: Session
) -> None:
    browser = as_role(Role.ADMINISTRATOR)

    answer = browser.post("reports.retry_job", job_id=failed_job)

    browser.follow(answer)
    assert [entry.kind for entry in log_of.about(session, str(failed_job))] == ["jobs.job.requeued"]
    assert jobs.counts(session)[JobState.QUEUED] == 1


def test_job_that_has_not_failed_is_not_tried_again(as_role: Callable[[Role], ClientRequest]) -> None:
    as_role(Role.ADMINISTRATOR).post("reports.retry_job", status=409, job_id=uuid.UUID(int=1))


def test_auditor_cannot_try_a_job_again(as_role: Callable[[Role], ClientRequest], failed_job: uuid.UUID) -> None:
    as_role(Role.AUDITOR).post("reports.retry_job", status=403, job_id=failed_job)


# --- letters


@pytest.fixture
def letter(session: Session, tools: Tools) -> None:
    send_letter(
        LetterKind.PASSWORD_RESET,
        to="aigul@domain.kz",
        language="en",
        context={"name": "Aigul", "new_password": "http://localhost/x", "minutes": 30},
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )


def test_letters_page_is_empty_at_first(as_role: Callable[[Role], ClientRequest]) -> None:
    words = as_role(Role.ADMINISTRATOR).get("reports.letters").words()

    assert "No letter was given up." in words
    assert "No letter waits." in words
    assert "No letter was sent in the last 30 days." in words


@pytest.mark.usefixtures("letter")
def test_waiting_letter_names_its_kind_and_masks_its_address(as_role: Callable[[Role], ClientRequest]) -> None:
    page = as_role(Role.ADMINISTRATOR).get("reports.letters")

    assert "Link for a new password (Letter)" in page.words()
    assert "a***@d***.kz" in page.words()
    assert "aigul" not in page.text
    assert "Aigul" not in page.text


@pytest.mark.usefixtures("letter")
def test_letter_that_met_a_fault_says_which_and_when_it_is_tried_again(
    as_role: Callable[[Role], ClientRequest], run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    mailer.fail_with = OSError("no mailbox aigul@domain.kz")
    run_jobs(HANDLERS)

    page = as_role(Role.ADMINISTRATOR).get("reports.letters")

    assert "NotSent: OSError: no mailbox a***@d***.kz" in page.words()
    assert "aigul" not in page.text


@pytest.mark.usefixtures("letter")
def test_letter_to_an_address_that_is_no_more_is_shown_at_once(
    as_role: Callable[[Role], ClientRequest], run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    mailer.fail_with = AddressRefused("550 no mailbox aigul@domain.kz")
    run_jobs(HANDLERS)

    page = as_role(Role.ADMINISTRATOR).get("reports.letters")

    assert "AddressRefused: 550 no mailbox a***@d***.kz" in page.words()
    assert "aigul" not in page.text


@pytest.mark.usefixtures("letter")
def test_letter_that_was_given_up_is_sent_on_request(
    as_role: Callable[[Role], ClientRequest],
    run_jobs: Callable[..., int],
    mailer: ListMailer,
    clock: HandClock,
    session: Session,
) -> None:
    mailer.fail_with = OSError("away")
    for _ in range(MOST_ATTEMPTS):
        run_jobs(HANDLERS)
        clock.advance(hours=3)
    browser = as_role(Role.ADMINISTRATOR)
    page = browser.get("reports.letters")
    (form,) = page.all(".//main//form")
    assert "12" in page.words(".//main//td")

    answer = browser.post_path(str(form.get("action")), {"next": "/reports/letters"})
    mailer.fail_with = None
    run_jobs(HANDLERS)

    assert answer.location == "/reports/letters"
    assert len(mailer.letters) == 1
    page = browser.follow(answer)
    assert "No letter was given up." in page.words()
    assert "Letters sent last" in page.words()
    assert "jobs.job.requeued" in [entry.kind for entry in log_of.latest(session, limit=5)]


@pytest.mark.usefixtures("letter")
def test_address_of_a_letter_given_up_long_ago_is_erased_and_it_is_not_tried_again(
    as_role: Callable[[Role], ClientRequest], failed_job: uuid.UUID, clock: HandClock, session: Session
) -> None:
    (given_up,) = jobs.of_kinds([MAIL_JOB], JobState.FAILED, session=session, limit=9)

    clock.advance(days=30)
    browser = as_role(Role.ADMINISTRATOR)
    forget_failed(session=session, now=clock.now())
    session.commit()
    assert "a***@d***.kz" in browser.get("reports.letters").words()

    clock.advance(seconds=1)
    forget_failed(session=session, now=clock.now())
    session.commit()
    page = browser.get("reports.letters")
    assert "a***@d***.kz" not in page.words()
    assert "Nothing: its address is erased." in page.words()
    assert not page.all(".//main//form")
    assert jobs.payloads([given_up.id], session=session) == {given_up.id: {}}
    assert browser.post("reports.retry_job", status=409, job_id=given_up.id).h1 == "This letter cannot be sent any more"
    (form,) = browser.get("reports.overview").all(".//main//td/form")
    assert form.get("action") == f"/reports/jobs/{failed_job}/retry"


@pytest.mark.usefixtures("letter")
def test_short_messages_are_shown_where_they_are_sent(
    as_role: Callable[[Role], ClientRequest],
    app: Flask,
    tools: Tools,
    make_job: Callable[..., uuid.UUID],
) -> None:
    make_job(SMS_JOB, {"kind": "booking_reminder", "to": "+77011234567", "language": "en", "context": {}})
    browser = as_role(Role.ADMINISTRATOR)

    page = browser.get("reports.letters")
    app.extensions["synaq_tools"] = replace(tools, texter=None)
    without = browser.get("reports.letters")

    assert "Reminder the day before (SMS)" in page.words()
    assert "+7***67" in page.words()
    assert "SMS" not in without.words()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_letters_are_for_administrators(as_role: Callable[[Role], ClientRequest], role: Role) -> None:
    as_role(role).get("reports.letters", status=403)


def test_every_message_has_a_name_for_administrators() -> None:
    assert MESSAGE_NAMES.keys() == {kind.value for kind in [*LetterKind, *NoticeKind]}
