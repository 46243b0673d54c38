"""Is what is read back exactly what was asserted, and nothing else?"""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from certificate_sample import ORDINARY
from hypothesis import given
from hypothesis import strategies as st

from certs.document import BODY, CertificateDocument, Section, StatusPointer, document_from_payload
from certs.encoding import encode
from certs.errors import MalformedError
from certs.number import CertificateNumber

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COUNT = st.integers(min_value=0, max_value=200)


def test_ordinary_document_survives_the_round_trip() -> None:
    assert document_from_payload(ORDINARY.payload()) == ORDINARY


@given(
    st.builds(
        CertificateDocument,
        issuer=TEXT,
        number=st.builds(CertificateNumber, year=st.integers(2000, 2099), serial=st.integers(0, 9_999_999)),
        family=TEXT,
        given=TEXT,
        patronymic=st.none() | TEXT,
        birth_date=st.dates(date(1900, 1, 1)),
        iin=TEXT,
        programme_code=TEXT,
        programme_version=TEXT,
        sections=st.lists(st.builds(Section, maximum=COUNT, correct=COUNT), max_size=5).map(tuple),
        total=COUNT,
        threshold=COUNT,
        language=TEXT,
        centre_code=TEXT.filter(lambda text: "/" not in text),
        sitting=TEXT,
        tested_at=MOMENTS,
        issued_at=MOMENTS,
        expires_at=MOMENTS,
        photo_hash=st.none() | st.binary(min_size=16, max_size=16),
        status=st.builds(StatusPointer, list_number=COUNT, index=COUNT),
    )
)
def test_any_document_survives_the_round_trip(document: CertificateDocument) -> None:
    # NFC may make a slash out of nothing else, so the centre code stays whole.
    assert document_from_payload(document.payload()) == document


def test_claims_have_the_published_numbers() -> None:
    claims = ORDINARY.claims()
    body = claims[BODY]

    assert list(claims) == [1, 4, 5, 6, -65537]
    assert isinstance(body, dict)
    assert list(body) == list(range(15))
    assert (body[1], body[7], body[12], body[14]) == (
        "T26-0001234-U",
        ["b-general", "2026-1"],
        "ALA-01/7KQ2M9XW",
        [3, 70_001],
    )


def test_absent_facts_take_no_room() -> None:
    document = replace(ORDINARY, patronymic=None, photo_hash=None, tested_at=ORDINARY.issued_at)
    body = document.claims()[BODY]

    assert isinstance(body, dict)
    assert not {4, 13} & set(body)
    assert 5 not in document.claims()
    assert document_from_payload(document.payload()) == document


def test_decomposed_name_is_signed_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Ёлкина")

    assert replace(ORDINARY, family=decomposed) == replace(ORDINARY, family="Ёлкина")


def test_time_of_another_zone_is_the_same_second() -> None:
    local = ORDINARY.issued_at.astimezone(timezone(timedelta(hours=5))).replace(microsecond=999)

    assert replace(ORDINARY, issued_at=local).payload() == ORDINARY.payload()


def test_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(ORDINARY, issued_at=ORDINARY.issued_at.replace(tzinfo=None))


Claims = dict[int, object]


def _in_body(claim: int, value: object) -> Callable[[Claims], None]:
    def change(claims: Claims) -> None:
        body = claims[BODY]
        assert isinstance(body, dict)
        body[claim] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _in_body(99, "more"),
        _in_body(0, "1"),
        _in_body(0, True),
        _in_body(1, "t26-0001234-u"),
        _in_body(1, "T26-0001234-V"),
        _in_body(2, unicodedata.normalize("NFD", "Ёлкина")),
        _in_body(3, b"bytes"),
        _in_body(4, None),
        _in_body(5, "2026-02-30"),
        _in_body(5, "19950821"),
        _in_body(7, ["one"]),
        _in_body(7, "b-general"),
        _in_body(8, [[1, 2, 3]]),
        _in_body(8, 5),
        _in_body(8, [["1", 2]]),
        _in_body(12, "no centre"),
        _in_body(13, "text"),
        _in_body(14, [1]),
        lambda claims: claims.update({1: 7}),
        lambda claims: claims.update({6: -1}),
        lambda claims: claims.update({4: 2**60}),
        lambda claims: claims.update({5: claims[6]}),
        lambda claims: claims.update({7: b"id"}),
        lambda claims: claims.pop(6),
        lambda claims: claims.pop(BODY),
        lambda claims: claims.update({BODY: [1]}),
    ],
)
def test_claims_of_another_form_are_malformed(change: Callable[[Claims], None]) -> None:
    claims = ORDINARY.claims()
    change(claims)

    with pytest.raises(MalformedError):
        document_from_payload(encode(claims))


def test_payload_that_is_no_map_is_malformed() -> None:
    with pytest.raises(MalformedError):
        document_from_payload(encode([1, 2]))
