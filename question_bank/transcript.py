"""What must be published so that anyone can re-draw a session? Pure: standard library only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.inputs import DrawInputs
from question_bank.manifest import Manifest
from question_bank.paper import Paper
from question_bank.seeds import commitment

FORMAT = "synaq-draw-transcript-v2"


@dataclass(frozen=True, kw_only=True)
class DrawnPaper:
    """The paper frozen for one booking, its seat, and what its applicant had seen before."""

    booking: str
    seen: frozenset[bytes]
    paper: Paper
    seat: str | None = None


def build_transcript(
    *,
    session: str,
    number: int,
    secret: bytes,
    salt: str,
    inputs: DrawInputs,
    manifest: Manifest,
    papers: Sequence[DrawnPaper],
    spares: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON object that ``verify_draw.py`` re-draws; ``docs/draw.md`` says what each field holds.

    It reveals the secret: publish it after the last ending of the session only. The papers stand in the order of their
    bookings, whatever the order in which they are given.
    """
    return {
        "version": FORMAT,
        "session": session,
        "number": number,
        "weak": not salt,
        "programme": {"code": manifest.programme, "version": manifest.programme_version},
        "commitment": commitment(secret, session, number, inputs.digest).hex(),
        "secret": secret.hex(),
        "salt": salt,
        "inputs": inputs.to_dict(),
        "inputs_digest": inputs.digest.hex(),
        "manifest": manifest.to_dict(),
        "papers": [_paper(drawn) for drawn in sorted(papers, key=lambda drawn: drawn.booking)],
        "spares": list(spares),
    }


def transcript_text(transcript: Mapping[str, Any]) -> str:
    """Return the file to publish: JSON without escapes, for the verifiers accept no second spelling of a value."""
    return json.dumps(transcript, ensure_ascii=False, indent=1) + "\n"


def _paper(drawn: DrawnPaper) -> dict[str, Any]:
    return {
        "booking": drawn.booking,
        "seat": drawn.seat,
        "seen": sorted(leaf.hex() for leaf in drawn.seen),
        "questions": [
            {"leaf": question.leaf.hex(), "order": list(question.order)} for question in drawn.paper.questions
        ],
        "fingerprint": drawn.paper.fingerprint().hex(),
    }
