"""How is a log handed over, so that anybody can verify it without us?

A folder of four texts, which ``write_export`` names. Nothing in one is believed: ``read_export`` gives what stands
there, and ``certs.log`` judges it.

Pure: standard library and ``cryptography``, beside this package.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.errors import MalformedError
from certs.log import Act, Kept, SignedCheckpoint
from certs.note import VerifierKey, parse_verifier_key

_ENTRIES, _CHECKPOINTS, _ERASED, _KEYS = "entries.jsonl", "checkpoints.txt", "erased.txt", "log.vkey"
# Stands above each note; no line of a checkpoint begins so.
_CHECKPOINT_HEADER: Final = re.compile(r"^# (-?[0-9]{1,19}) ([0-9a-f]*) (\S+)\n", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Export:
    """A log as it was handed over in a folder; nothing in it is believed yet."""

    folder: Path
    checkpoints: tuple[SignedCheckpoint, ...]
    erased: frozenset[int]
    verifier_keys: tuple[VerifierKey, ...]

    def entries(self) -> Iterator[Kept]:
        """Read the acts one by one.

        Raises:
            MalformedError: A line is no act.
        """
        with (self.folder / _ENTRIES).open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    kept = _kept(json.loads(line.decode()))
                except (ValueError, RecursionError):
                    raise MalformedError(f"line {number} of {_ENTRIES} is no act") from None
                yield kept


def write_export(
    folder: Path,
    *,
    entries: Iterable[Kept],
    checkpoints: Iterable[SignedCheckpoint],
    erased: Iterable[int],
    verifier_keys: Iterable[VerifierKey],
) -> None:
    """Write a log into a folder, new or empty, from which anybody can verify it without us.

    ``entries.jsonl`` holds an act a line, ``checkpoints.txt`` the notes, each under its size, root and time,
    ``erased.txt`` the acts whose facts were erased, ``log.vkey`` the keys. Arguments as of ``first_fault``.

    Raises:
        FileExistsError: There is an export already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _ENTRIES).open("x", encoding="ascii", newline="\n") as file:
        for kept in entries:
            file.write(json.dumps(_record(kept), separators=(",", ":")) + "\n")
    notes = "".join(f"# {c.size} {c.root.hex()} {c.at.isoformat()}\n{c.note}\n" for c in checkpoints)
    (folder / _CHECKPOINTS).write_bytes(notes.encode(errors="replace"))
    (folder / _ERASED).write_bytes("".join(f"{seq}\n" for seq in sorted(erased)).encode())
    (folder / _KEYS).write_bytes("".join(f"{key}\n" for key in verifier_keys).encode())


def read_export(folder: Path) -> Export:
    """Read what ``write_export`` wrote; the acts are read as they are asked for.

    Raises:
        OSError: A file is not there.
        MalformedError: A file has another form.
    """
    try:
        checkpoints = (folder / _CHECKPOINTS).read_bytes().decode()
        erased = (folder / _ERASED).read_bytes().decode()
        keys = (folder / _KEYS).read_bytes().decode()
        return Export(
            folder=folder,
            checkpoints=tuple(_checkpoints(checkpoints)),
            erased=frozenset(map(int, erased.splitlines())),
            verifier_keys=tuple(map(parse_verifier_key, keys.splitlines())),
        )
    except ValueError:
        raise MalformedError(f"{folder} is no export of a log") from None


def _record(kept: Kept) -> dict[str, object]:
    act = kept.act
    record: dict[str, object] = {
        "seq": act.seq,
        "at": act.at.isoformat(),
        "actor": act.actor,
        "kind": act.kind,
        "subject": act.subject,
        "commitment": act.commitment.hex(),
        "leaf": kept.leaf.hex(),
    }
    if kept.body is not None:
        salt, facts = kept.body
        record |= {"salt": salt.hex(), "facts": facts}
    return record


def _kept(record: object) -> Kept:
    match record:
        case {
            "seq": int(seq),
            "at": str(at),
            "actor": str(actor),
            "kind": str(kind),
            "subject": str(subject),
            "commitment": str(committed),
            "leaf": str(leaf),
            **rest,
        }:
            moment, committed_to = _moment(at), bytes.fromhex(committed)
        case _:
            raise ValueError("no act")
    act = Act(seq=seq, at=moment, actor=actor, kind=kind, subject=subject, commitment=committed_to)
    return Kept(act=act, leaf=bytes.fromhex(leaf), body=_body(rest))


def _body(rest: Mapping[object, object]) -> tuple[bytes, Mapping[str, object]] | None:
    match rest:
        case {"salt": str(salt), "facts": dict(facts)}:
            return bytes.fromhex(salt), facts
        case {"salt": _} | {"facts": _}:
            raise ValueError("half a body")
    return None


def _checkpoints(text: str) -> Iterator[SignedCheckpoint]:
    before, *records = _CHECKPOINT_HEADER.split(text)
    if before:
        raise ValueError("something before the first checkpoint")
    for size, root, at, note in zip(*[iter(records)] * 4, strict=True):
        yield SignedCheckpoint(size=int(size), root=bytes.fromhex(root), at=_moment(at), note=note.removesuffix("\n"))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return moment
