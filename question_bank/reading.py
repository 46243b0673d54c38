"""What does a TOML file of ours hold, and on which line is it wrong? Pure: standard library only."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar

Step = str | int
T = TypeVar("T", str, int, bool, date, list[Any], dict[str, Any])

_BLANKS: Mapping[type, Any] = {str: "", int: 0, bool: False, date: date.min, list: [], dict: {}}
_NAMES: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    date: "a date",
    list: "a list",
    dict: "a table",
}
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_SYNTAX_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """One thing that is wrong in a file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return the fault in the form that editors turn into a link."""
        return f"{self.file}:{self.line}: {self.message}"


class FaultyFiles(ValueError):
    """Files were refused; ``faults`` has everything that is wrong with all of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults in the order of files and lines."""
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed file that gathers what is wrong with it; ``lines`` maps a path inside it to its line.

    Of one that is not ``readable`` only the syntax error is told, not all that it therefore lacks.
    """

    file: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[Step, ...], int]
    faults: list[Fault] = field(default_factory=list)
    readable: bool = True

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse a file. A syntax error becomes a fault, with no data."""
        text = path.read_text(encoding="utf-8")
        try:
            return cls(file=str(path), data=tomllib.loads(text), lines=lines_of(text))
        except tomllib.TOMLDecodeError as error:
            found = _SYNTAX_LINE.search(str(error))
            line = int(found[1]) if found else text.count("\n") + 1
            fault = Fault(file=str(path), line=line, message=str(error))
            return cls(file=str(path), data={}, lines={}, faults=[fault], readable=False)

    @property
    def root(self) -> "Table":
        """The whole file as a table."""
        return Table(document=self, data=self.data, path=())

    def complain(self, path: tuple[Step, ...], message: str) -> None:
        """Add a fault at the line of ``path``, or of the nearest table around it."""
        if self.readable:
            self.faults.append(Fault(file=self.file, line=self.line_of(path), message=message))

    def line_of(self, path: tuple[Step, ...]) -> int:
        """Return the line of ``path``, or of the nearest table around it; line 1 when there is none."""
        found = (self.lines.get(path[:length]) for length in range(len(path), 0, -1))
        return next((line for line in found if line is not None), 1)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a document. What is missing or of the wrong kind is a fault and reads as a blank."""

    document: Document
    data: Mapping[str, Any]
    path: tuple[Step, ...]

    def take(self, key: str, kind: type[T]) -> T:
        """Return the value of ``key``, or a blank with a fault."""
        if key not in self.data:
            self.complain(f"{key} is missing")
        elif type(self.data[key]) is not kind:
            self.complain(f"{key} must be {_NAMES[kind]}", key)
        else:
            value: T = self.data[key]
            return value
        blank: T = _BLANKS[kind]
        return blank

    def optional(self, key: str, kind: type[T]) -> T | None:
        """Return the value of ``key``, or None where the table does not have it."""
        return self.take(key, kind) if key in self.data else None

    def has(self, key: str, kind: type) -> bool:
        """Tell whether ``key`` has a value of the right kind, right or wrong in itself."""
        return type(self.data.get(key)) is kind

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.take(key, list)
        if all(isinstance(value, str) for value in values):
            return tuple(values)
        self.complain(f"{key} must be a list of texts", key)
        return ()

    def table(self, key: str) -> "Table":
        """Return the table under ``key``."""
        return Table(document=self.document, data=self.take(key, dict), path=(*self.path, key))

    def tables(self, key: str) -> Iterator["Table"]:
        """Go through the tables of the list under ``key``; a list that is absent is empty."""
        for place, data in enumerate(self.optional(key, list) or []):
            if isinstance(data, dict):
                yield Table(document=self.document, data=data, path=(*self.path, key, place))
            else:
                self.complain(f"{key} must be a list of tables", key)

    def allow(self, *keys: str) -> None:
        """Complain of every key that is not in ``keys``."""
        for key in self.data:
            if key not in keys:
                self.complain(f"unknown key {key}", key)

    def complain(self, message: str, *path: Step) -> None:
        """Add a fault at ``path`` inside this table."""
        self.document.complain((*self.path, *path), message)

    @property
    def line(self) -> int:
        """The line on which this table begins."""
        return self.document.line_of(self.path)


def lines_of(text: str) -> dict[tuple[Step, ...], int]:
    """Map the path of every table header and key of a TOML text to its line.

    The parser of the standard library forgets lines; our files are plain enough for a scan.
    """
    lines: dict[tuple[Step, ...], int] = {}
    counts: dict[tuple[Step, ...], int] = {}
    table: tuple[Step, ...] = ()
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if inside:
            pass
        elif header:
            table = _table_path(header[2], counts, appends=header[1] == "[[")
            lines.setdefault(table, number)
            if header[1] == "[[":
                lines.setdefault(table[:-1], number)
        elif key:
            lines.setdefault((*table, key[1].strip("\"'")), number)
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def _table_path(name: str, counts: dict[tuple[Step, ...], int], *, appends: bool) -> tuple[Step, ...]:
    """Return the path of a header; inside a list of tables it goes to the newest one."""
    steps = [step.strip().strip("\"'") for step in name.split(".")]
    path: tuple[Step, ...] = ()
    for place, step in enumerate(steps):
        path = (*path, step)
        if appends and place == len(steps) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
