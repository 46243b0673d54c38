"""Does anything of a whole sitting, from the first page to the receipt, tell which options are right?

Every body, header and cookie of the walk is kept: pages as sent and as read, JSON, files, what the signed cookies say.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.papers.queries import key_of, newest_draw, paper_with_id
from app.sittings.models import Answer
from app.sittings.queries import sitting_with_id
from certs.authority import Authority
from question_bank.items import Item
from question_bank.manifest import salt_for
from tests.kit.client import ClientRequest
from tests.kit.factories.practice import Practising
from tests.kit.factories.sittings import ExamDesk
from tests.kit.pages import Page

LANGUAGES = ("kk", "ru", "en")
LIVE_NAMES = {
    *("sitting", "run", "language", "state", "server_time", "remaining_ms", "beat_seconds", "grace_seconds", "blocks"),
    *("questions", "answers", "flags", "place", "sequence", "head", "event_number", "code", "title", "first", "last"),
    *("paused", "credit_seconds", "credits", "cause", "seconds", "seen", "saved", "event_time"),
    *("minimum", "position", "block", "stem", "options", "number", "text", "saved_at", "location", "expected", "kept"),
    *(str(position) for position in range(1, 56)),  # answers, by position
}
"""Every name that JSON of a live sitting may have; a new one is looked at before it is added here."""
SHEET_NAMES = {
    *("form", "sitting", "programme", "version", "code", "language", "started_at", "ended_at", "ended_by", "acts"),
    *("allowance_seconds", "credit_seconds", "act", "first", "last", "paper", "secret", "rows", "late", "row"),
    *("question", "option", "saved_at", "received_at", "head"),
}
MARKS = re.compile(
    r"""(?ix) \b(?: key[-_](?:index|option|letter)s? | (?:is|data|answer)[-_](?:key|correct|right|wrong) """
    r"""| correct[-_](?:option|answer|index)s? | right[-_](?:option|answer|index)s? | rationale | why )\s*[=:"'] """
)
"""What a field, an attribute or a class would be called that tells the right option."""


@dataclass(frozen=True)
class Heard:
    """One answer of the server."""

    address: str
    after_the_end: bool
    headers: str
    body: bytes
    kind: str

    def texts(self) -> Iterator[str]:
        """Everything in it that can be read, in each way of reading it."""
        yield self.headers
        yield from _cookies(self.headers)
        if "pdf" in self.kind:
            yield from (page.extract_text() for page in PdfReader(io.BytesIO(self.body)).pages)
            return
        body = self.body.decode("utf-8")
        yield body
        if "html" in self.kind:
            yield html.unescape(body)
        if "json" in self.kind:
            yield json.dumps(json.loads(body), ensure_ascii=False)


def _cookies(headers: str) -> Iterator[str]:
    """Read what signed cookies say: Flask writes them in base 64, long ones compressed."""
    for value in re.findall(r"Set-Cookie: [^=]+=([^;]+)", headers):
        packed = value.startswith(".")
        encoded = value.lstrip(".").partition(".")[0]
        content = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        yield (zlib.decompress(content) if packed else content).decode("utf-8")


class Listener(ClientRequest):
    """A browser that keeps all that it is sent."""

    def __init__(self, inner: ClientRequest) -> None:
        self.__dict__.update(inner.__dict__)
        self.heard: list[Heard] = []
        self.over = False

    def _answer(self, path: str, status: int, **options: object) -> Page:
        page = super()._answer(path, status, **options)
        headers = "\n".join(f"{name}: {value}" for name, value in page.headers.items())
        kind = str(page.headers.get("Content-Type"))
        self.heard.append(Heard(path, self.over, headers, page.body, kind))
        return page


@pytest.fixture
def walked(desk: ExamDesk, keys: Authority, make_receipts_due: Callable[[], int]) -> ExamDesk:
    """A sitting from the list of tests to the receipt, with refusals on the way; all of it was heard."""
    listener = Listener(desk.browser)
    desk.browser = listener
    listener.get("desk.mine")
    desk.ready()
    desk.start("kk")
    desk.page()
    desk.paper()
    for position in range(1, 51):
        desk.answer(position, position % 4 + 1)
    for option in (1, 2, 3, 4, None):
        desk.answer(7, option)
    desk.answer(1, 1, status=409, sequence=999)
    desk.answer(99, 1, status=422)
    desk.send({"sequence": "one"}, 422)
    desk.beat(
        {"n": 1, "kind": "flag", "position": 3}, {"n": 2, "kind": "place", "position": 4}, {"n": 3, "kind": "summary"}
    )
    desk.beat({"n": 4, "kind": "no such kind"}, status=422)
    desk.paper()
    desk.page()
    listener.get("desk.mine")
    desk.finish()
    listener.over = True
    desk.answer(8, 2, status=409)
    desk.page(303)
    desk.result()
    make_receipts_due()
    desk.result()
    for endpoint in ("receipts.show", "receipts.qr", "receipts.pdf", "receipts.sheet"):
        listener.get(endpoint, sitting_id=desk.sitting_id)
    sheet = listener.heard[-1].body
    code = re.findall(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", desk.result().text)[0]
    listener.post("receipts.answer", {"token": code, "sheet": (io.BytesIO(sheet), "sheet.json")}, 200)
    for endpoint in ("desk.mine", "inbox.index", "personal.show", "receipts.start"):
        listener.get(endpoint)
    return desk


def heard_by(desk: ExamDesk, *, after_the_end: bool | None = None) -> list[Heard]:
    assert isinstance(desk.browser, Listener)
    return [each for each in desk.browser.heard if after_the_end in (None, each.after_the_end)]


def found_in(heard: list[Heard], things: set[str]) -> list[tuple[str, str]]:
    """Return where one of these was said."""
    return [(each.address, thing[:60]) for each in heard for text in each.texts() for thing in things if thing in text]


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for child in value.values() for name in names_in(child)}
    if isinstance(value, list):
        return {name for child in value for name in names_in(child)}
    return set()


def numbers_by_name(value: object) -> Iterator[list[object]]:
    """Return every list of numbers, and of every list of objects the numbers that stand under each name."""
    if isinstance(value, dict):
        for child in value.values():
            yield from numbers_by_name(child)
        yield [child for child in value.values() if isinstance(child, int)]
    if isinstance(value, list):
        yield [child for child in value if isinstance(child, int)]
        for name in {name for child in value if isinstance(child, dict) for name in child}:
            yield [child.get(name) for child in value if isinstance(child, dict)]
        for child in value:
            yield from numbers_by_name(child)


def agrees_with(content: object, key: list[int]) -> bool:
    """Say whether any long list of numbers in it is the key, from 0 or from 1, far more often than by chance."""
    for numbers in numbers_by_name(content):
        pairs = list(zip(numbers, key, strict=False))
        for shift in (0, 1):
            if len(pairs) >= 40 and sum(number == right - shift for number, right in pairs) > len(pairs) * 0.6:
                return True
    return False


def json_of(heard: list[Heard]) -> list[tuple[Heard, object]]:
    return [(each, json.loads(each.body)) for each in heard if "json" in each.kind]


@pytest.fixture
def key(walked: ExamDesk, session: Session) -> list[int]:
    """The right option of each question of the paper."""
    session.rollback()
    assert walked.sitting_id is not None
    paper = paper_with_id(sitting_with_id(walked.sitting_id, session=session).paper_id, session=session)
    return [question.option for question in key_of(paper, session=session)]


@pytest.fixture
def on_paper(walked: ExamDesk, session: Session, pool: tuple[Item, ...]) -> list[Item]:
    session.rollback()
    assert walked.sitting_id is not None
    paper = paper_with_id(sitting_with_id(walked.sitting_id, session=session).paper_id, session=session)
    ids = {question.item_id for question in paper.questions}
    return [item for item in pool if item.id in ids]


def test_walk_reached_everything(walked: ExamDesk) -> None:
    kinds = {each.kind.partition(";")[0] for each in heard_by(walked)}

    assert {"text/html", "application/json", "image/svg+xml", "application/pdf"} <= kinds
    assert len(heard_by(walked, after_the_end=False)) > 60
    assert any("synaq" in text or "csrf_token" in text for each in heard_by(walked) for text in _cookies(each.headers))


def test_no_explanation_and_no_item_id_is_ever_sent(walked: ExamDesk, pool: tuple[Item, ...]) -> None:
    reasons = {item.texts[language].why for item in pool for language in LANGUAGES}

    assert found_in(heard_by(walked), reasons | {item.id for item in pool}) == []


def test_no_item_that_is_not_on_the_paper_is_ever_sent(
    walked: ExamDesk, pool: tuple[Item, ...], on_paper: list[Item]
) -> None:
    shown = " ".join(option for item in on_paper for option in item.texts["kk"].options)
    others = [item for item in pool if item not in on_paper]
    stems = {item.texts[language].stem for item in others for language in LANGUAGES}
    options = {
        option
        for item in others
        for language in LANGUAGES
        for option in item.texts[language].options
        if len(option) > 25 and option not in shown
    }

    assert (len(on_paper), len(others)) == (55, len(pool) - 55)
    assert found_in(heard_by(walked), stems | options) == []


def test_after_the_end_no_text_of_the_paper_is_sent_again(walked: ExamDesk, on_paper: list[Item]) -> None:
    texts = {item.texts[language].stem for item in on_paper for language in LANGUAGES}
    texts |= {option for item in on_paper for option in item.texts["kk"].options if len(option) > 25}

    assert found_in(heard_by(walked, after_the_end=True), texts) == []


def test_no_secret_salt_or_leaf_of_the_draw_is_sent(walked: ExamDesk, on_paper: list[Item], session: Session) -> None:
    session.rollback()
    assert walked.sitting_id is not None
    paper = paper_with_id(sitting_with_id(walked.sitting_id, session=session).paper_id, session=session)
    draw = newest_draw(walked.booking.session.id, session=session)
    hidden = [draw.secret, draw.pool_secret, *(question.leaf for question in paper.questions)]
    hidden += [salt_for(draw.pool_secret, item) for item in on_paper]
    written = {form for secret in hidden for form in (secret.hex(), base64.b64encode(secret).decode().rstrip("="))}

    assert found_in(heard_by(walked), written) == []
    assert [each.address for each in heard_by(walked) if any(secret in each.body for secret in hidden)] == []
    assert found_in(heard_by(walked, after_the_end=False), {paper.fingerprint.hex()}) == []


def test_no_field_is_named_for_a_key(walked: ExamDesk) -> None:
    live, after = (json_of(heard_by(walked, after_the_end=over)) for over in (False, True))

    assert set().union(*(names_in(content) for _, content in live)) <= LIVE_NAMES
    assert set().union(*(names_in(content) for _, content in after)) <= LIVE_NAMES | SHEET_NAMES
    marked = [(each.address, MARKS.findall(text)) for each in heard_by(walked) for text in each.texts()]
    assert [found for found in marked if found[1]] == []


def test_no_list_of_numbers_agrees_with_the_key(walked: ExamDesk, key: list[int]) -> None:
    """Under whatever name: no numbers, counted from 0 or from 1, are the right options more often than by chance."""
    suspects = {each.address for each, content in json_of(heard_by(walked)) if agrees_with(content, key)}

    assert suspects == set()
    for written in ("".join(map(str, key)), ",".join(map(str, key)), ", ".join(map(str, key))):
        windows = {written[place : place + 30] for place in range(len(written) - 30)}
        assert found_in(heard_by(walked), windows) == []


def test_result_is_the_same_whichever_answers_were_wrong(walked: ExamDesk, session: Session, key: list[int]) -> None:
    """The right answer of one question and the wrong one of another change places within an act: nothing shows it."""
    session.rollback()
    before = walked.result().words()
    rows = [session.get_one(Answer, (uuid.UUID(str(walked.sitting_id)), number)) for number in range(1, 51)]
    for row in rows:
        row.option = row.option and row.option % 4 + 1
    session.commit()

    assert walked.result().words() == before


def test_practice_tells_nothing_before_its_end(practising: Practising, pool: tuple[Item, ...]) -> None:
    listener = Listener(practising.browser)
    practising.browser = listener
    listener.get("practice.start")
    practising.begin("kk")
    practising.page()
    stems = {question["stem"] for question in practising.paper()["questions"]}
    for position in range(1, 21):
        practising.answer(position, position % 4 + 1)
    practising.answer(99, 1, status=422)
    practising.beat({"n": 1, "kind": "summary"})
    practising.page()

    others = [item for item in pool if item.texts["kk"].stem not in stems]
    hidden = {item.texts[language].why for item in pool for language in LANGUAGES} | {item.id for item in pool}
    hidden |= {item.texts[language].stem for item in others for language in LANGUAGES}
    assert len(stems) == 55
    assert found_in(listener.heard, hidden) == []
    assert set().union(*(names_in(content) for _, content in json_of(listener.heard))) <= LIVE_NAMES
    assert [MARKS.findall(text) for each in listener.heard for text in each.texts() if MARKS.findall(text)] == []


# --- the scan itself


@pytest.mark.parametrize(
    "leak",
    [
        {"questions": [{"position": n, "n": n % 4 + 1} for n in range(1, 56)]},
        {
            "questions": [{"position": n, "order": [n % 4]} for n in range(1, 56)],
            "hints": [n % 4 for n in range(1, 56)],
        },
        {"by_position": {str(n): n % 4 + 1 for n in range(1, 56)}},
    ],
    ids=["beside each question", "as a list from 0", "by position"],
)
def test_planted_key_is_found_under_any_name(leak: dict[str, object]) -> None:
    assert agrees_with(leak, [n % 4 + 1 for n in range(1, 56)])


@pytest.mark.parametrize("mark", ['"key_index": 2', 'data-correct="1"', '"why": "…"', "data-right-option='3'"])
def test_planted_name_is_found(mark: str) -> None:
    assert MARKS.search(f"<p {mark}>")


def test_planted_text_is_found_in_cookies_and_entities() -> None:
    cookie = base64.urlsafe_b64encode(b'{"leak":"of the key"}').decode().rstrip("=")
    page = Heard("/", False, f"Set-Cookie: synaq={cookie}.x.y; Path=/", "Әділ &amp; қысқа".encode(), "text/html")

    assert found_in([page], {"of the key", "Әділ & қысқа"}) == [("/", "of the key"), ("/", "Әділ & қысқа")]
