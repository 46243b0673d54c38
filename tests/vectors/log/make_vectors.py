"""Which bytes does every log of acts consist of, and how does a small one look from outside?

    PYTHONPATH=. python tests/vectors/log/make_vectors.py    write acts.json and small-log again, byte for byte

The key is made of zeros, serves nothing else, and is published on purpose. Published vectors of others
(``rfc6962.json``, ``notes.json``) are not made here.
"""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.log import SALT_BYTES, Act, Kept, SignedCheckpoint, commitment, leaf_bytes
from certs.log_export import write_export
from certs.merkle import MemoryNodes, leaf_hash
from certs.note import Checkpoint, VerifierKey, sign_note

FOLDER = Path(__file__).parent
ORIGIN = "synaq.example.kz/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VERIFIER_KEY = VerifierKey(name=ORIGIN, public_key=KEY.public_key())
BEGIN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ERASED = frozenset({3})

FACTS: list[Mapping[str, object]] = [
    {},
    {"position": 7, "share": 0.5, "third": 1 / 3, "note": None, "late": False},
    {"address": "10.0.0.7"},
    {"орын": "Астана", "a": [1, -1, [], {}], "aa": 1e10, "b": 65_536, "largest": 2**64 - 1},
    {"reason": "decision 12/2026"},
]
ACTS = [
    ("system:worker", "audit.log.opened", "synaq"),
    ("7b0f8c1e-5d3a-4a4e-9c62-0f3f5b1d7e11", "responses.answer.saved", "0a4c3f4e-0000-4000-8000-000000000007"),
    ("system:web", "accounts.session.opened", "7b0f8c1e-5d3a-4a4e-9c62-0f3f5b1d7e11"),
    ("5e1c7a90-0000-4000-8000-000000000002", "bookings.slot.opened", "ALA-01"),
    ("5e1c7a90-0000-4000-8000-000000000002", "audit.facts.erased", "3"),
]


def kept_acts() -> list[Kept]:
    """Make the acts, one each 1.000001 minutes, with salts that anybody can count."""
    made = []
    for seq, ((actor, kind, subject), facts) in enumerate(zip(ACTS, FACTS, strict=True), start=1):
        salt = bytes([seq]) * SALT_BYTES
        at = BEGIN + seq * timedelta(minutes=1, microseconds=60)
        act = Act(seq=seq, at=at, actor=actor, kind=kind, subject=subject, commitment=commitment(salt, facts))
        made.append(Kept(act=act, leaf=leaf_hash(leaf_bytes(act)), body=None if seq in ERASED else (salt, facts)))
    return made


def signed(size: int, kept: list[Kept]) -> SignedCheckpoint:
    """Sign the log as it stood with so many acts, a second after the last of them."""
    root = MemoryNodes(each.leaf for each in kept[:size]).frontier.root
    note = sign_note(Checkpoint(origin=ORIGIN, size=size, root=root).to_text(), ORIGIN, KEY)
    return SignedCheckpoint(size=size, root=root, at=kept[size - 1].act.at + timedelta(seconds=1), note=note)


def acts_text(kept: list[Kept]) -> str:
    """Give each act's fields, its leaf before it is hashed, and its leaf."""
    records = []
    for each, facts in zip(kept, FACTS, strict=True):
        act = each.act
        records.append(
            {
                "seq": act.seq,
                "at": act.at.isoformat(),
                "actor": act.actor,
                "kind": act.kind,
                "subject": act.subject,
                "salt": (bytes([act.seq]) * SALT_BYTES).hex(),
                "facts": facts,
                "commitment": act.commitment.hex(),
                "leaf_bytes": leaf_bytes(act).hex(),
                "leaf": each.leaf.hex(),
            }
        )
    return json.dumps(records, indent=2, ensure_ascii=False) + "\n"


def write_small_log(folder: Path) -> None:
    """Write the acts as an export with two checkpoints."""
    kept = kept_acts()
    write_export(
        folder,
        entries=kept,
        checkpoints=[signed(2, kept), signed(5, kept)],
        erased=ERASED,
        verifier_keys=[VERIFIER_KEY],
    )


def main() -> None:
    """Write every file that is made here."""
    (FOLDER / "acts.json").write_text(acts_text(kept_acts()), encoding="utf-8")
    shutil.rmtree(FOLDER / "small-log", ignore_errors=True)
    write_small_log(FOLDER / "small-log")


if __name__ == "__main__":
    main()
