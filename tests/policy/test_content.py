"""Is the content fit for use, and does every rule of a test name its source?"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from question_bank.acts import Register
from question_bank.checks import check_pool, settled_day
from question_bank.findings import Severity
from question_bank.loading import read_pool
from question_bank.programmes import Programmes
from tests.policy.tree import ROOT, listed

SOURCES = ROOT / "docs" / "legal-sources.md"


@cache
def _sources() -> str:
    """Return the page with one space between words, so that a line may break anywhere."""
    assert SOURCES.exists(), (
        "docs/legal-sources.md is missing: write the page that names every act of question_bank/acts by its number "
        "and every `basis` of question_bank/programmes, word for word"
    )
    return " ".join(SOURCES.read_text(encoding="utf-8").split())


def test_item_pool_has_no_error_and_no_warning() -> None:
    register, programmes = Register.load(), Programmes.load()
    pool, faults = read_pool()
    on = settled_day(programmes.versions, register)

    found = check_pool(pool, register, programmes.versions, on, faults=faults)
    findings = [finding for finding in found if finding.severity is not Severity.NOTE]

    assert pool.items, "question_bank/content holds no item"
    assert not findings, f"correct the items; `python -m question_bank check` shows the same:{listed(findings)}"


def test_items_of_the_ethics_code_are_marked_for_review() -> None:
    register, programmes = Register.load(), Programmes.load()
    pool, _ = read_pool()

    found = check_pool(pool, register, programmes.versions, settled_day(programmes.versions, register))

    marked = [finding.message for finding in found if finding.severity is Severity.NOTE]
    assert any("ethics-code" in message for message in marked), (
        "the newest edition of the Ethics Code has not been seen: keep `review` in question_bank/acts/ethics-code.toml "
        "until its items are compared with the newer one"
    )


def test_programmes_and_acts_load() -> None:
    register, programmes = Register.load(), Programmes.load()

    unknown = [
        f"{programme.code} {programme.version}: {block.act}"
        for programme in programmes.versions
        for block in programme.blocks
        if block.act not in register.acts
    ]
    assert programmes.versions, "question_bank/programmes holds no programme"
    assert not unknown, f"a programme asks about an act that question_bank/acts does not have:{listed(unknown)}"


def test_legal_sources_name_every_act() -> None:
    missing = [
        f"{act.code} ({act.number or 'no number'})"
        for act in Register.load().acts.values()
        if not any(name in _sources() for name in ([act.number] if act.number else [act.code, _in_words(act.adopted)]))
    ]

    assert not missing, f"add these acts to docs/legal-sources.md, by number or else date:{listed(missing)}"


def _in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


@pytest.mark.parametrize("code", sorted({programme.code for programme in Programmes.load().versions}))
def test_legal_sources_name_what_every_value_of_a_programme_rests_on(code: str) -> None:
    bases = {
        " ".join(clause.basis.split())
        for programme in Programmes.load().versions
        if programme.code == code
        for clause in programme.clauses
    }

    missing = sorted(basis for basis in bases if basis not in _sources())
    assert not missing, f"add these, word for word, to docs/legal-sources.md:{listed(missing)}"
