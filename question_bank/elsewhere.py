"""Which tests are held in the country whose pool is not here, and by which rules? Pure: standard library only."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from question_bank.acts import read_titles
from question_bank.items import LANGUAGES
from question_bank.programme import Clause
from question_bank.programmes import read_clause
from question_bank.reading import Document, FaultyFiles, Table

FILE = Path(__file__).parent / "programmes_elsewhere.toml"

NUMBERS = ("questions_each", "minimum_each", "total_questions", "total_minimum", "minutes", "minutes_to")


class State(enum.Enum):
    """Whether people can book such a test here."""

    NOT_OPEN = "not open"


@dataclass(frozen=True, kw_only=True)
class ElsewhereProgramme:
    """What is known of a test that is not held here; None is a number that is not known.

    ``acts`` has the titles of the acts by language; ``as_of`` is the year of the numbers; ``remark`` may be empty.
    """

    code: str
    state: State
    title: Mapping[str, str]
    remark: Mapping[str, str]
    as_of: int
    acts: tuple[Mapping[str, str], ...]
    questions_each: int | None
    minimum_each: int | None
    total_questions: int | None
    total_minimum: int | None
    minutes: int | None
    minutes_to: int | None
    clauses: tuple[Clause, ...]


def load_elsewhere(path: Path = FILE) -> tuple[ElsewhereProgramme, ...]:
    """Read the programmes.

    Raises:
        FaultyFiles: With everything that is wrong in the file.
    """
    document = Document.read(path)
    root = document.root
    root.allow("act", "programme")
    acts = _read_acts(root)
    programmes = tuple(_read_programme(table, acts) for table in root.tables("programme"))
    codes = [programme.code for programme in programmes]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            document.complain(("programme", place, "code"), f"{code} stands twice")
    if document.faults:
        raise FaultyFiles(document.faults)
    return programmes


def _read_acts(root: Table) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table in root.tables("act"):
        table.allow("code", "title")
        code = table.take("code", str)
        if code in found:
            table.complain(f"{code} stands twice", "code")
        found[code] = read_titles(table.table("title"))
    return found


def _read_programme(table: Table, acts: Mapping[str, Mapping[str, str]]) -> ElsewhereProgramme:
    table.allow("code", "state", "title", "remark", "as_of", "acts", *NUMBERS)
    code = table.take("code", str)
    clauses: list[Clause] = []

    def value(key: str, kind: Any) -> Any:
        found, clause = read_clause(table, key, kind, f"{code}.{key}")
        if clause is not None:
            clauses.append(clause)
        return found

    as_of = value("as_of", int)
    named = value("acts", tuple[str, ...]) if "acts" in table.data else ()
    numbers: dict[str, int | None] = {key: value(key, int) if key in table.data else None for key in NUMBERS}
    if table.take("state", str) != State.NOT_OPEN.value:
        table.complain(f"state must be {State.NOT_OPEN.value}", "state")
    for unknown in [name for name in named or () if name not in acts]:
        table.complain(f"{unknown} is no act of this file", "acts")
    _check_numbers(table, numbers, len(named or ()))
    return ElsewhereProgramme(
        code=code,
        state=State.NOT_OPEN,
        title=read_titles(table.table("title")),
        remark=read_titles(table.table("remark")) if "remark" in table.data else dict.fromkeys(LANGUAGES, ""),
        as_of=as_of or 0,
        acts=tuple(acts[name] for name in named or () if name in acts),
        **numbers,
        clauses=tuple(clauses),
    )


def _check_numbers(table: Table, numbers: Mapping[str, int | None], acts: int) -> None:
    """Complain of numbers that contradict each other."""
    each, least, total, minimum = (numbers[key] for key in NUMBERS[:4])
    if acts and each is not None and total is not None and acts * each != total:
        table.complain(f"{acts} acts of {each} questions are not {total}", "total_questions")
    for key, above, below in (("minimum_each", least, each), ("total_minimum", minimum, total)):
        if above is not None and (below is None or above > below):
            table.complain(f"{key} is above the questions", key)
    shortest, longest = numbers["minutes"], numbers["minutes_to"]
    if longest is not None and (shortest is None or longest <= shortest):
        table.complain("minutes_to is not above minutes", "minutes_to")
