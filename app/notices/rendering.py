"""How does a letter or a notice read? The first line of its template is the subject."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale

from app.kernel.clock import start_of_local_day
from app.notices.rules import LetterKind, NoticeKind
from app.web import settings

_HOLES = re.compile(r"\n{3,}")
"""What a part leaves behind that says nothing in this message."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """A message in one language."""

    subject: str
    body: str


def words(kind: LetterKind | NoticeKind, facts: Mapping[str, Any], *, language: str) -> Words:
    """Put a message into ``language``. Needs an application context, no request: what pages share is not in reach."""
    context = {name: _in_words(name, fact, language) for name, fact in facts.items()}
    with force_locale(language):
        template = current_app.jinja_env.get_template(f"notices/{kind.value}.txt")
        text = template.render(link=link, origin=settings().public_origin, **context)
    subject, _, body = _HOLES.sub("\n\n", text.strip()).partition("\n")
    return Words(subject=subject.strip(), body=body.strip() + "\n")


def kind_named(value: str) -> LetterKind | NoticeKind:
    """Return the kind that a job or a row names. Raises ``ValueError``."""
    return NoticeKind(value) if value in NoticeKind._value2member_map_ else LetterKind(value)


def link(endpoint: str, **values: Any) -> str:
    """Return the full address of a page, as people type it."""
    origin = urlsplit(settings().public_origin)
    pages = current_app.url_map.bind(origin.netloc, url_scheme=origin.scheme)
    return pages.build(endpoint, values, force_external=True)


def _in_words(name: str, fact: Any, language: str) -> Any:
    """Give a template a name in its language, and a moment as such; a day is the moment at which it begins.

    Of a list, each part has facts of its own.
    """
    if isinstance(fact, list):
        return [{part: _in_words(part, said, language) for part, said in each.items()} for each in fact]
    if isinstance(fact, Mapping):
        return fact[language]
    if isinstance(fact, str) and name.endswith(("_at", "_until")):
        return datetime.fromisoformat(fact)
    if isinstance(fact, str) and name.endswith("_on"):
        return start_of_local_day(date.fromisoformat(fact))
    return fact
