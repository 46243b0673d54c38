"""Are the revisions in one line, and named so that the line can be read?"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.migrations.steps import Steps

NAME = re.compile(r"\d{4}_[a-z]+(_[a-z0-9]+)+")

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_there_is_exactly_one_head(steps: Steps) -> None:
    heads = steps.scripts.get_heads()

    assert len(heads) == 1, f"the heads are {heads}; let the newer revision follow the other one"


def test_revision_files_are_named_by_number_verb_and_object(steps: Steps) -> None:
    misnamed = [
        script.path
        for script in steps.revisions
        if not NAME.fullmatch(script.module.__name__.removesuffix("_py")) or not _carries_number(script)
    ]

    assert not misnamed, f"name them NNNN_verb_object.py after their revision NNNN: {misnamed}"


def test_revisions_are_numbered_without_a_gap(steps: Steps) -> None:
    numbers = [int(script.revision) for script in steps.revisions]

    assert numbers[0] == 1, f"the first revision is {numbers[0]}; call it 0001"
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers)), f"renumber the revisions: {numbers}"


def test_every_revision_says_what_it_does_and_goes_both_ways(steps: Steps) -> None:
    silent = [script.path for script in steps.revisions if not (script.module.__doc__ or "").strip()]
    one_way = [script.path for script in steps.revisions if not hasattr(script.module, "downgrade")]

    assert not silent, f"say in the docstring what the revision does, and what its way down loses: {silent}"
    assert not one_way, f"write downgrade(), which may refuse: {one_way}"


def _carries_number(script: object) -> bool:
    path, revision = str(getattr(script, "path")), str(getattr(script, "revision"))  # noqa: B009
    return path.rsplit("/", 1)[-1].startswith(revision + "_")
