"""Can anybody practise as in the real test, read what was wrong, and leave nothing behind?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.audit import queries as audit
from app.db import unit_of_work
from app.papers.models import ItemVersion
from app.practice import rules, service
from app.practice.models import PracticeAnswer, PracticeRun
from app.work import TIMERS
from question_bank.items import Item
from tests.kit.client import ClientRequest
from tests.kit.factories.practice import Practising
from tests.kit.outside import HandClock

MakePractising = Callable[[], Practising]
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def count(session: Session, table: type) -> int:
    session.rollback()
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


# --- start


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@ONE_DATABASE
def test_start_page_offers_the_language_of_the_reader(practising: Practising, language: str) -> None:
    practising.browser.get("pages.choose_language", status=303, code=language)

    page = practising.browser.get("practice.start")

    chosen = [field.get("value") for field in page.all(".//input[@type='radio']") if field.get("checked") is not None]
    assert chosen == [language]
    assert "55" in page.words()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@ONE_DATABASE
def test_practice_is_the_page_of_the_real_test_with_calls_of_its_own(practising: Practising, language: str) -> None:
    practising.begin(language)

    page, paper = practising.page(), practising.paper()

    main = page.all(".//main")[0]
    assert main.get("data-answers-url") == f"/practice/{practising.run_id}/answers"
    assert "js/sitting/main.js" in page.text
    assert "/my" not in [link.get("href") for link in page.all(".//main//a")]
    assert (paper["language"], len(paper["questions"]), paper["remaining_ms"]) == (language, 55, 3_300_000)
    assert [block["minimum"] for block in paper["blocks"]] == [5, 5, 5, 5]


@ONE_DATABASE
def test_language_that_is_not_offered_is_refused_beside_the_field(practising: Practising) -> None:
    page = practising.begin("de", status=422)

    assert page.field_errors()


def test_browser_with_an_open_run_goes_on_with_it(practising: Practising, session: Session) -> None:
    practising.begin("ru")
    first = practising.run_id
    practising.answer(1, 2)

    practising.begin("kk")

    assert practising.run_id == first
    assert count(session, PracticeRun) == 1
    words = practising.browser.get("practice.start")
    assert f"/practice/{first}" in [link.get("href") for link in words.all(".//main//a")]


@ONE_DATABASE
def test_too_many_at_once_are_told_when_to_come_again(
    practising: Practising, make_practising: MakePractising, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 1)
    practising.begin()
    other = make_practising()
    other.browser.get("pages.choose_language", status=303, code="en")

    refused = other.begin(status=503)
    practising.finish()
    other.begin()

    assert "Too many people are practising now" in refused.h1
    assert "Try again in ten minutes" in refused.words()


@ONE_DATABASE
def test_run_that_is_out_of_time_does_not_count_as_open(
    practising: Practising, make_practising: MakePractising, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 1)
    practising.begin()
    clock.advance(minutes=56)

    make_practising().begin()


@ONE_DATABASE
def test_pool_that_is_too_thin_is_said_and_nothing_is_begun(practising: Practising, session: Session) -> None:
    for row in session.scalars(select(ItemVersion).where(ItemVersion.item_id.like("et-%"))):
        row.retired_at = row.imported_at
    session.commit()

    practising.begin(status=503)

    assert count(session, PracticeRun) == 0


@ONE_DATABASE
def test_without_a_practice_programme_nothing_is_offered(practising: Practising, clock: HandClock) -> None:
    clock.advance(days=-365)

    practising.browser.get("practice.start", status=503)


# --- answering


def test_answer_is_saved_once_under_its_number(practising: Practising, session: Session) -> None:
    practising.begin()

    first = practising.answer(5, 2)
    again = practising.answer(5, 2, sequence=1)
    gap = practising.answer(5, 3, status=409, sequence=7)
    other = practising.answer(5, 3, status=409, sequence=1)
    paper = practising.paper()

    assert first == again
    assert set(first) == {"sequence", "head", "saved_at", "remaining_ms"}
    assert gap == other == {"code": "sittings.sequence_gap", "expected": 2}
    assert (paper["answers"], paper["sequence"], paper["head"]) == ({"5": 2}, 1, first["head"])
    assert count(session, PracticeAnswer) == 1


def test_reloaded_page_goes_on_where_it_was(practising: Practising) -> None:
    practising.begin()
    practising.answer(5, 2)
    practising.answer(6, 3)
    practising.answer(5, None)
    practising.beat({"n": 1, "kind": "flag", "position": 7}, {"n": 2, "kind": "place", "position": 9})
    practising.beat({"n": 1, "kind": "unflag", "position": 7}, {"n": 3, "kind": "flag", "position": 8})
    practising.beat({"n": 4, "kind": "unflag", "position": 8}, {"n": 5, "kind": "summary"})

    paper = practising.paper()

    assert (paper["answers"], paper["flags"], paper["place"]) == ({"6": 3}, [7], 9)
    assert (paper["sequence"], paper["event_number"]) == (3, 5)


@pytest.mark.parametrize(("position", "option"), [(0, 1), (56, 1), (1, 5)])
@ONE_DATABASE
def test_answer_of_another_paper_is_refused(practising: Practising, position: int, option: int) -> None:
    practising.begin()

    assert practising.answer(position, option, status=422) == {"code": "sittings.answer_malformed"}
    assert practising.beat({"n": 1, "kind": "flag", "position": 56}, status=422)["code"] == "sittings.answer_malformed"


@ONE_DATABASE
def test_answer_in_the_grace_is_taken_and_one_after_it_is_not(practising: Practising, clock: HandClock) -> None:
    practising.begin()
    clock.advance(minutes=55, seconds=4)
    practising.answer(1, 1)
    clock.advance(seconds=1)

    late = practising.answer(2, 1, status=409)
    beat = practising.beat()
    paper = practising.paper(status=409)

    location = f"/practice/{practising.run_id}/result"
    assert late == {"code": "sittings.ended", "kept": False, "location": location}
    assert beat == {"state": "ended", "server_time": clock.now().isoformat(), "remaining_ms": 0, "location": location}
    assert paper["location"] == location
    assert practising.page(status=303).location == location
    assert "54" in practising.result().words()


@ONE_DATABASE
def test_acknowledged_answer_is_acknowledged_again_after_the_end(practising: Practising) -> None:
    practising.begin()
    first = practising.answer(5, 2)
    practising.finish()

    assert practising.answer(5, 2, sequence=1)["head"] == first["head"]


# --- whose it is


def test_run_of_another_browser_looks_absent(practising: Practising, make_practising: MakePractising) -> None:
    practising.begin()
    stranger = make_practising()
    stranger.begin()
    stranger.run_id = practising.run_id

    stranger.page(status=404)
    stranger.result(status=404)
    stranger.finish(status=404)
    assert stranger.paper(status=404) == {"code": "sittings.elsewhere"}
    assert stranger.answer(1, 1, status=404) == {"code": "sittings.elsewhere"}
    assert stranger.beat(status=404) == {"code": "sittings.elsewhere"}
    assert practising.paper()["sequence"] == 0


@ONE_DATABASE
def test_run_that_never_was_is_not_found(practising: Practising) -> None:
    practising.browser.get("practice.show", 404, run_id=uuid.UUID(int=7))


# --- the end


def test_result_says_what_to_read_for_each_wrong_or_blank_answer(practising: Practising) -> None:
    practising.browser.get("pages.choose_language", status=303, code="en")
    practising.begin("en")
    items = practising.items()
    for position in range(1, 46):
        practising.answer(position, items[position][1])
    practising.answer(46, items[46][1] % 4 + 1)
    practising.finish()

    page = practising.result()

    words = page.words()
    assert "You would not have passed" in page.h1
    assert "Ethics Code of Civil Servants of the Republic of Kazakhstan 0 of 10" in words
    assert "below the threshold: Ethics Code of Civil Servants of the Republic of Kazakhstan." in words
    assert "45 of 55" in words
    wrong = items[46][0]
    listed = page.all(".//ol[@class='explained']/li")
    assert [line.get("value") for line in listed] == [str(number) for number in range(46, 56)]
    first = " ".join("".join(listed[0].itertext()).split())
    assert wrong.texts["en"].options[wrong.key_index] in first
    assert wrong.texts["en"].why in first
    assert f"Point {wrong.cites[0].article}" in first
    assert "left blank" in "".join(listed[1].itertext())


@ONE_DATABASE
def test_full_marks_pass_and_leave_nothing_to_read(practising: Practising) -> None:
    practising.browser.get("pages.choose_language", status=303, code="en")
    practising.begin("kk")
    for position, (_, right) in practising.items().items():
        practising.answer(position, right)
    practising.finish()

    page = practising.result()

    assert "You would have passed" in page.h1
    assert "Every answer was right." in page.words()


@ONE_DATABASE
def test_every_provision_is_linked_to_its_official_text(practising: Practising) -> None:
    practising.begin("ru")
    practising.browser.get("pages.choose_language", status=303, code="ru")
    practising.finish()

    links = [link.get("href", "") for link in practising.result().all(".//ol//a")]

    assert len(links) == 55
    assert set(links) == {
        "https://adilet.zan.kz/rus/docs/K2600000000",
        "https://adilet.zan.kz/rus/docs/Z2600000290",
        "https://adilet.zan.kz/rus/docs/Z1500000410",
        "https://adilet.zan.kz/rus/docs/U1500000153",
    }


@ONE_DATABASE
def test_result_waits_for_the_end(practising: Practising) -> None:
    practising.begin()

    assert practising.result(status=303).location == f"/practice/{practising.run_id}"


def test_finish_twice_is_one_end(practising: Practising, session: Session, clock: HandClock) -> None:
    practising.begin()
    practising.finish()
    ended = clock.now()
    clock.advance(minutes=3)
    practising.finish()

    session.rollback()
    row = session.scalars(select(PracticeRun)).one()
    assert (row.ended_at, row.ended_by) == (ended, "click")


@ONE_DATABASE
def test_finish_after_the_time_is_an_end_by_time(practising: Practising, session: Session, clock: HandClock) -> None:
    practising.begin()
    clock.advance(minutes=55, seconds=2)
    practising.finish()

    assert session.scalars(select(PracticeRun)).one().ended_by == "time"


def test_next_run_has_other_questions(practising: Practising) -> None:
    practising.begin()
    first = {item.id for item, _ in practising.items().values()}
    practising.finish()

    practising.begin()
    second = {item.id for item, _ in practising.items().values()}

    assert first & second == set()


@ONE_DATABASE
def test_applicant_is_led_to_their_tests_and_a_stranger_to_registration(
    practising: Practising, applicant: Person, session: Session
) -> None:
    practising.begin()
    practising.finish()
    hrefs = [link.get("href") for link in practising.result().all(".//main//a")]
    practising.browser.sign_in(applicant)
    practising.begin()
    practising.finish()
    own = [link.get("href") for link in practising.result().all(".//main//a")]

    assert "/register" in hrefs
    assert "/my" in own


# --- what remains


@ONE_DATABASE
def test_a_day_later_nothing_is_left(practising: Practising, session: Session, clock: HandClock) -> None:
    practising.begin()
    practising.answer(1, 1)
    clock.advance(hours=23, minutes=59)
    practising.result()
    clock.advance(minutes=1)
    practising.result(status=404)
    forget = next(timer for timer in TIMERS if timer.name == "forget")

    app = practising.browser.app
    with app.app_context():
        forget.run(app.extensions["synaq_tools"])

    assert (count(session, PracticeRun), count(session, PracticeAnswer)) == (0, 0)


def test_timer_ends_what_ran_out_of_time_and_keeps_the_rest(
    practising: Practising, make_practising: MakePractising, session: Session, clock: HandClock
) -> None:
    practising.begin()
    clock.advance(minutes=40)
    other = make_practising()
    other.begin()
    clock.advance(minutes=20)

    with practising.browser.app.app_context(), unit_of_work() as work:
        service.forget_old(session=work, now=clock.now())

    session.rollback()
    causes = session.execute(select(PracticeRun.id, PracticeRun.ended_by)).all()
    assert {row.id: row.ended_by for row in causes} == {practising.run_id: "time", other.run_id: None}
    assert other.paper()["state"] == "running"


@ONE_DATABASE
def test_nothing_of_practice_is_in_the_log(practising: Practising, session: Session) -> None:
    before = audit.size_of_log(session)
    practising.begin()
    practising.answer(1, 1)
    practising.finish()

    session.rollback()
    assert audit.size_of_log(session) == before


@ONE_DATABASE
def test_table_does_not_name_the_browser(practising: Practising, session: Session) -> None:
    practising.begin()

    token = practising.browser.session_content()["practice"]
    row = session.scalars(select(PracticeRun)).one()
    assert row.token_hash == rules.hash_of_token(token) != token


# --- nothing gives the key away


@ONE_DATABASE
def test_no_key_leaves_the_server_before_the_end(practising: Practising, pool: tuple[Item, ...]) -> None:
    practising.begin()
    on_paper = {item.id for item, _ in practising.items().values()}
    bodies = [practising.page().text, str(practising.paper()), practising.browser.get("practice.start").text]
    bodies += [str(practising.answer(1, option)) for option in (1, 2, 3, 4)]
    bodies += [str(practising.beat({"n": 1, "kind": "flag", "position": 3})), practising.result(status=303).text]
    heard = "\n".join(bodies)

    assert [item.id for item in pool if item.id in heard] == []
    assert [item.id for item in pool for code in ("kk", "ru", "en") if item.texts[code].why in heard] == []
    others = [item for item in pool if item.id not in on_paper]
    assert [item.id for item in others if item.texts["kk"].stem in heard] == []
    paper = practising.paper()
    assert set(paper) == {
        "sitting", "language", "state", "server_time", "remaining_ms", "beat_seconds", "grace_seconds", "blocks",
        "questions", "answers", "flags", "place", "sequence", "head", "event_number",
    }  # fmt: skip


@ONE_DATABASE
def test_signed_cookie_tells_nothing_of_the_paper(practising: Practising, client_request: ClientRequest) -> None:
    practising.begin()

    assert set(practising.browser.session_content()) <= {"practice", "csrf_token", "_permanent", "language"}
