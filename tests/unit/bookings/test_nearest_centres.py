"""Which centre is the nearest, and how is a receipt numbered?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.bookings.places import by_distance, load_places
from app.bookings.rules import receipt_number

BY_CODE = {place.code: place for place in load_places()}


@dataclass(frozen=True)
class Nowhere:
    latitude: float | None = None
    longitude: float | None = None


def test_kokshetau_and_karaganda_are_nearest_to_astana() -> None:
    astana = next(place for place in BY_CODE.values() if "Astana" in place.names["en"])

    ranked = by_distance(astana, BY_CODE.values())

    assert ranked[0] == (astana, 0.0)
    assert {place.names["en"].rpartition(", ")[2] for place, _ in ranked[1:3]} == {"Karaganda", "Kokshetau"}
    assert 150 < (ranked[1][1] or 0) < (ranked[2][1] or 0) < 320


@given(st.permutations(list(BY_CODE.values())))
def test_order_of_the_list_does_not_matter(places: list[Nowhere]) -> None:
    origin = BY_CODE["SEM-01"]

    assert by_distance(origin, places) == by_distance(origin, BY_CODE.values())


def test_centre_without_coordinates_comes_last_and_has_no_distance() -> None:
    lost, origin = Nowhere(), BY_CODE["SEM-01"]

    ranked = by_distance(origin, [lost, BY_CODE["AKB-01"]])

    assert ranked[-1] == (lost, None)
    assert by_distance(lost, [origin]) == [(origin, None)]


def test_receipt_number_is_two_groups_that_can_be_read_out() -> None:
    assert receipt_number(uuid.UUID("019a0000-0000-7000-8000-00a3f2a90b71")) == "A3F2A-90B71"
