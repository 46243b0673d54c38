"""Where do the bars end, and where do their notches stand?"""

from __future__ import annotations

from dataclasses import replace

from app.prospectus.picture import UNIT, bars_of
from question_bank.programmes import Programmes


def test_bars_stand_on_one_scale_with_a_notch_at_each_minimum() -> None:
    bars = bars_of(Programmes.load().version("corps-b-legislation", "2026.1"))

    assert [(bar.length // UNIT, bar.notch // UNIT) for bar in bars] == [(15, 5), (15, 5), (15, 5), (10, 5), (55, 30)]
    assert {bar.span for bar in bars} == {55 * UNIT}
    assert [bar.act for bar in bars][-1] == ""


def test_notch_follows_the_minimum() -> None:
    programme = Programmes.load().version("corps-b-legislation", "2026.1")
    first = replace(programme.blocks[0], minimum=9)
    changed = replace(
        programme,
        blocks=(first, *programme.blocks[1:]),
        thresholds=replace(programme.thresholds, total_minimum=44),
    )

    bars = bars_of(changed)

    assert (bars[0].notch, bars[-1].notch) == (9 * UNIT, 44 * UNIT)
    assert all(0 < bar.notch <= bar.length <= bar.span for bar in bars)
