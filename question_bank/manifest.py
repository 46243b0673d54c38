"""From which items may a session be drawn, said in hashes that can be published? Pure: standard library only."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any, Self

from question_bank.acts import Register, is_eligible
from question_bank.canonical import canonical_digest, canonical_json
from question_bank.items import DIFFICULTY_STEPS, Item
from question_bank.programme import Programme
from question_bank.seeds import leaf_salt

FORMAT = "synaq-manifest-v1"


@dataclass(frozen=True, kw_only=True)
class ItemRef:
    """The item version behind a leaf."""

    id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """One cell of a blueprint with the leaves that may fill it, sorted bytewise."""

    block: str
    code: str
    quota: int
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The committed inputs of a draw.

    ``names`` says which item version is behind each leaf. It is not committed and is published
    by nobody; the rest may be shown to all.
    """

    programme: str
    programme_version: str
    on: date
    exposure_ceiling_percent: int
    exposure_grace: int
    strata: tuple[Stratum, ...]
    enemies: tuple[tuple[bytes, bytes], ...]
    names: Mapping[bytes, ItemRef] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the committed inputs as a JSON object."""
        return {
            "format": FORMAT,
            "programme": self.programme,
            "programme_version": self.programme_version,
            "on": self.on.isoformat(),
            "exposure_ceiling_percent": self.exposure_ceiling_percent,
            "exposure_grace": self.exposure_grace,
            "strata": [
                {
                    "block": stratum.block,
                    "code": stratum.code,
                    "quota": stratum.quota,
                    "leaves": [leaf.hex() for leaf in stratum.leaves],
                }
                for stratum in self.strata
            ],
            "enemies": [[one.hex(), other.hex()] for one, other in self.enemies],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, names: Mapping[bytes, ItemRef]) -> Self:
        """Read what ``to_dict`` wrote.

        Raises:
            ValueError: The object is of another format.
        """
        if data["format"] != FORMAT:
            message = f"not a {FORMAT}: {data['format']!r}"
            raise ValueError(message)
        return cls(
            programme=data["programme"],
            programme_version=data["programme_version"],
            on=date.fromisoformat(data["on"]),
            exposure_ceiling_percent=data["exposure_ceiling_percent"],
            exposure_grace=data["exposure_grace"],
            strata=tuple(_read_stratum(stratum) for stratum in data["strata"]),
            enemies=tuple((bytes.fromhex(one), bytes.fromhex(other)) for one, other in data["enemies"]),
            names=names,
        )

    def canonical(self) -> bytes:
        """Return the bytes of the committed inputs."""
        return canonical_json(self.to_dict())

    @cached_property
    def digest(self) -> bytes:
        """The SHA-256 of the canonical bytes."""
        return canonical_digest(self.to_dict())

    @cached_property
    def enemies_of(self) -> Mapping[bytes, frozenset[bytes]]:
        """The enemies of every leaf that has some."""
        found: dict[bytes, set[bytes]] = {}
        for one, other in self.enemies:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {leaf: frozenset(others) for leaf, others in found.items()}

    def leaves_of(self, item_ids: Iterable[str]) -> frozenset[bytes]:
        """Return the leaves of the named items, whatever their version: what a person has seen."""
        wanted = set(item_ids)
        return frozenset(leaf for leaf, name in self.names.items() if name.id in wanted)


def _read_stratum(data: Mapping[str, Any]) -> Stratum:
    leaves = tuple(bytes.fromhex(leaf) for leaf in data["leaves"])
    return Stratum(block=data["block"], code=data["code"], quota=data["quota"], leaves=leaves)


def salt_for(pool_secret: bytes, item: Item) -> bytes:
    """Return the salt of an item version's leaf."""
    return leaf_salt(pool_secret, item.id, item.version)


def salts_from(pool_secret: bytes) -> Callable[[Item], bytes]:
    """Return ``salt_for`` with its secret, as ``build_manifest`` takes it."""
    return partial(salt_for, pool_secret)


def build_manifest(
    pool_items: Iterable[Item], programme: Programme, register: Register, on: date, salts: Callable[[Item], bytes]
) -> Manifest:
    """Commit to the items that a session may use.

    Args:
        pool_items: One version of each item. Those of no block, or that rest on what is not in
            force on the day, are left out.
        programme: Its blueprint gives the strata, its draw rules the exposure parameters.
        register: Says what is in force.
        on: The day of the test.
        salts: Gives the salt of an item's leaf.

    Raises:
        ValueError: An id comes twice.

    Basis:
        An item never outlives the edition of the law that it rests on.
    """
    leaves = _leaves([item for item in pool_items if is_eligible(item, register, on)], salts)
    strata = _strata(leaves, programme)
    used = frozenset(leaf for stratum in strata for leaf in stratum.leaves)
    return Manifest(
        programme=programme.code,
        programme_version=programme.version,
        on=on,
        exposure_ceiling_percent=programme.draw.exposure_ceiling_percent,
        exposure_grace=programme.draw.exposure_grace,
        strata=strata,
        enemies=_enemies(leaves, used),
        names={leaf: ItemRef(id=item.id, version=item.version) for leaf, item in leaves.items() if leaf in used},
    )


def _leaves(items: Iterable[Item], salts: Callable[[Item], bytes]) -> dict[bytes, Item]:
    leaves: dict[bytes, Item] = {}
    ids: set[str] = set()
    for item in items:
        if item.id in ids:
            message = f"item {item.id} comes twice"
            raise ValueError(message)
        ids.add(item.id)
        leaves[item.leaf(salts(item))] = item
    return leaves


def _strata(leaves: Mapping[bytes, Item], programme: Programme) -> tuple[Stratum, ...]:
    cells: dict[tuple[str, str, int], list[bytes]] = {}
    for leaf, item in leaves.items():
        cells.setdefault((item.act, item.subtopic, item.difficulty), []).append(leaf)
    return tuple(
        Stratum(
            block=block.act,
            code=f"{block.act}/{subtopic}/{step}",
            quota=block.quota(subtopic, step),
            leaves=tuple(sorted(cells.get((block.act, subtopic, step), ()))),
        )
        for block in programme.blocks
        for subtopic in block.blueprint
        for step in DIFFICULTY_STEPS
    )


def _enemies(leaves: Mapping[bytes, Item], used: frozenset[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    leaf_of = {item.id: leaf for leaf, item in leaves.items() if leaf in used}
    pairs = {
        (min(leaf, leaf_of[enemy]), max(leaf, leaf_of[enemy]))
        for leaf, item in leaves.items()
        for enemy in item.enemies
        if leaf in used and enemy in leaf_of and enemy != item.id
    }
    return tuple(sorted(pairs))
