"""Does a whole sitting come to the right result?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.scoring.errors import ResultNotFound
from app.scoring.queries import (
    ResultFacts,
    digest_of,
    latest_retest_date,
    result_of_sitting,
    result_with_id,
    results_of_sittings,
)
from app.sittings.queries import sitting_with_id
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import AnswerCounts, EndSitting, StartSitting, planned
from tests.kit.outside import CountedEntropy, HandClock

ACTS = ("constitution-2026", "civil-service-law", "anti-corruption-law", "ethics-code")


@pytest.mark.parametrize(
    ("counts", "failed"),
    [
        pytest.param((10, 10, 5, 5), (), id="10/10/5/5 = 30 passes"),
        pytest.param((10, 9, 5, 5), ("total",), id="10/9/5/5 = 29 fails by the total"),
        pytest.param((15, 15, 15, 4), ("ethics-code",), id="15/15/15/4 = 49 fails by ethics"),
        pytest.param((15, 15, 4, 10), ("anti-corruption-law",), id="15/15/4/10 = 44 fails by anti-corruption"),
        pytest.param((5, 5, 5, 5), ("total",), id="5/5/5/5 = 20 fails by the total"),
        pytest.param((15, 5, 5, 5), (), id="15/5/5/5 = 30 passes"),
        pytest.param((4, 15, 15, 10), ("constitution-2026",), id="4/15/15/10 = 44 fails by the Constitution"),
        pytest.param((15, 15, 15, 10), (), id="15/15/15/10 passes"),
        pytest.param((0, 0, 0, 0), ("total", *ACTS), id="all wrong or blank fails everywhere"),
    ],
)
def test_boundary_of_the_thresholds_through_a_sitting(
    make_result: MakeResult, counts: tuple[int, ...], failed: tuple[str, ...]
) -> None:
    result = make_result(counts)

    assert tuple(section.correct for section in result.sections) == counts
    assert tuple(section.block for section in result.sections) == ACTS
    assert result.total == sum(counts)
    assert result.passed is (not failed)
    assert result.failed == failed
    assert result.earns_certificate is (not failed)


def test_untouched_paper_fails_everywhere_with_nothing_answered(start_sitting: StartSitting, end: EndSitting) -> None:
    result = end(start_sitting())

    assert (result.total, result.answered, result.passed) == (0, 0, False)
    assert result.failed == ("total", *ACTS)


def test_result_counts_what_was_answered_and_names_the_thresholds(make_result: MakeResult) -> None:
    result = make_result(FAILING)

    right_or_wrong = planned(dict.fromkeys(range(1, 56), 1), FAILING)
    assert result.answered == len(right_or_wrong)
    assert (result.total_questions, result.total_minimum) == (55, 30)
    assert [(line.questions, line.minimum, line.reached) for line in result.sections] == [
        (15, 5, True),
        (15, 5, True),
        (15, 5, True),
        (10, 5, True),
    ]


def test_changed_and_cleared_answers_count_as_they_stand_at_the_end(
    start_sitting: StartSitting, answer_counts: AnswerCounts, end: EndSitting, right_options, answer
) -> None:
    sitting = start_sitting()
    key = right_options(sitting)
    sequence = answer_counts(sitting, PASSING)

    answer(sitting, sequence + 1, 1, key[1] % 4 + 1)
    answer(sitting, sequence + 2, 2, None)
    answer(sitting, sequence + 3, 1, key[1])
    result = end(sitting)

    assert result.total == sum(PASSING) - 1
    assert result.failed == ("total",)


def test_result_is_found_by_its_id_and_by_its_sitting(
    make_result: MakeResult, session: Session, entropy: CountedEntropy
) -> None:
    result = make_result(PASSING)

    assert result_with_id(result.id, session=session) == result
    assert result_of_sitting(result.sitting_id, session=session) == result
    assert results_of_sittings([result.sitting_id], session=session) == {result.sitting_id: result}
    with pytest.raises(ResultNotFound):
        result_of_sitting(result.id, session=session)
    with pytest.raises(ResultNotFound):
        result_with_id(result.sitting_id, session=session)


def test_result_and_log_carry_the_final_head(make_result: MakeResult, session: Session) -> None:
    result = make_result(PASSING)

    sitting = sitting_with_id(result.sitting_id, session=session)
    (entry,) = audit.about(session, str(result.id))
    assert result.journal_head == sitting.final_head
    assert entry.facts == {
        "sitting": str(sitting.id),
        "total": 30,
        "blocks": [10, 10, 5, 5],
        "passed": True,
        "journal_head": result.journal_head.hex(),
        "digest": digest_of(result_of_sitting(sitting.id, session=session)).hex(),
    }


@pytest.mark.parametrize(
    ("started", "tested_on", "opens_at"),
    [
        pytest.param(
            datetime(2026, 11, 24, 5, tzinfo=UTC),
            date(2026, 11, 24),
            datetime(2026, 11, 26, 19, tzinfo=UTC),
            id="an ordinary day",
        ),
        pytest.param(
            datetime(2026, 11, 29, 5, tzinfo=UTC),
            date(2026, 11, 29),
            datetime(2026, 12, 1, 19, tzinfo=UTC),
            id="over the end of a month",
        ),
        pytest.param(
            datetime(2026, 12, 30, 5, tzinfo=UTC),
            date(2026, 12, 30),
            datetime(2027, 1, 1, 19, tzinfo=UTC),
            id="over the end of a year",
        ),
        pytest.param(
            datetime(2026, 11, 24, 18, 59, 59, tzinfo=UTC),
            date(2026, 11, 24),
            datetime(2026, 11, 26, 19, tzinfo=UTC),
            id="begun a second before midnight in Kazakhstan, ended after it",
        ),
        pytest.param(
            datetime(2026, 11, 24, 19, tzinfo=UTC),
            date(2026, 11, 25),
            datetime(2026, 11, 27, 19, tzinfo=UTC),
            id="begun at midnight in Kazakhstan",
        ),
        pytest.param(
            datetime(2026, 11, 24, 23, 59, tzinfo=UTC),
            date(2026, 11, 25),
            datetime(2026, 11, 27, 19, tzinfo=UTC),
            id="begun before midnight in UTC",
        ),
    ],
)
def test_retest_opens_three_days_after_the_local_day_of_the_test(
    start_sitting: StartSitting,
    end: EndSitting,
    clock: HandClock,
    session: Session,
    started: datetime,
    tested_on: date,
    opens_at: datetime,
) -> None:
    clock.set(started)
    sitting = start_sitting()
    clock.advance(minutes=40)

    result = end(sitting)

    assert (result.tested_on, result.retest_opens_at) == (tested_on, opens_at)
    assert latest_retest_date(sitting.applicant_id, result.programme_code, session=session) == opens_at


def test_pass_sets_no_waiting_time(make_result: MakeResult, session: Session) -> None:
    result = make_result(PASSING)

    assert result.retest_opens_at is None
    assert latest_retest_date(result.applicant_id, result.programme_code, session=session) is None


def practise(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, make_result: MakeResult, counts: tuple[int, ...]
) -> ResultFacts:
    booking = make_booking(exam_session=make_exam_session(PRACTICE))
    return make_result(counts, booking=booking, language="en")


def test_practice_test_is_scored_and_earns_no_certificate(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, make_result: MakeResult
) -> None:
    result = practise(make_exam_session, make_booking, make_result, PASSING)

    assert result.passed
    assert not result.earns_certificate


def test_failed_practice_test_may_be_repeated_on_the_same_day(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, make_result: MakeResult, clock: HandClock
) -> None:
    result = practise(make_exam_session, make_booking, make_result, FAILING)

    assert result.retest_opens_at is not None
    assert result.retest_opens_at <= clock.now()
