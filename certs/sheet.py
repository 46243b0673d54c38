"""What is a response sheet: the answers of one test, row by row, with what is needed to re-compute their heads?

Pure: standard library only.

The sheet is JSON; ``docs/receipts/response-sheet.schema.json`` describes it. It has positions and option numbers as the
paper showed them: no texts, no key, nothing that tells right from wrong.
"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from certs.errors import MalformedError
from certs.journal import first_head, next_head, packed_row, standing_answers

FORM: Final = "synaq-response-sheet-v1"
MAX_SHEET_BYTES: Final = 2_000_000
"""Ten thousand rows and more; nobody changes an answer so often."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MOST: Final = {"row": 2**32, "question": 2**16, "option": 2**16}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One saved change of an answer: ``option`` is the number that the paper showed, None where it was cleared."""

    number: int
    question: int
    option: int | None
    saved_at: datetime
    head: bytes


@dataclass(frozen=True, kw_only=True)
class LateRow:
    """An answer that arrived too late to count."""

    number: int
    question: int
    option: int | None
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Act:
    """The stretch of the paper that is about one act."""

    code: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A response sheet as its file states it; nothing in it is believed yet."""

    sitting: uuid.UUID
    programme_code: str
    programme_version: str
    language: str
    started_at: datetime
    ended_at: datetime
    cause: str
    allowance_seconds: int
    credit_seconds: int
    acts: tuple[Act, ...]
    fingerprint: bytes
    secret: bytes
    rows: tuple[Row, ...]
    late: tuple[LateRow, ...]

    @property
    def first_head(self) -> bytes:
        """Give the head of the journal before its first row."""
        return first_head(self.sitting, self.fingerprint)

    @property
    def last_head(self) -> bytes:
        """Give the head that the last row states."""
        return self.rows[-1].head if self.rows else self.first_head

    def rows_out_of_chain(self) -> list[int]:
        """Re-compute each head from the one stated before it; give the numbers of the rows where it differs."""
        wrong, previous = [], self.first_head
        for row in self.rows:
            if next_head(previous, self._packed(row)) != row.head:
                wrong.append(row.number)
            previous = row.head
        return wrong

    def answered_by_act(self) -> tuple[int, ...]:
        """Count the questions of each act that have an answer at the end."""
        standing = standing_answers((row.number, row.question, row.option) for row in self.rows)
        return tuple(sum(act.first <= question <= act.last for question in standing) for act in self.acts)

    def to_json(self) -> bytes:
        """Write the sheet in its one form: keys in order, no spaces."""
        return json.dumps(self._document(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def _packed(self, row: Row) -> bytes:
        return packed_row(self.sitting, row.number, row.question, row.option, _microseconds(row.saved_at))

    def _document(self) -> dict[str, Any]:
        return {
            "form": FORM,
            "sitting": str(self.sitting),
            "programme": {"code": self.programme_code, "version": self.programme_version},
            "language": self.language,
            "started_at": moment_text(self.started_at),
            "ended_at": moment_text(self.ended_at),
            "ended_by": self.cause,
            "allowance_seconds": self.allowance_seconds,
            "credit_seconds": self.credit_seconds,
            "acts": [{"act": act.code, "first": act.first, "last": act.last} for act in self.acts],
            "paper": self.fingerprint.hex(),
            "secret": self.secret.hex(),
            "rows": [
                {
                    "row": row.number,
                    "question": row.question,
                    "option": row.option,
                    "saved_at": moment_text(row.saved_at),
                    "head": row.head.hex(),
                }
                for row in self.rows
            ],
            "late": [
                {
                    "row": row.number,
                    "question": row.question,
                    "option": row.option,
                    "received_at": moment_text(row.received_at),
                }
                for row in self.late
            ],
        }


def moment_text(moment: datetime) -> str:
    """Write a moment with its microseconds, which the heads are taken over."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_sheet(data: bytes) -> Sheet:
    """Read a sheet, in its one form or written otherwise (with spaces, say), as long as it says the same.

    Raises:
        MalformedError: It is no JSON, has more or fewer members, or one of another kind.
    """
    if len(data) > MAX_SHEET_BYTES:
        raise MalformedError(f"{len(data)} bytes where {MAX_SHEET_BYTES} are the most")
    try:
        document = json.loads(data, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise MalformedError("no JSON, or a name twice") from None
    if not isinstance(document, dict) or document.get("form") != FORM:
        raise MalformedError("no response sheet of the known form")
    members = _members(document, _SHEET_MEMBERS)
    programme = _members(members["programme"], {"code", "version"})
    return Sheet(
        sitting=_id(members["sitting"]),
        programme_code=_text(programme["code"]),
        programme_version=_text(programme["version"]),
        language=_text(members["language"]),
        started_at=_moment(members["started_at"]),
        ended_at=_moment(members["ended_at"]),
        cause=_text(members["ended_by"]),
        allowance_seconds=_whole(members["allowance_seconds"], _MOST["row"]),
        credit_seconds=_whole(members["credit_seconds"], _MOST["row"]),
        acts=_stretches(members["acts"]),
        fingerprint=_hash(members["paper"]),
        secret=_hash(members["secret"]),
        rows=tuple(_row(row) for row in _listed(members["rows"])),
        late=tuple(_late(row) for row in _listed(members["late"])),
    )


_SHEET_MEMBERS: Final = {
    *("form", "sitting", "programme", "language", "started_at", "ended_at", "ended_by", "allowance_seconds"),
    *("credit_seconds", "acts", "paper", "secret", "rows", "late"),
}


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _members(value: object, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise MalformedError(f"other members than {', '.join(sorted(names))}")
    return value


def _listed(value: object) -> Iterable[object]:
    if not isinstance(value, list):
        raise MalformedError("rows that are not a list")
    return value


def _row(value: object) -> Row:
    members = _members(value, {"row", "question", "option", "saved_at", "head"})
    return Row(
        number=_whole(members["row"], _MOST["row"]),
        question=_whole(members["question"], _MOST["question"]),
        option=_option(members["option"]),
        saved_at=_moment(members["saved_at"]),
        head=_hash(members["head"]),
    )


def _late(value: object) -> LateRow:
    members = _members(value, {"row", "question", "option", "received_at"})
    return LateRow(
        number=_whole(members["row"], _MOST["row"]),
        question=_whole(members["question"], _MOST["question"]),
        option=_option(members["option"]),
        received_at=_moment(members["received_at"]),
    )


def _stretches(value: object) -> tuple[Act, ...]:
    """Read the acts: one stretch after the other, from question 1 on, without a gap."""
    acts: list[Act] = []
    for each in _listed(value):
        members = _members(each, {"act", "first", "last"})
        first, last = (_whole(members[name], _MOST["question"]) for name in ("first", "last"))
        if first != (acts[-1].last + 1 if acts else 1) or last < first:
            raise MalformedError("acts that do not follow each other")
        acts.append(Act(code=_text(members["act"]), first=first, last=last))
    return tuple(acts)


def _option(value: object) -> int | None:
    if value == 0:  # in a head it would stand for a cleared answer, which is written null
        raise MalformedError("an option zero")
    return None if value is None else _whole(value, _MOST["option"])


def _whole(value: object, below: int) -> int:
    if type(value) is not int or not 0 <= value < below:
        raise MalformedError("not a whole number of the known size")
    return value


def _text(value: object) -> str:
    longest = 60
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MalformedError("not a short text")
    return value


def _id(value: object) -> uuid.UUID:
    try:
        found = uuid.UUID(_text(value))
    except ValueError:
        raise MalformedError("not an id") from None
    if str(found) != value:
        raise MalformedError("an id in another form")
    return found


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise MalformedError("not 32 bytes in hexadecimal")
    return bytes.fromhex(value)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise MalformedError("not a moment with microseconds in UTC")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise MalformedError("no such moment") from None


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
