"""How is a sitting started, answered and ended in a test?"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.bookings.queries import BookingFacts, SessionFacts
from app.db import db
from app.kernel.entropy import Entropy
from app.papers.queries import key_of, paper_with_id
from app.processes.after_sitting import end_sitting
from app.processes.before_sitting import PrepareTest, freeze_paper, prepare_test, start_test
from app.scoring.queries import ResultFacts
from app.sittings.journal import SaveAnswer, Saved, save_answer
from app.sittings.models import Answer
from app.sittings.queries import SittingFacts, sitting_with_id
from app.sittings.rules import Cause, JournalRow, next_head
from tests.kit.client import ClientRequest
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking
from tests.kit.outside import CountedEntropy, HandClock
from tests.kit.pages import Page

StartSitting = Callable[..., SittingFacts]
SaveOne = Callable[..., Saved]
AnswerCounts = Callable[[SittingFacts, Iterable[int]], int]
EndSitting = Callable[..., ResultFacts]
FULL = (15, 15, 15, 10)


@pytest.fixture
def engine(app: Flask) -> Engine:
    """The database, as the save statement wants it."""
    with app.app_context():
        return db.engine


@pytest.fixture
def start_sitting(
    session: Session, clock: HandClock, entropy: CountedEntropy, make_booking: MakeBooking
) -> StartSitting:
    """Return a starter of sittings: ``start_sitting(booking, language="ru")``; a new booking unless one is given."""

    def start(booking: BookingFacts | None = None, language: str = "kk") -> SittingFacts:
        place = booking or make_booking()
        freeze_paper(place, session=session, now=clock.now(), entropy=entropy)
        sitting = start_at_once(place, language, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return sitting

    return start


def start_at_once(
    booking: BookingFacts, language: str = "kk", *, session: Session, now: datetime, entropy: Entropy
) -> SittingFacts:
    """Get ready and start, on a frozen paper, in one unit of work."""
    nonce = entropy.token(16)
    command = PrepareTest(booking=booking, language=language, nonce=nonce)
    prepare_test(command, session=session, now=now, entropy=entropy)
    started = start_test(booking.id, nonce, session=session, now=now)
    return sitting_with_id(started.sitting_id, session=session)


@pytest.fixture
def answer(session: Session, engine: Engine, clock: HandClock) -> SaveOne:
    """Return a saver of one answer: ``answer(sitting, 1, position=3, option=2)``, from the live browser."""

    def save(
        sitting: SittingFacts,
        sequence: int,
        position: int = 1,
        option: int | None = 1,
        nonce: bytes | None = None,
    ) -> Saved:
        session.commit()
        command = SaveAnswer(
            sitting_id=sitting.id,
            nonce=nonce or sitting.live_nonce or b"",
            sequence=sequence,
            position=position,
            option=option,
        )
        return save_answer(command, engine=engine, now=clock.now())

    return save


@pytest.fixture
def right_options(session: Session) -> Callable[[SittingFacts], dict[int, int]]:
    """Return a reader of the key: position → right option as the paper shows it."""

    def read(sitting: SittingFacts) -> dict[int, int]:
        session.rollback()
        paper = paper_with_id(sitting.paper_id, session=session)
        key = {question.position: question.option for question in key_of(paper, session=session)}
        session.rollback()
        return key

    return read


@pytest.fixture
def answer_counts(
    session: Session, clock: HandClock, right_options: Callable[[SittingFacts], dict[int, int]]
) -> AnswerCounts:
    """Return a filler of whole papers: so many right answers per act, the rest wrong and blank in turn.

    The rows of an empty journal are written in one statement, as the save would have written them one after another.
    """

    def fill(sitting: SittingFacts, counts: Iterable[int]) -> int:
        head, rows = sitting.first_head, []
        for sequence, (position, option) in enumerate(planned(right_options(sitting), counts).items(), start=1):
            row = JournalRow(
                sitting_id=sitting.id, sequence=sequence, position=position, option=option, saved_at=clock.now()
            )
            head = next_head(head, row)
            rows.append({**vars(row), "head": head})
        if rows:
            session.execute(insert(Answer), rows)
        session.commit()
        return len(rows)

    return fill


def planned(key: dict[int, int], counts: Iterable[int]) -> dict[int, int]:
    """Return the answers that reach ``counts`` right ones per act: the others are wrong and blank in turn."""
    answers: dict[int, int] = {}
    position = 0
    for right, asked in zip(counts, FULL, strict=True):
        for place in range(asked):
            position += 1
            if place < right:
                answers[position] = key[position]
            elif place % 2:
                answers[position] = key[position] % 4 + 1
    return answers


@pytest.fixture
def end(session: Session, clock: HandClock, entropy: CountedEntropy) -> EndSitting:
    """Return an ender: ``end(sitting)`` by a click, scored at once."""

    def finish(sitting: SittingFacts, cause: Cause = Cause.CLICK, actor: uuid.UUID | str = "test") -> ResultFacts:
        session.commit()
        result = end_sitting(sitting.id, cause, actor=actor, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return result

    return finish


@pytest.fixture
def reread(session: Session) -> Callable[[SittingFacts], SittingFacts]:
    """Return a reader of a sitting as the database has it now."""

    def read(sitting: SittingFacts) -> SittingFacts:
        session.rollback()
        return sitting_with_id(sitting.id, session=session)

    return read


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run ``acts`` in threads that begin together; return for each what it returned, or the exception it raised."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait(timeout=30)
        try:
            return act()
        except Exception as error:  # the test looks at it
            return error

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def code_on(page: Page) -> str:
    """Read the code for another computer from the proctor's page."""
    (code,) = page.all(".//p[@class='read-aloud']/code")
    return str(code.text)


class ExamDesk:
    """What a signed-in applicant does at the desk, through one browser."""

    def __init__(self, browser: ClientRequest, booking: BookingFacts, person: Person) -> None:
        self.browser = browser
        self.booking = booking
        self.person = person
        self.sitting_id: uuid.UUID | None = None
        self.sequence = 0

    def ready(self, status: int = 200) -> Page:
        """Open the first of the pages before the clock."""
        return self.browser.get("way_in.identity", status, booking_id=self.booking.id)

    def step(self, name: str, data: dict[str, str] | None = None, status: int = 303) -> Page:
        """Send the form of one step."""
        return self.browser.post(f"way_in.{name}", data or {}, status, booking_id=self.booking.id)

    def get_ready(self, language: str = "kk") -> None:
        """Go through all steps before the clock; the pages stay in the language in which they were."""
        before = self.browser.session_content().get("language")
        self.step("identity")
        self.step("choose_language", {"language": language})
        self.step("rules", {"rules_read": "y"})
        self.step("equipment")
        self.step("samples")
        with self.browser.browser.session_transaction() as kept:
            kept["language"] = before

    def begin(self, status: int = 303) -> Page:
        """Press the last button, or let the waiting page press it."""
        answer = self.browser.post("way_in.begin", {}, status, booking_id=self.booking.id)
        found = re.fullmatch(r"/sittings/([0-9a-f-]{36})", answer.location) if status == 303 else None
        if found:
            self.sitting_id = uuid.UUID(found[1])
        return answer

    def start(self, language: str = "kk", status: int = 303) -> Page:
        """Go through the steps and start; with another status, find out at the entrance that one may not."""
        if status != 303:
            return self.browser.get("way_in.start", status, booking_id=self.booking.id)
        if self.sitting_id is None:
            self.get_ready(language)
        answer = self.begin()
        assert self.sitting_id is not None, answer.location
        return answer

    def page(self, status: int = 200) -> Page:
        """Open the exam page."""
        return self.browser.get("sittings.show", status, sitting_id=self.sitting_id)

    def paper(self, status: int = 200) -> dict[str, Any]:
        """Fetch the paper, as the script of the page does."""
        return self._json(self.browser.get("sittings.paper", status, sitting_id=self.sitting_id))

    def answer(
        self, position: int, option: int | None, status: int = 200, sequence: int | None = None
    ) -> dict[str, Any]:
        """Save one answer under the next sequence number."""
        number = self.sequence + 1 if sequence is None else sequence
        body = {"sequence": number, "position": position, "option": option}
        saved = self.send(body, status)
        if status == 200:
            self.sequence = number
        return saved

    def send(self, body: Any, status: int) -> dict[str, Any]:
        """Post ``body`` as an answer."""
        return self._json(self.browser.post_json("sittings.answers", body, status, sitting_id=self.sitting_id))

    def beat(self, *events: Any, status: int = 200, **known: int) -> dict[str, Any]:
        """Report events and a sign of life, and how much added time the page knows of."""
        body = {"events": list(events), **known}
        return self._json(self.browser.post_json("sittings.events", body, status, sitting_id=self.sitting_id))

    def finish(self, status: int = 303) -> Page:
        """Press the last button."""
        return self.browser.post("desk.finish", {"reason": "click"}, status, sitting_id=self.sitting_id)

    def move_here(self, code: str, status: int = 303) -> Page:
        """Type the code that the proctor reads out."""
        return self.browser.post("desk.move_here", {"code": code}, status, sitting_id=self.sitting_id)

    def resume(self, status: int = 303) -> Page:
        """Press "continue" among the bookings."""
        return self.browser.post("desk.resume", {}, status, sitting_id=self.sitting_id)

    def result(self, status: int = 200) -> Page:
        """Open the result page."""
        return self.browser.get("desk.result", status, sitting_id=self.sitting_id)

    @staticmethod
    def _json(page: Page) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(page.body)
        return read


@pytest.fixture
def make_desk(
    make_applicant: MakeApplicant, make_booking: MakeBooking, make_browser: Callable[[], ClientRequest]
) -> Callable[..., ExamDesk]:
    """Return a maker of desks: an applicant who is signed in in a new browser, with a booking."""

    def make(
        applicant: Enrolled | None = None,
        *,
        booking: BookingFacts | None = None,
        exam_session: SessionFacts | None = None,
    ) -> ExamDesk:
        who = applicant or make_applicant()
        browser = make_browser()
        browser.sign_in(who.person)
        return ExamDesk(browser, booking or make_booking(who, exam_session), who.person)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., ExamDesk]) -> ExamDesk:
    """One applicant before the start."""
    return make_desk()
