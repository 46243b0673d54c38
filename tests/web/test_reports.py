"""What do auditors and administrators see of the log and the machinery?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.accounts.service import close_account
from app.audit import queries as log_of
from app.audit import service as audit
from app.jobs import queries as jobs
from app.jobs.rules import JobState
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.outside import MORNING
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
