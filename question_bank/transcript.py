"""What must be published so that anyone can re-draw a session? Pure: standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.canonical import canonical_digest
from question_bank.manifest import Manifest
from question_bank.paper import Paper
from question_bank.seeds import commitment

FORMAT = "synaq-draw-transcript-v1"


@dataclass(frozen=True, kw_only=True)
class DrawnPaper:
    """The paper frozen for one booking, with what its applicant had seen before."""

    booking: str
    seen: frozenset[bytes]
    paper: Paper


def inputs_digest(manifest_digest: bytes, exposure: Mapping[bytes, int], seen: Mapping[str, frozenset[bytes]]) -> bytes:
    """Return the hash of everything that steers a session's draw beside the seed.

    It is logged with the commitment, before the salt is thrown, so that neither the roster nor
    a count nor a seen-list can be chosen afterwards.

    Args:
        manifest_digest: The manifest.
        exposure: The snapshot of uses.
        seen: For every booking of the roster the leaves that its applicant has seen.
    """
    return canonical_digest(
        {
            "exposure": {leaf.hex(): count for leaf, count in exposure.items()},
            "manifest": manifest_digest.hex(),
            "seen": {booking: sorted(leaf.hex() for leaf in leaves) for booking, leaves in seen.items()},
        }
    )


def build_transcript(
    *,
    session: str,
    secret: bytes,
    salt: bytes,
    manifest: Manifest,
    exposure: Mapping[bytes, int],
    papers: Sequence[DrawnPaper],
) -> dict[str, Any]:
    """Return the JSON object that ``verify_draw.py`` re-draws.

    It reveals the secret: publish it after the last ending of the session only.
    """
    committed = manifest.to_dict()
    seen = {drawn.booking: drawn.seen for drawn in papers}
    return {
        "version": FORMAT,
        "session": session,
        "weak": not salt,
        "programme": {"code": manifest.programme, "version": manifest.programme_version},
        "commitment": commitment(secret, session, manifest.digest).hex(),
        "inputs_digest": inputs_digest(manifest.digest, exposure, seen).hex(),
        "secret": secret.hex(),
        "salt": salt.hex(),
        "manifest": committed,
        "manifest_digest": manifest.digest.hex(),
        "exposure": {leaf.hex(): count for leaf, count in sorted(exposure.items())},
        "papers": [_paper(drawn) for drawn in papers],
    }


def _paper(drawn: DrawnPaper) -> dict[str, Any]:
    return {
        "booking": drawn.booking,
        "seen": sorted(leaf.hex() for leaf in drawn.seen),
        "questions": [
            {"leaf": question.leaf.hex(), "order": list(question.order)} for question in drawn.paper.questions
        ],
        "fingerprint": drawn.paper.fingerprint().hex(),
    }
