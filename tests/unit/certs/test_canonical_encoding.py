"""Is there one way only to write a value, and is every other way refused?"""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.encoding import Tagged, decode, encode, from_base32, to_base32
from certs.errors import MalformedError

WORDS = st.integers(min_value=-(2**64), max_value=2**64 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | WORDS | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
).filter(lambda value: _depth(value) <= 5)


def _depth(value: object) -> int:
    members = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if members is None else 1 + max(map(_depth, members), default=0)


@given(VALUES)
def test_value_survives_the_round_trip(value: object) -> None:
    assert decode(encode(value), limit=100_000) == value


@given(VALUES)
def test_another_library_reads_the_same_value(value: object) -> None:
    assert cbor2.loads(encode(value)) == value


@given(st.binary(max_size=60))
def test_whatever_is_read_is_written_the_same_way(data: bytes) -> None:
    try:
        value = decode(data)
    except MalformedError:
        return
    assert encode(value) == data


def test_keys_stand_in_the_order_of_their_bytes() -> None:
    assert encode({-1: 0, 100: 0, 24: 0, 1: 0, -65537: 0}).hex() == "a501001818001864002000" + "3a0001000000"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1817",  # 23 in two bytes
        "190017",
        "1b0000000000000001",
        "5f4101ff",  # indefinite bytes, text, array, map
        "7f6161ff",
        "9f01ff",
        "bf0101ff",
        "ff",
        "1c",
        "a201010102",  # the same key twice
        "a202010101",  # keys out of order
        "a1616101",  # a text key
        "a1f401",  # a key that is false
        "f90000",  # floats, simple values
        "fa00000000",
        "f7",
        "e0",
        "f818",
        "0101",  # something follows
        "6180",  # no UTF-8
        "58ff00",  # shorter than announced
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "818181818180",  # six deep
        "c1c1c1c1c1c100",
    ],
)
def test_any_other_writing_is_malformed(written: str) -> None:
    with pytest.raises(MalformedError):
        decode(bytes.fromhex(written))


def test_more_bytes_than_allowed_are_not_read() -> None:
    with pytest.raises(MalformedError):
        decode(encode(b"x" * 30), limit=30)


@pytest.mark.parametrize("value", [1.5, {1}, {"a": 1}, {True: 1}, object(), Tagged(1, 2.5)])
def test_what_is_never_signed_cannot_be_written(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("number", [2**64, -(2**64) - 1])
def test_number_beyond_a_word_cannot_be_written(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        encode(number)


@given(st.binary(min_size=1, max_size=700))
def test_base32_is_read_in_any_case(data: bytes) -> None:
    assert from_base32(to_base32(data)) == data
    assert from_base32(to_base32(data).lower()) == data


@pytest.mark.parametrize("text", ["", "A", "AAA", "AAAAAA", "AB", "AA======", "A0", "A1", "AA A", "АА", "AA\n", "ıı"])
def test_other_text_is_no_base32(text: str) -> None:
    with pytest.raises(MalformedError):
        from_base32(text)
