"""Are there enough items in every cell of a blueprint, whatever the seed? Pure: standard library only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from question_bank.items import DIFFICULTY_STEPS, Item
from question_bank.programme import Programme

# With fewer items than this for each question asked, the same ones come back too soon.
COMFORT = 3
# Up to this many outside enemies of a cell every combination is tried; above it the bound is coarser.
SEARCHED = 12


@dataclass(frozen=True, kw_only=True)
class CellDepth:
    """How many items one cell has, and how many a paper takes from it.

    ``sure`` is the least number that any draw can take, however enemies elsewhere fall out.
    """

    act: str
    subtopic: str
    difficulty: int
    quota: int
    items: tuple[Item, ...]
    sure: int

    @property
    def name(self) -> str:
        """The code of the stratum."""
        return f"{self.act}/{self.subtopic}/{self.difficulty}"


@dataclass(frozen=True, kw_only=True)
class Lack:
    """A cell, or a row, that is not deep enough."""

    check: str
    message: str
    grave: bool


def cells(items: Sequence[Item], programme: Programme) -> list[CellDepth]:
    """Return the depth of every cell that a programme asks for, in the order of the draw."""
    enemies = enemies_of(items)
    found: list[CellDepth] = []
    for block in programme.blocks:
        for subtopic in block.blueprint:
            for step in DIFFICULTY_STEPS:
                members = [i for i in items if (i.act, i.subtopic, i.difficulty) == (block.act, subtopic, step)]
                quota = block.quota(subtopic, step)
                found.append(
                    CellDepth(
                        act=block.act,
                        subtopic=subtopic,
                        difficulty=step,
                        quota=quota,
                        items=tuple(members),
                        sure=_sure(members, quota, enemies, found),
                    )
                )
    return found


def enemies_of(items: Sequence[Item]) -> dict[str, set[str]]:
    """Return the enemies of every item, named from either side."""
    enemies: dict[str, set[str]] = {item.id: set() for item in items}
    for item in items:
        for enemy in item.enemies:
            if enemy in enemies and enemy != item.id:
                enemies[item.id].add(enemy)
                enemies[enemy].add(item.id)
    return enemies


def _sure(members: Sequence[Item], quota: int, enemies: Mapping[str, set[str]], before: Sequence[CellDepth]) -> int:
    """Return a lower bound of the items that a draw can take here.

    Whatever was taken earlier shuts out at most ``_most_shut_out`` members; then every member
    that is taken shuts out its own enemies.
    """
    ids = {member.id for member in members}
    left = len(members) - _most_shut_out(sorted(ids), enemies, before)
    taken = 0
    for inner in sorted((len(enemies[identity] & ids) for identity in ids), reverse=True):
        if left <= 0 or taken == quota:
            break
        taken += 1
        left -= 1 + inner
    return taken


def _most_shut_out(ids: Sequence[str], enemies: Mapping[str, set[str]], before: Sequence[CellDepth]) -> int:
    """Return how many members earlier questions can shut out at once.

    Tries every set of earlier items that could stand together on one paper: no enemies among
    them, no more from a cell than its quota.
    """
    cell_of = {item.id: place for place, cell in enumerate(before) for item in cell.items}
    blockers = sorted({enemy for identity in ids for enemy in enemies[identity] if enemy in cell_of})
    if len(blockers) > SEARCHED:
        return sum(any(enemy in cell_of for enemy in enemies[identity]) for identity in ids)

    def search(place: int, chosen: tuple[str, ...]) -> int:
        if place == len(blockers):
            return sum(not enemies[identity].isdisjoint(chosen) for identity in ids)
        blocker = blockers[place]
        cell = cell_of[blocker]
        crowd = sum(cell_of[other] == cell for other in chosen)
        fits = enemies[blocker].isdisjoint(chosen) and crowd < before[cell].quota
        without = search(place + 1, chosen)
        return max(without, search(place + 1, (*chosen, blocker))) if fits else without

    return search(0, ())


def lacks(items: Sequence[Item], programme: Programme) -> Iterator[Lack]:
    """Go through what is not deep enough for a programme."""
    thin: dict[str, list[str]] = {}
    for cell in cells(items, programme):
        have = len(cell.items)
        if have < cell.quota:
            message = f"{cell.name} has {have} items in force, a paper needs {cell.quota}"
            yield Lack(check="depth", message=message, grave=True)
        elif cell.sure < cell.quota:
            message = f"{cell.name} has {have} items, but enemies may leave only {cell.sure} of {cell.quota}"
            yield Lack(check="enemies-empty-stratum", message=message, grave=True)
        elif have < COMFORT * cell.quota:
            thin.setdefault(cell.act, []).append(f"{cell.subtopic}/{cell.difficulty} {have}")
    for act, names in thin.items():
        message = f"{act} has cells with fewer than {COMFORT} items for each question: {', '.join(names)}"
        yield Lack(check="thin", message=message, grave=False)


def table(items: Sequence[Item], programme: Programme, language: str) -> list[str]:
    """Return the lines of a table of depth in one language: items/quota for every cell."""
    written = [item for item in items if language in item.texts]
    rows: dict[tuple[str, str], list[CellDepth]] = {}
    for cell in cells(written, programme):
        rows.setdefault((cell.act, cell.subtopic), []).append(cell)
    lines = [f"{'':56}" + "".join(f"{step:>7}" for step in DIFFICULTY_STEPS) + f"{'all':>8}"]
    for (act, subtopic), row in rows.items():
        entries = "".join(f"{f'{len(cell.items)}/{cell.quota}':>7}" for cell in row)
        total = f"{sum(len(cell.items) for cell in row)}/{sum(cell.quota for cell in row)}"
        lines.append(f"{act + '/' + subtopic:56}{entries}{total:>8}")
    return lines
