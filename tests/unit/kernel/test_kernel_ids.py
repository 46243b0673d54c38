"""How is a new thing named?"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from app.kernel.ids import new_id
from tests.kit.outside import MORNING, CountedEntropy, HandClock


def test_new_id_is_a_version_seven_uuid(entropy: CountedEntropy) -> None:
    made = new_id(MORNING, entropy)

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_new_id_begins_with_the_milliseconds(entropy: CountedEntropy) -> None:
    moment = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)

    assert new_id(moment, entropy).hex.startswith("017f22e279b0")


def test_new_ids_grow_with_time(clock: HandClock, entropy: CountedEntropy) -> None:
    made = [new_id(clock.advance(milliseconds=1), entropy) for _ in range(1000)]

    assert made == sorted(made)


def test_new_ids_of_one_moment_differ(entropy: CountedEntropy) -> None:
    assert len({new_id(MORNING, entropy) for _ in range(1000)}) == 1000


def test_all_other_bits_come_from_chance() -> None:
    class Fixed:
        def __init__(self, byte: bytes) -> None:
            self.byte = byte

        def token(self, size: int) -> bytes:
            return self.byte * size

    zeros, ones = new_id(MORNING, Fixed(b"\x00")), new_id(MORNING, Fixed(b"\xff"))

    assert (zeros.int ^ ones.int).bit_count() == 80 - 4 - 2
    assert zeros.version == ones.version == 7


def test_new_id_is_the_same_in_every_time_zone(entropy: CountedEntropy) -> None:
    local = MORNING.astimezone(datetime.now().astimezone().tzinfo)

    assert new_id(local, entropy).hex[:12] == new_id(MORNING + timedelta(0), entropy).hex[:12]
