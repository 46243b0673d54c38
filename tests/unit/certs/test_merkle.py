"""Does a tree of hashes prove what is in it and that it only grew, and nothing else?"""

import functools
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from certs.errors import MalformedError
from certs.merkle import (
    EMPTY_ROOT,
    TILE_HEIGHT,
    TILE_WIDTH,
    Frontier,
    MemoryNodes,
    TreeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "log" / "rfc6962.json").read_text())
LARGEST = 260
LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(LARGEST)]
NODES = MemoryNodes(LEAVES)
STRANGER = leaf_hash(b"a stranger")


def _unhex(hashes: list[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in hashes]


# The definitions of RFC 6962 section 2.1, word for word: MTH, PATH, PROOF and SUBPROOF over LEAVES[start:end].


def _k(n: int) -> int:
    return max(2**i for i in range(n.bit_length()) if 2**i < n)


@functools.cache
def _mth(start: int, end: int) -> bytes:
    if end - start <= 1:
        return LEAVES[start] if end > start else EMPTY_ROOT
    k = _k(end - start)
    return node_hash(_mth(start, start + k), _mth(start + k, end))


def _path(m: int, start: int, end: int) -> list[bytes]:
    n = end - start
    if n == 1:
        return []
    k = _k(n)
    if m < k:
        return [*_path(m, start, start + k), _mth(start + k, end)]
    return [*_path(m - k, start + k, end), _mth(start, start + k)]


def _subproof(m: int, start: int, end: int, b: bool) -> list[bytes]:
    n = end - start
    if m == n:
        return [] if b else [_mth(start, end)]
    k = _k(n)
    if m <= k:
        return [*_subproof(m, start, start + k, b), _mth(start + k, end)]
    return [*_subproof(m - k, start + k, end, False), _mth(start, start + k)]


def _some_of(size: int) -> list[int]:
    """Both ends, the middle, and where tiles and complete subtrees meet."""
    near = {0, 1, size // 3, size // 2, 127, 128, 255, 256, size - 2, size - 1}
    return sorted(number for number in near if 0 <= number < size)


class CountingNodes:
    """Says how much was read."""

    def __init__(self, nodes: MemoryNodes) -> None:
        self.nodes = nodes
        self.calls = self.read = 0

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        assert level % TILE_HEIGHT == 0
        self.calls += 1
        self.read += count
        return self.nodes.hashes(level, start, count)


# Published vectors


def test_published_roots_are_met() -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in VECTORS["entries"]]

    assert EMPTY_ROOT.hex() == VECTORS["empty_root"]
    assert [root_of(leaves[:size]).hex() for size in range(1, 9)] == VECTORS["roots"]
    assert [MemoryNodes(leaves[:size]).frontier.root.hex() for size in range(1, 9)] == VECTORS["roots"]


@pytest.mark.parametrize("vector", VECTORS["inclusion"])
def test_published_inclusion_proofs_are_made_and_verified(vector: dict[str, Any]) -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in VECTORS["entries"]]
    index, size, proof = vector["index"], vector["size"], _unhex(vector["proof"])

    assert inclusion_proof(index, size, MemoryNodes(leaves)) == proof
    assert verify_inclusion(leaves[index], index, size, proof, bytes.fromhex(VECTORS["roots"][size - 1]))


@pytest.mark.parametrize("vector", VECTORS["consistency"])
def test_published_consistency_proofs_are_made_and_verified(vector: dict[str, Any]) -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in VECTORS["entries"]]
    old, new, proof = vector["old"], vector["new"], _unhex(vector["proof"])
    old_root, new_root = (bytes.fromhex(VECTORS["roots"][size - 1]) for size in (old, new))

    assert consistency_proof(old, new, MemoryNodes(leaves)) == proof
    assert verify_consistency(old, new, old_root, new_root, proof)


def test_example_tree_of_the_rfc_gives_its_proofs() -> None:
    """RFC 6962 section 2.1.3 names the nodes of a tree of seven leaves."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l = node_hash(g, h), node_hash(i, j)  # noqa: E741  # the RFC's names

    assert NODES.frontier.size >= 7
    assert root_at(7, NODES) == node_hash(k, l)
    assert inclusion_proof(0, 7, NODES) == [b, h, l]
    assert inclusion_proof(3, 7, NODES) == [c, g, l]
    assert inclusion_proof(4, 7, NODES) == [f, j, k]
    assert inclusion_proof(6, 7, NODES) == [i, k]
    assert consistency_proof(3, 7, NODES) == [c, d, g, l]
    assert consistency_proof(4, 7, NODES) == [l]
    assert consistency_proof(6, 7, NODES) == [i, j, k]


# All sizes to 260


def test_roots_equal_those_of_an_independent_package() -> None:
    theirs = InmemoryTree(algorithm="sha256")
    ours = Frontier()
    for size in range(1, LARGEST + 1):
        entry = (size - 1).to_bytes(4, "big")
        theirs.append_entry(entry)
        ours = ours.appended(leaf_hash(entry))

        assert ours.root == theirs.get_root() == root_of(LEAVES[:size]) == root_at(size, NODES) == _mth(0, size)


def test_inclusion_proofs_equal_those_of_an_independent_package() -> None:
    theirs = InmemoryTree(algorithm="sha256")
    for size in range(1, LARGEST + 1):
        theirs.append_entry((size - 1).to_bytes(4, "big"))
    # Theirs begin with the leaf. Their consistency proofs are of another shape than the RFC's.
    for index, size in itertools.product([0, 1, 100, 254], [255, 256, 257, 260]):
        assert [LEAVES[index], *inclusion_proof(index, size, NODES)] == theirs.prove_inclusion(index + 1, size).path


def test_leaves_of_every_size_are_proved_by_the_definition() -> None:
    for size in range(1, LARGEST + 1):
        root = _mth(0, size)
        # Every third leaf, another third in each size.
        assert all(verify_inclusion(LEAVES[m], m, size, _path(m, 0, size), root) for m in range(size % 3, size, 3))


def test_every_growth_is_proved_by_the_definition() -> None:
    for new in range(1, LARGEST + 1):
        root = _mth(0, new)
        assert all(
            verify_consistency(old, new, _mth(0, old), root, _subproof(old, 0, new, True)) for old in range(1, new + 1)
        )


def test_proofs_of_every_size_are_those_of_the_definition() -> None:
    for size in range(1, LARGEST + 1):
        for m in _some_of(size):
            assert inclusion_proof(m, size, NODES) == _path(m, 0, size)
            assert consistency_proof(m + 1, size, NODES) == _subproof(m + 1, 0, size, True)


def test_tree_of_a_smaller_size_is_read_from_a_larger_one() -> None:
    smaller = MemoryNodes(LEAVES[:77])

    assert inclusion_proof(50, 77, NODES) == inclusion_proof(50, 77, smaller)
    assert consistency_proof(50, 77, NODES) == consistency_proof(50, 77, smaller)


# What must not verify


def _flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 8]) + value[1:]


def _mutations(proof: list[bytes]) -> Iterator[list[bytes]]:
    for at, each in enumerate(proof):
        yield [*proof[:at], _flipped(each), *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], STRANGER, *proof[at:]]
    yield [*proof, STRANGER]
    yield [*proof, b""]
    if proof:
        yield [*proof, proof[-1]]
        yield [proof[0][:-1], *proof[1:]]
    if len(proof) > 1 and proof[0] != proof[-1]:
        yield [proof[-1], *proof[1:-1], proof[0]]


def test_mutated_inclusion_proofs_are_refused() -> None:
    for size in range(1, LARGEST + 1, 3):
        root = _mth(0, size)
        for m in _some_of(size):
            proof = _path(m, 0, size)
            verify = functools.partial(verify_inclusion, index=m, size=size, proof=proof, root=root)
            assert verify(LEAVES[m])
            assert not any(verify(LEAVES[m], proof=wrong) for wrong in _mutations(proof))
            assert not any(verify(LEAVES[m], index=wrong) for wrong in (m - 1, m + 1, m ^ 2, m + size, -1, size))
            assert not any(verify(LEAVES[m], size=wrong) for wrong in (size * 2, size // 2, m, 0, -size))
            assert not any(verify(wrong) for wrong in (STRANGER, root + b"\x00", b"", LEAVES[m][:-1]))
            assert not any(verify(LEAVES[m], root=wrong) for wrong in (STRANGER, EMPTY_ROOT, b"", root + b"\x00"))


def test_mutated_consistency_proofs_are_refused() -> None:
    for new in range(1, LARGEST + 1, 3):
        for old in (number + 1 for number in _some_of(new)):
            roots = {"old_root": _mth(0, old), "new_root": _mth(0, new)}
            proof = _subproof(old, 0, new, True)
            verify = functools.partial(verify_consistency, old=old, new=new, **roots, proof=proof)
            assert verify()
            assert not any(verify(proof=wrong) for wrong in _mutations(proof))
            assert not any(verify(old=wrong) for wrong in (old - 1, old + 1, new + 1, -1, 0) if wrong != new or proof)
            assert not any(verify(new=wrong) for wrong in (new * 2, new // 2, old - 1, 0, -new))
            assert not any(verify(old_root=wrong) for wrong in (STRANGER, b"", EMPTY_ROOT))
            assert not any(verify(new_root=wrong) for wrong in (STRANGER, b"", EMPTY_ROOT))
            assert old == new or not verify(old_root=roots["new_root"], new_root=roots["old_root"])


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root", "proof", "holds"),
    [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [], True),
        (0, 5, EMPTY_ROOT, STRANGER, [], True),
        (0, 0, EMPTY_ROOT, STRANGER, [], False),
        (0, 0, STRANGER, STRANGER, [], False),
        (0, 5, STRANGER, STRANGER, [], False),
        (0, 5, EMPTY_ROOT, STRANGER, [STRANGER], False),
        (5, 5, STRANGER, STRANGER, [], True),
        (5, 5, STRANGER, STRANGER, [STRANGER], False),
        (5, 5, STRANGER, EMPTY_ROOT, [], False),
        (1, 2, STRANGER, EMPTY_ROOT, [], False),
        (3, 2, STRANGER, STRANGER, [], False),
        (1, 0, STRANGER, EMPTY_ROOT, [], False),
        (-1, 2, STRANGER, STRANGER, [STRANGER], False),
    ],
)
def test_growth_from_nothing_or_to_itself_needs_no_proof(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes], holds: bool
) -> None:
    assert verify_consistency(old, new, old_root, new_root, proof) is holds


def test_proof_from_nothing_or_to_itself_is_empty() -> None:
    assert consistency_proof(0, 7, NODES) == consistency_proof(7, 7, NODES) == []
    assert root_at(0, NODES) == EMPTY_ROOT == root_of([])


HOSTILE = st.lists(st.binary(max_size=40) | st.binary(min_size=32, max_size=32), max_size=12)
NUMBERS = st.integers() | st.integers(min_value=0, max_value=20)


@given(HOSTILE, NUMBERS, NUMBERS, st.binary(max_size=33), st.binary(max_size=33))
def test_hostile_proofs_are_refused_without_an_exception(
    proof: list[bytes], one: int, other: int, first: bytes, second: bytes
) -> None:
    assert not verify_inclusion(first, one, other, proof, second)
    assert not verify_consistency(one, other, first, second, proof) or first == second


@pytest.mark.parametrize(
    "ask",
    [
        lambda: inclusion_proof(7, 7, NODES),
        lambda: inclusion_proof(-1, 7, NODES),
        lambda: consistency_proof(8, 7, NODES),
        lambda: consistency_proof(-1, 7, NODES),
    ],
    ids=["beyond", "negative", "backwards", "from-negative"],
)
def test_proof_of_what_cannot_be_is_not_made(ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="tree of"):
        ask()


# Storage


def test_frontier_survives_storage_at_every_size() -> None:
    frontier = Frontier()
    for leaf in LEAVES:
        frontier = frontier.appended(leaf)

        assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert Frontier.from_bytes(Frontier().to_bytes()) == Frontier()


@pytest.mark.parametrize(
    "stored", [b"", bytes(7), bytes(9), b"\x00" * 7 + b"\x01", b"\x00" * 7 + b"\x03" + bytes(32), bytes(8) + bytes(32)]
)
def test_damaged_frontier_is_malformed(stored: bytes) -> None:
    with pytest.raises(MalformedError):
        Frontier.from_bytes(stored)


def test_append_finishes_a_node_for_every_full_tile() -> None:
    frontier, stored = Frontier(), []
    for leaf in (LEAVES * 3)[: 2 * TILE_WIDTH + 1]:
        frontier, finished = frontier.grown(leaf)
        stored += [(frontier.size, node) for node in finished]

    assert [(size, node.level, node.index) for size, node in stored] == [(256, 8, 0), (512, 8, 1)]
    assert stored[0][1].hash == root_of(LEAVES[:TILE_WIDTH])


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_stored_tiles_prove_what_all_leaves_would(size: int, many: MemoryNodes) -> None:
    leaves = many.hashes(0, 0, size)
    root = root_of(leaves)

    assert root_at(size, many) == root
    for index in {0, size // 2, size - 2, size - 1}:
        proof = inclusion_proof(index, size, many)
        assert verify_inclusion(leaves[index], index, size, proof, root)
        assert proof[-1] == root_of(leaves[_k(size) :] if index < _k(size) else leaves[: _k(size)])
    for old in {1, size // 3, size // 2 + 1, size - 1}:
        assert verify_consistency(old, size, root_of(leaves[:old]), root, consistency_proof(old, size, many))


@pytest.mark.parametrize("size", [65_536, 65_537, 65_536 + 255, 65_536 + 257])
def test_proof_reads_a_few_tiles_and_not_the_tree(size: int, many: MemoryNodes) -> None:
    levels = 3
    for index in (0, size // 2, size - 1):
        counting = CountingNodes(many)
        inclusion_proof(index, size, counting)
        assert counting.calls <= 2 * levels
        assert counting.read <= 2 * levels * TILE_WIDTH

        counting = CountingNodes(many)
        consistency_proof(index or 1, size, counting)
        assert counting.calls <= 2 * levels


def test_two_levels_of_tiles_are_finished_together(many: MemoryNodes) -> None:
    frontier = Frontier()
    for leaf in many.hashes(0, 0, 65_535):
        frontier = frontier.appended(leaf)

    finished = frontier.grown(many.hashes(0, 65_535, 1)[0])[1]

    assert [(node.level, node.index) for node in finished] == [(8, 255), (16, 0)]
    assert [node.hash for node in finished] == [many.hashes(8, 255, 1)[0], many.hashes(16, 0, 1)[0]]


def test_missing_hash_is_said_and_not_proved_around() -> None:
    cut = MemoryNodes(LEAVES[:100])

    with pytest.raises(TreeError, match="nodes-missing"):
        root_at(101, cut)


@pytest.fixture(scope="module")
def many() -> MemoryNodes:
    return MemoryNodes(number.to_bytes(32, "big") for number in range(65_536 + 300))
