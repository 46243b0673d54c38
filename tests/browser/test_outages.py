"""Do answers survive what happens to servers, browsers and cables? Every outage here is a real one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

from app.demonstration.people import DemoApplicant
from app.sittings.models import Sitting
from app.sittings.queries import answers_of, journal, marks_of, sitting_with_id
from app.sittings.rules import next_head
from tests.browser.conftest import FLAGS, Installation, chromium_path, serve_installation, start_server
from tests.browser.exam import Visitor, code_for_another_computer, go_on_with, kept_here, waiting_here
from tests.kit.bad_line import BadLine, Fate

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = bool(os.environ.get("SYNAQ_LONG"))
QUESTIONS = 55
SAVED = re.compile(r"\d\d:\d\d:\d\d")
WAIT_MS = 60_000
SCREEN: Any = {"width": 1366, "height": 768}
NOTED = """
const real = window.fetch;
window.fetch = async (url, request) => {
  const response = await real(url, request);
  if (/\\/answers$/.test(url) && response.ok) {
    const { sequence, head } = await response.clone().json();
    const log = JSON.parse(localStorage.getItem('acknowledged') ?? '[]');
    localStorage.setItem('acknowledged', JSON.stringify([...log, { ...JSON.parse(request.body), sequence, head }]));
  }
  return response;
};
"""
"""The client's own log of acknowledgements, kept beside the page: what it was told, in the order of telling."""


class Server:
    """The web server and the worker of an installation, stopped and started as a whole."""

    def __init__(self, folder: Path) -> None:
        self.installation, self._process = serve_installation(folder)

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.wait(timeout=30) == 0, "the server did not stop cleanly"

    def start(self) -> None:
        self._process = start_server(self.installation)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("outages"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def installation(server: Server) -> Installation:
    return server.installation


@pytest.fixture
def bad_line(installation: Installation) -> Iterator[BadLine]:
    line = BadLine(int(installation.url.rsplit(":", 1)[1]), seed=6)
    yield line
    line.close()


@pytest.fixture
def through(chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Open a page at an address in a window of its own; it notes what is acknowledged."""
    made: list[BrowserContext] = []

    def open_at(url: str) -> Page:
        context = chromium.new_context(base_url=url, viewport=SCREEN)
        context.add_init_script(NOTED)
        context.set_default_timeout(WAIT_MS)
        made.append(context)
        return context.new_page()

    yield open_at
    for context in made:
        context.close()


def begin(page: Page, person: DemoApplicant) -> tuple[Visitor, uuid.UUID]:
    visitor = Visitor(page)
    visitor.choose_language("ru")
    visitor.sign_in(person.iin)
    visitor.open_start_page()
    return visitor, uuid.UUID(visitor.start_test("kk"))


def answer(page: Page, options: dict[int, int]) -> None:
    """Answer questions by keyboard, each on its place."""
    for position, option in options.items():
        page.locator(f".mark[data-position='{position}']").click()
        page.keyboard.press(str(option))


def until_sent(page: Page, seconds: float = WAIT_MS / 1000) -> None:
    give_up = time.monotonic() + seconds
    while waiting_here(page) and time.monotonic() < give_up:
        page.wait_for_timeout(100)
    assert waiting_here(page) == []


def assert_journal_agrees(page: Page, installation: Installation, sitting: uuid.UUID, chosen: dict[int, int]) -> None:
    """Compare what the page was told with what the server has: nothing missing, nothing double, nothing else."""
    acknowledged = page.evaluate("JSON.parse(localStorage.getItem('acknowledged'))")
    with installation.inside() as (session, _):
        rows = journal(sitting, session=session)
        standing = answers_of(sitting, session=session)
        head = sitting_with_id(sitting, session=session).first_head
    written = {entry.row.sequence: (entry.row.position, entry.row.option, entry.head.hex()) for entry in rows}
    assert list(written) == list(range(1, len(rows) + 1))
    for told in acknowledged:
        assert written.get(told["sequence"]) == (told["position"], told["option"], told["head"]), told
    assert {told["sequence"] for told in acknowledged} == set(written), "a row that the page was never told of"
    for entry in rows:
        head = next_head(head, entry.row)
        assert entry.head == head
    for position in chosen:
        options = [entry.row.option for entry in rows if entry.row.position == position]
        assert all(earlier != later for earlier, later in pairwise(options)), f"twice the same: {position} {options}"
    assert standing == chosen


def assert_events_once(installation: Installation, sitting: uuid.UUID) -> list[str]:
    """See that no question was seen twice and nothing was noted twice; return the kinds in order."""
    with installation.inside() as (session, _):
        marks = marks_of(sitting, session=session)
    seen = [mark.position for mark in marks if mark.kind == "seen"]
    moments = [(mark.kind, mark.position, (mark.facts or {}).get("t")) for mark in marks]
    assert len(seen) == len(set(seen))
    assert len(moments) == len(set(moments))
    return [mark.kind for mark in marks]


SHORT_WEATHER = {
    Fate.DROPPED: 0.05,
    Fate.UNANSWERED: 0.06,
    Fate.OVERTAKEN: 0.05,
    Fate.DELAYED: 0.1,
    Fate.DOUBLED: 0.14,
}
LONG_WEATHER = dict.fromkeys((Fate.DROPPED, Fate.UNANSWERED, Fate.OVERTAKEN, Fate.DELAYED, Fate.DOUBLED), 0.12)


def test_whole_sitting_over_a_bad_line_loses_and_doubles_nothing(
    bad_line: BadLine, through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(bad_line.url)
    _visitor, sitting = begin(page, installation.enrol(201))
    bad_line.be_bad(LONG_WEATHER if LONG else SHORT_WEATHER, longest=12 if LONG else 0.5)
    chosen = {position: position % 4 + 1 for position in range(1, QUESTIONS + 1)}
    answer(page, {position: chosen[position] for position in range(1, 31)})
    with bad_line.cut():
        changed = {position: chosen[position] % 4 + 1 for position in (30, 3, 30, 3, 7)}
        answer(page, changed)
        expect(page.locator("#notice")).to_be_visible()
        page.wait_for_timeout(60_000 if LONG else 1_500)
    answer(page, {position: chosen[position] for position in range(31, QUESTIONS + 1)})
    until_sent(page, 600 if LONG else 60)
    chosen |= changed

    assert sum(count for fate, count in bad_line.met.items() if fate != "passes") > 10, bad_line.met
    bad_line.be_good()
    assert_journal_agrees(page, installation, sitting, chosen)
    page.reload()
    expect(page.locator("[data-panel=question]")).to_be_visible()
    answer(page, {1: chosen[1] % 4 + 1})
    until_sent(page)
    Visitor(page).finish()
    assert_journal_agrees(page, installation, sitting, chosen | {1: chosen[1] % 4 + 1})
    kinds = assert_events_once(installation, sitting)
    assert kinds.count("opened") >= 2
    assert {"lost", "back", "summary", "seen"} <= set(kinds)


def test_answer_on_its_way_during_a_reload_is_not_taken_for_a_stranger(
    bad_line: BadLine, through: Callable[[str], Page], installation: Installation
) -> None:
    """It arrives after the page was loaded anew, and after its answer was changed once more."""
    page = through(bad_line.url)
    _visitor, sitting = begin(page, installation.enrol(202))
    bad_line.be_bad({Fate.OVERTAKEN: 1.0}, longest=4)
    answer(page, {1: 2})
    expect(page.locator("#notice")).to_be_visible()
    answer(page, {1: 3})
    bad_line.be_good()
    page.reload()
    answer(page, {1: 4})
    until_sent(page)
    expect(page.locator("#aside")).to_be_hidden()
    page.wait_for_timeout(4_000)
    assert_standing(installation, sitting, {1: 4})


def assert_standing(installation: Installation, sitting: uuid.UUID, chosen: dict[int, int]) -> None:
    with installation.inside() as (session, _):
        assert answers_of(sitting, session=session) == chosen


def test_answers_given_while_the_server_is_down_are_all_saved_when_it_is_back(
    server: Server, through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(installation.url)
    _visitor, sitting = begin(page, installation.enrol(203))
    first = dict.fromkeys(range(1, 11), 1)
    later = dict.fromkeys(range(11, 16), 2)
    answer(page, first)
    until_sent(page)
    server.stop()
    answer(page, later)
    expect(page.locator("#notice")).to_contain_text("5")
    expect(page.locator("#answer-state")).to_have_attribute("data-state", "waiting")
    assert [entry["position"] for entry in waiting_here(page)] == list(later)
    server.start()
    until_sent(page)
    expect(page.locator("#notice")).to_be_hidden()
    for position in range(1, 16):
        page.locator(f".mark[data-position='{position}']").click()
        expect(page.locator("#answer-state")).to_contain_text(SAVED)
    assert_journal_agrees(page, installation, sitting, first | later)


def test_unsent_answers_outlive_a_browser_that_was_killed(
    server: Server, playwright_started: Playwright, chromium: Browser, installation: Installation, tmp_path: Path
) -> None:
    person = installation.enrol(204)
    profile = tmp_path / "profile"
    context = keep_profile(playwright_started, profile, installation)
    page = context.pages[0]
    visitor, sitting = begin(page, person)
    page.locator("#text-larger").click()
    answer(page, {1: 1, 2: 2})
    until_sent(page)
    server.stop()
    answer(page, {2: 3, 3: 3, 4: 4})
    visitor.page.keyboard.press("f")
    expect(page.locator("#notice")).to_be_visible()
    page.wait_for_timeout(300)
    kill_browser_of(profile)
    with suppress(Error):  # it is dead
        context.close()
    server.start()

    again = keep_profile(playwright_started, profile, installation)
    page = again.pages[0]
    assert [(entry["position"], entry["option"]) for entry in kept_unsent(page)] == [(2, 3), (3, 3), (4, 4)]
    proctor = chromium.new_context(base_url=installation.url).new_page()
    go_on(page, proctor, person)
    until_sent(page)
    expect(page.locator("html")).to_have_attribute("data-text", "2")
    expect(page.locator("#aside")).to_be_hidden()
    page.locator(".mark[data-position='4']").click()
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    assert_standing(installation, sitting, {1: 1, 2: 3, 3: 3, 4: 4})
    proctor.context.close()
    again.close()


def keep_profile(playwright: Playwright, profile: Path, installation: Installation) -> BrowserContext:
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium_path(), args=FLAGS, base_url=installation.url, viewport=SCREEN
    )
    context.set_default_timeout(WAIT_MS)
    return context


def kill_browser_of(profile: Path) -> None:
    """Kill our own browser, found by its own folder, with all that belongs to it."""
    found = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    for process in found.stdout.split():
        with suppress(ProcessLookupError):  # some go with their parent
            os.kill(int(process), signal.SIGKILL)


def kept_unsent(page: Page) -> list[dict[str, Any]]:
    page.goto("/verify")  # any page of ours: what is kept belongs to the address
    return waiting_here(page)


def go_on(page: Page, proctor: Page, person: DemoApplicant) -> None:
    """Sign in again; the proctor lets this computer go on with the sitting."""
    Visitor(proctor).sign_in("proctor@demo.synaq")
    proctor.locator("main a[href*='/proctor/sessions/DEMO-corps-b']").click()
    proctor.wait_for_url("**/proctor/sessions/DEMO-corps-b*")
    Visitor(page).sign_in(person.iin)
    go_on_with(code_for_another_computer(proctor, person.family_name), page)


def test_answer_on_its_way_at_the_bell_counts_and_the_page_closes_itself(
    bad_line: BadLine, through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(bad_line.url)
    _visitor, sitting = begin(page, installation.enrol(205))
    answer(page, {1: 1})
    until_sent(page)
    with installation.inside() as (session, _):
        row = session.get_one(Sitting, sitting)
        row.started_at -= timedelta(seconds=row.allowance_seconds - 6)
    page.reload()
    page.locator(".mark[data-position='2']").click()
    deadline = time.monotonic() + page.evaluate(LEFT_MS) / 1000
    with bad_line.held():
        page.keyboard.press("2")
        page.wait_for_timeout(max(0, deadline + 1.5 - time.monotonic()) * 1000)
        expect(page.locator("[data-panel=time]")).to_be_visible()
        expect(page.locator("#time-title")).to_be_focused()
    page.wait_for_url("**/result")
    with installation.inside() as (session, _):
        ended = sitting_with_id(sitting, session=session)
        assert answers_of(sitting, session=session) == {1: 1, 2: 2}
    assert (ended.final_sequence, ended.ended_by and ended.ended_by.value) == (2, "time")


LEFT_MS = "async () => (await (await fetch(document.querySelector('main').dataset.paperUrl)).json()).remaining_ms"
SHOWN_MS = """
async () => {
  const asked = performance.now();
  const { remaining_ms } = await (await fetch(document.querySelector('main').dataset.paperUrl)).json();
  const [minutes, seconds] = document.getElementById('time-left').textContent.match(/\\d+/g).map(Number);
  return { shown: (minutes * 60 + seconds) * 1000, told: remaining_ms, took: performance.now() - asked };
}
"""


@pytest.mark.parametrize("wrong_by", [timedelta(days=1), timedelta(days=-1)])
def test_wrong_and_changing_clock_of_the_computer_does_not_move_the_time_left(
    through: Callable[[str], Page], installation: Installation, wrong_by: timedelta
) -> None:
    page = through(installation.url)
    page.context.add_init_script(f"""
      let wrong = {wrong_by.total_seconds() * 1000};
      window.setClock = (milliseconds) => {{ wrong = milliseconds; }};
      const Real = Date, now = Date.now;
      window.Date = class extends Real {{
        constructor(...given) {{ if (given.length) super(...given); else super(now() + wrong); }}
        static now() {{ return now() + wrong; }}
      }};
    """)
    begin(page, installation.enrol(206 if wrong_by > timedelta(0) else 207))
    for set_to in (None, 0, 3_600_000, -86_400_000):
        if set_to is not None:
            page.evaluate("milliseconds => window.setClock(milliseconds)", set_to)
        page.wait_for_timeout(600)
        clock = page.evaluate(SHOWN_MS)
        # shown are whole seconds, rounded up: between what was told at the end and one more than at the start
        assert -1000 - clock["took"] < clock["shown"] - clock["told"] < 2000, clock
    page.keyboard.press("1")
    expect(page.locator("#saved")).to_contain_text(SAVED)
    moment = page.locator("#saved").inner_text()
    found = SAVED.search(moment)
    assert found
    with installation.inside() as (_, tools):
        now = tools.clock.now() + timedelta(hours=5)
    shown = timedelta(**dict(zip(("hours", "minutes", "seconds"), map(int, found[0].split(":")), strict=True)))
    here = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    assert abs(here - shown) < timedelta(seconds=30), "what was saved is shown by the server's clock"


NO_STORAGE = "IDBFactory.prototype.open = () => { throw new DOMException('blocked', 'SecurityError'); };"


def test_without_storage_the_page_says_what_closing_it_would_lose(
    bad_line: BadLine, through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(bad_line.url)
    page.context.add_init_script(NO_STORAGE)
    _visitor, sitting = begin(page, installation.enrol(208))
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    with bad_line.cut():
        answer(page, {1: 1, 2: 2})
        expect(page.locator("#notice")).to_contain_text("Если закрыть это окно, неотправленные ответы пропадут: 2.")
        page.close(run_before_unload=True)
        expect(page.locator("#told")).to_contain_text("(вопросы: 1, 2)")
        page.locator(".languages a[hreflang=kk]").click()
        expect(page.locator("#told")).to_contain_text("Язык страницы можно сменить")
        assert asked == ["beforeunload"]
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#notice")).to_be_hidden()
    page.locator(".languages a[hreflang=kk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    expect(page.locator("[data-panel=question]")).to_be_visible()
    assert asked == ["beforeunload"], "nothing waits any more: nothing is asked"
    assert_standing(installation, sitting, {1: 1, 2: 2})


def test_what_is_kept_is_gone_once_the_result_is_there(
    through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(installation.url)
    visitor, _ = begin(page, installation.enrol(209))
    answer(page, {1: 1})
    until_sent(page)
    assert len(kept_here(page)) == 1
    visitor.finish()
    for _ in range(50):  # the script of the result page tidies up
        if not kept_here(page):
            break
        page.wait_for_timeout(200)
    assert kept_here(page) == []


REMEMBER_DISKS = """
const open = IDBFactory.prototype.open;
window.disks = [];
IDBFactory.prototype.open = function (...names) {
  const asked = open.apply(this, names);
  asked.addEventListener('success', () => window.disks.push(asked.result));
  return asked;
};
"""


def test_storage_that_was_closed_under_the_page_is_opened_again(
    bad_line: BadLine, through: Callable[[str], Page], installation: Installation
) -> None:
    page = through(bad_line.url)
    page.context.add_init_script(REMEMBER_DISKS)
    begin(page, installation.enrol(210))
    page.evaluate("window.disks.forEach((disk) => disk.close())")
    with bad_line.cut():
        answer(page, {1: 2})
        expect(page.locator("#notice")).to_be_visible()
        expect(page.locator("#notice")).not_to_contain_text("пропадут")
        page.wait_for_timeout(500)
        assert [(entry["position"], entry["option"]) for entry in waiting_here(page)] == [(1, 2)]
    until_sent(page)
