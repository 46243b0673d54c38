"""What does a proctor see and do, and for which centre?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.audit import queries as audit
from app.bookings.queries import SessionFacts
from app.checkin.queries import released_at
from app.sittings.queries import sitting_with_id
from app.sittings.rules import Cause, State
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeCentre, MakeExamSession
from tests.kit.factories.sittings import ExamDesk, code_on
from tests.kit.outside import HandClock

MakeDesk = Callable[..., ExamDesk]
SignedIn = Callable[..., ClientRequest]


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
    """A proctor of the session's centre."""
    return signed_in(centre_id=exam_session.centre_id)


@pytest.fixture
def begun(make_desk: MakeDesk, exam_session: SessionFacts) -> ExamDesk:
    desk = make_desk(exam_session=exam_session)
    desk.start()
    return desk


def cells(browser: ClientRequest, exam_session: SessionFacts) -> list[list[str]]:
    page = browser.get("proctoring.session_page", code=exam_session.code)
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in list(row)[:6]] for row in page.all(".//table/tbody/tr")
    ]


def test_session_page_shows_everybody_and_what_they_do(
    proctor: ClientRequest,
    begun: ExamDesk,
    exam_session: SessionFacts,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_desk: MakeDesk,
    clock: HandClock,
) -> None:
    begun.answer(1, 1)
    begun.answer(2, 1)
    begun.answer(2, None)
    make_booking(make_applicant(family_name="Ли", given_name="Вера", patronymic=None), exam_session)
    done = make_desk(make_applicant(family_name="Ким"), exam_session=exam_session)
    done.start()
    done.finish()
    clock.advance(minutes=10, seconds=1)
    begun.beat()

    lines = {line[0].split()[0]: line[1:] for line in cells(proctor, exam_session)}

    assert lines["Сейітова"] == ["–", "Running", "1 of 55", "44", "10:10:01 1 silence"]
    assert lines["Ли"] == ["–", "Not started", "–", "–", "–"]
    assert lines["Ким"][1] == "Ended"
    assert lines["Ким"][2:4] == ["0 of 55", "–"]


def test_sessions_page_lists_the_own_centre_only(
    proctor: ClientRequest, exam_session: SessionFacts, make_exam_session: MakeExamSession, make_centre: MakeCentre
) -> None:
    elsewhere = make_exam_session(centre_id=make_centre("ALA-02"), committed=False)

    words = proctor.get("proctoring.sessions").words()

    assert exam_session.code in words
    assert elsewhere.code not in words


@pytest.fixture
def other_proctor(signed_in: SignedIn, make_centre: MakeCentre) -> ClientRequest:
    return signed_in(centre_id=make_centre("ALA-02"))


def test_proctor_of_another_centre_finds_nothing(
    other_proctor: ClientRequest, begun: ExamDesk, exam_session: SessionFacts, session: Session
) -> None:
    other_proctor.get("proctoring.session_page", 404, code=exam_session.code)
    other_proctor.post("proctoring.release", {}, 404, code=exam_session.code)
    other_proctor.post("proctoring.move", {}, 404, sitting_id=begun.sitting_id)
    other_proctor.get("proctoring.moved", 404, sitting_id=begun.sitting_id)
    other_proctor.post("proctoring.end", {}, 404, sitting_id=begun.sitting_id)

    assert begun.sitting_id is not None
    sitting = sitting_with_id(begun.sitting_id, session=session)
    assert sitting.state is State.RUNNING
    assert sitting.live_nonce is not None


def test_proctor_without_a_centre_finds_nothing(
    signed_in: SignedIn, begun: ExamDesk, exam_session: SessionFacts
) -> None:
    nowhere = signed_in(centre_id=None)

    assert exam_session.code not in nowhere.get("proctoring.sessions").words()
    nowhere.get("proctoring.session_page", 404, code=exam_session.code)
    nowhere.post("proctoring.end", {}, 404, sitting_id=begun.sitting_id)


def test_administrator_sees_every_centre(signed_in: SignedIn, exam_session: SessionFacts) -> None:
    administrator = signed_in(Role.ADMINISTRATOR)

    assert exam_session.code in administrator.get("proctoring.sessions").words()
    administrator.get("proctoring.session_page", code=exam_session.code)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.PROCTOR, Role.ADMINISTRATOR}])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_roles_are_refused(signed_in: SignedIn, exam_session: SessionFacts, begun: ExamDesk, role: Role) -> None:
    browser = signed_in(role)

    browser.get("proctoring.sessions", 403)
    browser.get("proctoring.session_page", 403, code=exam_session.code)
    browser.post("proctoring.release", {}, 403, code=exam_session.code)
    browser.post("proctoring.move", {}, 403, sitting_id=begun.sitting_id)
    browser.post("proctoring.end", {}, 403, sitting_id=begun.sitting_id)
    assert begun.answer(1, 1)["sequence"] == 1


def test_visitor_is_asked_to_sign_in(make_browser: Callable[[], ClientRequest], exam_session: SessionFacts) -> None:
    visitor = make_browser()
    address = visitor.address_of("proctoring.session_page", code=exam_session.code)

    assert visitor.get_path(address, 302).location == visitor.address_of("accounts.sign_in", next=address)


def test_ending_by_the_proctor_counts_what_was_saved_and_is_logged(
    proctor: ClientRequest, begun: ExamDesk, exam_session: SessionFacts, session: Session
) -> None:
    begun.answer(1, 1)

    answer = proctor.post("proctoring.end", {}, sitting_id=begun.sitting_id)

    assert answer.location == proctor.address_of("proctoring.session_page", code=exam_session.code)
    assert begun.sitting_id is not None
    sitting = sitting_with_id(begun.sitting_id, session=session)
    assert (sitting.ended_by, sitting.final_sequence) == (Cause.PROCTOR, 1)
    entry = audit.about(session, str(begun.sitting_id))[-1]
    assert (entry.kind, entry.facts["cause"]) == ("sittings.sitting.ended", "proctor")
    assert entry.actor != str(sitting.applicant_id)
    assert "by the operator" in begun.result().words()


def test_code_for_an_ended_test_is_refused(proctor: ClientRequest, begun: ExamDesk) -> None:
    begun.finish()

    answer = proctor.post("proctoring.move", {}, sitting_id=begun.sitting_id)

    assert "This test has ended already. Nothing was changed." in proctor.follow(answer).words()


def test_code_is_shown_once_with_its_end_and_stands_in_the_list(
    proctor: ClientRequest, begun: ExamDesk, exam_session: SessionFacts
) -> None:
    page = proctor.post("proctoring.move", {}, 200, sitting_id=begun.sitting_id)

    assert re.fullmatch(r"\d{3} \d{3}", code_on(page))
    assert "Good until 10:10, for one use" in page.words()
    listed = proctor.follow(proctor.get("proctoring.moved", 303, sitting_id=begun.sitting_id)).words()
    assert "code for another computer until 10:10" in listed
    assert code_on(page) not in listed


# --- the start of a session


@pytest.fixture
def waiting_session(make_exam_session: MakeExamSession, make_centre: MakeCentre) -> SessionFacts:
    return make_exam_session(centre_id=make_centre("AST-01"), released=False)


def counts(browser: ClientRequest, exam_session: SessionFacts) -> str:
    page = browser.get("proctoring.session_page", code=exam_session.code)
    (line,) = page.all(".//section[@class='release']/p[1]")
    return " ".join("".join(line.itertext()).split())


def test_proctor_sees_who_is_ready_and_starts_all_at_once(
    signed_in: SignedIn, waiting_session: SessionFacts, make_desk: MakeDesk, session: Session
) -> None:
    proctor = signed_in(centre_id=waiting_session.centre_id)
    ready, walking, absent = (make_desk(exam_session=waiting_session) for _ in range(3))
    ready.get_ready()
    walking.step("identity")
    assert counts(proctor, waiting_session) == "Ready: 1 of 3. Still in the steps: 1. Not here yet: 1."
    assert ready.begin().location.endswith("/start"), "not before the proctor says so"

    answer = proctor.post("proctoring.release", {}, code=waiting_session.code)

    assert "The test of 1 person begins now." in proctor.follow(answer).words()
    assert "Started at 10:00:00" in proctor.get("proctoring.session_page", code=waiting_session.code).words()
    ready.start()
    assert ready.answer(1, 1)["sequence"] == 1
    walking.get_ready()
    walking.start()
    absent.start()
    (act,) = [each for each in audit.about(session, str(waiting_session.id)) if "released" in each.kind]
    assert (act.kind, act.facts) == ("checkin.session.released", {"ready": 1})


def test_second_release_changes_nothing(
    signed_in: SignedIn, waiting_session: SessionFacts, make_desk: MakeDesk, session: Session, clock: HandClock
) -> None:
    make_desk(exam_session=waiting_session)
    proctor = signed_in(Role.ADMINISTRATOR)
    proctor.post("proctoring.release", {}, code=waiting_session.code)
    clock.advance(minutes=5)

    proctor.post("proctoring.release", {}, code=waiting_session.code)

    assert released_at(waiting_session.id, session=session) == waiting_session.opens_at
    assert len([each for each in audit.about(session, str(waiting_session.id)) if "released" in each.kind]) == 1


@pytest.mark.parametrize("opens_in", [timedelta(hours=1), timedelta(hours=-3)], ids=["not open yet", "over"])
def test_session_that_is_not_open_is_not_released(
    signed_in: SignedIn, make_exam_session: MakeExamSession, make_desk: MakeDesk, session: Session, opens_in: timedelta
) -> None:
    exam_session = make_exam_session(opens_in=opens_in, released=False)
    make_desk(exam_session=exam_session)
    proctor = signed_in(centre_id=exam_session.centre_id)

    assert not proctor.get("proctoring.session_page", code=exam_session.code).all(".//section//form")
    proctor.post("proctoring.release", {}, 409, code=exam_session.code)
    assert released_at(exam_session.id, session=session) is None


def test_proctor_sees_what_a_computer_lacks(
    signed_in: SignedIn, waiting_session: SessionFacts, make_desk: MakeDesk
) -> None:
    desk = make_desk(exam_session=waiting_session)
    desk.step("identity")
    desk.step("choose_language", {"language": "kk"})
    desk.step("rules", {"rules_read": "y"})
    report = {"keys": ["1", "2", "3", "4"], "width": 800, "height": 600, "storage": False, "round_trip_ms": 12}
    desk.step("equipment", {"report": json.dumps(report)})

    proctor = signed_in(centre_id=waiting_session.centre_id)

    words = proctor.get("proctoring.session_page", code=waiting_session.code).words()
    assert "Computer: small screen · no storage" in words


@pytest.mark.parametrize("endpoint", ["proctoring.move", "proctoring.end"])
def test_button_without_csrf_token_does_nothing(proctor: ClientRequest, begun: ExamDesk, endpoint: str) -> None:
    proctor.post(endpoint, {}, 400, csrf=False, sitting_id=begun.sitting_id)

    assert begun.answer(1, 1)["sequence"] == 1


def test_unknown_session_and_sitting_are_not_found(proctor: ClientRequest, exam_session: SessionFacts) -> None:
    proctor.get("proctoring.session_page", 404, code="NO-SUCH")
    proctor.post("proctoring.end", {}, 404, sitting_id=exam_session.id)


def test_state_of_a_session_is_said_in_words(
    proctor: ClientRequest, exam_session: SessionFacts, make_exam_session: MakeExamSession, clock: HandClock
) -> None:
    make_exam_session(centre_id=exam_session.centre_id, opens_in=timedelta(hours=5), committed=False)

    states = proctor.get("proctoring.sessions").words()
    assert "Not open yet" in states
    assert "Open" in states.replace("Not open yet", "")
    clock.set(exam_session.closes_at)
    assert "Not open any more" in proctor.get("proctoring.sessions").words()
