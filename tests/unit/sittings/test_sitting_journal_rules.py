"""Which bytes does the chain of heads run over, and which answers and flags stand?"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest

from app.sittings.rules import (
    JournalRow,
    first_head,
    microseconds,
    next_head,
    standing_answers,
    standing_flags,
)

SITTING = uuid.UUID("019a0000-0000-7000-8000-000000000001")
FINGERPRINT = bytes(range(32))
MOMENT = datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC)

# Computed with sha256sum, not with our code.
FIRST_HEAD = "9632977f8dbc335487cc3f4d046f375c5ec088e2806f922332c445c444046b54"
HEADS = (
    "17eb484161d18734ca2b02f0af8c10b288bf1a5075b8a5b7c0e27c84883549f7",
    "708aeaad535464c78b34c02662193e773ad7d5b72de7cdbe7c432f11bf8d3c3b",
)


def row(sequence: int = 1, position: int = 3, option: int | None = 2, saved_at: datetime = MOMENT) -> JournalRow:
    return JournalRow(sitting_id=SITTING, sequence=sequence, position=position, option=option, saved_at=saved_at)


def test_row_is_packed_as_thirty_two_bytes_in_network_order() -> None:
    assert row().packed().hex() == (
        "019a0000000070008000000000000001"  # the sitting
        "00000001"  # the sequence number
        "0003"  # the position
        "0002"  # the option
        "000660fe951ff640"  # microseconds since 1970
    )


def test_cleared_answer_is_packed_as_option_zero() -> None:
    assert row(option=None).packed()[22:24] == b"\x00\x00"


def test_chain_of_heads_equals_the_fixed_vector() -> None:
    head = first_head(SITTING, FINGERPRINT)
    assert head.hex() == FIRST_HEAD

    chain = []
    for sequence, option in ((1, 2), (2, None)):
        head = next_head(head, row(sequence=sequence, option=option))
        chain.append(head.hex())

    assert tuple(chain) == HEADS


def test_chain_can_be_rederived_without_our_code() -> None:
    packed = bytes.fromhex("019a00000000700080000000000000010000000100030002000660fe951ff640")
    start = hashlib.sha256(b"synaq-journal-v1\x00" + SITTING.bytes + FINGERPRINT).digest()

    assert next_head(first_head(SITTING, FINGERPRINT), row()) == hashlib.sha256(start + packed).digest()


@pytest.mark.parametrize(
    "other",
    [
        row(sequence=2),
        row(position=4),
        row(option=3),
        row(option=None),
        row(saved_at=MOMENT + timedelta(microseconds=1)),
        JournalRow(sitting_id=uuid.UUID(int=1), sequence=1, position=3, option=2, saved_at=MOMENT),
    ],
)
def test_any_change_of_a_row_changes_the_head(other: JournalRow) -> None:
    assert next_head(bytes(32), other) != next_head(bytes(32), row())


def test_first_head_binds_sitting_and_paper() -> None:
    heads = {
        first_head(SITTING, FINGERPRINT),
        first_head(uuid.UUID(int=1), FINGERPRINT),
        first_head(SITTING, FINGERPRINT[::-1]),
    }

    assert len(heads) == 3


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))), 0),
        (datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC), 1_795_496_400_123_456),
        (datetime(2026, 11, 24, 5, 0, 0, 999999, tzinfo=UTC), 1_795_496_400_999_999),
    ],
)
def test_microseconds_are_exact(moment: datetime, count: int) -> None:
    assert microseconds(moment) == count


def test_microseconds_lose_nothing_to_floats() -> None:
    moments = [MOMENT + timedelta(microseconds=step) for step in range(1000)]

    assert [microseconds(moment) - microseconds(MOMENT) for moment in moments] == list(range(1000))


@pytest.mark.parametrize(
    ("rows", "standing"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param([(1, 5, 2)], {5: 2}, id="one answer"),
        pytest.param([(1, 5, 2), (2, 5, 3)], {5: 3}, id="changed"),
        pytest.param([(1, 5, 2), (2, 5, None)], {}, id="cleared"),
        pytest.param([(1, 5, 2), (2, 5, None), (3, 5, 1)], {5: 1}, id="cleared and answered again"),
        pytest.param([(1, 5, 2), (2, 6, 1), (3, 5, 4)], {5: 4, 6: 1}, id="two questions"),
    ],
)
def test_newest_row_of_a_position_counts(rows: list[tuple[int, int, int | None]], standing: dict[int, int]) -> None:
    for order in permutations(rows):
        assert standing_answers(order) == standing


@pytest.mark.parametrize(
    ("events", "flagged"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(1, "flag", 7), (2, "flag", 3)], [3, 7], id="two, ascending"),
        pytest.param([(1, "flag", 7), (2, "unflag", 7)], [], id="taken away"),
        pytest.param([(1, "flag", 7), (2, "unflag", 7), (3, "flag", 7)], [7], id="set again"),
        pytest.param([(1, "unflag", 7)], [], id="taken away without being there"),
        pytest.param([(1, "flag", 7), (2, "place", 9), (3, "summary", None)], [7], id="other events"),
        pytest.param([(1, "flag", None)], [], id="a flag on nothing"),
    ],
)
def test_flags_follow_the_numbers_of_the_events(events: list[tuple[int, str, int | None]], flagged: list[int]) -> None:
    for order in permutations(events):
        assert standing_flags(order) == flagged
