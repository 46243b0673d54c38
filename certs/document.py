"""What exactly does a certificate assert, and under which claim numbers?

Whoever can read a ``CertificateDocument`` knows everything that is signed. Whether it *should* be signed is decided in
``certs.profile``; reading one back refuses whatever this module would not have written.

Basis:
    RFC 8392 section 3.1 (iss 1, exp 4, nbf 5, iat 6); the body lies in the range kept for private use.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from certs.encoding import decode, encode
from certs.errors import MalformedError, NumberError
from certs.moments import from_seconds, to_seconds, whole_seconds
from certs.number import CertificateNumber, parse_number

ISSUER, EXPIRES, TESTED, ISSUED, BODY = 1, 4, 5, 6, -65537

(
    VERSION,
    NUMBER,
    FAMILY,
    GIVEN,
    PATRONYMIC,
    BIRTH_DATE,
    IIN,
    PROGRAMME,
    SECTIONS,
    TOTAL,
    THRESHOLD,
    LANGUAGE,
    SITTING,
    PHOTO,
    STATUS,
) = range(15)

# Neither a centre code nor a sitting reference may hold it, so the claim splits in one way only.
BETWEEN_CENTRE_AND_SITTING: Final = "/"
_PAIR: Final = 2


@dataclass(frozen=True, kw_only=True)
class Section:
    """One block of the test: how many questions it had and how many were answered correctly."""

    maximum: int
    correct: int


@dataclass(frozen=True, kw_only=True)
class StatusPointer:
    """Where the status of a certificate is found: a list and a place in it, drawn at random at issue."""

    list_number: int
    index: int


@dataclass(frozen=True, kw_only=True)
class CertificateDocument:
    """Exactly what is asserted; texts are NFC and times whole seconds in UTC, whatever is passed in.

    ``version`` is 1 at first issue and one more each time the same number is issued anew. ``tested_at`` is when the
    sitting began, which is also when validity begins. ``sections`` keep the order of the programme.
    """

    issuer: str
    number: CertificateNumber
    family: str
    given: str
    patronymic: str | None = None
    birth_date: date
    iin: str
    programme_code: str
    programme_version: str
    sections: tuple[Section, ...]
    total: int
    threshold: int
    language: str
    centre_code: str
    sitting: str
    tested_at: datetime
    issued_at: datetime
    expires_at: datetime
    photo_hash: bytes | None = None
    status: StatusPointer
    version: int = 1

    def __post_init__(self) -> None:
        """Bring texts and times to the one form in which they are signed."""
        for name, value in list(vars(self).items()):
            if isinstance(value, str):
                object.__setattr__(self, name, unicodedata.normalize("NFC", value))
            elif isinstance(value, datetime):
                object.__setattr__(self, name, whole_seconds(value))

    def payload(self) -> bytes:
        """Give the bytes of the claims, which are what gets signed."""
        return encode(self.claims())

    def claims(self) -> dict[int, object]:
        """Give the claims by number; the time of the test is left out where it is the time of issue."""
        claims: dict[int, object] = {
            ISSUER: self.issuer,
            EXPIRES: to_seconds(self.expires_at),
            TESTED: to_seconds(self.tested_at),
            ISSUED: to_seconds(self.issued_at),
            BODY: {number: value for number, value in self._body().items() if value is not None},
        }
        if self.tested_at == self.issued_at:
            del claims[TESTED]
        return claims

    def _body(self) -> dict[int, object]:
        return {
            VERSION: self.version,
            NUMBER: str(self.number),
            FAMILY: self.family,
            GIVEN: self.given,
            PATRONYMIC: self.patronymic,
            BIRTH_DATE: self.birth_date.isoformat(),
            IIN: self.iin,
            PROGRAMME: [self.programme_code, self.programme_version],
            SECTIONS: [[section.maximum, section.correct] for section in self.sections],
            TOTAL: self.total,
            THRESHOLD: self.threshold,
            LANGUAGE: self.language,
            SITTING: f"{self.centre_code}{BETWEEN_CENTRE_AND_SITTING}{self.sitting}",
            PHOTO: self.photo_hash,
            STATUS: [self.status.list_number, self.status.index],
        }


def document_from_payload(payload: bytes) -> CertificateDocument:
    """Read the claims back.

    Raises:
        MalformedError: A claim is missing, of another type, unknown, or not in the form that ``payload`` gives.
    """
    claims = decode(payload)
    body = claims.get(BODY) if isinstance(claims, dict) else None
    if not isinstance(claims, dict) or not isinstance(body, dict):
        raise MalformedError("no claims of the known shape")
    document = _document(claims, body)
    # Whatever was overlooked above (an extra claim, text that is not NFC, a number with spaces) shows here.
    if document.payload() != payload:
        raise MalformedError("claims that this version does not write")
    return document


def _document(claims: Mapping[int, object], body: Mapping[int, object]) -> CertificateDocument:
    programme_code, programme_version = _texts(body, PROGRAMME)
    centre_code, _, sitting = _text(body, SITTING).partition(BETWEEN_CENTRE_AND_SITTING)
    list_number, index = _integers(body.get(STATUS))
    return CertificateDocument(
        issuer=_text(claims, ISSUER),
        number=_number(body),
        family=_text(body, FAMILY),
        given=_text(body, GIVEN),
        patronymic=_text(body, PATRONYMIC) if PATRONYMIC in body else None,
        birth_date=_date(body),
        iin=_text(body, IIN),
        programme_code=programme_code,
        programme_version=programme_version,
        sections=_sections(body),
        total=_integer(body.get(TOTAL)),
        threshold=_integer(body.get(THRESHOLD)),
        language=_text(body, LANGUAGE),
        centre_code=centre_code,
        sitting=sitting,
        tested_at=from_seconds(claims.get(TESTED, claims.get(ISSUED))),
        issued_at=from_seconds(claims.get(ISSUED)),
        expires_at=from_seconds(claims.get(EXPIRES)),
        photo_hash=_photo_hash(body) if PHOTO in body else None,
        status=StatusPointer(list_number=list_number, index=index),
        version=_integer(body.get(VERSION)),
    )


def _text(claims: Mapping[int, object], claim: int) -> str:
    value = claims.get(claim)
    if not isinstance(value, str):
        raise MalformedError(f"claim {claim} is not text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError("a claim is not a whole number")
    return value


def _integers(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != _PAIR:
        raise MalformedError("a claim is not a pair")
    return _integer(value[0]), _integer(value[1])


def _texts(body: Mapping[int, object], claim: int) -> tuple[str, str]:
    match body.get(claim):
        case [str(first), str(second)]:
            return first, second
    raise MalformedError(f"claim {claim} is not a pair of texts")


def _sections(body: Mapping[int, object]) -> tuple[Section, ...]:
    listed = body.get(SECTIONS)
    if not isinstance(listed, list):
        raise MalformedError("the sections are not a list")
    pairs = [_integers(pair) for pair in listed]
    return tuple(Section(maximum=maximum, correct=correct) for maximum, correct in pairs)


def _number(body: Mapping[int, object]) -> CertificateNumber:
    try:
        return parse_number(_text(body, NUMBER))
    except NumberError as error:
        raise MalformedError(str(error)) from None


def _date(body: Mapping[int, object]) -> date:
    try:
        return date.fromisoformat(_text(body, BIRTH_DATE))
    except ValueError:
        raise MalformedError("the birth date is not a date") from None


def _photo_hash(body: Mapping[int, object]) -> bytes:
    value = body.get(PHOTO)
    if not isinstance(value, bytes):
        raise MalformedError("the photo hash is not bytes")
    return value
