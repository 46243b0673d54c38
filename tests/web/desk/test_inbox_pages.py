"""Do applicants find what they were told, each only their own?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.notices.models import Notice
from app.notices.rules import NoticeKind
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.notices import MakeNotice
from tests.kit.factories.sittings import ExamDesk
from tests.kit.notices import FACTS
from tests.kit.outside import HandClock
from tests.kit.pages import Page

HEADER = ".//header//div[@class='sign-in-state']"


@pytest.fixture
def reader(client_request: ClientRequest, make_applicant: MakeApplicant) -> Enrolled:
    applicant = make_applicant()
    client_request.sign_in(applicant.person)
    return applicant


def subjects_on(page: Page) -> list[str]:
    return [link.text or "" for link in page.all(".//main//li//a")]


@pytest.mark.usefixtures("reader")
def test_empty_inbox_says_so(client_request: ClientRequest) -> None:
    page = client_request.get("inbox.index")

    assert "There are no messages yet." in page.words()
    assert "Messages My page" not in page.words(HEADER)
    assert "Messages" in page.words(HEADER)
    assert "(" not in page.words(HEADER)


def test_messages_stand_newest_first_and_unread_ones_say_so(
    client_request: ClientRequest, reader: Enrolled, make_notice: MakeNotice, clock: HandClock
) -> None:
    make_notice(reader, NoticeKind.RESULT_READY)
    clock.advance(minutes=5)
    newest = make_notice(reader, NoticeKind.BAN_LIFTED)
    clock.advance(minutes=5)
    client_request.get("inbox.show", notice_id=newest)

    page = client_request.get("inbox.index")

    assert subjects_on(page) == ["You may book tests again", "The result of your test is ready"]
    first, second = page.all(".//main//li")
    assert "Not read yet" not in "".join(first.itertext())
    assert "Not read yet" in "".join(second.itertext())


def test_message_is_read_by_opening_it(
    client_request: ClientRequest, reader: Enrolled, make_notice: MakeNotice, session: Session, clock: HandClock
) -> None:
    notice_id = make_notice(reader, NoticeKind.BOOKING_MADE)
    assert "Messages (1)" in client_request.get("desk.mine").words(HEADER)
    opened_at = clock.advance(minutes=5)

    page = client_request.get("inbox.show", notice_id=notice_id)
    clock.advance(minutes=5)
    client_request.get("inbox.show", notice_id=notice_id)

    assert page.h1 == "You have a place at the test: 24 November 2026, 10:00 (UTC+5)"
    assert "Address: Abai Street 1" in page.words()
    assert "http://localhost/my" in [link.get("href") for link in page.all(".//main//a")]
    assert "Messages (" not in page.words(HEADER)
    session.rollback()
    assert session.scalars(select(Notice.read_at)).one() == opened_at


def test_message_is_in_the_language_of_the_page(
    client_request: ClientRequest, reader: Enrolled, make_notice: MakeNotice
) -> None:
    notice_id = make_notice(reader, NoticeKind.RESULT_READY)
    client_request.get("pages.choose_language", 303, code="kk")

    page = client_request.get("inbox.show", notice_id=notice_id)

    assert page.h1 == "Тест нәтижеңіз дайын"
    assert "Заңнаманы білу" in page.words()


def test_reason_of_somebody_is_text_and_no_markup(
    client_request: ClientRequest, reader: Enrolled, make_notice: MakeNotice
) -> None:
    facts = {**FACTS[NoticeKind.SESSION_CHANGED], "reason": "<b>Pipe</b> & 100 %"}
    notice_id = make_notice(reader, NoticeKind.SESSION_CHANGED, facts)

    page = client_request.get("inbox.show", notice_id=notice_id)

    assert "Reason: <b>Pipe</b> & 100 %" in page.words()


def test_message_of_another_person_is_not_there(
    client_request: ClientRequest,
    reader: Enrolled,
    make_applicant: MakeApplicant,
    make_notice: MakeNotice,
    session: Session,
) -> None:
    notice_id = make_notice(make_applicant())

    page = client_request.get("inbox.show", 404, notice_id=notice_id)
    client_request.get("inbox.show", 404, notice_id=uuid.UUID(int=1))

    assert "Messages" in page.words(HEADER)
    assert subjects_on(client_request.get("inbox.index")) == []
    assert session.scalars(select(Notice.read_at)).one() is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPLICANT])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_inbox_is_for_applicants(client_request: ClientRequest, make_account: MakeAccount, role: Role) -> None:
    client_request.sign_in(make_account(role=role))

    client_request.get("inbox.index", 403)
    client_request.get("inbox.show", 403, notice_id=uuid.UUID(int=1))

    assert "Messages" not in client_request.get("pages.home").words(HEADER)


def test_stranger_is_asked_to_sign_in(client_request: ClientRequest) -> None:
    answer = client_request.get("inbox.index", 302)

    assert answer.location.startswith("/sign-in?next=")


@pytest.fixture
def questions(engine: Engine) -> Callable[[], list[str]]:
    """Return what was asked of the table of notices since the last call."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.extend([statement] if "notice" in statement else [])

    event.listen(engine, "before_cursor_execute", note)

    def taken() -> list[str]:
        found, asked[:] = asked[:], []
        return found

    return taken


def test_page_counts_messages_once_and_the_exam_page_never(desk: ExamDesk, questions: Callable[[], list[str]]) -> None:
    desk.browser.get("desk.mine")
    assert len(questions()) == 1

    desk.start()
    questions()
    desk.page()
    assert questions() == []
