"""Does the check of an IIN find what it can find?"""

from datetime import date

import pytest

from certs.iin import birth_date_of, has_right_check_digit, is_iin


@pytest.mark.parametrize(
    ("iin", "born"),
    [
        ("900515399919", date(1990, 5, 15)),
        ("950821499918", date(1995, 8, 21)),
        ("020312599913", date(2002, 3, 12)),
        ("981120498607", date(1998, 11, 20)),
    ],
    ids=["first round", "woman", "born after 2000", "second round"],
)
def test_right_iin_states_a_birth_date(iin: str, born: date) -> None:
    assert is_iin(iin)
    assert birth_date_of(iin) == born


@pytest.mark.parametrize(
    "iin",
    [
        "900515399918",
        "901332399919",
        "90051539991",
        "9005153999190",
        "90051539991a",
        "",
        "900515799919",
        "٩00515399919",
    ],
)
def test_wrong_iin_is_noticed(iin: str) -> None:
    assert not is_iin(iin)


@pytest.mark.parametrize("iin", ["901332399919", "990229399919", "900515799919", "short"])
def test_day_that_never_was_is_no_birth_date(iin: str) -> None:
    assert birth_date_of(iin) is None


def test_number_that_is_never_issued_has_no_right_digit() -> None:
    assert not any(has_right_check_digit(f"90051539048{digit}") for digit in range(10))
