"""Which numbers are an IIN?"""

from __future__ import annotations

from datetime import date

import pytest

from app.applicants.errors import IinInvalid
from app.applicants.rules import check_digit, read_iin


@pytest.mark.parametrize(
    ("iin", "born"),
    [
        ("900515399919", date(1990, 5, 15)),
        ("950821499918", date(1995, 8, 21)),
        ("020312599913", date(2002, 3, 12)),
        pytest.param("981120498607", date(1998, 11, 20), id="the second pass of weights"),
        pytest.param("  900515399919\n", date(1990, 5, 15), id="with blanks around"),
    ],
)
def test_valid_number_carries_the_birth_date(iin: str, born: date) -> None:
    read = read_iin(iin)

    assert (read.iin, read.birth_date) == (iin.strip(), born)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("900515399918", id="wrong check digit"),
        pytest.param("901332399919", id="impossible date"),
        pytest.param("90051539991", id="eleven digits"),
        pytest.param("9005153999190", id="thirteen digits"),
        pytest.param("90051539991X", id="a letter"),
        pytest.param("", id="nothing"),
        pytest.param("9005 1539 9919", id="blanks inside"),
        pytest.param("٩٠٠٥١٥٣٩٩٩١٩", id="digits of another script"),
        *(pytest.param(f"90051539048{digit}", id=f"a serial never issued, {digit}") for digit in range(10)),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(IinInvalid):
        read_iin(text)


def with_check_digit(eleven: str) -> str:
    return eleven + (check_digit(eleven) or "")


@pytest.mark.parametrize(
    ("century_and_sex", "year"),
    [("1", 1890), ("2", 1890), ("3", 1990), ("4", 1990), ("5", 2090), ("6", 2090)],
)
def test_seventh_digit_gives_the_century(century_and_sex: str, year: int) -> None:
    assert read_iin(with_check_digit(f"900515{century_and_sex}9991")).birth_date.year == year


@pytest.mark.parametrize("century_and_sex", ["0", "7", "8", "9"])
def test_unknown_seventh_digit_is_refused(century_and_sex: str) -> None:
    with pytest.raises(IinInvalid):
        read_iin(with_check_digit(f"900515{century_and_sex}9991"))


def test_leap_day_is_known_in_leap_years_only() -> None:
    assert read_iin(with_check_digit("00022959991")).birth_date == date(2000, 2, 29)
    with pytest.raises(IinInvalid):
        read_iin(with_check_digit("01022959991"))


def test_check_digit_is_absent_where_both_passes_give_ten() -> None:
    assert check_digit("90051539048") is None


def test_eleventh_digit_is_not_checked_and_identifies_nobody() -> None:
    assert all(read_iin(f"9005153999{digit}9").birth_date == date(1990, 5, 15) for digit in range(10))
