"""Does anything that a live sitting sends tell which options are right, or what else is in the pool?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.papers.queries import inputs_of, newest_draw, paper_of_booking
from question_bank.items import Item
from tests.kit.client import ClientRequest
from tests.kit.factories.sittings import ExamDesk
from tests.kit.pages import Page

LANGUAGES = ("kk", "ru", "en")


class Eavesdropper(ClientRequest):
    """A browser that keeps every body and header that it received."""

    def __init__(self, inner: ClientRequest) -> None:
        self.__dict__.update(inner.__dict__)
        self.heard: list[str] = []

    def _answer(self, path: str, status: int, **options: object) -> Page:
        page = super()._answer(path, status, **options)
        body = page.body.decode("utf-8")
        if "json" in str(page.headers.get("Content-Type")):
            body = json.dumps(json.loads(body), ensure_ascii=False)
        self.heard.append(f"{dict(page.headers)}\n{body}")
        return page


@pytest.fixture
def overheard(desk: ExamDesk) -> ExamDesk:
    """A live sitting of which everything was heard: start, page, paper, answers, refusals, beats, reload."""
    desk.browser = Eavesdropper(desk.browser)
    desk.ready()
    desk.start("kk")
    desk.page()
    desk.paper()
    for position in (1, 20, 55):
        for option in (1, 2, 3, 4, None):
            desk.answer(position, option)
    desk.answer(1, 1, status=409, sequence=99)
    desk.answer(99, 1, status=422)
    desk.beat({"n": 1, "kind": "flag", "position": 3}, {"n": 2, "kind": "summary"})
    desk.paper()
    desk.page()
    desk.browser.get("desk.mine")
    return desk


@pytest.fixture
def heard(overheard: ExamDesk) -> str:
    browser = overheard.browser
    assert isinstance(browser, Eavesdropper)
    return "\n".join(browser.heard)


@pytest.fixture
def on_paper(overheard: ExamDesk, session: Session) -> set[str]:
    """The ids of the items on the paper."""
    session.rollback()
    paper = paper_of_booking(overheard.booking.id, session=session)
    assert paper is not None
    return {question.item_id for question in paper.questions}


def test_no_item_id_is_sent(heard: str, pool: tuple[Item, ...]) -> None:
    assert [item.id for item in pool if item.id in heard] == []


def test_no_explanation_is_sent(heard: str, pool: tuple[Item, ...]) -> None:
    told = [item.id for item in pool for language in LANGUAGES if item.texts[language].why in heard]

    assert told == []


def test_no_text_of_an_item_that_is_not_on_the_paper_is_sent(
    heard: str, pool: tuple[Item, ...], on_paper: set[str]
) -> None:
    shown = {text for item in pool if item.id in on_paper for text in item.texts["kk"].options}
    others = [item for item in pool if item.id not in on_paper]

    stems = [item.id for item in others for language in LANGUAGES if item.texts[language].stem in heard]
    options = [
        (item.id, option)
        for item in others
        for language in LANGUAGES
        for option in item.texts[language].options
        if len(option) > 25 and option in heard and not any(option in text for text in shown)
    ]

    assert len(others) == len(pool) - 55
    assert (stems, options) == ([], [])


def test_only_the_language_of_the_test_is_sent(heard: str, pool: tuple[Item, ...], on_paper: set[str]) -> None:
    items = [item for item in pool if item.id in on_paper]

    assert all(item.texts["kk"].stem in heard for item in items)
    assert [item.id for item in items for code in ("ru", "en") if item.texts[code].stem in heard] == []


def test_no_draw_secret_leaf_or_fingerprint_is_sent(heard: str, overheard: ExamDesk, session: Session) -> None:
    session.rollback()
    paper = paper_of_booking(overheard.booking.id, session=session)
    draw = newest_draw(overheard.booking.session.id, session=session)
    assert paper is not None

    secrets = [draw.secret, draw.pool_secret, inputs_of(draw).manifest_digest, draw.commitment, paper.fingerprint]
    secrets += [question.leaf for question in paper.questions]
    assert [secret.hex() for secret in secrets if secret.hex() in heard] == []


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for child in value.values() for name in names_in(child)}
    if isinstance(value, list):
        return {name for child in value for name in names_in(child)}
    return set()


def words_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return {word for child in value.values() for word in words_in(child)}
    if isinstance(value, list):
        return {word for child in value for word in words_in(child)}
    return {value} if isinstance(value, str) else set()


def test_paper_has_the_known_fields_and_no_others(overheard: ExamDesk) -> None:
    paper = overheard.paper()

    assert set(paper) == {
        "sitting", "language", "state", "server_time", "remaining_ms", "beat_seconds", "grace_seconds", "blocks",
        "questions", "answers", "flags", "place", "sequence", "head", "event_number", "paused", "credit_seconds",
        "credits", "seen", "saved", "event_time",
    }  # fmt: skip
    assert names_in(paper["blocks"]) == {"code", "title", "first", "last", "minimum"}
    assert names_in(paper["questions"]) == {"position", "block", "stem", "options", "number", "text"}
    assert not words_in(paper) & {"a", "b", "c", "d"}


def test_acknowledgement_is_the_same_for_right_and_wrong_options(overheard: ExamDesk) -> None:
    sizes = set()
    for option in (1, 2, 3, 4):
        saved = overheard.answer(7, option)
        sizes.add((frozenset(saved), len(saved["head"])))

    assert sizes == {(frozenset({"sequence", "head", "saved_at", "remaining_ms", "credit_seconds"}), 64)}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_order_of_the_options_is_that_of_the_paper_not_of_the_item(
    make_desk: Callable[..., ExamDesk], pool: tuple[Item, ...], language: str
) -> None:
    desk = make_desk()
    desk.start(language)
    by_stem = {item.texts[language].stem: item for item in pool}

    first_place = 0
    for question in desk.paper()["questions"]:
        item = by_stem[question["stem"]]
        shown = [option["text"] for option in question["options"]]
        assert sorted(shown) == sorted(item.texts[language].options)
        first_place += shown == list(item.texts[language].options)

    assert first_place < 15, "the options stand as in the files far too often"
