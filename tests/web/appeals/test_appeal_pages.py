"""Can an applicant contest a test or an act, and can nobody else see it?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.appeals.queries import AppealFacts, appeals_of
from app.papers.queries import paper_of_booking
from app.sittings.queries import SittingFacts, sitting_with_id
from question_bank.items import Item
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.appeals import Appoint, CastVote, FileAppeal
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import ExamDesk
from tests.kit.outside import HandClock
from tests.kit.pages import Page

MakeBrowser = Callable[[], ClientRequest]
MIDNIGHT = datetime(2026, 11, 24, 19, tzinfo=UTC)


@pytest.fixture
def applicant(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def browser(make_browser: MakeBrowser, applicant: Enrolled) -> ClientRequest:
    """The browser of the applicant."""
    made = make_browser()
    made.sign_in(applicant.person)
    return made


@pytest.fixture
def failed(applicant: Enrolled, make_booking: MakeBooking, make_result: MakeResult, session: Session) -> SittingFacts:
    """A sitting of the applicant that ended today below the threshold."""
    result = make_result(FAILING, booking=make_booking(applicant))
    return sitting_with_id(result.sitting_id, session=session)


@pytest.fixture
def stranger(make_browser: MakeBrowser, make_applicant: MakeApplicant) -> ClientRequest:
    """The browser of another applicant."""
    made = make_browser()
    made.sign_in(make_applicant().person)
    return made


def only_appeal(applicant: Enrolled, session: Session) -> AppealFacts:
    session.rollback()
    (found,) = appeals_of(applicant.facts.id, session=session)
    session.rollback()
    return found


def test_result_leads_to_the_ways_of_contesting_it(browser: ClientRequest, failed: SittingFacts) -> None:
    result = browser.get("desk.result", sitting_id=failed.id)
    assert "Before 25 November 2026, 00:00 you may contest" in result.words()
    assert result.all(f".//a[@href='{browser.address_of('appeals.choose', sitting_id=failed.id)}']")

    choice = browser.get("appeals.choose", sitting_id=failed.id)
    assert [link.get("href") for link in choice.all(".//a[@class='btn btn-primary']")] == [
        browser.address_of("appeals.contest_questions", sitting_id=failed.id),
        browser.address_of("appeals.contest_conduct", sitting_id=failed.id),
    ]
    mine = browser.get("appeals.mine")
    assert "What you may contest now" in mine.words()
    assert mine.all(f".//a[@href='{browser.address_of('appeals.choose', sitting_id=failed.id)}']")


def test_questions_are_contested_from_the_own_answers(
    browser: ClientRequest, failed: SittingFacts, applicant: Enrolled, session: Session
) -> None:
    form = browser.get("appeals.contest_questions", sitting_id=failed.id)
    assert len(form.all(".//textarea")) == 55
    assert "your answer" in form.words()

    answer = browser.post(
        "appeals.contest_questions",
        {"question_3": "Two options are right.", "question_7": "  ", "question_9": "The law was amended."},
        sitting_id=failed.id,
    )

    page = browser.follow(answer)
    assert "Appeal A-2026-000001" in page.h1
    assert "Two options are right." in page.words()
    assert "28 November 2026, 00:00" in page.words()
    appeal = only_appeal(applicant, session)
    assert [question.position for question in appeal.questions] == [3, 9]
    assert "A-2026-000001" in browser.get("appeals.mine").words()
    assert "see the appeal" in browser.get("desk.result", sitting_id=failed.id).words()
    assert browser.get("appeals.choose", sitting_id=failed.id).all(
        f".//a[@href='{browser.address_of('appeals.show', appeal_id=appeal.id)}']"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Write under at least one question what is wrong with it."),
        ({"question_3": " \u200b "}, "Write under at least one question what is wrong with it."),
        ({"question_3": "x" * 1001}, "Write at most 1000 characters."),
        ({f"question_{number}": "x" for number in range(1, 22)}, "You can contest at most 20 questions"),
    ],
)
def test_unusable_list_of_questions_comes_back_with_what_was_written(
    browser: ClientRequest, failed: SittingFacts, fields: dict[str, str], words: str
) -> None:
    page = browser.post("appeals.contest_questions", fields, 422, sitting_id=failed.id)

    assert words in page.words()
    if fields.get("question_3", "").strip(" \u200b"):
        (kept,) = page.all(".//textarea[@name='question_3']")
        assert (kept.text or "").strip() == fields["question_3"]
    assert "You have filed no appeal." in browser.get("appeals.mine").words()


def test_failure_is_contested_beside_what_the_system_noted(browser: ClientRequest, failed: SittingFacts) -> None:
    form = browser.get("appeals.contest_conduct", sitting_id=failed.id)
    assert "Answers and changes saved" in form.words()
    assert "Longest time without a saved answer" in form.words()

    assert "Write what happened" in browser.post("appeals.contest_conduct", {}, 422, sitting_id=failed.id).words()
    too_long = browser.post("appeals.contest_conduct", {"statement": "x" * 4001}, 422, sitting_id=failed.id)
    assert "Write at most 4000 characters." in too_long.words()
    page = browser.follow(
        browser.post("appeals.contest_conduct", {"statement": "The screen went black."}, sitting_id=failed.id)
    )
    assert "The screen went black." in page.words()
    assert "technical failure" in page.words()


def test_act_is_contested_from_the_page_of_the_tests(
    browser: ClientRequest, applicant: Enrolled, make_ban: MakeBan
) -> None:
    ban = make_ban(applicant.facts.id)
    address = browser.address_of("appeals.contest_violation", ban_id=ban.id)
    mine = browser.get("desk.mine")
    assert mine.all(f".//a[@href='{address}']")
    assert "contest the act before 28 November 2026, 00:00" in mine.words()
    assert browser.get("appeals.mine").all(f".//a[@href='{address}']")

    form = browser.get_path(address)
    assert ban.reference in form.words()
    assert "A telephone was on the table." in form.words()
    browser.post_path(address, {"statement": ""}, 422)
    page = browser.follow(browser.post_path(address, {"statement": "It was switched off."}))

    assert "It was switched off." in page.words()
    assert "You have contested the act" in browser.get("desk.mine").words()


def test_act_whose_time_is_over_says_so(
    browser: ClientRequest, applicant: Enrolled, make_ban: MakeBan, clock: HandClock
) -> None:
    ban = make_ban(applicant.facts.id)
    clock.set(datetime(2026, 11, 27, 19, tzinfo=UTC))
    browser.sign_in(applicant.person)

    assert "The time to contest the act is over since 28 November 2026, 00:00" in browser.get("desk.mine").words()
    refused = browser.get("appeals.contest_violation", 409, ban_id=ban.id)
    assert "The time for this appeal is over" in refused.h1


def test_filed_twice_is_filed_once(
    browser: ClientRequest, failed: SittingFacts, applicant: Enrolled, make_ban: MakeBan, session: Session
) -> None:
    ban = make_ban(applicant.facts.id)
    ways = [
        ("appeals.contest_conduct", {"statement": "x"}, {"sitting_id": failed.id}),
        ("appeals.contest_questions", {"question_1": "x"}, {"sitting_id": failed.id}),
        ("appeals.contest_violation", {"statement": "x"}, {"ban_id": ban.id}),
    ]
    for endpoint, fields, params in ways:
        first = browser.post(endpoint, fields, **params)
        second = browser.post(endpoint, fields, **params)
        assert second.location == first.location
        assert browser.get(endpoint, 303, **params).location == first.location
        assert "Nothing was filed a second time." in browser.follow(second).words()
    session.rollback()
    assert len(appeals_of(applicant.facts.id, session=session)) == 3


def test_nothing_is_filed_after_midnight(
    browser: ClientRequest, failed: SittingFacts, applicant: Enrolled, clock: HandClock
) -> None:
    clock.set(MIDNIGHT)
    browser.sign_in(applicant.person)

    for endpoint in ("appeals.contest_questions", "appeals.contest_conduct"):
        assert "The time for this appeal is over" in browser.get(endpoint, 409, sitting_id=failed.id).h1
        browser.post(endpoint, {"question_1": "x", "statement": "x"}, 409, sitting_id=failed.id)
    choice = browser.get("appeals.choose", sitting_id=failed.id)
    assert not choice.all(".//a[@class='btn btn-primary']")
    assert "over since 25 November 2026, 00:00" in choice.words()
    assert "Your answers are not shown any more" in browser.get("appeals.sheet", 409, sitting_id=failed.id).h1
    assert "At present there is nothing" in browser.get("appeals.mine").words()
    assert "If you do not agree" not in browser.get("desk.result", sitting_id=failed.id).words()


def test_running_test_is_not_contested(desk: ExamDesk) -> None:
    desk.start()

    choice = desk.browser.get("appeals.choose", 303, sitting_id=desk.sitting_id)
    assert choice.location == desk.browser.address_of("desk.mine")
    for endpoint in ("appeals.contest_questions", "appeals.contest_conduct", "appeals.sheet"):
        assert "The test is not over" in desk.browser.get(endpoint, 409, sitting_id=desk.sitting_id).h1


def test_practice_is_not_contested(
    browser: ClientRequest,
    applicant: Enrolled,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_result: MakeResult,
) -> None:
    booking = make_booking(applicant, make_exam_session(PRACTICE))
    sitting_id = make_result(FAILING, booking=booking, language="en").sitting_id

    assert "cannot be contested" in browser.get("appeals.choose", sitting_id=sitting_id).words()
    assert "cannot be contested" in browser.get("appeals.contest_conduct", 409, sitting_id=sitting_id).h1
    browser.get("appeals.sheet", 409, sitting_id=sitting_id)


def test_pass_is_contested_by_its_questions_alone(
    browser: ClientRequest, applicant: Enrolled, make_booking: MakeBooking, make_result: MakeResult
) -> None:
    sitting_id = make_result(PASSING, booking=make_booking(applicant)).sitting_id

    choice = browser.get("appeals.choose", sitting_id=sitting_id)
    assert len(choice.all(".//a[@class='btn btn-primary']")) == 1
    assert "You passed this test" in browser.get("appeals.contest_conduct", 409, sitting_id=sitting_id).h1


def test_withdrawn_appeal_may_be_filed_again(
    browser: ClientRequest, failed: SittingFacts, file_appeal: FileAppeal
) -> None:
    appeal = file_appeal(failed)

    page = browser.follow(browser.post("appeals.withdraw", appeal_id=appeal.id))
    assert "Withdrawn" in page.words()
    assert not page.all(".//main//form")
    assert "This appeal has ended" in browser.post("appeals.withdraw", status=409, appeal_id=appeal.id).h1
    browser.post("appeals.contest_conduct", {"statement": "Again."}, sitting_id=failed.id)


def test_what_is_another_persons_is_not_there(
    stranger: ClientRequest, failed: SittingFacts, applicant: Enrolled, make_ban: MakeBan, file_appeal: FileAppeal
) -> None:
    ban, appeal = make_ban(applicant.facts.id), file_appeal(failed)
    for endpoint in ("appeals.choose", "appeals.sheet", "appeals.contest_questions", "appeals.contest_conduct"):
        stranger.get(endpoint, 404, sitting_id=failed.id)
        stranger.get(endpoint, 404, sitting_id=uuid.UUID(int=0))
    for endpoint in ("appeals.contest_questions", "appeals.contest_conduct"):
        stranger.post(endpoint, {"question_1": "x", "statement": "x"}, 404, sitting_id=failed.id)
    stranger.get("appeals.contest_violation", 404, ban_id=ban.id)
    stranger.post("appeals.contest_violation", {"statement": "x"}, 404, ban_id=ban.id)
    stranger.get("appeals.contest_violation", 404, ban_id=uuid.UUID(int=0))
    stranger.get("appeals.show", 404, appeal_id=appeal.id)
    stranger.post("appeals.withdraw", status=404, appeal_id=appeal.id)
    assert appeal.number not in stranger.get("appeals.mine").words()


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.ADMINISTRATOR, Role.REVIEWER, Role.AUDITOR])
def test_pages_of_the_applicant_are_no_pages_of_staff(
    make_browser: MakeBrowser, make_account: MakeAccount, failed: SittingFacts, role: Role
) -> None:
    staff = make_browser()
    staff.sign_in(make_account(role=role))

    staff.get("appeals.mine", 403)
    staff.get("appeals.sheet", 403, sitting_id=failed.id)


@pytest.mark.parametrize(
    ("about", "granted", "words"),
    [
        ("sitting", True, "you may book a new place at once, free of charge"),
        ("ban", True, "The ban that followed from it is lifted."),
        ("sitting", False, "no ground to grant your appeal"),
    ],
)
def test_decision_is_read_with_its_reasons_and_the_further_way(
    browser: ClientRequest,
    failed: SittingFacts,
    applicant: Enrolled,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    about: str,
    granted: bool,
    words: str,
) -> None:
    appeal = file_appeal(failed if about == "sitting" else make_ban(applicant.facts.id))
    members = appoint(appeal)
    for member in members:
        cast_vote(appeal, member, granted=granted)

    page = browser.get("appeals.show", appeal_id=appeal.id)

    assert words in page.words()
    assert "The record shows it." in page.words()
    assert "Administrative Procedural Code" in page.words()
    assert not any(member.display_name in page.words() for member in members)


def test_refusal_has_its_reasons_where_each_member_found_another_question_faulty(
    browser: ClientRequest, failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote
) -> None:
    appeal = file_appeal(failed, questions={1: "Two are right.", 2: "Nothing fits.", 3: "It is repealed."})
    for position, member in enumerate(appoint(appeal), start=1):
        cast_vote(appeal, member, upheld=(position,))

    page = browser.get("appeals.show", appeal_id=appeal.id)

    assert "The record shows it." in page.words()


def test_faulty_question_is_told_with_what_follows(
    browser: ClientRequest, failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote
) -> None:
    appeal = file_appeal(failed, questions={3: "Wrong.", 7: "Wrong too."})
    for member in appoint(appeal):
        cast_vote(appeal, member, upheld=(3,))

    page = browser.get("appeals.show", appeal_id=appeal.id)

    assert "The commission found a question faulty: 3." in page.words()
    assert "your result stays as it is until then" in page.words()


def test_result_voided_on_appeal_says_so(
    browser: ClientRequest, failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote
) -> None:
    appeal = file_appeal(failed)
    for member in appoint(appeal):
        cast_vote(appeal, member)

    page = browser.get("desk.result", sitting_id=failed.id)

    assert "The result is void" in page.h1
    assert "you may take the test again" in page.words()


# --- nothing gives the key away


@pytest.fixture
def shown(
    browser: ClientRequest,
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
) -> list[Page]:
    """Every page that an applicant sees of an own appeal, before and after the decision."""
    pages = [
        browser.get("appeals.sheet", sitting_id=failed.id),
        browser.get("appeals.contest_questions", sitting_id=failed.id),
        browser.post("appeals.contest_questions", {"question_1": "x" * 1001}, 422, sitting_id=failed.id),
        browser.get("appeals.contest_conduct", sitting_id=failed.id),
    ]
    appeal = file_appeal(failed, questions={1: "Wrong.", 2: "Wrong."})
    pages.append(browser.get("appeals.show", appeal_id=appeal.id))
    for member in appoint(appeal):
        cast_vote(appeal, member, upheld=(1,))
    pages += [
        browser.get("appeals.show", appeal_id=appeal.id),
        browser.get("appeals.mine"),
        browser.get("appeals.sheet", sitting_id=failed.id),
    ]
    return pages


def test_no_page_of_the_applicant_tells_item_explanation_or_source(shown: list[Page], pool: tuple[Item, ...]) -> None:
    heard = "\n".join(page.text for page in shown)

    assert [item.id for item in pool if item.id in heard] == []
    assert [item.id for item in pool for text in item.texts.values() if text.why in heard] == []
    assert "Right answer" not in heard


def test_right_and_wrong_options_look_alike(
    browser: ClientRequest, failed: SittingFacts, session: Session, pool: tuple[Item, ...]
) -> None:
    """Take the answers out of the sheet: what is left is the paper in its own order, with nothing beside it."""
    paper = paper_of_booking(failed.booking_id, session=session)
    assert paper is not None
    items = {(item.id, item.version): item for item in pool}
    page = browser.get("appeals.sheet", sitting_id=failed.id)
    lists = page.all(".//ol[@class='sheet-options']")

    assert len(lists) == len(paper.questions) == 55
    for question, shown_list in zip(paper.questions, lists, strict=True):
        text = items[question.item_id, question.version].texts["kk"]
        options = [line for line in shown_list if line.tag == "li"]
        assert [" ".join((line.text or "").split()) for line in options] == [
            text.options[place] for place in question.order
        ]
        marked = [line for line in options if line.get("class")]
        assert all(set(line.attrib) <= {"class"} for line in options)
        assert len(marked) <= 1
        assert all(line.get("class") == "sheet-given" for line in marked)


def test_sheet_cannot_be_kept_by_the_browser(browser: ClientRequest, failed: SittingFacts) -> None:
    page = browser.get("appeals.sheet", sitting_id=failed.id)

    assert page.headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in page.headers
    assert not page.all(".//a[@download]")
