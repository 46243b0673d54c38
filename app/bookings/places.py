"""Which centres are there, and how far is it from one to another? Pure: standard library only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from question_bank.reading import Document, FaultyFiles, Table

CENTRES = Path(__file__).parent / "data" / "centres.toml"
LANGUAGES = ("kk", "ru", "en")
EARTH_KM = 6371.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A centre as the file knows it."""

    code: str
    names: Mapping[str, str]
    region: str
    """Code of the region by ISO 3166-2."""
    region_names: Mapping[str, str]
    addresses: Mapping[str, str] | None
    latitude: float
    longitude: float


def load_places(path: Path = CENTRES) -> list[Place]:
    """Read the centres.

    Raises:
        FaultyFiles: With everything that is wrong in the file.
    """
    document = Document.read(path)
    document.root.allow("centre")
    places = [_place(table) for table in document.root.tables("centre")]
    _require_unlike(document, places)
    if document.faults:
        raise FaultyFiles(document.faults)
    return places


def distance_km(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Return the distance over the ground as the bird flies, in kilometres; coordinates in degrees."""
    phi, psi = math.radians(from_latitude), math.radians(to_latitude)
    step = math.radians(to_longitude - from_longitude)
    half = math.sin((psi - phi) / 2) ** 2 + math.cos(phi) * math.cos(psi) * math.sin(step / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


class Somewhere(Protocol):
    """Anything with coordinates in degrees, if they are known."""

    @property
    def latitude(self) -> float | None: ...

    @property
    def longitude(self) -> float | None: ...


S = TypeVar("S", bound=Somewhere)


def by_distance(origin: Somewhere, others: Iterable[S]) -> list[tuple[S, float | None]]:
    """Return ``others`` with their distance from ``origin`` in kilometres, the nearest first.

    Those whose distance is not known come last, in the order in which they were given.
    """
    found = [(other, _between(origin, other)) for other in others]
    return sorted(found, key=lambda pair: (pair[1] is None, pair[1] or 0.0))


def _between(one: Somewhere, other: Somewhere) -> float | None:
    ends = (one.latitude, one.longitude, other.latitude, other.longitude)
    if any(end is None for end in ends):
        return None
    return distance_km(*(end for end in ends if end is not None))


def _place(table: Table) -> Place:
    table.allow("code", "region", "latitude", "longitude", "name", "region_name", "address")
    return Place(
        code=table.take("code", str),
        names=_in_languages(table, "name"),
        region=table.take("region", str),
        region_names=_in_languages(table, "region_name"),
        addresses=_in_languages(table, "address") if "address" in table.data else None,
        latitude=_degrees(table, "latitude", 90),
        longitude=_degrees(table, "longitude", 180),
    )


def _in_languages(table: Table, key: str) -> Mapping[str, str]:
    found = table.table(key)
    found.allow(*LANGUAGES)
    return {language: found.take(language, str) for language in LANGUAGES}


def _degrees(table: Table, key: str, most: int) -> float:
    """Read degrees; they are written as a text, so that the file keeps its decimals."""
    written = table.take(key, str)
    try:
        degrees = float(written)
    except ValueError:
        table.complain(f"{key} must be degrees as in '51.170', not {written!r}", key)
        return 0.0
    if not abs(degrees) <= most:
        table.complain(f"{key} must lie within {most} degrees, not {written}", key)
    return degrees


def _require_unlike(document: Document, places: list[Place]) -> None:
    seen: set[str] = set()
    for number, place in enumerate(places):
        if place.code in seen:
            document.complain(("centre", number, "code"), f"two centres have the code {place.code}")
        seen.add(place.code)
