"""How does a test come by a result? Through a whole sitting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pytest

from app.bookings.queries import BookingFacts
from app.scoring.queries import ResultFacts

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.sittings import AnswerCounts, EndSitting, StartSitting

MakeResult = Callable[..., ResultFacts]
PASSING = (10, 10, 5, 5)
FAILING = (10, 9, 5, 5)


@pytest.fixture
def make_result(start_sitting: StartSitting, answer_counts: AnswerCounts, end: EndSitting) -> MakeResult:
    """Return a maker of results: ``make_result(counts=(10, 10, 5, 5))`` sits a whole test."""

    def make(
        counts: Iterable[int] = PASSING, *, booking: BookingFacts | None = None, language: str = "kk"
    ) -> ResultFacts:
        sitting = start_sitting(booking, language)
        answer_counts(sitting, counts)
        return end(sitting)

    return make
