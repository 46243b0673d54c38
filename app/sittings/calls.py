"""What did the exam page send, and in which form is it answered? The same for a test and for practice."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from flask import request

from app.papers.queries import PaperText
from app.sittings.errors import AnswerMalformed
from app.sittings.rules import EventKind
from app.sittings.service import Event

MAX_EVENTS = 200
"""Events that one beat may carry; a page that was cut off sends the rest with the next ones."""

MAX_FACTS_BYTES = 200
"""What one event may tell beside its kind and its question."""

_WORD = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_WHOLE = 2**53
"""Beyond this a number of JavaScript is not exact."""


@dataclass(frozen=True, kw_only=True)
class SentAnswer:
    """One change of an answer under its sequence number."""

    sequence: int
    position: int
    option: int | None


def read_answer() -> SentAnswer:
    """Read what was posted as an answer. Raises ``AnswerMalformed``."""
    sent = _object()
    return SentAnswer(
        sequence=_number(sent, "sequence"),
        position=_number(sent, "position"),
        option=None if sent.get("option") is None else _number(sent, "option"),
    )


def read_events() -> list[Event]:
    """Read what was posted with a beat. Raises ``AnswerMalformed``."""
    sent = _object().get("events")
    if not isinstance(sent, list) or len(sent) > MAX_EVENTS:
        raise AnswerMalformed
    return [_event(entry) for entry in sent]


def read_credit() -> int | None:
    """Return how many seconds of added time the page knows of; None if it does not say."""
    known = _object().get("credit_seconds")
    return known if type(known) is int else None


def paper_body(text: PaperText, language: str) -> dict[str, Any]:
    """Return blocks and questions as the page takes them. The key is nowhere in them."""
    return {
        "blocks": [vars(block) | {"title": block.title[language]} for block in text.blocks],
        "questions": [
            {
                "position": question.position,
                "block": question.block,
                "stem": question.stem,
                "options": [{"number": number, "text": option} for number, option in enumerate(question.options, 1)],
            }
            for question in text.questions
        ],
    }


def _object() -> dict[str, Any]:
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # brackets within brackets, thousands deep
        raise AnswerMalformed from None
    if not isinstance(sent, dict):
        raise AnswerMalformed
    return sent


def _number(sent: dict[str, Any], name: str) -> int:
    """Read a small whole number; anything else was not sent by our page."""
    value = sent.get(name)
    if type(value) is not int or not 0 <= value < 2**15:
        raise AnswerMalformed
    return value


def _event(entry: object) -> Event:
    if not isinstance(entry, dict) or entry.get("kind") not in [kind.value for kind in EventKind]:
        raise AnswerMalformed
    position = None if entry.get("position") is None else _number(entry, "position")
    facts = _facts(entry.get("facts"))
    return Event(number=_number(entry, "n"), kind=EventKind(entry["kind"]), position=position, facts=facts)


def _facts(sent: object) -> dict[str, Any] | None:
    """Read counts, moments and names of our own; no free text, and few bytes of all."""
    if sent is None:
        return None
    if not isinstance(sent, dict) or not all(_is_word(name) and _is_fact(value) for name, value in sent.items()):
        raise AnswerMalformed
    if len(json.dumps(sent, separators=(",", ":"))) > MAX_FACTS_BYTES:
        raise AnswerMalformed
    return sent


def _is_fact(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_whole(each) for each in value)
    return _is_whole(value) or _is_word(value)


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value < _WHOLE


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
