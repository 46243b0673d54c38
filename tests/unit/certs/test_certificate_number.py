"""Is a mistyped certificate number noticed, and an oddly typed one understood?"""

import itertools

import pytest

from certs.errors import NumberError
from certs.number import ALPHABET, CertificateNumber, check_character, parse_number


def test_number_is_printed_with_its_check_character() -> None:
    assert str(CertificateNumber(year=2026, serial=1234)) == "T26-0001234-U"


def test_published_example_of_the_standard_is_reproduced() -> None:
    # The Global Release Identifier, which uses the same system, is published with this example: A1-2425G-ABC1234002-M.
    assert check_character("A12425GABC1234002") == "M"


@pytest.mark.parametrize(
    "typed",
    [
        "T26-0001234-U",
        "t26-0001234-u",
        "T260001234U",
        " T26 0001234 U ",
        "T26\u20110001234\u2011U",
        "T26\u20130001234\u2014U",
        "T26\u22120001234\u2212U",
        "T26\u00a00001234\u00a0U",
        "T26\u200b-0001234-U",
        "\u042226-0001234-U",
        "\u0442 26-0001234-u",
    ],
)
def test_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert parse_number(typed) == CertificateNumber(year=2026, serial=1234)


@pytest.mark.parametrize("typed", ["", "T26", "S26-0001234-U", "T26-001234-U", "T26-00012345-U", "T26-0001234-ß", "Т"])
def test_another_shape_is_no_number(typed: str) -> None:
    with pytest.raises(NumberError) as refusal:
        parse_number(typed)
    assert refusal.value.code == "number-shape"


@pytest.mark.parametrize("serial", [0, 1234, 9_999_999, 2_718_281])
def test_every_single_substitution_is_noticed(serial: int) -> None:
    right = str(CertificateNumber(year=2026, serial=serial)).replace("-", "")

    for place, other in itertools.product(range(1, len(right)), ALPHABET):
        wrong = right[:place] + other + right[place + 1 :]
        if wrong != right:
            with pytest.raises(NumberError):
                parse_number(wrong)


def _is_accepted(typed: str) -> bool:
    try:
        parse_number(typed)
    except NumberError:
        return False
    return True


def test_hardly_any_adjacent_transposition_passes() -> None:
    # A hybrid system catches every substitution, and all but some transpositions: for MOD 37,36 about one in 330.
    tried = missed = 0
    for serial in range(0, 10_000_000, 1_999):
        right = str(CertificateNumber(year=2026, serial=serial)).replace("-", "")
        for place in range(len(right) - 1):
            wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
            if wrong != right:
                tried += 1
                missed += _is_accepted(wrong)

    assert tried > 40_000
    assert missed / tried < 0.004


@pytest.mark.parametrize(("year", "serial"), [(1999, 1), (2100, 1), (2026, -1), (2026, 10_000_000)])
def test_number_that_cannot_be_printed_is_refused(year: int, serial: int) -> None:
    with pytest.raises(NumberError):
        CertificateNumber(year=year, serial=serial)
