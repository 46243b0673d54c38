"""What may stand as a salt: dice, balls, and a round of a beacon."""

import pytest

from question_bank.throw import BEACON, BeaconRound, ThrowRefused, balls_salt, beacon_salt, dice_salt, is_salt

ROUND = BeaconRound(chain="quicknet", number=12345678)
RANDOMNESS = bytes(range(32))


def test_dice_are_written_in_the_order_in_which_they_fell():
    assert dice_salt([3, 1, 6, 2, 4, 5, 3, 4, 1, 6]) == "dice:3162453416"


def test_balls_are_written_in_the_order_in_which_they_were_drawn():
    assert balls_salt([7, 31, 90, 12, 55, 68]) == "balls:07-31-90-12-55-68"


def test_round_of_a_beacon_names_chain_number_and_randomness():
    assert beacon_salt(ROUND, RANDOMNESS) == f"beacon:quicknet:12345678:{RANDOMNESS.hex()}"


@pytest.mark.parametrize(
    "salt",
    [dice_salt([1] * 10), dice_salt([6] * 60), balls_salt(range(1, 7)), balls_salt(range(40, 100)),
     beacon_salt(ROUND, RANDOMNESS)],
)  # fmt: skip
def test_what_was_written_is_a_salt(salt):
    assert is_salt(salt)


@pytest.mark.parametrize(
    ("write", "throws", "code"),
    [
        (dice_salt, [1] * 9, "few"),
        (dice_salt, [1] * 61, "many"),
        (dice_salt, [1] * 9 + [7], "not-dice"),
        (dice_salt, [1] * 9 + [0], "not-dice"),
        (balls_salt, range(1, 6), "few"),
        (balls_salt, range(1, 62), "many"),
        (balls_salt, [1, 2, 3, 4, 5, 0], "not-balls"),
        (balls_salt, [1, 2, 3, 4, 5, 100], "not-balls"),
        (balls_salt, [1, 2, 3, 4, 5, 1], "ball-twice"),
    ],
)
def test_throw_that_cannot_be_is_refused(write, throws, code):
    with pytest.raises(ThrowRefused) as refusal:
        write(throws)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("committed", "randomness"),
    [
        (ROUND, bytes(31)),
        (BeaconRound(chain="Quick net", number=1), RANDOMNESS),
        (BeaconRound(chain="quicknet", number=0), RANDOMNESS),
        (BeaconRound(chain="quicknet", number=10**15), RANDOMNESS),
    ],
)
def test_round_that_no_beacon_has_is_refused(committed, randomness):
    with pytest.raises(ValueError, match="a short name, a number and 32 bytes"):
        beacon_salt(committed, randomness)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dice:316245341",
        "dice:3162453417",
        "dice:3162453416\n",
        " dice:3162453416",
        "dice:٣162453416",
        "Dice:3162453416",
        "balls:07-31-90-12-55",
        "balls:07-31-90-12-55-00",
        "balls:07-31-90-12-55-07",
        "balls:7-31-90-12-55-68",
        f"beacon:quicknet:012:{RANDOMNESS.hex()}",
        f"beacon:quicknet:12:{RANDOMNESS.hex().upper()}",
        f"beacon:quicknet:12:{RANDOMNESS.hex()[:-1]}",
        "060305020401",
    ],
)
def test_what_nobody_threw_is_no_salt(text):
    assert not is_salt(text)


def test_number_of_a_round_is_exact_in_every_language():
    assert BEACON.fullmatch(f"beacon:quicknet:{10**15 - 1}:{RANDOMNESS.hex()}")
    assert 10**15 < 2**53
