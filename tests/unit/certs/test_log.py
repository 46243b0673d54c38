"""Is whatever is done to a log named, with the act that it was done to, and is an honest log left in peace?"""

import importlib.util
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_sample import (
    BEGIN,
    CHECKPOINTS,
    HONEST,
    KEY,
    ORIGIN,
    SALT,
    SIGNED,
    SIZE,
    STRANGER,
    VERIFIER_KEY,
    Log,
    kept_act,
    signed_at,
    whole_log,
)

from certs.__main__ import main
from certs.log import TOLERANCE, Act, Kept, SignedCheckpoint, commitment, first_fault, leaf_bytes
from certs.merkle import Frontier, MemoryNodes
from certs.note import Checkpoint, sign_note

VECTORS = Path(__file__).parents[2] / "vectors" / "log"


@pytest.fixture
def log() -> Log:
    return whole_log()


# Honest logs


def test_honest_log_has_no_fault(log: Log) -> None:
    walk = log.walk()

    assert list(walk.faults(iter(log.acts))) == []
    assert walk.frontier == log.head
    assert walk.agreed_size == SIGNED[-1]


def test_log_without_head_or_checkpoints_has_no_fault(log: Log) -> None:
    log.head, log.checkpoints = None, []

    assert log.first() is None


def test_empty_log_has_no_fault() -> None:
    assert Log(acts=[], checkpoints=[], head=Frontier()).first() is None
    assert Log(acts=[], checkpoints=[CHECKPOINTS[0]], head=None).first() is None


def test_checkpoints_may_come_in_any_order_and_twice(log: Log) -> None:
    log.checkpoints = [*reversed(CHECKPOINTS), signed_at(12, log.leaves, at=BEGIN + timedelta(minutes=12, seconds=59))]

    assert log.first() is None


def test_recorded_erasure_is_no_fault(log: Log) -> None:
    log.change(7, body=None)
    log.erased = {7}

    assert log.first() is None


# Tampering with acts


@pytest.mark.parametrize(
    ("fields", "seq"),
    [
        ({"actor": "somebody else"}, 1),
        ({"kind": "responses.answer.cleared"}, 5),
        ({"subject": "sitting-x"}, 6),
        ({"at": BEGIN}, 13),
        ({"at": (BEGIN + timedelta(minutes=14)).replace(tzinfo=None)}, 14),
        ({"commitment": bytes(32)}, 12),
        ({"commitment": b""}, 20),
        ({"subject": "\ud800"}, 19),
        ({"leaf": bytes(32)}, 4),
        ({"leaf": b"short"}, 4),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_changed_field_is_named(log: Log, fields: dict[str, Any], seq: int) -> None:
    log.change(seq, **fields)

    assert log.first() == ("act-changed", seq, seq)


def test_field_changed_beside_its_true_leaf_is_the_only_fault(log: Log) -> None:
    log.change(7, actor="somebody else")

    assert [fault.code for fault in log.faults()] == ["act-changed"]


@pytest.mark.parametrize("with_head", [True, False])
@pytest.mark.parametrize(("seq", "first", "through"), [(1, 1, 5), (5, 1, 5), (6, 6, 12), (12, 6, 12), (18, 13, 18)])
def test_act_rewritten_with_its_leaf_is_narrowed_down(
    log: Log, seq: int, first: int, through: int, with_head: bool
) -> None:
    log.rewrite(seq, actor="somebody else")
    if with_head:
        log.rehead()

    assert log.first() == ("log-rewritten", first, through)
    assert len(log.faults()) == 1


def test_act_rewritten_after_the_last_checkpoint_shows_in_the_head(log: Log) -> None:
    log.rewrite(20, actor="somebody else")

    assert log.first() == ("head-changed", 20, 20)


def test_changed_head_is_named(log: Log) -> None:
    assert log.head is not None
    log.head = replace(log.head, peaks=(log.head.peaks[0], bytes(32)))

    assert log.first() == ("head-changed", 20, 20)


@pytest.mark.parametrize(
    ("gone", "seq", "through", "words"),
    [
        ([17], 17, 17, "Act 17 is missing: after 16 comes 18."),
        ([6, 7, 8], 6, 8, "Acts 6 to 8 are missing: after 5 comes 9."),
        ([1], 1, 1, "Act 1 is missing: the log begins with 2."),
    ],
)
def test_missing_acts_are_named(log: Log, gone: list[int], seq: int, through: int, words: str) -> None:
    log.acts = [kept for kept in log.acts if kept.act.seq not in gone]

    faults = log.faults()

    assert [(fault.code, fault.seq, fault.through, fault.sentence) for fault in faults] == [
        ("act-missing", seq, through, words)
    ]


def test_removed_act_with_later_ones_moved_up_is_found(log: Log) -> None:
    log.acts = [kept_act(seq) if seq < 8 else kept_act(seq, subject=f"sitting-{seq + 1}") for seq in range(1, SIZE)]
    log.rehead()

    assert log.first() == ("log-rewritten", 6, 12)


def test_doubled_act_is_named(log: Log) -> None:
    log.acts.insert(9, log.acts[8])

    assert log.first() == ("act-doubled", 9, 9)


def test_acts_in_another_order_are_named(log: Log) -> None:
    log.acts[7], log.acts[8] = log.acts[8], log.acts[7]

    assert [(fault.code, fault.seq) for fault in log.faults()] == [("act-missing", 8), ("act-out-of-order", 8)]


def test_act_before_the_first_is_out_of_order(log: Log) -> None:
    log.acts.insert(0, kept_act(0))

    assert log.first() == ("act-out-of-order", 0, 0)


def test_acts_that_exchanged_numbers_are_changed(log: Log) -> None:
    eighth, ninth = log.acts[7], log.acts[8]
    log.acts[7] = replace(ninth, act=replace(ninth.act, seq=8))
    log.acts[8] = replace(eighth, act=replace(eighth.act, seq=9))

    assert [(fault.code, fault.seq) for fault in log.faults()] == [
        ("act-changed", 8),
        ("act-changed", 9),
        ("log-rewritten", 6),
    ]


def test_act_inserted_at_the_end_without_the_writer_is_named(log: Log) -> None:
    log.acts += [kept_act(21), kept_act(22)]

    assert [(fault.code, fault.seq) for fault in log.faults()] == [("act-unheaded", 21)]


def test_act_inserted_within_is_found(log: Log) -> None:
    log.acts.insert(7, kept_act(8, subject="inserted"))

    assert log.first() == ("act-doubled", 8, 8)


# Tampering with facts


@pytest.mark.parametrize(
    "body",
    [
        (sha256(b"7").digest()[:16], {"position": 8, "share": 3.5}),
        (bytes(16), {"position": 7, "share": 3.5}),
        (b"short", {"position": 7, "share": 3.5}),
        (SALT, {"position": math.nan}),
        (SALT, {"position": "\ud800"}),
        (SALT, {"position": 2**64}),
        (SALT, {"position": object()}),
        (SALT, {1: 2}),
        (SALT, json.loads("[" * 900 + "]" * 900)),
    ],
    ids=["other", "salt", "short-salt", "nan", "surrogate", "too-large", "no-json", "keys", "deep"],
)
def test_changed_facts_are_named(log: Log, body: Any) -> None:
    log.change(7, body=body)

    assert log.first() == ("facts-changed", 7, 7)


def test_facts_that_went_without_a_record_are_named(log: Log) -> None:
    log.change(7, body=None)
    log.erased = {8}

    assert log.first() == ("facts-missing", 7, 7)


# Tampering with time


@pytest.mark.parametrize(
    ("seq", "at", "code"),
    [
        (6, CHECKPOINTS[1].at - TOLERANCE, None),
        (6, CHECKPOINTS[1].at - TOLERANCE - timedelta(microseconds=1), "act-out-of-time"),
        (20, CHECKPOINTS[3].at - timedelta(hours=1), "act-out-of-time"),
        (12, CHECKPOINTS[2].at + TOLERANCE, None),
        (12, CHECKPOINTS[2].at + TOLERANCE + timedelta(microseconds=1), "act-out-of-time"),
        (1, CHECKPOINTS[1].at + timedelta(days=1), "act-out-of-time"),
        (20, CHECKPOINTS[3].at + timedelta(days=1), None),
    ],
)
def test_act_written_with_another_time_is_named(seq: int, at: datetime, code: str | None) -> None:
    acts = [kept_act(n, at=at) if n == seq else kept_act(n) for n in range(1, SIZE + 1)]
    checkpoints = [signed_at(size, [kept.leaf for kept in acts]) for size in SIGNED]

    found = Log(acts=acts, checkpoints=checkpoints, head=None).first()

    assert found == ((code, seq, seq) if code else None)


def test_dating_says_in_which_direction() -> None:
    back, post = kept_act(6, at=BEGIN - timedelta(days=1)), kept_act(7, at=BEGIN + timedelta(days=1))
    acts = [{6: back, 7: post}.get(n) or kept_act(n) for n in range(1, SIZE + 1)]
    checkpoints = [signed_at(size, [kept.leaf for kept in acts]) for size in SIGNED]

    sentences = [fault.sentence for fault in Log(acts=acts, checkpoints=checkpoints, head=None).faults()]

    assert "back-dated: the acts before it were signed at 2026-11-20T09:05:30+00:00" in sentences[0]
    assert "post-dated: it was signed with others at 2026-11-20T09:12:30+00:00" in sentences[1]


def test_checkpoint_with_a_moved_time_is_held_by_the_acts_around_it(log: Log) -> None:
    log.checkpoints[2] = replace(log.checkpoints[2], at=log.checkpoints[2].at - timedelta(hours=1))

    assert log.first() == ("act-out-of-time", 6, 6)


# Tampering with checkpoints and the end


@pytest.mark.parametrize(
    "forge",
    [
        lambda own: replace(own, root=bytes(32)),
        lambda own: replace(own, note=own.note.replace("\n12\n", "\n13\n")),
        lambda own: replace(own, note="no note"),
        lambda own: replace(own, note=sign_note("no checkpoint\n", ORIGIN, KEY)),
        lambda own: replace(own, note=CHECKPOINTS[1].note),
        lambda _own: signed_at(12, [k.leaf for k in HONEST], key=STRANGER),
        lambda own: replace(
            own, note=sign_note(Checkpoint(origin="another", size=12, root=own.root).to_text(), ORIGIN, KEY)
        ),
    ],
    ids=["root", "size", "no-note", "no-checkpoint", "another", "key", "origin"],
)
def test_forged_checkpoint_is_named(log: Log, forge: Callable[[SignedCheckpoint], SignedCheckpoint]) -> None:
    log.checkpoints[2] = forge(log.checkpoints[2])

    assert log.first() == ("checkpoint-forged", 12, 12)
    assert len(log.faults()) == 1


def test_forged_checkpoint_of_acts_that_never_were_is_named(log: Log) -> None:
    log.checkpoints.append(signed_at(18, log.leaves, key=STRANGER))
    log.checkpoints[-1] = replace(log.checkpoints[-1], size=10**6)

    assert log.first() == ("checkpoint-forged", 10**6, 10**6)


def test_signed_checkpoint_of_another_history_is_a_rewritten_log(log: Log) -> None:
    log.checkpoints[2] = signed_at(12, [bytes(32)] * 12)

    assert log.first() == ("log-rewritten", 6, 12)


def test_two_signed_roots_of_one_size_are_named(log: Log) -> None:
    log.checkpoints.append(signed_at(12, [bytes(32)] * 12, at=BEGIN + timedelta(minutes=13)))

    assert log.first() == ("log-rewritten", 12, 12)


def test_another_root_of_the_empty_log_is_named(log: Log) -> None:
    note = sign_note(Checkpoint(origin=ORIGIN, size=0, root=bytes(32)).to_text(), ORIGIN, KEY)
    log.checkpoints = [SignedCheckpoint(size=0, root=bytes(32), at=BEGIN, note=note)]

    assert log.first() == ("log-rewritten", 0, 0)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (15, "Acts 16 to 20 are missing: the log ends with act 15, and 20 are counted by the head."),
        (19, "Act 20 is missing: the log ends with act 19, and 20 are counted by the head."),
        (0, "Acts 1 to 20 are missing: the log ends with act 0, and 20 are counted by the head."),
    ],
)
def test_cut_tail_is_named_by_the_head(log: Log, kept: int, words: str) -> None:
    log.acts = log.acts[:kept]

    assert log.first() == ("tail-cut", kept + 1, SIZE)
    assert log.faults()[0].sentence == words


def test_cut_tail_is_named_by_a_checkpoint(log: Log) -> None:
    log.acts = log.acts[:15]
    log.rehead()

    assert log.first() == ("tail-cut", 16, 18)
    assert "18 were signed" in log.faults()[0].sentence


def test_head_set_back_below_a_checkpoint_is_named(log: Log) -> None:
    log.head = MemoryNodes(log.leaves[:15]).frontier

    assert log.first() == ("head-changed", 16, 18)


def test_tail_cut_with_head_and_checkpoints_shows_only_outside(log: Log) -> None:
    kept_elsewhere = log.checkpoints.pop().note
    log.acts = log.acts[:15]
    log.rehead()
    assert log.first() is None

    log.kept_elsewhere = [kept_elsewhere]

    assert log.first() == ("tail-cut", 16, 18)


def test_whole_log_signed_anew_shows_outside(log: Log) -> None:
    log.kept_elsewhere = [log.checkpoints[2].note]
    log.rewrite(7, actor="somebody else")
    log.rehead()
    log.checkpoints = [signed_at(size, log.leaves) for size in SIGNED]

    assert log.first() == ("log-rewritten", 6, 12)


def test_note_kept_elsewhere_under_another_key_is_said(log: Log) -> None:
    log.kept_elsewhere = [signed_at(12, log.leaves, key=STRANGER).note]

    assert log.first() == ("checkpoint-forged", 12, 12)


def test_every_fault_is_said_in_the_order_of_the_acts(log: Log) -> None:
    log.change(3, body=None)
    log.change(4, actor="somebody else")
    log.checkpoints[1] = replace(log.checkpoints[1], root=bytes(32))
    log.rewrite(10, actor="somebody else")
    log.change(15, body=(SALT, {}))
    log.acts.pop()

    assert [(fault.code, fault.seq) for fault in log.faults()] == [
        ("facts-missing", 3),
        ("act-changed", 4),
        ("checkpoint-forged", 5),
        ("log-rewritten", 1),
        ("facts-changed", 15),
        ("tail-cut", 20),
    ]


@given(st.data())
def test_no_single_change_below_the_last_checkpoint_passes(data: st.DataObject) -> None:
    log = Log(acts=list(HONEST), checkpoints=list(CHECKPOINTS), head=None)
    seq = data.draw(st.integers(1, SIGNED[-1]))
    change = data.draw(st.sampled_from(["field", "rewrite", "remove", "double", "facts", "erase"]))
    if change == "field":
        log.change(seq, subject=data.draw(st.text(max_size=5)))
    elif change == "rewrite":
        log.rewrite(seq, actor=data.draw(st.text(max_size=5)))
    elif change == "remove":
        del log.acts[seq - 1]
    elif change == "double":
        log.acts.insert(data.draw(st.integers(0, SIZE)), log.acts[seq - 1])
    else:
        log.change(seq, body=None if change == "erase" else (SALT, {"position": data.draw(st.integers(-5, 5))}))

    found = log.first()

    assert found is not None
    assert found[1] <= seq + 1 or found[0] == "act-out-of-order"


def test_acts_are_read_once_and_not_held(log: Log) -> None:
    read = []

    def stream() -> Iterable[Kept]:
        for kept in log.acts:
            read.append(kept.act.seq)
            yield kept

    log.change(9, body=None)
    fault = first_fault(stream(), head=log.head, checkpoints=log.checkpoints, erased=(), verifier_keys=[VERIFIER_KEY])

    assert fault is not None
    assert read == list(range(1, 10))


# Leaves and commitments


def test_leaf_is_a_map_in_deterministic_form() -> None:
    act = Act(
        seq=24,
        at=datetime(1970, 1, 1, 5, 0, 1, 2, tzinfo=UTC) - timedelta(hours=5),
        actor="a",
        kind="қ",
        subject="",
        commitment=bytes(32),
    )

    # a7: seven pairs; 18 18: 24; 1a 000f4242: 1,000,002 microseconds; 62 d29b: two bytes of text; 58 20: 32 bytes.
    assert leaf_bytes(act).hex() == "a70101021818031a000f42420461610562d29b0660075820" + "00" * 32


def test_same_moment_in_another_zone_gives_the_same_leaf() -> None:
    act = kept_act(3).act
    almaty = datetime.fromisoformat("2026-11-20T14:03:00+05:00")

    assert leaf_bytes(replace(act, at=almaty)) == leaf_bytes(act)
    assert leaf_bytes(replace(act, at=act.at + timedelta(microseconds=1))) != leaf_bytes(act)
    with pytest.raises(ValueError, match="time zone"):
        leaf_bytes(replace(act, at=act.at.replace(tzinfo=None)))


FACTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**64), 2**64 - 1)
        | st.floats(-1.8e19, 1.8e19)
        | st.floats(-1, 1)
        | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@given(FACTS)
def test_facts_give_the_same_commitment_after_json(facts: dict[str, Any]) -> None:
    assert commitment(SALT, json.loads(json.dumps(facts))) == commitment(SALT, facts)


@given(FACTS)
def test_order_of_facts_does_not_matter(facts: dict[str, Any]) -> None:
    assert commitment(SALT, dict(reversed(facts.items()))) == commitment(SALT, facts)


@given(FACTS, FACTS)
def test_other_facts_give_another_commitment(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (commitment(SALT, one) == commitment(SALT, other)) is (_as_values(one) == _as_values(other))


def _as_values(value: Any) -> Any:
    """Tell booleans from numbers, and nothing else that Python holds equal."""
    if isinstance(value, dict):
        return {key: _as_values(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_values(member) for member in value]
    return ("boolean", value) if isinstance(value, bool) else value


class Weekday(IntEnum):
    MONDAY = 1


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0, -0.0),
        (10**16, 1e16),
        (-(2**64), -(2.0**64)),
        ((1, 2), [1, 2]),
        (Weekday.MONDAY, 1),
        (Colour.RED, "red"),
        ({Colour.RED: 1}, {"red": 1}),
    ],
)
def test_one_value_has_one_commitment(one: object, other: object) -> None:
    assert commitment(SALT, {"fact": one}) == commitment(SALT, {"fact": other})


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (0, None), ("", None), (1, "1"), (0.1, 0.1 + 2**-55), ("é", "e\u0301")]
)
def test_alike_values_have_two_commitments(one: object, other: object) -> None:
    assert commitment(SALT, {"fact": one}) != commitment(SALT, {"fact": other})


@pytest.mark.parametrize("fact", [math.nan, math.inf, -math.inf, 2**64, -(2**64) - 1, 1e300, 10**400, "\ud800"])
def test_value_that_json_does_not_keep_is_refused(fact: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # three kinds of value, three messages
        commitment(SALT, {"fact": [fact]})


@pytest.mark.parametrize("fact", [b"bytes", {1}, {1: 2}, BEGIN, object()])
def test_value_that_json_cannot_say_is_refused(fact: object) -> None:
    with pytest.raises(TypeError):
        commitment(SALT, {"fact": fact})


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="salt"):
        commitment(bytes(length), {})


def test_commitment_is_the_hash_of_salt_and_cbor() -> None:
    facts = {"b": 1.5, "a": [True, None], "aa": "қ"}

    assert commitment(SALT, facts) == sha256(SALT + bytes.fromhex("a3616182f5f66162f93e0062616162d29b")).digest()


# Published vectors


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_log_vectors", VECTORS / "make_vectors.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("vector", json.loads((VECTORS / "acts.json").read_text(encoding="utf-8")))
def test_published_acts_give_their_leaves(vector: dict[str, Any]) -> None:
    committed = commitment(bytes.fromhex(vector["salt"]), vector["facts"])
    act = Act(
        seq=vector["seq"],
        at=datetime.fromisoformat(vector["at"]),
        actor=vector["actor"],
        kind=vector["kind"],
        subject=vector["subject"],
        commitment=committed,
    )

    assert committed.hex() == vector["commitment"]
    assert leaf_bytes(act).hex() == vector["leaf_bytes"]
    assert sha256(b"\x00" + leaf_bytes(act)).hexdigest() == vector["leaf"]
    assert cbor2.loads(leaf_bytes(act))[3] * timedelta(microseconds=1) == act.at - datetime(1970, 1, 1, tzinfo=UTC)


def test_vectors_are_what_their_script_makes(script: ModuleType, tmp_path: Path) -> None:
    script.write_small_log(tmp_path)

    assert script.acts_text(script.kept_acts()) == (VECTORS / "acts.json").read_text(encoding="utf-8")
    for file in (VECTORS / "small-log").iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_published_small_log_is_what_it_was() -> None:
    assert main(["verify-log", str(VECTORS / "small-log")]) == 0
