"""How does somebody practise in a test?"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from question_bank.items import Item
from tests.kit.client import ClientRequest
from tests.kit.pages import Page


class Practising:
    """One browser at practice; it knows the item behind each question by its stem."""

    def __init__(self, browser: ClientRequest, pool: tuple[Item, ...]) -> None:
        self.browser = browser
        self.pool = pool
        self.run_id: uuid.UUID | None = None
        self.sequence = 0

    def begin(self, language: str = "kk", status: int = 303, **fields: str) -> Page:
        """Press the button of the start page."""
        answer = self.browser.post("practice.begin", {"language": language} | fields, status)
        if status == 303:
            found = re.fullmatch(r"/practice/([0-9a-f-]{36})", answer.location)
            assert found, answer.location
            self.run_id = uuid.UUID(found[1])
            self.sequence = 0
        return answer

    def page(self, status: int = 200) -> Page:
        """Open the page on which one answers."""
        return self.browser.get("practice.show", status, run_id=self.run_id)

    def paper(self, status: int = 200) -> dict[str, Any]:
        """Fetch the paper, as the script of the page does."""
        return self._json(self.browser.get("practice.paper", status, run_id=self.run_id))

    def answer(
        self, position: int, option: int | None, status: int = 200, sequence: int | None = None
    ) -> dict[str, Any]:
        """Save one answer under the next sequence number."""
        number = self.sequence + 1 if sequence is None else sequence
        body = {"sequence": number, "position": position, "option": option}
        saved = self._json(self.browser.post_json("practice.answers", body, status, run_id=self.run_id))
        if status == 200:
            self.sequence = number
        return saved

    def beat(self, *events: Any, status: int = 200) -> dict[str, Any]:
        """Report events and a sign of life."""
        body = {"events": list(events)}
        return self._json(self.browser.post_json("practice.events", body, status, run_id=self.run_id))

    def finish(self, status: int = 303) -> Page:
        """Press the last button."""
        return self.browser.post("practice.finish", {"reason": "click"}, status, run_id=self.run_id)

    def result(self, status: int = 200) -> Page:
        """Open the feedback."""
        return self.browser.get("practice.result", status, run_id=self.run_id)

    def items(self) -> dict[int, tuple[Item, int]]:
        """Return for each position the item and the number of its right option, as the page shows it."""
        paper = self.paper()
        by_stem = {item.texts[paper["language"]].stem: item for item in self.pool}
        found = {}
        for question in paper["questions"]:
            item = by_stem[question["stem"]]
            right = item.texts[paper["language"]].options[item.key_index]
            numbers = [option["number"] for option in question["options"] if option["text"] == right]
            found[question["position"]] = (item, numbers[0])
        return found

    @staticmethod
    def _json(page: Page) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(page.body)
        return read


@pytest.fixture
def make_practising(make_browser: Callable[[], ClientRequest], pool: tuple[Item, ...]) -> Callable[[], Practising]:
    """Return a maker of browsers that may practise."""
    return lambda: Practising(make_browser(), pool)


@pytest.fixture
def practising(make_practising: Callable[[], Practising]) -> Practising:
    """One browser before the start."""
    return make_practising()
