"""What does a template say by itself, without what its expressions bring in?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

from tests.policy.tree import TEMPLATES

HOLE = "\N{REPLACEMENT CHARACTER}"
"""Stands where an expression or a statement stood."""

VALUE_BLOCKS = re.compile(r"\{% block (?:page_class|skip_target) %\}[^{]*\{% endblock %\}")
"""Blocks of the base that fill an attribute."""

NOT_PROSE = ("script", "style", "code", "pre", "kbd", "samp")

PARSER = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])


@dataclass(frozen=True)
class Template:
    """One file below ``app/templates``."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(TEMPLATES).as_posix()

    @property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def is_page(self) -> bool:
        return self.path.suffix == ".html" and self.path.parent.name not in ("components", "layouts")

    def plain(self) -> str:
        """Return the source with holes in it; a line stays on its line."""
        written: list[str] = []
        at = 1
        for line, kind, text in PARSER.lex(VALUE_BLOCKS.sub(HOLE, self.source)):
            written.append("\n" * (line - at))
            at = line + (text.count("\n") if kind == "data" else 0)
            if kind == "data":
                written.append(text)
            elif kind in ("variable_begin", "block_begin"):
                written.append(HOLE)
        return "".join(written)

    @cache  # noqa: B019  # the few templates live as long as the run
    def elements(self) -> Elements:
        """Return tags and words of the template itself."""
        elements = Elements()
        elements.feed(self.plain())
        elements.close()
        return elements


@dataclass(frozen=True)
class Tag:
    """A start tag; a value is None where only the name of the attribute stands."""

    line: int
    name: str
    attributes: dict[str, str | None]


@dataclass
class Elements(HTMLParser):
    """Collects tags, and the words of each line, but for those in code or in a language that is named."""

    tags: list[Tag] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    _skipped: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attrs = [(name.strip(HOLE), value) for name, value in attrs]
        self.tags.append(Tag(self.getpos()[0], tag, dict(attrs)))
        if not self._skipped and (tag in NOT_PROSE or _names_its_language(attrs)):
            self._skipped = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped:
            self._skipped = ""

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.words += enumerate(data.split("\n"), self.getpos()[0])


def _names_its_language(attributes: list[tuple[str, str | None]]) -> bool:
    return any(name == "lang" and value and HOLE not in value for name, value in attributes)


def templates() -> Iterator[Template]:
    """Return every template, letters as well."""
    return (Template(path) for path in sorted(TEMPLATES.rglob("*")) if path.suffix in (".html", ".txt"))
