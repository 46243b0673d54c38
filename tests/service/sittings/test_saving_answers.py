"""Is an answer saved once, in order, from the live browser, in time, or not at all?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.kernel.ids import new_id
from app.sittings.errors import AnswerMalformed, SequenceGap, SittingElsewhere, SittingEnded, SittingNotFound
from app.sittings.queries import JournalEntry, SittingFacts, answers_of, journal, progress_of
from app.sittings.rules import next_head
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import CountedEntropy, HandClock

Journal = Callable[[SittingFacts], list[JournalEntry]]


@pytest.fixture
def sitting(start_sitting: StartSitting) -> SittingFacts:
    return start_sitting()


@pytest.fixture
def written(session: Session) -> Journal:
    def read(sitting: SittingFacts) -> list[JournalEntry]:
        session.rollback()
        return journal(sitting.id, session=session)

    return read


def test_saved_answer_stands_in_the_journal(
    sitting: SittingFacts, answer: SaveOne, written: Journal, clock: HandClock
) -> None:
    clock.advance(minutes=3, microseconds=7)

    saved = answer(sitting, 1, position=8, option=3)

    (entry,) = written(sitting)
    assert (entry.row.sequence, entry.row.position, entry.row.option) == (1, 8, 3)
    assert entry.row.saved_at == saved.saved_at == clock.now()
    assert entry.head == saved.head
    assert saved.remaining == timedelta(minutes=52) - timedelta(microseconds=7)


def test_same_sequence_again_is_the_same_acknowledgement(
    sitting: SittingFacts, answer: SaveOne, written: Journal, clock: HandClock
) -> None:
    first = answer(sitting, 1, position=8, option=3)
    clock.advance(seconds=20)

    again = answer(sitting, 1, position=8, option=3)

    assert (again.sequence, again.head, again.saved_at) == (first.sequence, first.head, first.saved_at)
    assert again.remaining == first.remaining - timedelta(seconds=20)
    assert len(written(sitting)) == 1


def test_same_sequence_is_acknowledged_even_after_the_ending(
    sitting: SittingFacts, answer: SaveOne, end: EndSitting, clock: HandClock
) -> None:
    first = answer(sitting, 1, position=8, option=3)
    end(sitting)
    clock.advance(hours=5)

    again = answer(sitting, 1, position=8, option=3)

    assert (again.head, again.remaining) == (first.head, timedelta(0))


@pytest.mark.parametrize(("position", "option"), [(8, 4), (9, 3), (8, None)])
def test_same_number_with_another_content_is_refused(
    sitting: SittingFacts, answer: SaveOne, written: Journal, position: int, option: int | None
) -> None:
    answer(sitting, 1, position=8, option=3)

    with pytest.raises(SequenceGap) as refused:
        answer(sitting, 1, position=position, option=option)

    assert refused.value.parameters == {"expected": 2}
    assert len(written(sitting)) == 1


@pytest.mark.parametrize(("saved_before", "sequence"), [(0, 2), (0, 0), (2, 4), (2, 30_000)])
def test_gap_is_refused_with_the_number_to_send_next(
    sitting: SittingFacts, answer: SaveOne, written: Journal, saved_before: int, sequence: int
) -> None:
    for number in range(1, saved_before + 1):
        answer(sitting, number)

    with pytest.raises(SequenceGap) as refused:
        answer(sitting, sequence)

    assert refused.value.parameters == {"expected": saved_before + 1}
    assert len(written(sitting)) == saved_before


def test_answer_from_another_browser_is_refused(sitting: SittingFacts, answer: SaveOne, written: Journal) -> None:
    with pytest.raises(SittingElsewhere):
        answer(sitting, 1, nonce=bytes(16))

    assert written(sitting) == []


def test_old_answer_is_not_shown_to_another_browser(sitting: SittingFacts, answer: SaveOne) -> None:
    answer(sitting, 1, option=2)

    with pytest.raises(SittingElsewhere):
        answer(sitting, 1, option=2, nonce=bytes(16))


def test_answer_to_an_unknown_sitting_is_refused(
    sitting: SittingFacts, answer: SaveOne, clock: HandClock, entropy: CountedEntropy
) -> None:
    absent = SittingFacts(**{**vars(sitting), "id": new_id(clock.now(), entropy)})

    with pytest.raises(SittingNotFound):
        answer(absent, 1)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(timedelta(microseconds=-1), id="before the deadline"),
        pytest.param(timedelta(0), id="at the deadline"),
        pytest.param(timedelta(seconds=5, microseconds=-1), id="at the end of the grace"),
    ],
)
def test_answer_until_the_end_of_the_grace_is_saved(
    sitting: SittingFacts, answer: SaveOne, written: Journal, clock: HandClock, late: timedelta
) -> None:
    clock.set(sitting.timing.deadline + late)

    saved = answer(sitting, 1)

    assert saved.remaining == max(-late, timedelta(0))
    assert len(written(sitting)) == 1


@pytest.mark.parametrize("late", [timedelta(seconds=5), timedelta(seconds=6), timedelta(days=1)])
def test_answer_after_the_grace_is_refused_and_not_written(
    sitting: SittingFacts, answer: SaveOne, written: Journal, clock: HandClock, late: timedelta
) -> None:
    clock.set(sitting.timing.deadline + late)

    with pytest.raises(SittingEnded):
        answer(sitting, 1)

    assert written(sitting) == []


def test_answer_after_the_ending_is_refused_and_not_written(
    sitting: SittingFacts, answer: SaveOne, end: EndSitting, written: Journal
) -> None:
    answer(sitting, 1)
    end(sitting)

    with pytest.raises(SittingEnded):
        answer(sitting, 2)

    assert len(written(sitting)) == 1


@pytest.mark.parametrize(("position", "option"), [(0, 1), (56, 1), (-1, 1), (32_767, 1), (1, 0), (1, 5), (1, -1)])
def test_answer_that_is_not_on_the_paper_is_refused(
    sitting: SittingFacts, answer: SaveOne, written: Journal, position: int, option: int
) -> None:
    with pytest.raises(AnswerMalformed):
        answer(sitting, 1, position=position, option=option)

    assert written(sitting) == []


@pytest.mark.parametrize(("position", "option"), [(1, 1), (55, 4)])
def test_first_and_last_question_and_option_are_on_the_paper(
    sitting: SittingFacts, answer: SaveOne, position: int, option: int
) -> None:
    assert answer(sitting, 1, position=position, option=option).sequence == 1


def test_cleared_answer_counts_as_blank(sitting: SittingFacts, answer: SaveOne, session: Session) -> None:
    answer(sitting, 1, position=7, option=2)
    answer(sitting, 2, position=8, option=2)

    answer(sitting, 3, position=7, option=None)

    session.rollback()
    assert answers_of(sitting.id, session=session) == {8: 2}


def test_heads_of_the_database_equal_heads_computed_in_python(
    sitting: SittingFacts, answer: SaveOne, written: Journal, clock: HandClock
) -> None:
    plan = [(1, 1), (55, 4), (1, None), (30, 2), (1, 3), (30, 2)]

    acknowledged = []
    for sequence, (position, option) in enumerate(plan, 1):
        clock.advance(seconds=1, microseconds=333_333)
        acknowledged.append(answer(sitting, sequence, position=position, option=option).head)

    head, computed = sitting.first_head, []
    for entry in written(sitting):
        head = next_head(head, entry.row)
        computed.append(head)
        assert entry.head == head
    assert acknowledged == computed
    assert len(set(computed)) == len(plan)


def test_heads_of_two_sittings_do_not_meet(start_sitting: StartSitting, answer: SaveOne) -> None:
    first, second = start_sitting(), start_sitting()

    assert answer(first, 1).head != answer(second, 1).head


def test_reload_goes_on_where_the_page_was_left(sitting: SittingFacts, answer: SaveOne, session: Session) -> None:
    answer(sitting, 1, position=4, option=1)
    newest = answer(sitting, 2, position=5, option=2)

    session.rollback()
    progress = progress_of(sitting, session=session)

    assert progress.answers == {4: 1, 5: 2}
    assert (progress.sequence, progress.head) == (2, newest.head)
    assert (progress.flags, progress.place, progress.event_number) == ([], 1, 0)


def test_progress_of_an_untouched_sitting_is_its_first_head(sitting: SittingFacts, session: Session) -> None:
    progress = progress_of(sitting, session=session)

    assert (progress.answers, progress.sequence, progress.head) == ({}, 0, sitting.first_head)
