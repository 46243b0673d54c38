"""Does a published transcript re-draw to the very seats and papers that were given out? Pure: standard library only.

Stands alone: ``python verify_draw.py transcript.json``, with Python 3.11. Compare the commitment that it prints with
the one shown before the throw, and the salt with what fell. Status 0: all agrees; 1: each line names a difference;
2: not a transcript. ``docs/draw.md`` explains every check under its number.
"""

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

# What a value must be, as a pattern of its JSON text. Names are joined by "|" in a seed, so they hold none.
NUMBER, WHOLE, TRUTH, HASH = "[1-9][0-9]{0,14}", "0|[1-9][0-9]{0,14}", "true|false", '"[0-9a-f]{64}"'
TEXT, NAME = (rf'"[^"\\{barred}\x00-\x1f\x7f-\x9f\ud800-\udfff]+"' for barred in ("", "|"))
# [form] is a list; {name: form} an object of just these fields, {pattern: form} one of any such; (form,) may be null.
MANIFEST = {
    "format": '"synaq-manifest-v1"', "programme": TEXT, "programme_version": TEXT,
    "on": '"[0-9]{4}-[0-9]{2}-[0-9]{2}"', "exposure_ceiling_percent": WHOLE, "exposure_grace": WHOLE,
    "strata": [{"block": TEXT, "code": TEXT, "quota": WHOLE, "leaves": [HASH]}], "enemies": [[HASH]],
}  # fmt: skip
INPUTS = {
    "beacon": ({"chain": '"[a-z0-9-]{1,64}"', "round": NUMBER},), "exposure": {HASH: WHOLE}, "manifest": HASH,
    "roster": ({NAME: {"accessible": TRUTH, "seen": [HASH]}},), "seats": [{"accessible": TRUTH, "number": TEXT}],
}  # fmt: skip
QUESTIONS = [{"leaf": HASH, "order": [WHOLE]}]
PAPER = {"booking": NAME, "seat": (TEXT,), "seen": [HASH], "questions": QUESTIONS, "fingerprint": HASH}
TRANSCRIPT = {
    "version": '"synaq-draw-transcript-v2"', "session": NAME, "number": NUMBER, "weak": TRUTH, "salt": '"[a-z0-9:-]*"',
    "programme": {"code": TEXT, "version": TEXT}, "commitment": HASH, "secret": HASH, "inputs_digest": HASH,
    "inputs": INPUTS, "manifest": MANIFEST, "papers": [PAPER], "spares": [TEXT],
}  # fmt: skip
DICE, BALLS = "dice:[1-6]{10,60}", "balls:(?!.*00)(?!.*([0-9]{2}).*\\1)[0-9]{2}(-[0-9]{2}){5,59}"


def read(text: str) -> Any:
    """Return the value of a JSON text in which nothing is free but blanks and the order of fields."""
    value = json.loads(text, parse_float=str, parse_constant=str)
    if "\\" in text or re.sub(r'("[^"]*")|[ \t\n\r]+', r"\1", text) != _text(value, sort=False):
        raise ValueError("an escape, a field that stands twice, a fraction, or a zero with a sign")
    return value


def verify(transcript: Any) -> list[str]:
    """Return what differs, one line each, in the order of the numbers; an empty list means that all agrees."""
    if faults := list(_misshapen(transcript, TRANSCRIPT, "transcript")):
        return [f"1 shape: {place} is not as it must be" for place in faults]
    return [
        what if ours is True else f"{what} should be {_text(ours)}, it is {_text(theirs)}"
        for what, ours, theirs in _claims(transcript)
        if _text(ours) != _text(theirs)
    ]


def _misshapen(value: Any, form: Any, place: str) -> Iterator[str]:
    if isinstance(form, tuple):
        yield from () if value is None else _misshapen(value, form[0], place)
    elif isinstance(form, list) and isinstance(value, list):
        for number, element in enumerate(value):
            yield from _misshapen(element, form[0], f"{place}[{number}]")
    elif isinstance(form, dict) and isinstance(value, dict):
        free = next((name for name in form if name.startswith('"')), None)
        if any(list(_misshapen(name, free, place)) for name in value) if free else set(value) != set(form):
            yield place
            return
        for name in sorted(value):
            yield from _misshapen(value[name], form[free or name], f"{place}.{name}")
    elif not isinstance(form, str) or not re.fullmatch(form, _text(value)) or not is_normalized("NFC", _text(value)):
        yield place


def _claims(transcript: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Go through what is told, what it should be, and what it is."""
    salt, manifest, inputs, papers = (transcript[name] for name in ("salt", "manifest", "inputs", "papers"))
    beacon, roster, enemies = inputs["beacon"], inputs["roster"], manifest["enemies"]
    agreed = f"beacon:{beacon['chain']}:{beacon['round']}:[0-9a-f]{{64}}" if beacon else f"{DICE}|{BALLS}"
    usable = not salt or (roster is not None and bool(re.fullmatch(agreed, salt)))
    yield "2 salt: a draw is weak exactly where no salt was thrown", True, transcript["weak"] is not bool(salt)
    yield "2 salt: not of a form that was agreed on", True, usable
    code, version = manifest["programme"], manifest["programme_version"]
    leaves = [leaf for stratum in manifest["strata"] for leaf in stratum["leaves"]]
    sets = [*(stratum["leaves"] for stratum in manifest["strata"]), sorted(leaves)]
    yield "3 manifest: its digest", _digest(manifest), inputs["manifest"]
    yield "3 manifest: its programme", {"code": code, "version": version}, transcript["programme"]
    yield "3 manifest: its leaves are not sorted, each once", True, all(map(_rises, sets))
    paired = all(len(pair) == 2 and {*leaves}.issuperset(pair) for pair in enemies)  # noqa: PLR2004  a pair has two
    ordered = all(map(_rises, [enemies, *enemies]))
    yield "3 manifest: its enemies are not pairs of its leaves, sorted, each once", True, paired and ordered
    names = f"synaq-draw-commit-v2\0{transcript['session']}\0{transcript['number']}\0".encode()
    bound = hashlib.sha256(names + bytes.fromhex(_digest(inputs) + transcript["secret"]))
    yield "4 commitment: it", bound.hexdigest(), transcript["commitment"]
    sets = [one["seen"] for one in [*(roster or {}).values(), *papers]]
    known = all(map(_rises, sets)) and all({*leaves}.issuperset(some) for some in [inputs["exposure"], *sets])
    yield "5 inputs: their digest", _digest(inputs), transcript["inputs_digest"]
    yield "5 inputs: the seats are not sorted, each once", True, _rises([seat["number"] for seat in inputs["seats"]])
    yield "5 inputs: what was used or seen is not leaves of the manifest, sorted, each once", True, known
    bookings = [paper["booking"] for paper in papers]
    listed = bookings == sorted({*bookings} if roster is None else roster)
    yield "6 roster: the papers are not those of the bookings, each once, in their order", True, listed
    yield "6 roster: there is none, but there are seats", True, roster is not None or not inputs["seats"]
    places, spares = draw_seats(transcript)
    yield "7 seats: there are too few", True, None not in places.values()
    yield "7 seats: the spares", spares, transcript["spares"]
    for paper in papers:
        name, booking = f"8 paper of {paper['booking']}:", paper["booking"]
        seen = roster[booking]["seen"] if booking in (roster or {}) else paper["seen"]
        yield f"{name} its seat", places.get(booking), paper["seat"]
        yield f"{name} what was seen", seen, paper["seen"]
        questions = draw_questions(transcript, booking, seen)
        yield f"{name} how many questions", sum(stratum["quota"] for stratum in manifest["strata"]), len(questions)
        for number, (ours, theirs) in enumerate(zip_longest(questions, paper["questions"]), start=1):
            yield f"{name} question {number}", ours, theirs
        whole = {"manifest": _digest(manifest), "programme": code, "programme_version": version, "questions": questions}
        yield f"{name} its fingerprint", _digest(whole), paper["fingerprint"]


def draw_seats(transcript: dict[str, Any]) -> tuple[dict[str, str | None], list[str]]:
    """Return the seat of each booking, and the spare seats in their order."""
    seed, roster = _seed(transcript, "synaq-seats-v1"), transcript["inputs"]["roster"] or {}
    seats = sorted(transcript["inputs"]["seats"], key=lambda seat: _rank(seed, "seat", seat["number"].encode()))
    ordinary, accessible = ([seat["number"] for seat in seats if seat["accessible"] is kind] for kind in (False, True))
    places: dict[str, str | None] = {}
    turns = {name: (not who["accessible"], _rank(seed, "booking", name.encode())) for name, who in roster.items()}
    for booking in sorted(turns, key=turns.__getitem__):
        stock = accessible if roster[booking]["accessible"] else ordinary or accessible
        places[booking] = stock.pop(0) if stock else None
    return places, ordinary + accessible


def draw_questions(transcript: dict[str, Any], booking: str, seen: list[str]) -> list[dict[str, Any]]:
    """Return the questions of a booking, in the order of its paper."""
    seed, manifest = _seed(transcript, "synaq-draw-v1", booking), transcript["manifest"]
    blocks: dict[str, list[str]] = {}
    shut_out: set[str] = set()
    for stratum in manifest["strata"]:
        uses = {leaf: transcript["inputs"]["exposure"].get(leaf, 0) for leaf in stratum["leaves"]}
        limit = manifest["exposure_ceiling_percent"] * sum(uses.values())
        over = {leaf for leaf in uses if 100 * (uses[leaf] - manifest["exposure_grace"]) * len(uses) > limit}
        ranks = {leaf: (leaf in seen, leaf in over, _rank(seed, "item", bytes.fromhex(leaf))) for leaf in uses}
        taken = blocks.setdefault(stratum["block"], [])
        full = len(taken) + stratum["quota"]
        for leaf in sorted(ranks, key=ranks.__getitem__):
            if leaf not in shut_out and len(taken) < full:
                taken.append(leaf)
                shut_out.update(*(pair for pair in manifest["enemies"] if leaf in pair))
    return [
        {"leaf": raw.hex(), "order": sorted(range(4), key=lambda option: _rank(seed, "option", raw + bytes([option])))}
        for leaves in blocks.values()
        for raw in sorted(map(bytes.fromhex, leaves), key=lambda raw: _rank(seed, "order", raw))
    ]


def _seed(transcript: dict[str, Any], purpose: str, *booking: str) -> bytes:
    salt = transcript["salt"].encode() or bytes(32)  # the first block of HKDF-SHA256, RFC 5869
    key = hmac.digest(salt, bytes.fromhex(transcript["secret"]), "sha256")
    return hmac.digest(key, "|".join([purpose, transcript["session"], *booking]).encode() + b"\x01", "sha256")


def _rank(seed: bytes, purpose: str, data: bytes) -> bytes:
    return hmac.digest(seed, purpose.encode() + b"\0" + data, "sha256")


def _rises(values: list[Any]) -> bool:
    return all(one < other for one, other in pairwise(values))


def _text(value: Any, *, sort: bool = True) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=sort, separators=(",", ":"))


def _digest(value: Any) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()


def main(arguments: list[str]) -> int:
    """Print what differs and return the exit status."""
    try:
        [file] = arguments
        transcript = read(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        print(f"1 shape: {error}\nusage: python verify_draw.py transcript.json", file=sys.stderr)
        return 2
    for difference in (differences := verify(transcript)):
        print(difference)
    if not differences:
        weak = ", WEAK: no salt was thrown" * transcript["weak"]
        print(f"session {transcript['session']}: {len(transcript['papers'])} papers re-drawn, all agree{weak}")
        print(f"commitment    {transcript['commitment']}\ninputs digest {transcript['inputs_digest']}")
    return 2 if any(line.startswith("1 shape") for line in differences) else bool(differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
