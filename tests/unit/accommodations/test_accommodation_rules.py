"""Which conditions can be asked for and granted?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accommodations.errors import EndsInThePast, NothingAsked, TooMuchTime
from app.accommodations.rules import Granted, Wish, require_a_wish, require_grantable
from app.kernel.rulebook import programmes

TODAY = date(2026, 11, 24)
CORPS_B = programmes().on("corps-b-legislation", TODAY)
LONGER = replace(CORPS_B, sitting=replace(CORPS_B.sitting, extra_time_percent=150))


@pytest.mark.parametrize(
    ("extra_percent", "minutes"),
    [(0, 55), (1, 60), (9, 60), (10, 65), (25, 70), (27, 70), (28, 75), (50, 85), (100, 110)],
)
def test_extension_is_rounded_up_to_whole_steps(extra_percent: int, minutes: int) -> None:
    assert CORPS_B.sitting.minutes_with(extra_percent) == minutes


@given(st.integers(0, 100), st.integers(0, 100))
def test_more_percent_never_gives_less_time(one: int, other: int) -> None:
    less, more = sorted((one, other))

    assert 55 <= CORPS_B.sitting.minutes_with(less) <= CORPS_B.sitting.minutes_with(more)


def test_ordinary_extension_is_the_value_of_the_programme() -> None:
    assert (CORPS_B.sitting.ordinary_extra_percent, CORPS_B.sitting.longest_minutes) == (25, 70)


@pytest.mark.parametrize("granted", [Granted(extra_percent=27), Granted(accessible=True), Granted(reader=True)])
def test_what_the_sessions_have_room_for_is_granted(granted: Granted) -> None:
    require_grantable(granted, TODAY, programmes=[CORPS_B], today=TODAY)


def test_more_time_than_a_session_has_is_refused_with_the_minutes() -> None:
    with pytest.raises(TooMuchTime) as refused:
        require_grantable(Granted(extra_percent=28), None, programmes=[LONGER, CORPS_B], today=TODAY)

    assert refused.value.parameters == {"minutes": 75, "most": 70}


def test_programme_with_a_longer_extension_has_room_for_it() -> None:
    require_grantable(Granted(extra_percent=50), None, programmes=[LONGER], today=TODAY)


def test_nothing_is_not_granted() -> None:
    with pytest.raises(NothingAsked):
        require_grantable(Granted(), None, programmes=[CORPS_B], today=TODAY)


def test_grant_that_is_over_already_is_refused() -> None:
    with pytest.raises(EndsInThePast):
        require_grantable(Granted(reader=True), TODAY - timedelta(days=1), programmes=[CORPS_B], today=TODAY)


@pytest.mark.parametrize(
    "wish", [Wish(accessible=True), Wish(extra_time=True), Wish(reader=True), Wish(words="A lamp")]
)
def test_anything_may_be_asked_for(wish: Wish) -> None:
    require_a_wish(wish)


def test_document_alone_asks_for_nothing() -> None:
    with pytest.raises(NothingAsked):
        require_a_wish(Wish(document="No. 12345"))
