"""Which version of which programme is in force, and which programme files are wrong? Pure: standard library only."""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar, get_type_hints

from question_bank.acts import read_titles
from question_bank.items import DIFFICULTY_STEPS, LANGUAGES, OPTION_LETTERS
from question_bank.programme import (
    BRING,
    FORBIDDEN,
    KEPT_OUTSIDE,
    WHOLE,
    AppealRules,
    Block,
    BookingRules,
    CertificateRules,
    Clause,
    ConductRules,
    Confidence,
    DrawRules,
    EligibilityRules,
    Kind,
    Programme,
    RecordRules,
    ResultRules,
    RetestRules,
    SittingRules,
    Thresholds,
    Wait,
)
from question_bank.reading import Document, FaultyFiles, Step, Table

PROGRAMMES = Path(__file__).parent / "programmes"
HOURS_OF_A_DAY = 24

GROUPS: dict[str, type[Any]] = {
    "thresholds": Thresholds,
    "sitting": SittingRules,
    "result": ResultRules,
    "certificate": CertificateRules,
    "retest": RetestRules,
    "booking": BookingRules,
    "eligibility": EligibilityRules,
    "conduct": ConductRules,
    "appeals": AppealRules,
    "records": RecordRules,
    "draw": DrawRules,
}

SHORTEST_GAP_BEATS = 2
FEWEST_OF_A_ROOM = 2

M = TypeVar("M", bound=enum.Enum)


@dataclass(frozen=True, kw_only=True)
class Programmes:
    """All versions of all programmes."""

    versions: tuple[Programme, ...]

    @classmethod
    def load(cls, folder: Path = PROGRAMMES) -> Self:
        """Read every programme file.

        Raises:
            FaultyFiles: With everything that is wrong in all of them.
        """
        documents = [Document.read(path) for path in sorted(folder.glob("*.toml"))]
        versions = [_Reader(document).programme() for document in documents]
        _check_periods(documents, versions)
        faults = [fault for document in documents for fault in document.faults]
        if faults:
            raise FaultyFiles(faults)
        return cls(versions=tuple(versions))

    def on(self, code: str, day: date) -> Programme:
        """Return the version of a programme in force on a day.

        Raises:
            KeyError: No version of that code is in force on the day.
        """
        return self._only(lambda version: version.code == code and version.is_in_force(day), f"{code} on {day}")

    def version(self, code: str, version: str) -> Programme:
        """Return a version by its name, in force or not.

        Raises:
            KeyError: There is no such version.
        """
        return self._only(lambda other: (other.code, other.version) == (code, version), f"{code} {version}")

    def latest(self, code: str) -> Programme:
        """Return the version that began last.

        Raises:
            KeyError: There is no version of that code.
        """
        versions = [version for version in self.versions if version.code == code]
        if not versions:
            raise KeyError(code)
        return max(versions, key=lambda version: version.in_force_from)

    def _only(self, wanted: Callable[[Programme], bool], name: str) -> Programme:
        for version in self.versions:
            if wanted(version):
                return version
        raise KeyError(name)


@cache
def _shipped() -> Programmes:
    return Programmes.load()


def programme_on(code: str, day: date) -> Programme:
    """Return the version of a shipped programme in force on a day.

    Raises:
        KeyError: No version of that code is in force on the day.
    """
    return _shipped().on(code, day)


class _Reader:
    """Reads one programme file; every value is a small table of value, basis and confidence."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.clauses: list[Clause] = []

    def programme(self) -> Programme:
        root = self.document.root
        before = len(self.document.faults)
        root.allow("code", "version", "kind", "title", "in_force_from", "in_force_to", "block", *GROUPS)
        programme = Programme(
            code=root.take("code", str),
            version=root.take("version", str),
            kind=_choice(root, "kind", Kind, root.take("kind", str)),
            title=read_titles(root.table("title")),
            in_force_from=root.take("in_force_from", date),
            in_force_to=root.optional("in_force_to", date) or date.max,
            blocks=tuple(self.block(table) for table in root.tables("block")),
            **{name: self.group(root, name, kind) for name, kind in GROUPS.items()},
            clauses=tuple(self.clauses),
        )
        if self.document.readable and len(self.document.faults) == before:
            _check_sums(root, programme)
        return programme

    def block(self, table: Table) -> Block:
        table.allow("act", "questions", "minimum", "blueprint")
        act = table.take("act", str)
        rows = table.table("blueprint")
        return Block(
            act=act,
            questions=self.value(table, "questions", int, f"block.{act}.questions"),
            minimum=self.value(table, "minimum", int, f"block.{act}.minimum"),
            blueprint={subtopic: _quotas(rows, subtopic) for subtopic in rows.data},
        )

    def group(self, root: Table, name: str, kind: type[Any]) -> Any:
        table = root.table(name)
        hints = get_type_hints(kind)
        names = [entry.name for entry in fields(kind)]
        table.allow(*names)
        return kind(**{entry: self.value(table, entry, hints[entry], f"{name}.{entry}") for entry in names})

    def value(self, table: Table, key: str, kind: Any, name: str) -> Any:
        value, clause = read_clause(table, key, kind, name)
        if clause is not None:
            self.clauses.append(clause)
        return value


def read_clause(table: Table, key: str, kind: Any, name: str) -> tuple[Any, Clause | None]:
    """Read one value with its basis and confidence; (None, None) with a fault where it is missing."""
    inner = table.table(key)
    if not inner.data:
        return None, None
    inner.allow("value", "basis", "confidence")
    value = _value(inner, kind)
    clause = Clause(
        name=name,
        value=_plain(value),
        basis=inner.take("basis", str),
        confidence=_choice(inner, "confidence", Confidence, inner.take("confidence", str)),
    )
    if "basis" in inner.data and not clause.basis.strip():
        inner.complain(f"{name} has an empty basis", "basis")
    return value, clause


def _value(inner: Table, kind: Any) -> Any:
    """Return the value of a clause as the type that the field of the dataclass asks for."""
    if kind == tuple[str, ...]:
        return inner.texts("value")
    if kind is Wait:
        text = inner.take("value", str)
        try:
            return Wait.parse(text)
        except ValueError as error:
            inner.complain(str(error), "value")
            return Wait()
    if issubclass(kind, enum.Enum):
        return _choice(inner, "value", kind, inner.take("value", str))
    value = inner.take("value", kind)
    if kind is int and value < 0:
        inner.complain("value must not be negative", "value")
    return value


def _plain(value: Any) -> int | bool | str | tuple[str, ...]:
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, Wait):
        return str(value)
    plain: int | bool | str | tuple[str, ...] = value
    return plain


def _choice(table: Table, key: str, kind: type[M], text: str) -> M:
    """Return the member named by a text, or the first one with a fault."""
    for member in kind:
        if member.value == text:
            return member
    if text:
        table.complain(f"{key} must be one of {', '.join(str(member.value) for member in kind)}", key)
    return next(iter(kind))


def _quotas(rows: Table, subtopic: str) -> tuple[int, ...]:
    quotas = rows.take(subtopic, list)
    good = len(quotas) == len(DIFFICULTY_STEPS) and all(type(quota) is int and quota >= 0 for quota in quotas)
    if quotas and not good:
        rows.complain(f"{subtopic} must have one quota for each of the steps {DIFFICULTY_STEPS}", subtopic)
        return ()
    return tuple(quotas)


def _check_sums(root: Table, programme: Programme) -> None:
    """Complain of numbers that contradict each other."""
    for place, block in enumerate(programme.blocks):
        asked = sum(sum(row) for row in block.blueprint.values())
        if asked != block.questions:
            message = f"the blueprint of {block.act} asks for {asked} questions, the block for {block.questions}"
            root.complain(message, "block", place, "blueprint")
        if block.minimum > block.questions:
            root.complain(f"the minimum of {block.act} is above its questions", "block", place, "minimum")
    for path, message in _contradictions(programme):
        root.complain(message, *path)


def _contradictions(programme: Programme) -> Iterator[tuple[tuple[Step, ...], str]]:
    thresholds, sitting, booking = programme.thresholds, programme.sitting, programme.booking
    total = sum(block.questions for block in programme.blocks)
    acts = [block.act for block in programme.blocks]
    twice = [place for place, act in enumerate(acts) if act in acts[:place]]
    if total != thresholds.total_questions:
        message = f"the blocks have {total} questions, the total is {thresholds.total_questions}"
        yield ("thresholds", "total_questions"), message
    if thresholds.total_minimum > thresholds.total_questions:
        yield ("thresholds", "total_minimum"), "the total minimum is above the total"
    for place in twice:
        yield ("block", place), f"{acts[place]} has two blocks"
    if not sitting.languages or not set(sitting.languages) <= set(LANGUAGES):
        yield ("sitting", "languages"), f"languages must be some of {', '.join(LANGUAGES)}"
    yield from _contradictions_of_the_clock(sitting)
    if (sitting.options_per_question, sitting.correct_options) != (len(OPTION_LETTERS), 1):
        yield ("sitting", "options_per_question"), f"the items have {len(OPTION_LETTERS)} options and one key"
    if booking.first_day_ahead > booking.last_day_ahead:
        yield ("booking", "first_day_ahead"), "the booking window ends before it begins"
    if not booking.answer_from_hour < booking.answer_until_hour <= HOURS_OF_A_DAY:
        yield ("booking", "answer_from_hour"), "the hours in which an offer is answered end before they begin"
    if (programme.kind is Kind.CERTIFYING) != (programme.certificate.valid_months > 0):
        yield ("certificate", "valid_months"), "a certifying programme has a certificate, a practice one has none"
    for name, known in (("bring", BRING), ("forbidden", FORBIDDEN), ("kept_outside", KEPT_OUTSIDE)):
        if not set(getattr(programme.conduct, name)) <= set(known):
            yield ("conduct", name), f"{name} must be some of {', '.join(known)}"
    if programme.in_force_from >= programme.in_force_to:
        yield ("in_force_to",), "the programme ends before it begins"


def _contradictions_of_the_clock(sitting: SittingRules) -> Iterator[tuple[tuple[Step, ...], str]]:
    if not sitting.duration_minutes:
        yield ("sitting", "duration_minutes"), "the test must last at least a minute"
    if sitting.heartbeat_seconds < 1 or sitting.gap_beats < SHORTEST_GAP_BEATS:
        yield ("sitting", "gap_beats"), "a page must miss more than one beat to be silent"
    if not 0 < sitting.room_gap_percent <= WHOLE or sitting.room_gap_sittings < FEWEST_OF_A_ROOM:
        yield ("sitting", "room_gap_percent"), "a room is some share of at least two tests"


def _check_periods(documents: list[Document], versions: list[Programme]) -> None:
    """Complain of names that contradict the file name, of equal versions and of periods that overlap."""
    seen: list[Programme] = []
    for document, programme in zip(documents, versions, strict=True):
        if Path(document.file).name != f"{programme.code}.{programme.in_force_from}.toml":
            document.complain(("code",), "the file must be named CODE.IN_FORCE_FROM.toml")
        for other in seen:
            if other.code == programme.code and other.version == programme.version:
                document.complain(("version",), f"version {other.version} exists twice")
            if other.code == programme.code and _overlap(other, programme):
                document.complain(("in_force_from",), f"the period overlaps with that of version {other.version}")
        seen.append(programme)


def _overlap(one: Programme, other: Programme) -> bool:
    return one.in_force_from < other.in_force_to and other.in_force_from < one.in_force_to
