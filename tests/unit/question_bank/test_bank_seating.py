"""The draw of seats: everybody sits, those who need a place for it get it, and nobody can foresee who sits where."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from question_bank.inputs import Attendee, DrawInputs
from question_bank.seating import Seat, SeatsLacking, draw_seats
from question_bank.verify_draw import draw_seats as draw_seats_again

SALT = "dice:3162453416"
SEATS = tuple(Seat(number=f"{number:02d}", accessible=number <= 2) for number in range(1, 9))
PEOPLE = {f"booking-{number}": number == 1 for number in range(1, 7)}
RARE = 1e-5


def secret_of(number):
    return hashlib.sha256(f"seats {number}".encode()).digest()


@st.composite
def rooms(draw):
    """Make a room and a roster that fits into it."""
    accessible = draw(st.integers(0, 6))
    ordinary = draw(st.integers(0, 12))
    numbers = draw(st.permutations(range(accessible + ordinary)))
    seats = [Seat(number=f"A-{number}", accessible=place < accessible) for place, number in enumerate(numbers)]
    needing = draw(st.integers(0, accessible))
    others = draw(st.integers(0, accessible + ordinary - needing))
    return seats, {f"b{number}": number < needing for number in range(needing + others)}


@settings(max_examples=300, deadline=None)
@given(room=rooms(), secret=st.binary(min_size=32, max_size=32))
def test_everybody_sits_alone_and_where_they_can(room, secret):
    seats, needs = room

    drawn = draw_seats(secret, SALT, "s", seats, needs)

    accessible = {seat.number for seat in seats if seat.accessible}
    assert drawn.places.keys() == needs.keys()
    assert sorted([*drawn.places.values(), *drawn.spares]) == sorted(seat.number for seat in seats)
    assert {drawn.places[booking] for booking in needs if needs[booking]} <= accessible


@settings(max_examples=300, deadline=None)
@given(room=rooms(), secret=st.binary(min_size=32, max_size=32), order=st.randoms(use_true_random=False))
def test_seats_do_not_depend_on_the_order_of_the_lists(room, secret, order):
    seats, needs = room
    shuffled = order.sample(seats, len(seats)), dict(order.sample(sorted(needs.items()), len(needs)))

    assert draw_seats(secret, SALT, "s", *shuffled) == draw_seats(secret, SALT, "s", seats, needs)


@settings(max_examples=300, deadline=None)
@given(room=rooms(), secret=st.binary(min_size=32, max_size=32))
def test_verifier_draws_the_same_seats(room, secret):
    seats, needs = room
    roster = {booking: Attendee(accessible=need) for booking, need in needs.items()}
    inputs = DrawInputs(manifest_digest=bytes(32), roster=roster, seats=tuple(seats))
    transcript = {"secret": secret.hex(), "salt": SALT, "session": "s", "inputs": inputs.to_dict()}

    drawn = draw_seats(secret, SALT, "s", seats, needs)

    assert draw_seats_again(transcript) == (dict(drawn.places), list(drawn.spares))


def test_accessible_seats_are_left_to_the_last():
    for number in range(50):
        drawn = draw_seats(secret_of(number), SALT, "s", SEATS, PEOPLE)

        # Six people and eight seats, of which two are accessible: one is needed, the other stays.
        assert drawn.places["booking-1"] in {"01", "02"}
        assert {"01", "02"} & set(drawn.spares[-1:])
        assert len(drawn.spares) == 2


def test_every_seat_is_equally_likely():
    places = [draw_seats(secret_of(number), SALT, "s", SEATS, PEOPLE).places for number in range(3000)]

    ordinary = Counter(place["booking-3"] for place in places)
    accessible = Counter(place["booking-1"] for place in places)
    assert len(ordinary) == 6
    assert stats.chisquare(list(ordinary.values())).pvalue > RARE
    assert stats.chisquare([accessible["01"], accessible["02"]]).pvalue > RARE


def test_salt_secret_and_session_each_change_the_seats():
    drawn = {
        tuple(sorted(draw_seats(secret_of(number), salt, session, SEATS, PEOPLE).places.items()))
        for number in (1, 2)
        for salt in (SALT, "dice:3162453415", "")
        for session in ("s", "t")
    }

    assert len(drawn) == 12


@pytest.mark.parametrize(
    ("needs", "seats", "needed", "found", "accessible"),
    [
        ({"a": True, "b": True, "c": True}, SEATS, 3, 2, True),
        (dict.fromkeys("abcdefghi", False), SEATS, 9, 8, False),
        ({"a": False}, (), 1, 0, False),
    ],
)
def test_too_few_seats_are_refused(needs, seats, needed, found, accessible):
    with pytest.raises(SeatsLacking) as refusal:
        draw_seats(secret_of(1), SALT, "s", seats, needs)

    assert (refusal.value.needed, refusal.value.found, refusal.value.accessible) == (needed, found, accessible)


def test_inputs_survive_the_round_trip_through_json():
    inputs = DrawInputs(manifest_digest=bytes(32), exposure={b"\1" * 32: 3}, roster={"b": Attendee()}, seats=SEATS)

    assert DrawInputs.from_dict(inputs.to_dict()) == inputs
    assert DrawInputs.from_dict(inputs.to_dict()).digest == inputs.digest


@pytest.mark.parametrize("name", ["", 'the "first"', "a\\b", "a\nb", "\u212b", "e\u0301", "\ud800"])
def test_name_that_has_two_spellings_is_refused_before_the_draw(name):
    with pytest.raises(ValueError, match="no name"):
        DrawInputs(manifest_digest=bytes(32), seats=(Seat(number=name),))
    with pytest.raises(ValueError, match="no name"):
        DrawInputs(manifest_digest=bytes(32), roster={name: Attendee()})


def test_seat_that_stands_twice_is_refused_before_the_draw():
    with pytest.raises(ValueError, match="one number"):
        DrawInputs(manifest_digest=bytes(32), seats=(Seat(number="1"), Seat(number="1", accessible=True)))
