"""Does an act on a violation that is entered bar the person, and does everybody know until when?"""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.applicants.queries import bans_of, running_ban
from app.notices.models import Notice
from app.sittings.queries import sitting_with_id
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.outside import HandClock


@pytest.fixture
def applicant(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def desk(client_request: ClientRequest, make_account: MakeAccount) -> ClientRequest:
    """The browser of an administrator."""
    client_request.sign_in(make_account(role=Role.ADMINISTRATOR))
    return client_request


def act(applicant: Enrolled, **fields: str) -> dict[str, str]:
    return {
        "iin": applicant.facts.iin,
        "reference": "AST-01/7",
        "act_on": "2026-11-24",
        "description": "A telephone was on the table.",
        **fields,
    }


def test_entered_act_bars_the_person_who_is_told(
    desk: ClientRequest, applicant: Enrolled, session: Session, clock: HandClock
) -> None:
    assert "No act is entered yet." in desk.get("violations.index").words()
    desk.get("violations.enter")

    page = desk.follow(desk.post("violations.enter", act(applicant)))

    assert "Barred until 24 May 2027" in page.words()
    assert applicant.facts.full_name in page.words()
    session.rollback()
    ban = running_ban(applicant.facts.id, session=session, now=clock.now())
    assert ban is not None
    assert (ban.reference, ban.act_on, ban.sitting_id) == ("AST-01/7", date(2026, 11, 24), None)
    notice = session.query(Notice).filter_by(kind="ban_imposed").one()
    assert notice.facts == {"starts_on": "2026-11-24", "ends_at": ban.ends_at.isoformat(), "reference": "AST-01/7"}
    index = desk.get("violations.index")
    assert "AST-01/7" in index.words()
    desk.get("violations.show", ban_id=ban.id)


def test_act_in_a_session_knows_the_sitting(
    desk: ClientRequest,
    applicant: Enrolled,
    make_booking: MakeBooking,
    make_result: MakeResult,
    session: Session,
) -> None:
    booking = make_booking(applicant)
    sitting = sitting_with_id(make_result(FAILING, booking=booking).sitting_id, session=session)

    desk.post("violations.enter", act(applicant, session_code=f" {booking.session.code} "))

    session.rollback()
    (ban,) = bans_of(applicant.facts.id, session=session)
    assert (ban.booking_id, ban.sitting_id) == (booking.id, sitting.id)


def test_same_act_entered_twice_is_one(desk: ClientRequest, applicant: Enrolled, session: Session) -> None:
    first = desk.post("violations.enter", act(applicant))
    second = desk.post("violations.enter", act(applicant))

    assert second.location == first.location
    assert "Nothing was entered a second time." in desk.follow(second).words()
    session.rollback()
    assert len(bans_of(applicant.facts.id, session=session)) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"iin": ""}, "Enter the IIN"),
        ({"iin": "900515399918"}, "This is not an IIN."),
        ({"iin": "981120498607"}, "Nobody with this IIN is registered."),
        ({"reference": " "}, "Enter the number of the act."),
        ({"reference": "x" * 61}, "Write at most 60 characters."),
        ({"act_on": ""}, "Choose the date of the act."),
        ({"act_on": "2026-11-25"}, "The act cannot be dated after today."),
        ({"act_on": "2026-06-30"}, "On this day no test was held under rules that Synaq knows."),
        ({"description": ""}, "Write what was seen"),
        ({"description": "x" * 2001}, "Write at most 2000 characters."),
        ({"session_code": "NOWHERE"}, "This person has no place in a session of this code."),
    ],
)
def test_unusable_act_comes_back_with_what_is_wrong(
    desk: ClientRequest, applicant: Enrolled, session: Session, fields: dict[str, str], words: str
) -> None:
    page = desk.post("violations.enter", act(applicant, **fields), 422)

    assert words in page.words()
    session.rollback()
    assert bans_of(applicant.facts.id, session=session) == []


def test_session_of_another_person_or_of_practice_is_refused(
    desk: ClientRequest, applicant: Enrolled, make_booking: MakeBooking, make_exam_session: MakeExamSession
) -> None:
    others = make_booking()
    practice = make_booking(applicant, make_exam_session(PRACTICE))

    page = desk.post("violations.enter", act(applicant, session_code=others.session.code), 422)
    assert "This person has no place" in page.words()
    page = desk.post("violations.enter", act(applicant, session_code=practice.session.code), 422)
    assert "nobody is barred for it" in page.words()


def test_ban_that_is_over_or_absent(desk: ClientRequest, applicant: Enrolled, clock: HandClock) -> None:
    clock.advance(hours=1)
    answer = desk.post("violations.enter", act(applicant, act_on="2026-07-01"))
    assert "Barred until 1 January 2027" in desk.follow(answer).words()

    desk.get("violations.show", 404, ban_id=uuid.UUID(int=0))


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PROCTOR, Role.REVIEWER, Role.AUDITOR])
def test_others_enter_no_acts(client_request: ClientRequest, make_account: MakeAccount, role: Role) -> None:
    client_request.sign_in(make_account(role=role))

    client_request.get("violations.index", 403)
    client_request.get("violations.enter", 403)
