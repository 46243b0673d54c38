"""A log of 20 acts, signed four times, that tests can tamper with."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.log import Act, Fault, Kept, SignedCheckpoint, Walk, commitment, first_fault, leaf_bytes
from certs.merkle import Frontier, MemoryNodes, leaf_hash
from certs.note import Checkpoint, VerifierKey, sign_note

ORIGIN = "synaq.example.kz/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
VERIFIER_KEY = VerifierKey(name=ORIGIN, public_key=KEY.public_key())
BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SIZE, SIGNED = 20, (0, 5, 12, 18)
SALT = bytes(16)


def kept_act(seq: int, **fields: Any) -> Kept:
    """An act a minute, with its facts."""
    salt, facts = sha256(str(seq).encode()).digest()[:16], {"position": seq, "share": seq / 2}
    act = Act(
        seq=seq,
        at=BEGIN + timedelta(minutes=seq),
        actor="system:worker",
        kind="responses.answer.saved",
        subject=f"sitting-{seq}",
        commitment=commitment(salt, facts),
    )
    act = replace(act, **fields)
    return Kept(act=act, leaf=leaf_hash(leaf_bytes(act)), body=(salt, facts))


def signed_at(size: int, leaves: Iterable[bytes], key: Ed25519PrivateKey = KEY, at: datetime | None = None) -> Any:
    root = MemoryNodes(list(leaves)[:size]).frontier.root
    note = sign_note(Checkpoint(origin=ORIGIN, size=size, root=root).to_text(), ORIGIN, key)
    return SignedCheckpoint(size=size, root=root, at=at or BEGIN + timedelta(minutes=size, seconds=30), note=note)


@dataclass
class Log:
    """A log that can be tampered with: what the database holds."""

    acts: list[Kept]
    checkpoints: list[SignedCheckpoint]
    head: Frontier | None
    erased: set[int] = field(default_factory=set)
    kept_elsewhere: list[str] = field(default_factory=list)

    @property
    def leaves(self) -> list[bytes]:
        return [kept.leaf for kept in self.acts]

    def change(self, seq: int, *, leaf: bytes | None = None, body: Any = ..., **fields: Any) -> None:
        """Change stored columns of an act, and no others."""
        kept = self.acts[seq - 1]
        act = replace(kept.act, **fields)
        self.acts[seq - 1] = Kept(act=act, leaf=leaf or kept.leaf, body=kept.body if body is ... else body)

    def rewrite(self, seq: int, **fields: Any) -> None:
        """Change an act as somebody would who knows how leaves are made."""
        changed = kept_act(seq, **fields)
        self.acts[seq - 1] = changed

    def rehead(self) -> None:
        self.head = MemoryNodes(self.leaves).frontier

    def walk(self) -> Walk:
        return Walk(
            head=self.head,
            checkpoints=self.checkpoints,
            erased=self.erased,
            verifier_keys=[VERIFIER_KEY],
            kept_elsewhere=self.kept_elsewhere,
        )

    def faults(self) -> list[Fault]:
        return list(self.walk().faults(iter(self.acts)))

    def first(self) -> tuple[str, int, int] | None:
        fault = first_fault(
            iter(self.acts),
            head=self.head,
            checkpoints=self.checkpoints,
            erased=self.erased,
            verifier_keys=[VERIFIER_KEY],
            kept_elsewhere=self.kept_elsewhere,
        )
        return (fault.code, fault.seq, fault.through) if fault else None


HONEST = [kept_act(seq) for seq in range(1, SIZE + 1)]
CHECKPOINTS = [signed_at(size, [kept.leaf for kept in HONEST]) for size in SIGNED]


def whole_log() -> Log:
    """A log to which nothing was done."""
    return Log(acts=list(HONEST), checkpoints=list(CHECKPOINTS), head=MemoryNodes(k.leaf for k in HONEST).frontier)
