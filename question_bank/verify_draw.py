"""Does a published transcript re-draw to the very papers that were sat? Pure: standard library only.

This file stands alone: copy it to any machine with Python 3.11 and run

    python verify_draw.py transcript.json

It derives everything again from the secret that was revealed, and trusts nothing that it can
compute. Compare the commitment and the inputs digest that it prints with those that were shown
before the salt was thrown: only they tie the file to that day. Status 0: all agrees; 1: something
differs, and each line names it; 2: not a transcript.
"""

import hashlib
import hmac
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "synaq-draw-transcript-v1"
FIELDS = {
    "version", "session", "weak", "programme", "commitment", "inputs_digest", "secret", "salt", "manifest",
    "manifest_digest", "exposure", "papers",
}  # fmt: skip


def verify(transcript: dict[str, Any]) -> list[str]:
    """Return what differs, in the order of the file; an empty list means that all agrees."""
    try:
        return list(_differences(transcript))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return [f"not a transcript: {type(error).__name__} {error}"]


def _differences(transcript: dict[str, Any]) -> Iterator[str]:
    """Check, in this order: 1 shape, 2 salt, 3 manifest, 4 commitment, 5 other inputs, 6 every paper."""
    if transcript["version"] != FORMAT or set(transcript) != FIELDS:
        yield f"1 shape: not exactly the fields of {FORMAT}"
        return
    session, manifest = transcript["session"], transcript["manifest"]
    secret, salt = _unhex(transcript["secret"]), _unhex(transcript["salt"])
    if transcript["weak"] is not (not salt):
        yield "2 salt: a session is weak exactly where no salt was thrown"
    digest = _digest(manifest)
    if digest.hex() != transcript["manifest_digest"]:
        yield f"3 manifest: its digest is {digest.hex()}"
    yield from _manifest_differences(manifest, transcript["programme"])
    promised = hashlib.sha256(b"synaq-draw-commit-v1\x00" + session.encode() + b"\x00" + digest + secret).hexdigest()
    if promised != transcript["commitment"]:
        yield f"4 commitment: secret, session and manifest give {promised}"
    inputs = {
        "exposure": transcript["exposure"],
        "manifest": digest.hex(),
        "seen": {paper["booking"]: paper["seen"] for paper in transcript["papers"]},
    }
    if _digest(inputs).hex() != transcript["inputs_digest"]:
        yield f"5 inputs: exposure, manifest and seen-lists give {_digest(inputs).hex()}"
    if len(inputs["seen"]) != len(transcript["papers"]):
        yield "5 inputs: a booking has two papers"
    for paper in transcript["papers"]:
        for difference in _paper_differences(transcript, paper, digest):
            yield f"6 paper of {paper['booking']}: {difference}"


def _manifest_differences(manifest: dict[str, Any], programme: dict[str, str]) -> Iterator[str]:
    if programme != {"code": manifest["programme"], "version": manifest["programme_version"]}:
        yield "3 manifest: made for another programme"
    leaves = [leaf for stratum in manifest["strata"] for leaf in stratum["leaves"]]
    if len(set(leaves)) != len(leaves):
        yield "3 manifest: a leaf stands in two places"
    if any(stratum["leaves"] != sorted(stratum["leaves"]) for stratum in manifest["strata"]):
        yield "3 manifest: the leaves of a stratum are not sorted"


def _paper_differences(transcript: dict[str, Any], paper: dict[str, Any], digest: bytes) -> Iterator[str]:
    session, booking, manifest = transcript["session"], paper["booking"], transcript["manifest"]
    if set(paper) != {"booking", "seen", "questions", "fingerprint"} or "|" in session + booking:
        yield "fields or names that no paper has"
    seed = derive_seed(_unhex(transcript["secret"]), _unhex(transcript["salt"]), session, booking)
    questions = draw(seed, manifest, set(paper["seen"]), transcript["exposure"])
    if len(questions) != len(paper["questions"]):
        yield f"it should have {len(questions)} questions, it has {len(paper['questions'])}"
    for position, (ours, theirs) in enumerate(zip(questions, paper["questions"], strict=False), start=1):
        if ours != theirs:
            yield f"question {position} should be {ours}, it is {theirs}"
    fingerprint = _digest(
        {
            "manifest": digest.hex(),
            "programme": manifest["programme"],
            "programme_version": manifest["programme_version"],
            "questions": questions,
        }
    ).hex()
    if fingerprint != paper["fingerprint"]:
        yield f"its fingerprint should be {fingerprint}"


def derive_seed(secret: bytes, salt: bytes, session: str, booking: str) -> bytes:
    """Return the seed of a booking: one block of HKDF-SHA256 (RFC 5869)."""
    key = hmac.digest(salt or bytes(32), secret, "sha256")
    return hmac.digest(key, f"synaq-draw-v1|{session}|{booking}".encode() + b"\x01", "sha256")


def draw(seed: bytes, manifest: dict[str, Any], seen: set[str], exposure: dict[str, int]) -> list[dict[str, Any]]:
    """Return the questions of a seed, in the order of the paper."""
    blocks: dict[str, list[str]] = {}
    shut_out: set[str] = set()
    for stratum in manifest["strata"]:
        found: list[str] = []
        for leaf in walk(seed, manifest, stratum, seen, exposure):
            if leaf not in shut_out and len(found) < stratum["quota"]:
                found.append(leaf)
                shut_out |= {enemy for pair in manifest["enemies"] if leaf in pair for enemy in pair} - {leaf}
        if len(found) < stratum["quota"]:
            message = f"stratum {stratum['code']} cannot be filled"
            raise ValueError(message)
        blocks.setdefault(stratum["block"], []).extend(found)
    ordered = [
        leaf
        for leaves in blocks.values()
        for leaf in sorted(leaves, key=lambda leaf: rank(seed, "order", bytes.fromhex(leaf)))
    ]
    return [{"leaf": leaf, "order": options(seed, leaf)} for leaf in ordered]


def walk(
    seed: bytes, manifest: dict[str, Any], stratum: dict[str, Any], seen: set[str], exposure: dict[str, int]
) -> list[str]:
    """Return the leaves of a stratum in the order in which they are tried: unseen, not over-exposed, by rank."""
    counts = {leaf: exposure.get(leaf, 0) for leaf in stratum["leaves"]}
    limit = manifest["exposure_ceiling_percent"] * sum(counts.values())
    grace, size = manifest["exposure_grace"], len(counts)
    over = {leaf for leaf, count in counts.items() if 100 * (count - grace) * size > limit}
    return sorted(counts, key=lambda leaf: (leaf in seen, leaf in over, rank(seed, "item", bytes.fromhex(leaf))))


def options(seed: bytes, leaf: str) -> list[int]:
    """Return the order in which the options of a question are shown."""
    return sorted(range(4), key=lambda option: rank(seed, "option", bytes.fromhex(leaf) + bytes([option])))


def rank(seed: bytes, purpose: str, data: bytes) -> bytes:
    """Return the rank of data under a seed."""
    return hmac.digest(seed, purpose.encode("ascii") + b"\x00" + data, "sha256")


def _unhex(text: str) -> bytes:
    """Return the bytes of lower-case hexadecimal; other spellings of the same bytes are refused."""
    if bytes.fromhex(text).hex() != text:
        message = f"not plain hexadecimal: {text!r}"
        raise ValueError(message)
    return bytes.fromhex(text)


def _digest(value: Any) -> bytes:
    """Return the SHA-256 of the canonical JSON: sorted keys, no spaces, NFC, UTF-8."""
    plain = json.loads(unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False)))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def main(arguments: list[str]) -> int:
    """Print what differs and return the exit status."""
    if len(arguments) != 1:
        print("usage: python verify_draw.py transcript.json", file=sys.stderr)
        return 2
    try:
        transcript = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 2
    differences = verify(transcript)
    for difference in differences:
        print(difference)
    if not differences:
        weak = ", WEAK: no salt was thrown" if transcript["weak"] else ""
        print(f"session {transcript['session']}: {len(transcript['papers'])} papers re-drawn, all agree{weak}")
        print(f"commitment    {transcript['commitment']}\ninputs digest {transcript['inputs_digest']}")
    return 2 if any(difference.startswith("not a transcript") for difference in differences) else bool(differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
