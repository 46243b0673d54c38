"""Which paper does a seed give? Pure: standard library only."""

from collections.abc import Collection, Mapping

from question_bank.items import OPTION_LETTERS
from question_bank.manifest import Manifest, Stratum
from question_bank.paper import Paper, Question
from question_bank.seeds import rank

OPTIONS = range(len(OPTION_LETTERS))


class DrawInfeasible(ValueError):
    """A stratum cannot fill its quota; ``stratum`` is its code."""

    def __init__(self, stratum: str, quota: int, found: int) -> None:
        """Name the stratum and what it lacks."""
        self.stratum = stratum
        super().__init__(f"{stratum} has {found} questions that may stand together, it needs {quota}")


def draw(
    seed: bytes, manifest: Manifest, seen: Collection[bytes] = (), exposure: Mapping[bytes, int] | None = None
) -> Paper:
    """Return the paper of a seed: the same for the same inputs, in any language and on any machine.

    In each stratum the leaves are walked in the order (seen by this person, over-exposed, rank
    under the seed), and the first that are enemies of none taken so far fill the quota. Inside a
    block the questions stand in the order of another rank, and so do the options of each.

    Args:
        seed: 32 bytes that nobody knew when the manifest, the exposure and the seen-list were committed.
        manifest: The items of the session.
        seen: Leaves of items that this person has met before; taken only where others do not suffice.
        exposure: How often each leaf has been on a paper, where it has.

    Raises:
        DrawInfeasible: A stratum has too few items that may stand together.
    """
    taken: dict[str, list[bytes]] = {}
    shut_out: set[bytes] = set()
    for stratum in manifest.strata:
        order = _walk(seed, stratum, frozenset(seen), _over_exposed(stratum, manifest, exposure or {}))
        taken.setdefault(stratum.block, []).extend(_fill(stratum, order, manifest, shut_out))
    ordered = [
        (block, leaf)
        for block, leaves in taken.items()
        for leaf in sorted(leaves, key=lambda leaf: rank(seed, "order", leaf))
    ]
    return Paper(
        programme=manifest.programme,
        programme_version=manifest.programme_version,
        manifest_digest=manifest.digest,
        questions=tuple(
            _question(seed, manifest, position, block, leaf) for position, (block, leaf) in enumerate(ordered, start=1)
        ),
    )


def _walk(seed: bytes, stratum: Stratum, seen: frozenset[bytes], over: frozenset[bytes]) -> list[bytes]:
    return sorted(stratum.leaves, key=lambda leaf: (leaf in seen, leaf in over, rank(seed, "item", leaf)))


def _over_exposed(stratum: Stratum, manifest: Manifest, exposure: Mapping[bytes, int]) -> frozenset[bytes]:
    """Return the leaves used more than the ceiling allows, in per cent of the mean of their stratum."""
    counts = {leaf: exposure.get(leaf, 0) for leaf in stratum.leaves}
    limit = manifest.exposure_ceiling_percent * sum(counts.values())
    grace, size = manifest.exposure_grace, len(counts)
    return frozenset(leaf for leaf, count in counts.items() if 100 * (count - grace) * size > limit)


def _fill(stratum: Stratum, order: list[bytes], manifest: Manifest, shut_out: set[bytes]) -> list[bytes]:
    """Take the first leaves that are nobody's enemy, and shut out the enemies of each."""
    found: list[bytes] = []
    for leaf in order:
        if len(found) == stratum.quota:
            break
        if leaf not in shut_out:
            found.append(leaf)
            shut_out |= manifest.enemies_of.get(leaf, frozenset())
    if len(found) < stratum.quota:
        raise DrawInfeasible(stratum.code, stratum.quota, len(found))
    return found


def _question(seed: bytes, manifest: Manifest, position: int, block: str, leaf: bytes) -> Question:
    name = manifest.names[leaf]
    return Question(
        position=position,
        block=block,
        leaf=leaf,
        item_id=name.id,
        version=name.version,
        order=tuple(sorted(OPTIONS, key=lambda option: rank(seed, "option", leaf + bytes([option])))),
    )
