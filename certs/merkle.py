"""Which acts are in a tree of hashes, and did it only grow?

The tree of Certificate Transparency. Appending takes the roots of its complete subtrees and no more (``Frontier``);
proving takes a few tiles of 256 hashes (``NodeReader``); checking a proof takes the proof. Leaves are counted from 0
here, as in the RFCs.

Pure: standard library only, beside this package.

Basis:
    RFC 6962 section 2.1 (hashes, tree, both proofs); RFC 9162 sections 2.1.3.2 and 2.1.4.2 (how proofs are verified);
    C2SP tlog-tiles (tiles of height 8).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Protocol

from certs.errors import CertsError, MalformedError

HASH_BYTES: Final = 32
# A tile holds the hashes of one level under one node eight levels up; only every eighth level is stored.
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
EMPTY_ROOT: Final = hashlib.sha256().digest()

_SIZE_BYTES: Final = 8


class TreeError(CertsError):
    """The stored hashes are not those of a whole tree."""


@dataclass(frozen=True, kw_only=True)
class TileNode:
    """The root of a complete subtree of ``2 ** level`` leaves, the ``index``-th of its level: 8, 16 and so on."""

    level: int
    index: int
    hash: bytes


class NodeReader(Protocol):
    """Where the hashes of a tree are kept: its leaves, and the ``TileNode`` that each append finished."""

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Give hashes ``start`` to ``start + count - 1`` of a level: 0 for the leaves, or a multiple of 8."""
        ...


def leaf_hash(data: bytes) -> bytes:
    """Hash what a leaf stands for; the prefix keeps leaves and nodes apart."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into the node above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes, all of them in hand.

    Joining neighbours level by level, and lifting a last one that has none, is the RFC's split at the largest power of
    two read from below.
    """
    level = list(leaves) or [EMPTY_ROOT]
    while len(level) > 1:
        joined = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = joined + level[len(joined) * 2 :]
    return level[0]


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """The right edge of a tree: all that an append and the root need.

    ``peaks`` are the roots of its complete subtrees, the largest first: one for each 1 in the binary form of ``size``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Frontier":
        """Read what ``to_bytes`` wrote.

        Raises:
            MalformedError: Not as many peaks as the size asks for.
        """
        size, peaks = int.from_bytes(stored[:_SIZE_BYTES], "big"), stored[_SIZE_BYTES:]
        if len(stored) < _SIZE_BYTES or len(peaks) != size.bit_count() * HASH_BYTES:
            raise MalformedError("no frontier of a tree")
        return cls(size=size, peaks=tuple(peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)))

    def to_bytes(self) -> bytes:
        """Write it for storage: the size in 8 bytes, then the peaks."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.peaks)

    @property
    def root(self) -> bytes:
        """Give the root of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks))

    def appended(self, leaf: bytes) -> "Frontier":
        """Append a leaf hash."""
        return self.grown(leaf)[0]

    def grown(self, leaf: bytes) -> tuple["Frontier", list[TileNode]]:
        """Append a leaf hash, and give the nodes that it finished and that have to be stored, the lowest first.

        That is one for every 256th leaf, two for every 65,536th, and so on.
        """
        peaks, node, finished = list(self.peaks), leaf, []
        for level in range(1, _trailing_zeros(self.size + 1) + 1):
            node = node_hash(peaks.pop(), node)
            if level % TILE_HEIGHT == 0:
                finished.append(TileNode(level=level, index=self.size >> level, hash=node))
        return Frontier(size=self.size + 1, peaks=(*peaks, node)), finished


class MemoryNodes:
    """A whole tree in memory, for tests and exports."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Append each leaf hash."""
        self.frontier = Frontier()
        self._levels: defaultdict[int, list[bytes]] = defaultdict(list)
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        """Append a leaf hash, and keep the nodes that it finished."""
        self.frontier, finished = self.frontier.grown(leaf)
        self._levels[0].append(leaf)
        for node in finished:
            self._levels[node.level].append(node.hash)

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Give neighbouring hashes of a stored level."""
        return self._levels[level][start : start + count]


def root_at(size: int, nodes: NodeReader) -> bytes:
    """Give the root that the tree had when it had ``size`` leaves.

    Raises:
        TreeError: A hash is not there (``nodes-missing``).
    """
    return _Tree(size, nodes).span(0, size) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: NodeReader) -> list[bytes]:
    """Prove that leaf ``index`` is in the tree of the first ``size`` leaves.

    Returns:
        At most one hash for each level, from the leaf upwards.

    Raises:
        ValueError: There is no such leaf in that tree.
        TreeError: A hash is not there (``nodes-missing``).

    Basis:
        RFC 6962 section 2.1.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    tree, start, end, path = _Tree(size, nodes), 0, size, []
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(tree.span(split, end))
            end = split
        else:
            path.append(tree.span(start, split))
            start = split
    return path[::-1]


def consistency_proof(old: int, new: int, nodes: NodeReader) -> list[bytes]:
    """Prove that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    Returns:
        Hashes from below upwards; none if the sizes are equal or the old tree was empty.

    Raises:
        ValueError: The sizes are in the wrong order, or negative.
        TreeError: A hash is not there (``nodes-missing``).

    Basis:
        RFC 6962 section 2.1.2, where the empty tree is left out.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves never grew out of one of {old}")
    if old == 0:
        return []
    tree, start, end, path = _Tree(new, nodes), 0, new, []
    while end != old:
        split = start + _split(end - start)
        if old <= split:
            path.append(tree.span(split, end))
            end = split
        else:
            path.append(tree.span(start, split))
            start = split
    # Whoever verifies has the whole old tree's root already.
    return ([tree.span(start, end)] if start else []) + path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Decide whether a proof leads from a leaf hash at a place to the root of a tree of a size.

    Anything may be handed in: hashes of a wrong length, places and sizes that cannot be, proofs too short or too long.

    Basis:
        RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    sides = list(_lie_left(index, size - 1))
    if len(sides) != len(proof):
        return False
    reached = leaf
    for lies_left, sibling in zip(sides, proof, strict=True):
        reached = node_hash(sibling, reached) if lies_left else node_hash(reached, sibling)
    return reached == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Decide whether a proof shows that the tree of the new root begins with the tree of the old one.

    Anything may be handed in, as to ``verify_inclusion``. Every tree begins with the empty one, which has one root.

    Basis:
        RFC 9162 section 2.1.4.2; for ``old`` 0, where it says nothing, as C2SP tlog-witness: the proof is empty.
    """
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof) or (old == 0 and old_root != EMPTY_ROOT):
        return False
    if old in {0, new}:
        return not proof and (old < new or old_root == new_root)
    # Climb to the largest complete subtree that ends where the old tree ends; if it is the old tree, its root is known.
    climb = _trailing_zeros(old)
    position, last = (old - 1) >> climb, (new - 1) >> climb
    path = list(proof) if position else [old_root, *proof]
    sides = list(_lie_left(position, last))
    if len(path) != len(sides) + 1:
        return False
    old_reached = new_reached = path[0]
    for lies_left, sibling in zip(sides, path[1:], strict=True):
        if lies_left:
            old_reached = node_hash(sibling, old_reached)
        new_reached = node_hash(sibling, new_reached) if lies_left else node_hash(new_reached, sibling)
    return old_reached == old_root and new_reached == new_root


class _Tree:
    """The tree of the first ``size`` leaves; each tile that is needed is read once."""

    def __init__(self, size: int, nodes: NodeReader) -> None:
        self._size = size
        self._nodes = nodes
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def span(self, start: int, end: int) -> bytes:
        """Give the root over leaves ``start`` to ``end - 1``; ``start`` is where such a subtree may begin."""
        width = end - start
        if width.bit_count() == 1:
            level = _trailing_zeros(width)
            return self._complete(level, start >> level)
        split = start + _split(width)
        return node_hash(self.span(start, split), self.span(split, end))

    def _complete(self, level: int, index: int) -> bytes:
        above_stored = level % TILE_HEIGHT
        tile, offset = divmod(index << above_stored, TILE_WIDTH)
        return root_of(self._tile(level - above_stored, tile)[offset : offset + (1 << above_stored)])

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        if (level, number) not in self._tiles:
            start = number * TILE_WIDTH
            count = min(TILE_WIDTH, (self._size >> level) - start)
            hashes = self._nodes.hashes(level, start, count)
            if len(hashes) != count:
                raise TreeError("nodes-missing", f"{len(hashes)} of the {count} hashes from {start} on level {level}")
            self._tiles[level, number] = hashes
        return self._tiles[level, number]


def _lie_left(position: int, last: int) -> Iterator[bool]:
    """Tell of each sibling on the way up from a node, the ``last`` of its level being given, whether it lies left.

    These are the steps with ``fn`` and ``sn`` of RFC 9162. A node at the right end has no right sibling: it rises to
    the level where it has a left one.
    """
    while last:
        lies_left = position & 1 == 1 or position == last
        yield lies_left
        rise = 1 + (_trailing_zeros(position) if lies_left else 0)
        position, last = position >> rise, last >> rise


def _split(width: int) -> int:
    """Give the largest power of two below the width: so many leaves stand in the left half."""
    return 1 << ((width - 1).bit_length() - 1)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _are_hashes(*values: bytes) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_BYTES for value in values)
