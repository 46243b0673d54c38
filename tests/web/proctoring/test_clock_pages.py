"""Who may stop a clock or add time on the pages, and what do the pages say?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.bookings.queries import SessionFacts
from app.sittings.credit import credits_of_sitting
from app.sittings.queries import sitting_with_id
from app.sittings.rules import CreditCause, Reason
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.bookings import MakeCentre, MakeExamSession
from tests.kit.factories.sittings import ExamDesk
from tests.kit.outside import HandClock

MakeDesk = Callable[..., ExamDesk]
SignedIn = Callable[..., ClientRequest]
EXTENSION = {
    "time-cause": "extension",
    "time-minutes": "5",
    "time-gap": "",
    "time-reason": "equipment",
    "time-note": "The screen went dark",
}
MORE = {"cause": "outage", "minutes": "30", "gap": "", "reason": "power", "note": "No power for half an hour"}


@pytest.fixture
def exam_session(make_exam_session: MakeExamSession, make_centre: MakeCentre) -> SessionFacts:
    return make_exam_session(centre_id=make_centre("AST-01"))


@pytest.fixture
def signed_in(make_browser: Callable[[], ClientRequest], make_account: MakeAccount) -> SignedIn:
    def make(role: Role = Role.PROCTOR, **facts: object) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(make_account(role=role, **facts))
        return browser

    return make


@pytest.fixture
def proctor(signed_in: SignedIn, exam_session: SessionFacts) -> ClientRequest:
    return signed_in(centre_id=exam_session.centre_id)


@pytest.fixture
def begun(make_desk: MakeDesk, exam_session: SessionFacts) -> ExamDesk:
    desk = make_desk(exam_session=exam_session)
    desk.start()
    return desk


def test_paused_test_tells_its_page_why_and_goes_on_by_itself(
    proctor: ClientRequest, begun: ExamDesk, clock: HandClock, exam_session: SessionFacts
) -> None:
    begun.answer(1, 1)
    answer = proctor.post("clocks.pause_one", {"pause-reason": "power"}, sitting_id=begun.sitting_id)
    assert "1 test is paused." in proctor.follow(answer).words()
    clock.advance(minutes=7)

    beat = begun.beat()
    assert (beat["paused"], beat["remaining_ms"], beat["beat_seconds"]) == ("power", 3_300_000.0, 3)
    assert begun.answer(2, 2, status=409) == {"code": "sittings.paused"}
    assert begun.paper()["paused"] == "power"
    assert begun.finish().location == f"/sittings/{begun.sitting_id}", "a finish that met the pause goes back"
    assert "Paused" in proctor.get("proctoring.session_page", code=exam_session.code).words()
    shown = proctor.get("clocks.show_one", sitting_id=begun.sitting_id).words()
    assert "Power failure" in shown
    assert "Let the test go on" in shown

    answer = proctor.post("clocks.resume_one", {}, sitting_id=begun.sitting_id)
    assert "1 test goes on." in proctor.follow(answer).words()
    assert begun.beat()["paused"] is None
    assert begun.answer(2, 2)["remaining_ms"] == 3_300_000.0
    assert "Pause: 7:00 min" in proctor.get("clocks.show_one", sitting_id=begun.sitting_id).words()


def test_all_of_a_session_are_paused_and_given_time_at_one_moment(
    proctor: ClientRequest,
    make_desk: MakeDesk,
    exam_session: SessionFacts,
    clock: HandClock,
    session: Session,
) -> None:
    desks = [make_desk(exam_session=exam_session) for _ in range(3)]
    for desk in desks:
        desk.start()
    desks[2].finish()
    here = {"code": exam_session.code}

    assert "2 tests run in this session." in proctor.get("clocks.show_all", **here).words()
    answer = proctor.post("clocks.pause_all", {"pause-reason": "alarm"}, **here)
    assert "2 tests are paused." in proctor.follow(answer).words()
    clock.advance(minutes=1)
    proctor.post("clocks.resume_all", {}, **here)
    answer = proctor.post("clocks.time_all", EXTENSION, **here)
    assert "Time is added to 2 tests." in proctor.follow(answer).words()
    answer = proctor.post("clocks.time_all", EXTENSION | {"time-minutes": "11"}, **here)
    assert "Nothing was added to 2 tests" in proctor.follow(answer).words()

    for desk in desks[:2]:
        assert desk.sitting_id
        given = credits_of_sitting(desk.sitting_id, session=session)
        assert [(each.cause, each.seconds) for each in given] == [
            (CreditCause.PAUSE, 60),
            (CreditCause.EXTENSION, 300),
        ]


def test_added_time_is_told_once_to_the_page_and_stands_in_the_result(
    proctor: ClientRequest, begun: ExamDesk, session: Session
) -> None:
    proctor.post("clocks.time_one", EXTENSION, sitting_id=begun.sitting_id)

    beat = begun.beat(credit_seconds=0)
    assert (beat["credit_seconds"], beat["remaining_ms"]) == (300, 3_600_000.0)
    assert beat["credits"] == [{"number": 1, "cause": "extension", "seconds": 300}]
    assert "credits" not in begun.beat(credit_seconds=300)
    assert begun.answer(1, 1)["credit_seconds"] == 300
    words = proctor.get("clocks.show_one", sitting_id=begun.sitting_id).words()
    assert "Extension: 5:00 min" in words
    assert "The screen went dark" in words
    assert begun.sitting_id
    (given,) = credits_of_sitting(begun.sitting_id, session=session)
    assert (given.reason, given.note) == (Reason.EQUIPMENT, "The screen went dark")
    begun.finish()
    assert "Time added by the operator 5:00 min" in begun.result().words()
    assert "Add the time" not in proctor.get("clocks.show_one", sitting_id=begun.sitting_id).words()


def test_silence_of_one_is_shown_and_may_be_given_back(
    proctor: ClientRequest, begun: ExamDesk, clock: HandClock, session: Session, exam_session: SessionFacts
) -> None:
    begun.beat()
    clock.advance(seconds=155)
    begun.beat()
    assert "1 silence" in proctor.get("proctoring.session_page", code=exam_session.code).words()
    page = proctor.get("clocks.show_one", sitting_id=begun.sitting_id)
    assert "10:00:00–10:02:35" in page.words()
    (gap,) = [option.get("value") for option in page.all(".//select[@name='time-gap']/option") if option.get("value")]

    proctor.post(
        "clocks.time_one",
        EXTENSION | {"time-cause": "outage", "time-minutes": "3", "time-gap": gap},
        sitting_id=begun.sitting_id,
    )

    assert begun.sitting_id
    (given,) = credits_of_sitting(begun.sitting_id, session=session)
    assert given.from_at
    assert given.to_at
    assert given.to_at - given.from_at == timedelta(seconds=155)


def test_more_than_the_limit_needs_a_second_person(
    proctor: ClientRequest, begun: ExamDesk, signed_in: SignedIn, exam_session: SessionFacts, session: Session
) -> None:
    refused = proctor.post(
        "clocks.time_one", EXTENSION | {"time-minutes": "16"}, 422, sitting_id=begun.sitting_id
    ).words()
    assert "One person may add 15 more minutes to this test." in refused

    proctor.get("clocks.more", sitting_id=begun.sitting_id)
    proctor.post("clocks.more", MORE | {"password": "not mine"}, 422, sitting_id=begun.sitting_id)
    answer = proctor.post("clocks.more", MORE | {"password": PASSWORD}, sitting_id=begun.sitting_id)
    request_id = answer.location.rpartition("/")[2]
    assert "30 minutes are added" in proctor.follow(answer).words()
    proctor.post("approvals.approve", {"password": PASSWORD}, 403, request_id=request_id)
    other = signed_in(centre_id=exam_session.centre_id)
    other.post("approvals.approve", {"password": PASSWORD}, request_id=request_id)

    assert begun.sitting_id
    (given,) = credits_of_sitting(begun.sitting_id, session=session)
    assert (given.cause, given.seconds, given.note) == (CreditCause.OUTAGE, 1800, MORE["note"])
    assert given.requested_by not in {None, given.decided_by}
    assert begun.beat()["credit_seconds"] == 1800


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("time-minutes", "0", "Enter 1 to 240 minutes."),
        ("time-minutes", "", "Enter whole minutes."),
        ("time-reason", "", "Choose the reason."),
        ("time-note", " ", "Write what happened"),
        ("time-cause", "pause", "Error"),
        ("time-gap", "2026-11-24T05:00:00+00:00 2026-11-24T06:00:00+00:00", "Please look"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_missing_is_said_beside_the_field(
    proctor: ClientRequest, begun: ExamDesk, session: Session, field: str, value: str, words: str
) -> None:
    page = proctor.post("clocks.time_one", EXTENSION | {field: value}, 422, sitting_id=begun.sitting_id)

    assert words in page.words()
    assert begun.sitting_id
    assert credits_of_sitting(begun.sitting_id, session=session) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pause_needs_a_reason_and_addresses_of_forms_lead_back(
    proctor: ClientRequest, begun: ExamDesk, exam_session: SessionFacts
) -> None:
    page = proctor.post("clocks.pause_one", {"pause-reason": ""}, 422, sitting_id=begun.sitting_id)
    assert "Choose the reason." in page.words()
    proctor.post("clocks.pause_all", {"pause-reason": ""}, 422, code=exam_session.code)
    for endpoint in ("clocks.pause_one", "clocks.time_one"):
        assert proctor.get(endpoint, 303, sitting_id=begun.sitting_id).location == proctor.address_of(
            "clocks.show_one", sitting_id=begun.sitting_id
        )
    for endpoint in ("clocks.pause_all", "clocks.time_all"):
        proctor.get(endpoint, 303, code=exam_session.code)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_centre_and_other_roles_reach_no_clock(
    signed_in: SignedIn, make_centre: MakeCentre, begun: ExamDesk, exam_session: SessionFacts, session: Session
) -> None:
    elsewhere = signed_in(centre_id=make_centre("ALA-02"))
    auditor = signed_in(Role.AUDITOR)
    for browser, status in ((elsewhere, 404), (auditor, 403)):
        browser.get("clocks.show_one", status, sitting_id=begun.sitting_id)
        browser.get("clocks.show_all", status, code=exam_session.code)
        browser.get("clocks.more", status, sitting_id=begun.sitting_id)
        browser.post("clocks.pause_one", {"pause-reason": "power"}, status, sitting_id=begun.sitting_id)
        browser.post("clocks.pause_all", {"pause-reason": "power"}, status, code=exam_session.code)
        browser.post("clocks.resume_one", {}, status, sitting_id=begun.sitting_id)
        browser.post("clocks.resume_all", {}, status, code=exam_session.code)
        browser.post("clocks.time_one", EXTENSION, status, sitting_id=begun.sitting_id)
        browser.post("clocks.time_all", EXTENSION, status, code=exam_session.code)

    assert begun.sitting_id
    assert sitting_with_id(begun.sitting_id, session=session).timing.paused_at is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_administrator_reaches_every_clock(signed_in: SignedIn, begun: ExamDesk) -> None:
    administrator = signed_in(Role.ADMINISTRATOR)

    administrator.post("clocks.pause_one", {"pause-reason": "health"}, sitting_id=begun.sitting_id)
    again = administrator.post("clocks.pause_one", {"pause-reason": "health"}, sitting_id=begun.sitting_id)

    assert "0 tests are paused." in administrator.follow(again).words()
    assert begun.beat()["paused"] == "health"
