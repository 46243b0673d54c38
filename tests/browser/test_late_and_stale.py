"""Is an answer ever lost without a word, or a newer one overwritten by an older? Late deliveries, and stale queues."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from app import create_app
from app.db import db, unit_of_work
from app.demonstration.people import APPLICANTS
from app.sittings.models import LateAnswer, Sitting
from tests.browser.conftest import Installation, serve_installation
from tests.browser.exam import Visitor, code_for_another_computer, go_on_with, kept_here, waiting_here

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FIRST, SECOND, THIRD, FOURTH = (person.iin for person in APPLICANTS)
FAMILY_NAMES = {person.iin: person.family_name for person in APPLICANTS}
ANSWERS, EVENTS = "**/sittings/*/answers", "**/sittings/*/events"
SAVED = re.compile(r"\d\d:\d\d:\d\d")
LONG_MS = 40_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of our own: the journeys use up the bookings of the four people in theirs."""
    made, server = serve_installation(tmp_path_factory.mktemp("late-and-stale"))
    yield made
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server did not stop cleanly"


class Line:
    """The line between one page and the server, cut and joined; instead of the server it may say what is scripted."""

    _answers: Callable[[Route], None]
    _events: Callable[[Route], None]

    def __init__(self, page: Page) -> None:
        self.sent: list[dict[str, Any]] = []
        self.held: list[Route] = []
        self.join()
        page.route(ANSWERS, self._on_answer)
        page.route(EVENTS, self._on_beat)

    def _on_answer(self, route: Route) -> None:
        self._answers(route)

    def _on_beat(self, route: Route) -> None:
        self._events(route)

    def cut(self) -> None:
        """Nothing gets through: neither answers nor beats."""
        self._answers = self._events = Route.abort

    def join(self) -> None:
        self._answers = self._events = Route.continue_

    def lose_acknowledgements(self) -> None:
        """What is sent arrives; what is answered does not."""

        def lose(route: Route) -> None:
            route.fetch()
            route.abort()

        self._answers, self._events = lose, Route.abort

    def time_is_up(self, *replies: dict[str, Any]) -> None:
        """Let the time be over; answer with the replies in turn, the last one ever after. Without any, answer later."""
        left = list(replies)

        def answer(route: Route) -> None:
            if not left:
                self.held.append(route)
                return
            self.sent.append(json.loads(route.request.post_data or ""))
            _reply(route, left.pop(0) if len(left) > 1 else left[0], 409)

        self._answers = answer
        self._events = lambda route: _reply(route, {"state": "running", "remaining_ms": 0, "location": None}, 200)

    def let_go(self) -> None:
        """Treat what was kept waiting as what comes now."""
        while self.held:
            self._answers(self.held.pop(0))


def _reply(route: Route, body: dict[str, Any], status: int) -> None:
    route.fulfill(status=status, content_type="application/json", body=json.dumps(body))


def panel(page: Page, name: str) -> Any:
    return page.locator(f"[data-panel={name}]")


def begin(page: Page, iin: str, programme: str = "corps-b-legislation") -> Visitor:
    """Sign in, start, and save an answer to the first question."""
    visitor = Visitor(page)
    visitor.choose_language("en")
    visitor.sign_in(iin)
    visitor.open_start_page(programme)
    visitor.start_test("kk")
    visitor.choose_option(1)
    expect(page.locator("#saved")).to_contain_text(SAVED)
    return visitor


def choose(visitor: Visitor, answers: dict[int, int]) -> None:
    for position, option in answers.items():
        visitor.page.locator(f".mark[data-position='{position}']").click()
        visitor.choose_option(option)


def standing(page: Page) -> dict[str, int]:
    """Return the answers that the server has."""
    script = "async () => (await (await fetch(document.querySelector('main').dataset.paperUrl)).json()).answers"
    answers: dict[str, int] = page.evaluate(script)
    return answers


def set_aside(page: Page) -> list[dict[str, Any]]:
    """Return what this browser keeps for the record."""
    sitting = page.locator("main").get_attribute("data-sitting")
    return [record for record in kept_here(page, "aside") if record["sitting"] == sitting]


def hand_over(page: Page, proctor: Page, iin: str) -> None:
    """Let the operator make a code, then go on with the sitting in ``page``."""
    go_on_with(code_for_another_computer(proctor, FAMILY_NAMES[iin]), page)


@pytest.fixture
def proctor(chromium: Browser, installation: Installation) -> Iterator[Page]:
    page = chromium.new_context(base_url=installation.url).new_page()
    Visitor(page).sign_in("proctor@demo.synaq")
    page.locator("main a[href*='/proctor/sessions/DEMO-corps-b']").click()
    page.wait_for_url("**/proctor/sessions/DEMO-corps-b*")
    yield page
    page.context.close()


@pytest.fixture
def other_computer(chromium: Browser, installation: Installation) -> Iterator[Page]:
    page = chromium.new_context(base_url=installation.url, viewport={"width": 1366, "height": 768}).new_page()
    yield page
    page.context.close()


def test_late_answers_are_delivered_one_by_one_before_the_page_goes_to_the_result(page: Page) -> None:
    visitor, line = begin(page, FIRST), Line(page)
    line.cut()
    choose(visitor, {2: 3, 3: 2, 4: 4})
    expect(page.locator("#notice")).to_be_visible()

    line.time_is_up()
    expect(panel(page, "time")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#time-waiting")).to_contain_text("3")
    line.time_is_up({"code": "sittings.late", "kept": True})
    line.let_go()
    page.wait_for_url("**/result", timeout=LONG_MS)
    assert [(entry["position"], entry["option"]) for entry in line.sent] == [(2, 3), (3, 2), (4, 4)]
    assert [entry["sequence"] for entry in line.sent] == [2, 3, 4]


def test_what_is_not_kept_after_the_end_is_said_before_the_page_goes_on(page: Page) -> None:
    visitor, line = begin(page, FIRST, "practice-legislation"), Line(page)
    line.cut()
    choose(visitor, {2: 3, 3: 2, 4: 4})
    expect(page.locator("#notice")).to_be_visible()

    ended = {"code": "sittings.ended", "location": "/my"}
    line.time_is_up(ended | {"kept": True}, ended | {"kept": False})
    expect(panel(page, "lost")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#lost-count")).to_contain_text("2")
    expect(page.locator("#notice")).to_be_hidden()
    assert {entry["position"] for entry in line.sent} == {2, 3}
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert [entry["position"] for entry in waiting_here(page)] == [3, 4]
    page.locator("#lost-go-on").click()
    page.wait_for_url("**/my")


def test_server_keeps_what_comes_after_the_grace(page: Page, installation: Installation) -> None:
    visitor, line = begin(page, SECOND), Line(page)
    line.cut()
    choose(visitor, {2: 3, 3: 2})
    expect(page.locator("#notice")).to_be_visible()
    sitting = uuid.UUID(page.locator("main").get_attribute("data-sitting") or "")
    _turn_back(installation, sitting, timedelta(minutes=56))
    line.join()
    page.wait_for_url("**/result", timeout=LONG_MS)
    assert _late_answers(installation, sitting) == [(2, 2, 3), (3, 3, 2)]

    # what a page that was closed too early has left here, even before there was IndexedDB, the result page delivers
    left = {"answers": [{"position": 9, "option": 2, "sequence": None}], "events": [], "known": 1, "lateNumber": 2}
    script = "([sitting, left]) => localStorage.setItem('synaq.sitting.' + sitting, JSON.stringify(left))"
    page.evaluate(script, [str(sitting), left])
    page.reload()
    expect(page.locator("main")).to_contain_text("3. They are kept", timeout=LONG_MS)
    assert _late_answers(installation, sitting) == [(2, 2, 3), (3, 3, 2), (4, 9, 2)]
    assert waiting_here(page) == []
    assert page.evaluate("Object.keys(localStorage)") == []


def test_end_by_the_proctor_waits_for_late_answers(page: Page) -> None:
    visitor, line = begin(page, SECOND, "practice-legislation"), Line(page)
    line.cut()
    choose(visitor, {2: 3, 3: 2})
    expect(page.locator("#notice")).to_be_visible()
    line.time_is_up({"code": "sittings.ended", "kept": True, "location": "/my"})
    page.wait_for_url("**/my", timeout=LONG_MS)
    assert [entry["position"] for entry in line.sent] == [2, 3]
    assert waiting_here(page) == []
    assert page.evaluate("Object.keys(localStorage)") == []


def test_without_a_connection_at_the_end_the_page_says_so_and_goes_on_trying(page: Page) -> None:
    visitor, line = begin(page, THIRD), Line(page)
    line.cut()
    choose(visitor, {2: 3})
    expect(page.locator("#notice")).to_be_visible()
    line.time_is_up()
    expect(panel(page, "time")).to_be_visible(timeout=LONG_MS)
    line.cut()
    line.let_go()
    expect(panel(page, "lost")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#lost-count")).to_contain_text("1")
    page.locator("#lost-go-on").click()
    expect(panel(page, "lost")).to_be_visible()
    expect(page.locator("#lost-go-on")).to_be_enabled()
    line.time_is_up({"code": "sittings.late", "kept": True})
    page.wait_for_url("**/result", timeout=LONG_MS)


def test_old_queue_does_not_overwrite_what_another_computer_saved(
    page: Page, other_computer: Page, proctor: Page
) -> None:
    old, line = begin(page, FOURTH), Line(page)
    line.cut()
    choose(old, {4: 1, 5: 2, 7: 3})
    expect(page.locator("#notice")).to_be_visible()
    page.goto("/my")

    new = Visitor(other_computer)
    new.choose_language("en")
    new.sign_in(FOURTH)
    hand_over(other_computer, proctor, FOURTH)
    choose(new, {4: 2, 5: 2, 7: 4})
    expect(other_computer.locator("#saved")).to_contain_text(SAVED)
    newer = {"1": 1, "4": 2, "5": 2, "7": 4}
    _until_saved(other_computer, newer)

    line.join()
    hand_over(page, proctor, FOURTH)
    expect(page.locator("#aside")).to_be_visible()
    expect(page.locator("#aside-words")).to_contain_text("2")
    assert page.locator("#aside-jumps button").all_inner_texts() == ["4", "7"]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert standing(page) == newer
    [record] = set_aside(page)
    assert [(entry["position"], entry["option"]) for entry in record["answers"]] == [(4, 1), (5, 2), (7, 3)]

    page.locator("#aside-jumps button").last.click()
    assert old.question() == 7
    expect(page.locator("#options input").nth(3)).to_be_checked()
    old.choose_option(1)
    _until_saved(page, newer | {"7": 1})
    page.reload()
    expect(page.locator("#aside")).to_be_visible()
    page.locator("#aside-hide").click()
    page.reload()
    expect(panel(page, "question")).to_be_visible()
    expect(page.locator("#aside")).to_be_hidden()


def test_old_page_that_was_never_reloaded_looks_before_it_sends(
    page: Page, other_computer: Page, proctor: Page
) -> None:
    """The operator gives the sitting back through a second window, and the old one comes to life with its queue."""
    first = Visitor(page)
    first.choose_language("en")
    first.sign_in(FOURTH)
    page.goto("/my")
    if page.locator("form[action$='/continue']").count():  # another test has begun it
        hand_over(page, proctor, FOURTH)
    else:
        first.open_start_page()
        first.start_test("kk")
    line = Line(page)
    line.cut()
    choose(first, {9: 1})
    expect(page.locator("#notice")).to_be_visible()

    new = Visitor(other_computer)
    new.choose_language("en")
    new.sign_in(FOURTH)
    hand_over(other_computer, proctor, FOURTH)
    choose(new, {9: 3})
    _until_saved(other_computer, standing(other_computer) | {"9": 3})

    code = code_for_another_computer(proctor, FAMILY_NAMES[FOURTH])
    window = page.context.new_page()
    window.goto("/my")
    window.locator("form[action$='/continue'] button").click()
    window.locator("input[name=code]").fill(code)
    window.locator("input[name=code]").press("Enter")
    expect(panel(window, "second")).to_be_visible()
    line.join()
    expect(page.locator("#aside")).to_be_visible(timeout=LONG_MS)
    assert page.locator("#aside-jumps button").all_inner_texts() == ["9"]
    expect(page.locator("#options input").nth(2)).to_be_checked()
    assert standing(page)["9"] == 3
    first.choose_option(4)
    _until_saved(page, standing(page) | {"9": 4})


def test_lost_acknowledgement_and_restored_tab_are_our_own(page: Page) -> None:
    visitor, line = begin(page, THIRD, "practice-legislation"), Line(page)
    line.lose_acknowledgements()
    choose(visitor, {2: 3})
    expect(page.locator("#notice")).to_be_visible()
    line.cut()
    choose(visitor, {2: 4, 3: 1})
    address = page.url
    assert [entry["position"] for entry in waiting_here(page)] == [2, 2, 3]
    restored = page.context.new_page()
    page.close()
    restored.goto(address)
    expect(panel(restored, "question")).to_be_visible()
    _until_saved(restored, {"1": 1, "2": 4, "3": 1})
    expect(restored.locator("#aside")).to_be_hidden()
    assert set_aside(restored) == []


def _turn_back(installation: Installation, sitting: uuid.UUID, time: timedelta) -> None:
    """Let the sitting have started earlier."""
    with create_app(installation.settings).app_context():
        with unit_of_work() as session:
            session.get_one(Sitting, sitting).started_at -= time
        db.session.remove()
        db.engine.dispose()


def _late_answers(installation: Installation, sitting: uuid.UUID) -> list[tuple[int, int, int | None]]:
    with create_app(installation.settings).app_context():
        query = select(LateAnswer).where(LateAnswer.sitting_id == sitting).order_by(LateAnswer.sequence)
        found = [(row.sequence, row.position, row.option) for row in db.session.scalars(query)]
        db.session.remove()
        db.engine.dispose()
    return found


def _until_saved(page: Page, wanted: dict[str, int]) -> None:
    for _ in range(LONG_MS // 500):
        if standing(page) == wanted:
            return
        page.wait_for_timeout(500)
    assert standing(page) == wanted
