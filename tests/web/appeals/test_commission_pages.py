"""Does a commission see the case and nobody, vote once, and refuse who had a part?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.appeals.queries import AppealFacts, appeal_with_id
from app.appeals.rules import State
from app.audit import service as log
from app.papers.queries import items_of, paper_with_id
from app.sittings.queries import SittingFacts, sitting_with_id
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.appeals import Appoint, CastVote, FileAppeal
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import MakeBooking
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.outside import HandClock

SignedIn = Callable[[Person], ClientRequest]


@pytest.fixture
def signed_in(make_browser: Callable[[], ClientRequest]) -> SignedIn:
    def make(person: Person) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(person)
        return browser

    return make


@pytest.fixture
def applicant(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def failed(applicant: Enrolled, make_booking: MakeBooking, make_result: MakeResult, session: Session) -> SittingFacts:
    result = make_result(FAILING, booking=make_booking(applicant))
    return sitting_with_id(result.sitting_id, session=session)


@pytest.fixture
def appeal(failed: SittingFacts, file_appeal: FileAppeal) -> AppealFacts:
    return file_appeal(failed, questions={3: "Two options are right."})


@pytest.fixture
def administrator(make_account: MakeAccount) -> Person:
    return make_account(role=Role.ADMINISTRATOR, display_name="Appointing Administrator")


@pytest.fixture
def reviewers(make_account: MakeAccount) -> list[Person]:
    return [make_account(role=Role.REVIEWER, display_name=f"Judge {letter}") for letter in "ABCD"]


def places(*people: Person) -> dict[str, str]:
    return {f"place_{number}": str(person.id) for number, person in enumerate(people, start=1)}


def test_administrator_appoints_and_members_find_the_case(
    signed_in: SignedIn, administrator: Person, reviewers: list[Person], appeal: AppealFacts
) -> None:
    desk = signed_in(administrator)
    assert "No commission yet" in desk.get("commission.index").words()
    judge = signed_in(reviewers[0])
    assert appeal.number not in judge.get("commission.index").words()
    judge.get("commission.show", 404, appeal_id=appeal.id)

    page = desk.follow(desk.post("commission.appoint", places(*reviewers[:3]), appeal_id=appeal.id))

    assert "Judge A (chair): has not voted" in page.words()
    assert "Two options are right." not in page.words(), "who appoints does not read the case"
    assert "Your vote is awaited" in judge.get("commission.index").words()
    assert desk.post("commission.appoint", places(*reviewers[:3]), 409, appeal_id=appeal.id).h1


def test_member_who_had_a_part_is_refused_by_name_and_part(
    signed_in: SignedIn,
    administrator: Person,
    reviewers: list[Person],
    appeal: AppealFacts,
    failed: SittingFacts,
    session: Session,
    clock: HandClock,
) -> None:
    log.record("sittings.move_code.made", session=session, at=clock.now(), actor=reviewers[1].id, subject=failed.id)
    desk = signed_in(administrator)
    page = desk.get("commission.show", appeal_id=appeal.id)
    assert "Judge B (took part in holding the test)" in page.words()
    assert "Appointing Administrator (appoints this commission)" in page.words()

    refused = desk.post("commission.appoint", places(*reviewers[:3]), 422, appeal_id=appeal.id)

    assert "Judge B may not decide: took part in holding the test." in refused.words()
    again = desk.post("commission.appoint", places(administrator, *reviewers[2:]), 422, appeal_id=appeal.id)
    assert "Appointing Administrator may not decide: appoints this commission." in again.words()
    session.rollback()
    assert appeal_with_id(appeal.id, session=session).members == ()


@pytest.mark.parametrize("count", [0, 2])
def test_too_small_commission_comes_back(
    signed_in: SignedIn, administrator: Person, reviewers: list[Person], appeal: AppealFacts, count: int
) -> None:
    page = signed_in(administrator).post("commission.appoint", places(*reviewers[:count]), 422, appeal_id=appeal.id)

    assert "Choose a person." in page.words()


def test_same_person_in_two_places_is_refused(
    signed_in: SignedIn, administrator: Person, reviewers: list[Person], appeal: AppealFacts
) -> None:
    one, two = reviewers[:2]
    page = signed_in(administrator).post("commission.appoint", places(one, two, one), 422, appeal_id=appeal.id)

    assert "Choose at least 3 different people." in page.words()


def test_case_is_opened_before_it_is_read_and_shows_key_but_no_name(
    signed_in: SignedIn,
    administrator: Person,
    reviewers: list[Person],
    appeal: AppealFacts,
    applicant: Enrolled,
    failed: SittingFacts,
    session: Session,
) -> None:
    desk, judge = signed_in(administrator), signed_in(reviewers[0])
    desk.post("commission.appoint", places(*reviewers[:3]), appeal_id=appeal.id)
    before = judge.get("commission.show", appeal_id=appeal.id)
    assert "Two options are right." not in before.words()
    assert "Right answer" not in before.words()

    page = judge.follow(judge.post("commission.open_case", appeal_id=appeal.id))

    paper = paper_with_id(failed.paper_id, session=session)
    item = items_of(paper, session=session)[3]
    text = item.texts["kk"]
    assert "Two options are right." in page.words()
    assert text.stem in page.words()
    assert text.options[item.key_index] in page.words()
    assert text.why in page.words()
    assert "Longest time without a saved answer" in page.words()
    for secret in (applicant.facts.iin, applicant.facts.family_name, applicant.facts.given_name):
        assert secret not in page.text
    others = [each.texts["kk"].why for place, each in items_of(paper, session=session).items() if place != 3]
    assert not [why for why in others if why in page.text], "the keys of what nobody contests stay closed"


def test_votes_are_hidden_until_one_has_voted_and_the_last_one_decides(
    signed_in: SignedIn, reviewers: list[Person], appeal: AppealFacts, appoint: Appoint, session: Session
) -> None:
    members = appoint(appeal)
    first, second, third = (signed_in(member) for member in members)
    vote = {"question_3": "y", "reason": "Option two is right as well."}

    page = first.follow(first.post("commission.vote", vote, appeal_id=appeal.id))
    assert "Your vote counts." in page.words()
    assert "Option two is right as well." in page.words()
    hidden = second.get("commission.show", appeal_id=appeal.id).words()
    assert "has voted" in hidden
    assert "Option two is right as well." not in hidden
    assert "You have voted" in first.post("commission.vote", vote, 409, appeal_id=appeal.id).h1
    second.post("commission.vote", {"reason": "No."}, appeal_id=appeal.id)
    last = third.follow(third.post("commission.vote", vote, appeal_id=appeal.id))

    assert "the appeal is decided" in last.words()
    assert "for granting it (questions 3)" in last.words()
    session.rollback()
    assert appeal_with_id(appeal.id, session=session).state is State.GRANTED
    assert "This appeal has ended" in third.post("commission.vote", vote, 409, appeal_id=appeal.id).h1
    assert appeal.number in third.get("commission.index").words()


def test_vote_needs_a_reason_and_a_decision(
    signed_in: SignedIn, failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint
) -> None:
    appeal = file_appeal(failed)
    judge = signed_in(appoint(appeal)[0])

    page = judge.post("commission.vote", {}, 422, appeal_id=appeal.id)
    assert "Give your reasons" in page.words()
    assert "Choose one of the two." in page.words()
    long = judge.post("commission.vote", {"decision": "grant", "reason": "x" * 2001}, 422, appeal_id=appeal.id)
    assert "Write at most 2000 characters." in long.words()
    judge.post("commission.vote", {"decision": "maybe", "reason": "x"}, 422, appeal_id=appeal.id)
    judge.post("commission.vote", {"decision": "refuse", "reason": "No gap is on record."}, appeal_id=appeal.id)


def test_act_on_a_violation_is_shown_to_its_judges(
    signed_in: SignedIn, applicant: Enrolled, make_ban: MakeBan, file_appeal: FileAppeal, appoint: Appoint
) -> None:
    ban = make_ban(applicant.facts.id)
    appeal = file_appeal(ban, statement="It was switched off.")

    page = signed_in(appoint(appeal)[0]).get("commission.show", appeal_id=appeal.id)

    assert ban.reference in page.words()
    assert "A telephone was on the table." in page.words()
    assert "It was switched off." in page.words()


def test_member_is_replaced(
    signed_in: SignedIn,
    administrator: Person,
    reviewers: list[Person],
    appeal: AppealFacts,
    appoint: Appoint,
    cast_vote: CastVote,
) -> None:
    chair, second, third = appoint(appeal)
    cast_vote(appeal, second, upheld=(3,))
    desk = signed_in(administrator)

    def replace(leaving: Person, coming: Person, status: int) -> str:
        fields = {"leaving": str(leaving.id), "coming": str(coming.id)}
        return desk.post("commission.replace_member", fields, status, appeal_id=appeal.id).words()

    assert "may not decide" in replace(chair, administrator, 422)
    replace(second, reviewers[0], 422)
    replace(chair, third, 422)
    desk.post("commission.replace_member", {}, 422, appeal_id=appeal.id)
    replace(chair, reviewers[0], 303)
    assert "Judge A (chair)" in desk.get("commission.show", appeal_id=appeal.id).words()


def test_change_of_the_language_on_a_refused_form_leads_to_the_appeal(
    signed_in: SignedIn, administrator: Person, appeal: AppealFacts
) -> None:
    desk = signed_in(administrator)
    for path in ("members", "replacement", "vote"):
        answer = desk.get_path(f"/commission/{appeal.id}/{path}", 303)
        assert answer.location == desk.address_of("commission.show", appeal_id=appeal.id)
    assert desk.get("commission.again", 303, appeal_id=appeal.id)


def test_late_appeal_is_marked(
    signed_in: SignedIn, administrator: Person, appeal: AppealFacts, clock: HandClock
) -> None:
    clock.set(appeal.due_at)
    desk = signed_in(administrator)

    assert "The time to decide is over" in desk.get("commission.index").words()
    assert "The time to decide is over" in desk.get("commission.show", appeal_id=appeal.id).words()


def test_case_of_others_is_not_there(
    signed_in: SignedIn, reviewers: list[Person], appeal: AppealFacts, appoint: Appoint
) -> None:
    appoint(appeal)
    outsider = signed_in(reviewers[3])

    outsider.get("commission.show", 404, appeal_id=appeal.id)
    outsider.post("commission.open_case", status=404, appeal_id=appeal.id)
    outsider.post("commission.vote", {"reason": "x"}, 404, appeal_id=appeal.id)
    outsider.post("commission.appoint", {}, 403, appeal_id=appeal.id)
    outsider.get("commission.show", 404, appeal_id=uuid.UUID(int=0))


def test_administrator_who_is_no_member_does_not_vote(
    signed_in: SignedIn, administrator: Person, appeal: AppealFacts, appoint: Appoint
) -> None:
    appoint(appeal)
    desk = signed_in(administrator)

    desk.post("commission.vote", {"reason": "x"}, 404, appeal_id=appeal.id)
    desk.post("commission.open_case", status=404, appeal_id=appeal.id)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PROCTOR, Role.AUDITOR, Role.EDITOR])
def test_commission_is_no_place_for_others(
    signed_in: SignedIn, make_account: MakeAccount, appeal: AppealFacts, role: Role
) -> None:
    other = signed_in(make_account(role=role))

    other.get("commission.index", 403)
    other.get("commission.show", 403, appeal_id=appeal.id)
