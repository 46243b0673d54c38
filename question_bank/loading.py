"""Which items do the content files hold, and which files are wrong? Pure: standard library only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from question_bank.items import DIFFICULTY_STEPS, LANGUAGES, OPTION_LETTERS, Citation, Item, ItemText, Level
from question_bank.reading import Document, Fault, FaultyFiles, Table

CONTENT = Path(__file__).parent / "content"

Cell = tuple[str, str, int]
K = TypeVar("K")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an item stands; ``lines`` has the line of each of its keys, such as ``kk.stem``."""

    file: str
    line: int
    lines: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Items, each id once, in the order of files; ``places`` says where those of files stand."""

    items: tuple[Item, ...]
    places: Mapping[str, Place]

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def by_cell(self) -> Mapping[Cell, tuple[Item, ...]]:
        """Items by act, sub-topic and difficulty."""
        return _grouped(self.items, lambda item: (item.act, item.subtopic, item.difficulty))

    @cached_property
    def by_block(self) -> Mapping[str, tuple[Item, ...]]:
        """Items by act."""
        return _grouped(self.items, lambda item: item.act)

    def cell(self, act: str, subtopic: str, difficulty: int) -> tuple[Item, ...]:
        """Return the items of one cell of a blueprint, perhaps none."""
        return self.by_cell.get((act, subtopic, difficulty), ())


def _grouped(items: Iterable[Item], name: Callable[[Item], K]) -> dict[K, tuple[Item, ...]]:
    groups: dict[K, list[Item]] = {}
    for item in items:
        groups.setdefault(name(item), []).append(item)
    return {group: tuple(members) for group, members in groups.items()}


def load_pool(folder: Path = CONTENT) -> Pool:
    """Read every content file.

    Raises:
        FaultyFiles: With everything that is wrong in all of them.
    """
    pool, faults = read_pool(folder)
    if faults:
        raise FaultyFiles(faults)
    return pool


def read_pool(folder: Path = CONTENT) -> tuple[Pool, list[Fault]]:
    """Read what can be read of the content files, and everything that is wrong in the others."""
    items: dict[str, Item] = {}
    places: dict[str, Place] = {}
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.toml")):
        document = Document.read(path)
        for table, item in _read_file(document, path):
            if item.id in items:
                first = places[item.id]
                table.complain(f"id {item.id} is already used at {first.file}:{first.line}", "id")
                continue
            items[item.id] = item
            places[item.id] = _place(table)
        faults += document.faults
    return Pool(items=tuple(items.values()), places=places), sorted(faults)


def _read_file(document: Document, path: Path) -> Iterator[tuple[Table, Item]]:
    """Go through the items of a file that have their shape; the others leave faults."""
    if not document.data:
        document.complain((), "the file is empty")
        return
    root = document.root
    root.allow("act", "edition", "subtopic", "item")
    header = {name: root.take(name, str) for name in ("act", "edition", "subtopic")}
    if (header["act"], header["subtopic"]) != (path.parent.name, path.stem):
        root.complain("the file must be named ACT/SUBTOPIC.toml after its own act and subtopic", "subtopic")
    for table in root.tables("item"):
        before = len(document.faults)
        item = _read_item(table, header)
        if len(document.faults) == before:
            yield table, item


def _read_item(table: Table, header: Mapping[str, str]) -> Item:
    table.allow("id", "version", "level", "difficulty", "cites", "enemies", "key", *LANGUAGES)
    item = Item(
        id=table.take("id", str),
        version=table.take("version", int),
        **header,
        level=_read_level(table),
        difficulty=table.take("difficulty", int),
        cites=_read_citations(table),
        enemies=table.texts("enemies"),
        key=table.take("key", str),
        texts={language: _read_text(table.table(language)) for language in LANGUAGES if _has(table, language)},
    )
    if item.version < 1 and table.has("version", int):
        table.complain("version counts from 1", "version")
    if item.difficulty not in DIFFICULTY_STEPS and table.has("difficulty", int):
        table.complain(f"difficulty must be one of {DIFFICULTY_STEPS}", "difficulty")
    if item.key not in OPTION_LETTERS and table.has("key", str):
        table.complain(f"key must be one of {', '.join(OPTION_LETTERS)}", "key")
    return item


def _has(table: Table, language: str) -> bool:
    if language not in table.data:
        table.complain(f"the language {language} is missing")
    return language in table.data


def _read_level(table: Table) -> Level:
    text = table.take("level", str)
    try:
        return Level(text)
    except ValueError:
        if table.has("level", str):
            table.complain("level must be recall or apply", "level")
        return Level.RECALL


def _read_citations(table: Table) -> tuple[Citation, ...]:
    citations: list[Citation] = []
    for text in table.texts("cites"):
        try:
            citations.append(Citation.parse(text))
        except ValueError as error:
            table.complain(str(error), "cites")
    if table.data.get("cites") == []:
        table.complain("an item must cite at least one provision", "cites")
    return tuple(citations)


def _read_text(table: Table) -> ItemText:
    table.allow("stem", *OPTION_LETTERS, "why")
    a, b, c, d = (table.take(letter, str) for letter in OPTION_LETTERS)
    return ItemText(stem=table.take("stem", str), options=(a, b, c, d), why=table.take("why", str))


def _place(table: Table) -> Place:
    depth = len(table.path)
    inside = {path[depth:]: line for path, line in table.document.lines.items() if path[:depth] == table.path}
    lines = {".".join(str(step) for step in path): line for path, line in inside.items() if path}
    return Place(file=table.document.file, line=table.line, lines=lines)
