"""Which centres are there, and how far apart?"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bookings.places import distance_km, load_places
from question_bank.reading import FaultyFiles


def test_there_is_a_centre_for_each_region_and_city() -> None:
    places = load_places()

    assert len(places) == len({place.region for place in places}) == len({place.code for place in places}) == 20
    assert sum("қаласы" in place.region_names["kk"] for place in places) == 3


def test_every_centre_is_named_in_each_language() -> None:
    for place in load_places():
        assert place.names.keys() == place.region_names.keys() == {"kk", "ru", "en"}
        assert all(place.names.values())


def test_every_centre_lies_in_the_country() -> None:
    for place in load_places():
        assert 40.5 < place.latitude < 55.5, place.code
        assert 46.4 < place.longitude < 87.4, place.code


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        pytest.param("AST-01", "KRG-01", 180, 220, id="Astana to Karaganda"),
        pytest.param("AST-01", "KSH-01", 250, 310, id="Astana to Kokshetau"),
        pytest.param("ALA-01", "QON-01", 60, 80, id="Almaty to Qonaev"),
        pytest.param("AQT-01", "OSK-01", 2200, 2600, id="one end of the country to the other"),
        pytest.param("AST-01", "AST-01", 0, 0, id="here"),
    ],
)
def test_distance_is_that_of_the_map(one: str, other: str, least: float, most: float) -> None:
    places = {place.code: place for place in load_places()}
    here, there = places[one], places[other]

    assert least <= distance_km(here.latitude, here.longitude, there.latitude, there.longitude) <= most


def test_faults_of_the_file_are_told_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "centres.toml"
    centre = '[[centre]]\ncode = "A-1"\nregion = "KZ-10"\nlatitude = "{}"\nlongitude = "70"\n'
    centre += 'name = {{ kk = "a", ru = "b" }}\n'
    file.write_text(centre.format("north") + centre.format("91") + "colour = 1\n", encoding="utf-8")

    with pytest.raises(FaultyFiles) as refused:
        load_places(file)

    told = "\n".join(fault.message for fault in refused.value.faults)
    for part in (
        "must be degrees",
        "within 90 degrees",
        "en is missing",
        "unknown key colour",
        "two centres",
        "region_name",
    ):
        assert part in told
