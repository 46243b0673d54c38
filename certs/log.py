"""Is a log what it was?

Each act is a leaf of a tree (``certs.merkle``) whose root is signed again and again (``certs.note``). What explains an
act, its facts, is kept apart and only committed to, with a salt: so facts can be erased, and the act, its place and its
time still be proved. ``first_fault`` goes through a log once and names the first thing that is not as it was.

What no log can show by itself: acts cut from its end together with every checkpoint that covers them. Against that,
somebody else keeps checkpoints. A checkpoint's time is kept beside its note and is not signed; it is held in place by
the acts around it, whose times are.

Pure: standard library, ``cbor2`` and ``cryptography``, beside this package.

Basis:
    RFC 6962 section 2.1 (the tree); RFC 8949 section 4.2.1 (the bytes of a leaf and of facts); C2SP tlog-checkpoint.
"""

import hashlib
import math
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import cbor2

from certs.encoding import encode
from certs.errors import CertsError
from certs.merkle import Frontier, leaf_hash
from certs.note import Checkpoint, VerifierKey, open_note

SALT_BYTES: Final = 16
# The clocks of several machines may differ; an act further than this outside of its checkpoints was dated otherwise.
TOLERANCE: Final = timedelta(minutes=5)

_LEAF_VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WORD: Final = 2**64


@dataclass(frozen=True, kw_only=True)
class Act:
    """Who did what to which thing, when, as the ``seq``-th act of the log, counted from 1."""

    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str
    commitment: bytes


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An act as it is stored: with its leaf hash, and with salt and facts unless they were erased."""

    act: Act
    leaf: bytes
    body: tuple[bytes, Mapping[str, object]] | None


@dataclass(frozen=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as it is stored: what its note states, when it was signed, and the note."""

    size: int
    root: bytes
    at: datetime
    note: str


class FaultCode(StrEnum):
    """In which way a log is not what it was."""

    ACT_MISSING = "act-missing"
    ACT_DOUBLED = "act-doubled"
    ACT_OUT_OF_ORDER = "act-out-of-order"
    ACT_UNHEADED = "act-unheaded"
    ACT_CHANGED = "act-changed"
    ACT_OUT_OF_TIME = "act-out-of-time"
    FACTS_MISSING = "facts-missing"
    FACTS_CHANGED = "facts-changed"
    CHECKPOINT_FORGED = "checkpoint-forged"
    LOG_REWRITTEN = "log-rewritten"
    TAIL_CUT = "tail-cut"
    HEAD_CHANGED = "head-changed"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is not as it was: from act ``seq`` through act ``through``, and in words."""

    code: FaultCode
    seq: int
    through: int
    sentence: str


def leaf_bytes(act: Act) -> bytes:
    """Give the bytes that an act's leaf is the hash of.

    A map in deterministic CBOR: 1 version of this form, 2 ``seq``, 3 microseconds since 1970, 4 ``actor``, 5 ``kind``,
    6 ``subject``, 7 ``commitment``.

    Raises:
        ValueError: The time has no zone, the number is beyond 64 bits, or a text is no Unicode.
    """
    if act.at.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    microseconds = (act.at - _EPOCH) // _MICROSECOND
    return encode(
        {1: _LEAF_VERSION, 2: act.seq, 3: microseconds, 4: act.actor, 5: act.kind, 6: act.subject, 7: act.commitment}
    )


def commitment(salt: bytes, facts: Mapping[str, object]) -> bytes:
    """Commit to facts without showing them: SHA-256 over the salt and the facts in deterministic CBOR.

    Facts are what JSON can say, and facts that went through JSON and back give the same commitment. So a number is its
    value: 1.0 is 1 and -0.0 is 0, as some writers of JSON have it; what is not whole is a binary float of 64 bits. True
    is not 1, and no text is normalised.

    Args:
        salt: 16 random bytes, new for each act: facts are few, and could be guessed from a bare hash.
        facts: None, booleans, numbers, texts, lists, and mappings by text.

    Raises:
        TypeError: Something that JSON cannot say.
        ValueError: The salt has another length, a number is not finite or a whole one beyond 64 bits, or a text is no
            Unicode.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt of {len(salt)} bytes")
    return hashlib.sha256(salt + cbor2.dumps(_plain(facts), canonical=True)).digest()


def first_fault(
    entries: Iterable[Kept],
    *,
    head: Frontier | None,
    checkpoints: Sequence[SignedCheckpoint],
    erased: Collection[int],
    verifier_keys: Collection[VerifierKey],
    kept_elsewhere: Iterable[str] = (),
) -> Fault | None:
    """Name the first thing in a log that is not as it was; None if all is.

    Everything must be of one moment (one snapshot of the database): an act appended between two reads looks inserted.

    Args:
        entries: All acts in the order of their numbers; read once, and not held.
        head: Where the log says that it stands; None where that is not known, as in an export.
        checkpoints: All of them, in any order.
        erased: The acts whose facts were erased with a record of it.
        verifier_keys: The keys that this log has signed with, each under the log's name. Nobody else's.
        kept_elsewhere: Notes of checkpoints that somebody else has kept.

    Raises:
        MalformedError: A note that was kept elsewhere is no checkpoint at all.
    """
    walk = Walk(
        head=head,
        checkpoints=checkpoints,
        erased=erased,
        verifier_keys=verifier_keys,
        kept_elsewhere=kept_elsewhere,
    )
    return next(walk.faults(entries), None)


class _Judged(NamedTuple):
    """A checkpoint, when it was signed if that is known, and why it is not to be believed, if it is not."""

    size: int
    root: bytes
    at: datetime | None
    forgery: str | None


class Walk:
    """One way through a log, from the first act to the last, in the memory of its checkpoints.

    An act is named for the first of its faults. Once an act is missing, twice there or in a wrong place, and once a
    signed root is not met, later roots say nothing new: from there on each act is examined by itself.
    """

    def __init__(
        self,
        *,
        head: Frontier | None,
        checkpoints: Iterable[SignedCheckpoint],
        erased: Collection[int],
        verifier_keys: Collection[VerifierKey],
        kept_elsewhere: Iterable[str] = (),
    ) -> None:
        """Open the note of each checkpoint; ``first_fault`` says what is handed in."""
        self.frontier = Frontier()
        self._head = head
        self._erased = erased
        judged = [_judged(each.note, each.size, each.root, each.at, verifier_keys) for each in checkpoints]
        judged += [_judged_alone(note, verifier_keys) for note in kept_elsewhere]
        judged.sort(key=lambda each: (each.size, each.at or _EPOCH))
        good = [each for each in judged if each.forgery is None]
        self._signed_size = good[-1].size if good else 0
        self._to_come = deque(judged)
        self._moments = deque((each.size, each.at) for each in good if each.at is not None)
        self._signed_before: datetime | None = None
        self._last_seq = 0
        self.agreed_size = 0
        self._roots_count = True
        self._head_was_named = False

    def faults(self, entries: Iterable[Kept]) -> Iterator[Fault]:
        """Give each fault as it is met.

        Afterwards, if there was none, ``frontier`` is the tree of all acts, of which ``agreed_size`` are signed.
        """
        yield from self._meet_checkpoints(0)
        for kept in entries:
            seq = kept.act.seq
            if seq != self._last_seq + 1:
                self._roots_count = False
                yield self._misplaced(seq)
            if seq <= self._last_seq:
                continue
            self._last_seq = seq
            yield from self._of_act(kept)
            if self._roots_count:
                self.frontier = self.frontier.appended(kept.leaf)
            yield from self._meet_checkpoints(seq)
        yield from self._of_the_end()

    def _misplaced(self, seq: int) -> Fault:
        last, expected = self._last_seq, self._last_seq + 1
        if seq > expected:
            after = f"after {last} comes {seq}" if last else f"the log begins with {seq}"
            return _fault(FaultCode.ACT_MISSING, expected, seq - 1, f"{_acts(expected, seq - 1)} missing: {after}.")
        if seq == last and last:
            return _fault(FaultCode.ACT_DOUBLED, seq, seq, f"Act {seq} is there twice.")
        return _fault(FaultCode.ACT_OUT_OF_ORDER, seq, seq, f"Act {seq} stands where act {expected} belongs.")

    def _of_act(self, kept: Kept) -> Iterator[Fault]:
        found = self._unheaded(kept.act.seq) or _changed(kept) or self._out_of_time(kept.act) or self._of_facts(kept)
        if found:
            yield found

    def _unheaded(self, seq: int) -> Fault | None:
        if self._head is None or seq <= self._head.size or self._head_was_named:
            return None
        self._head_was_named = True
        size = self._head.size
        if seq <= self._signed_size:
            sentence = f"The head was set back: it counts {size} acts, and {self._signed_size} were signed."
            return _fault(FaultCode.HEAD_CHANGED, seq, self._signed_size, sentence)
        sentence = f"Act {seq} did not come through the log's writer: the head counts {size} acts."
        return _fault(FaultCode.ACT_UNHEADED, seq, seq, sentence)

    def _out_of_time(self, act: Act) -> Fault | None:
        while self._moments and self._moments[0][0] < act.seq:
            self._signed_before = self._moments.popleft()[1]
        before, after = self._signed_before, self._moments[0][1] if self._moments else None
        if before is not None and before - act.at > TOLERANCE:
            return _out_of_time(act, f"back-dated: the acts before it were signed at {before.isoformat()}")
        if after is not None and act.at - after > TOLERANCE:
            return _out_of_time(act, f"post-dated: it was signed with others at {after.isoformat()} already")
        return None

    def _of_facts(self, kept: Kept) -> Fault | None:
        seq = kept.act.seq
        if kept.body is None:
            sentence = f"The facts of act {seq} are missing, and no erasure is recorded."
            return None if seq in self._erased else _fault(FaultCode.FACTS_MISSING, seq, seq, sentence)
        if _holds(kept.body, kept.act.commitment):
            return None
        sentence = f"The facts of act {seq} are not those that were recorded."
        return _fault(FaultCode.FACTS_CHANGED, seq, seq, sentence)

    def _meet_checkpoints(self, seq: int | None) -> Iterator[Fault]:
        while self._to_come and (seq is None or self._to_come[0].size <= seq):
            size, root, _, forgery = self._to_come.popleft()
            if forgery is not None:
                sentence = f"The checkpoint of {size} acts is no signed word of this log: {forgery}."
                yield _fault(FaultCode.CHECKPOINT_FORGED, size, size, sentence)
            elif self._roots_count and self.frontier.root == root:
                self.agreed_size = size
            elif self._roots_count:
                self._roots_count = False
                yield self._rewritten(size)

    def _rewritten(self, size: int) -> Fault:
        if self.agreed_size == size:
            sentence = f"The log of {size} acts was signed with a root that it did not have."
            return _fault(FaultCode.LOG_REWRITTEN, size, size, sentence)
        first = self.agreed_size + 1
        which = f"Act {size} is" if first == size else f"One of the acts {first} to {size} is"
        sentence = f"{which} another than when the checkpoint of {size} acts was signed."
        return _fault(FaultCode.LOG_REWRITTEN, first, size, sentence)

    def _of_the_end(self) -> Iterator[Fault]:
        last, headed = self._last_seq, self._head.size if self._head is not None else 0
        largest = max(headed, self._signed_size)
        if largest > last:
            says = "were signed" if largest == self._signed_size else "are counted by the head"
            sentence = f"{_acts(last + 1, largest)} missing: the log ends with act {last}, and {largest} {says}."
            yield _fault(FaultCode.TAIL_CUT, last + 1, largest, sentence)
            self._roots_count = False
        elif self._roots_count and self._head is not None and headed == last and self._head.root != self.frontier.root:
            sentence = f"The head is not that of these {last} acts: it was changed, or one of the last acts was."
            yield _fault(FaultCode.HEAD_CHANGED, last, last, sentence)
        yield from self._meet_checkpoints(None)


def _plain(value: object) -> object:
    """Give a fact in exact types, each value in one way."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str.__str__(key): _plain(member) for key, member in value.items()}
    raise TypeError(f"a {type(value).__name__} is no fact")


def _number(value: float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite is no fact")
    if value != (whole := int(value)):
        return float(value)
    if not -_WORD <= whole < _WORD:
        raise ValueError("a whole number beyond 64 bits is no fact")
    return whole


def _changed(kept: Kept) -> Fault | None:
    try:
        fits = leaf_hash(leaf_bytes(kept.act)) == kept.leaf
    except ValueError:  # what cannot be written was never recorded
        fits = False
    sentence = f"Act {kept.act.seq} is not what was recorded: its fields do not give its leaf."
    return None if fits else _fault(FaultCode.ACT_CHANGED, kept.act.seq, kept.act.seq, sentence)


def _holds(body: tuple[bytes, Mapping[str, object]], committed: bytes) -> bool:
    try:
        return commitment(*body) == committed
    except (TypeError, ValueError, RecursionError):  # what cannot be committed to never was
        return False


def _judged(note: str, size: int, root: bytes, at: datetime | None, verifier_keys: Collection[VerifierKey]) -> _Judged:
    return _Judged(size, root, at, _forgery(note, size, root, verifier_keys))


def _judged_alone(note: str, verifier_keys: Collection[VerifierKey]) -> _Judged:
    said = Checkpoint.from_text(note.rpartition("\n\n")[0] + "\n")
    return _judged(note, said.size, said.root, None, verifier_keys)


def _forgery(note: str, size: int, root: bytes, verifier_keys: Collection[VerifierKey]) -> str | None:
    """Say why a checkpoint is not to be believed, if it is not."""
    try:
        said = Checkpoint.from_text(open_note(note, verifier_keys))
    except CertsError as error:
        return str(error)
    if said.origin not in {key.name for key in verifier_keys}:
        return "its note is of another log"
    return None if (said.size, said.root) == (size, root) else "its note states another size or root"


def _out_of_time(act: Act, how: str) -> Fault:
    sentence = f"Act {act.seq}, dated {act.at.isoformat()}, was {how}."
    return _fault(FaultCode.ACT_OUT_OF_TIME, act.seq, act.seq, sentence)


def _fault(code: FaultCode, seq: int, through: int, sentence: str) -> Fault:
    return Fault(code=code, seq=seq, through=through, sentence=sentence)


def _acts(first: int, last: int) -> str:
    return f"Act {first} is" if first == last else f"Acts {first} to {last} are"
