"""Which provisions of which act are in force on a date? Pure: standard library only."""

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Self

from question_bank.items import LANGUAGES, Citation, Item
from question_bank.reading import Document, FaultyFiles, Table

ACTS = Path(__file__).parent / "acts"

_WORD = re.compile(r"([^\s()]*)(?:\(([^()]*)\))?")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_NUMBER = re.compile(r"\d+(-\d+)?")


def _in_order(article: str) -> list[int]:
    return [int(number) for number in article.split("-")]


class Standing(enum.Enum):
    """What an item may build on: only the first."""

    IN_FORCE = "in_force"
    UNKNOWN_ACT = "unknown_act"
    UNKNOWN_EDITION = "unknown_edition"
    NOT_IN_FORCE = "not_in_force"
    UNKNOWN_PROVISION = "unknown_provision"
    PENDING = "pending"
    SUSPENDED = "suspended"
    DOUBTFUL = "doubtful"
    AMENDED = "amended"


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The answer about one citation on one date; ``partly`` names held-back parts inside a wider citation."""

    standing: Standing
    reason: str = ""
    partly: tuple[Citation, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """Whether an item may be asked that rests on the citation."""
        return self.standing is Standing.IN_FORCE


@dataclass(frozen=True, kw_only=True)
class Restraint:
    """Provisions of an edition that must not be relied on in the half-open period [from, until)."""

    standing: Standing
    addresses: tuple[Citation, ...]
    begins: date
    ends: date
    reason: str

    def holds_on(self, day: date) -> bool:
        """Tell whether the period covers the day."""
        return self.begins <= day < self.ends


@dataclass(frozen=True, kw_only=True)
class Edition:
    """The structure of an act from one date to another (half-open); no text of the law.

    ``changed`` lists what this edition changed against the one before; None says that nobody
    has compared them, and then everything counts as changed. ``review`` says why a newer edition
    is expected, with which the items of this one are then to be compared; empty where none is.
    """

    name: str
    in_force_from: date
    in_force_to: date
    provisions: frozenset[Citation]
    restraints: tuple[Restraint, ...]
    changed: tuple[Citation, ...] | None
    note: str
    review: str = ""

    def ruling(self, citation: Citation, on: date) -> Ruling:
        """Say how a citation stands in this edition on a date inside its period."""
        if citation not in self.provisions:
            return Ruling(standing=Standing.UNKNOWN_PROVISION, reason=f"no {citation} in the edition of {self.name}")
        partly: list[Citation] = []
        for restraint in self.restraints:
            if not restraint.holds_on(on):
                continue
            if any(address.contains(citation) for address in restraint.addresses):
                return Ruling(standing=restraint.standing, reason=restraint.reason)
            partly += [address for address in restraint.addresses if citation.contains(address)]
        return Ruling(standing=Standing.IN_FORCE, partly=tuple(partly))

    def changes(self, citation: Citation) -> bool:
        """Tell whether this edition may have changed what the citation names."""
        if self.changed is None:
            return True
        return any(address.contains(citation) or citation.contains(address) for address in self.changed)


@dataclass(frozen=True, kw_only=True)
class Subtopic:
    """A stretch of an act from which a blueprint takes questions; ``units`` names its articles, as ``1..10 16``."""

    code: str
    units: str
    title: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act with its titles and editions, oldest first; ``unit`` is what it counts, article or point.

    ``address`` says, by language, where the official text stands; empty where we are not sure.
    """

    code: str
    number: str
    adopted: date
    unit: str
    title: Mapping[str, str]
    short: Mapping[str, str]
    editions: tuple[Edition, ...]
    address: Mapping[str, str] = field(default_factory=dict)
    subtopics: tuple[Subtopic, ...] = ()

    def official_text(self, language: str) -> tuple[str, str]:
        """Return the address of the official text and its language: the reader's, else another; empty without one."""
        found = language if language in self.address else next(reversed(list(self.address)), "")
        return self.address.get(found, ""), found

    def subtopic(self, code: str) -> Subtopic:
        """Return a sub-topic.

        Raises:
            KeyError: The act has no such sub-topic.
        """
        for subtopic in self.subtopics:
            if subtopic.code == code:
                return subtopic
        raise KeyError(code)

    def stretches(self, subtopic: Subtopic) -> list[tuple[str, str]]:
        """Return the first and the last article of each unbroken stretch, in the order of the act."""
        order = sorted({provision.article for provision in self.editions[-1].provisions}, key=_in_order)
        wanted = set(expand(subtopic.units))
        runs = [list(run) for inside, run in groupby(order, key=wanted.__contains__) if inside]
        return [(run[0], run[-1]) for run in runs]

    def edition_on(self, day: date) -> Edition | None:
        """Return the edition in force on a day, or None."""
        return next((edition for edition in self.editions if edition.in_force_from <= day < edition.in_force_to), None)

    def editions_after(self, name: str, day: date) -> Iterator[Edition]:
        """Go through the editions that came into force after the named one, up to a day."""
        began = next(edition.in_force_from for edition in self.editions if edition.name == name)
        return (edition for edition in self.editions if began < edition.in_force_from <= day)


@dataclass(frozen=True, kw_only=True)
class Register:
    """All acts that an item may rest on."""

    acts: Mapping[str, Act]

    @classmethod
    def load(cls, folder: Path = ACTS) -> Self:
        """Read the register.

        Raises:
            FaultyFiles: With everything that is wrong in all its files.
        """
        documents = [Document.read(path) for path in sorted(folder.glob("*.toml"))]
        acts = [_read_act(document) for document in documents]
        faults = [fault for document in documents for fault in document.faults]
        if faults:
            raise FaultyFiles(faults)
        return cls(acts={act.code: act for act in acts})

    def act(self, code: str) -> Act:
        """Return an act.

        Raises:
            KeyError: The register has no such act.
        """
        return self.acts[code]

    def edition_on(self, code: str, day: date) -> Edition | None:
        """Return the edition of an act in force on a day, or None."""
        act = self.acts.get(code)
        return act.edition_on(day) if act else None

    def cited_in_force(self, code: str, citation: Citation, on: date, *, written_from: str | None = None) -> Ruling:
        """Say whether a citation may be relied on.

        Args:
            code: The act.
            citation: The address inside it.
            on: The day of the test.
            written_from: The edition that the item was written from. A later one refuses the item
                unless it is known not to have changed the cited provision.

        Basis:
            An item never outlives the edition of the law that it rests on.
        """
        act = self.acts.get(code)
        if act is None:
            return Ruling(standing=Standing.UNKNOWN_ACT, reason=f"no act {code} in the register")
        if written_from is not None and written_from not in {edition.name for edition in act.editions}:
            return Ruling(standing=Standing.UNKNOWN_EDITION, reason=f"{code} has no edition {written_from}")
        edition = act.edition_on(on)
        if edition is None:
            return Ruling(standing=Standing.NOT_IN_FORCE, reason=f"no edition of {code} is in force on {on}")
        ruling = edition.ruling(citation, on)
        if ruling.is_in_force and written_from is not None:
            return _unchanged_since(act, written_from, citation, on) or ruling
        return ruling


def _unchanged_since(act: Act, name: str, citation: Citation, on: date) -> Ruling | None:
    for edition in act.editions_after(name, on):
        if edition.changes(citation):
            return Ruling(standing=Standing.AMENDED, reason=f"{citation} may have changed in {edition.name}")
    return None


def is_eligible(item: Item, register: Register, on: date) -> bool:
    """Tell whether everything that an item cites is in force on a day, as far as known unchanged.

    Basis:
        An item never outlives the edition of the law that it rests on.
    """
    rulings = (register.cited_in_force(item.act, citation, on, written_from=item.edition) for citation in item.cites)
    return all(ruling.is_in_force for ruling in rulings)


def provisions_of(article: str, notation: str) -> frozenset[Citation]:
    """Read the compact structure of an article, such as ``1 2(1..19) 3..8``.

    A bare bracket, ``(1..22)``, stands for subpoints of an article without numbered points.

    Raises:
        ValueError: The notation is not understood.
    """
    found = {Citation.parse(article)}
    for word in re.findall(r"\S+\([^)]*\)|\([^)]*\)|\S+", notation):
        found |= _provisions_of_word(article, word)
    return frozenset(found)


def _provisions_of_word(article: str, word: str) -> set[Citation]:
    match = _WORD.fullmatch(word)
    if match is None:
        message = f"not understood: {word!r}"
        raise ValueError(message)
    points, inner = expand(match[1]), expand(match[2] or "")
    if not points:
        return {Citation(article=article, point=number) for number in inner}
    deeper = {Citation(article=article, point=points[-1], subpoint=number) for number in inner}
    return {Citation(article=article, point=point) for point in points} | deeper


def expand(text: str) -> list[str]:
    """Turn ``1..3 3-1 4`` into 1, 2, 3, 3-1, 4.

    Raises:
        ValueError: A word is neither a number nor a range that rises.
    """
    numbers: list[str] = []
    for word in text.split():
        match = _RANGE.fullmatch(word)
        if match and int(match[1]) < int(match[2]):
            numbers += [str(number) for number in range(int(match[1]), int(match[2]) + 1)]
        elif _NUMBER.fullmatch(word):
            numbers.append(word)
        else:
            message = f"not understood: {word!r}"
            raise ValueError(message)
    return numbers


def _read_act(document: Document) -> Act:
    root = document.root
    root.allow("code", "number", "adopted", "unit", "title", "short", "address", "edition", "subtopic")
    act = Act(
        code=root.take("code", str),
        number=root.take("number", str),
        adopted=root.take("adopted", date),
        unit=root.take("unit", str),
        title=read_titles(root.table("title")),
        short=read_titles(root.table("short")),
        editions=tuple(_read_edition(table) for table in root.tables("edition")),
        address=_read_address(root),
        subtopics=tuple(_read_subtopic(table) for table in root.tables("subtopic")),
    )
    if act.code != Path(document.file).stem:
        root.complain("the file is not named after the code", "code")
    if act.unit not in ("article", "point"):
        root.complain("unit must be article or point", "unit")
    if not act.editions:
        root.complain("no edition")
    for subtopic in act.subtopics:
        _check_units(root, act, subtopic)
    for before, after in zip(act.editions, act.editions[1:], strict=False):
        if before.in_force_to > after.in_force_from:
            root.complain(f"edition {after.name} begins before {before.name} ends", "edition")
    return act


def _read_address(root: Table) -> dict[str, str]:
    if "address" not in root.data:
        return {}
    table = root.table("address")
    table.allow(*LANGUAGES)
    found = {language: table.take(language, str) for language in LANGUAGES if language in table.data}
    for language, address in found.items():
        if not address.startswith("https://"):
            table.complain("an address begins with https://", language)
    return found


def _read_subtopic(table: Table) -> Subtopic:
    table.allow("code", "units", "title")
    return Subtopic(
        code=table.take("code", str), units=table.take("units", str), title=read_titles(table.table("title"))
    )


def _check_units(root: Table, act: Act, subtopic: Subtopic) -> None:
    """Complain of articles that the newest edition does not have."""
    known = {provision.article for provision in act.editions[-1].provisions} if act.editions else set()
    try:
        missing = [unit for unit in expand(subtopic.units) if unit not in known]
    except ValueError as error:
        root.complain(f"{subtopic.code}: {error}", "subtopic")
        return
    if missing:
        root.complain(f"{subtopic.code}: the newest edition has no {', '.join(missing)}", "subtopic")


def read_titles(table: Table) -> dict[str, str]:
    """Read one text for each language."""
    table.allow(*LANGUAGES)
    return {language: table.take(language, str) for language in LANGUAGES}


def _read_edition(table: Table) -> Edition:
    table.allow(
        "name",
        "in_force_from",
        "in_force_to",
        "note",
        "review",
        "changed",
        "pending",
        "suspended",
        "doubtful",
        "provisions",
    )
    edition = Edition(
        name=table.take("name", str),
        in_force_from=table.take("in_force_from", date),
        in_force_to=table.optional("in_force_to", date) or date.max,
        provisions=_read_provisions(table.table("provisions")),
        restraints=tuple(_read_restraints(table)),
        changed=_read_addresses(table, "changed") if "changed" in table.data else None,
        note=table.optional("note", str) or "",
        review=table.optional("review", str) or "",
    )
    if edition.in_force_from >= edition.in_force_to:
        table.complain("the edition ends before it begins", "in_force_to")
    named = [address for restraint in edition.restraints for address in restraint.addresses]
    for address in (*named, *(edition.changed or ())):
        if address not in edition.provisions:
            table.complain(f"{address} is not a provision of this edition")
    return edition


def _read_provisions(table: Table) -> frozenset[Citation]:
    found: set[Citation] = set()
    for article in table.data:
        notation = table.take(article, str)
        try:
            found |= provisions_of(article, notation)
        except ValueError as error:
            table.complain(f"article {article}: {error}", article)
    return frozenset(found)


def _read_restraints(edition: Table) -> Iterator[Restraint]:
    for standing in (Standing.PENDING, Standing.SUSPENDED, Standing.DOUBTFUL):
        for table in edition.tables(standing.value):
            table.allow("addresses", "from", "until", "reason")
            if standing is not Standing.DOUBTFUL and "until" not in table.data:
                table.complain("until is missing")
            yield Restraint(
                standing=standing,
                addresses=_read_addresses(table, "addresses"),
                begins=table.optional("from", date) or date.min,
                ends=table.optional("until", date) or date.max,
                reason=table.take("reason", str),
            )


def _read_addresses(table: Table, key: str) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for text in table.texts(key):
        try:
            found.append(Citation.parse(text))
        except ValueError as error:
            table.complain(str(error), key)
    return tuple(found)
