"""What does a receipt say that somebody keeps after a test, and how does it prove it without telling the answers?

A receipt states how many questions were answered, never how many rightly, and commits to the journal of the answers:
HMAC-SHA256 over the last head, under a secret that stands in the response sheet and nowhere else. Whoever holds the
receipt alone cannot test a guess about a single answer; whoever holds the sheet too can check every row of it.

Basis:
    docs/decisions/0023-receipts-that-tell-no-answers.md
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from certs.cose import (
    RECEIPT_PURPOSE,
    Algorithm,
    assemble,
    bytes_to_sign,
    parse_envelope,
    protected_header,
    signature_holds,
)
from certs.encoding import RECEIPT_PAGE, decode, encode, qr_text
from certs.errors import KeyStoreError, MalformedError, ReceiptError
from certs.keys import KeyStore, KeyUse, issuer_of, key_id, signing_window
from certs.moments import from_seconds, to_seconds, whole_seconds
from certs.number import compact

SECRET_BYTES: Final = 32
SEAL_BYTES: Final = 32
_ID_BYTES: Final = 16
MOST_ACTS: Final = 12
# With header and signature this fits a QR code of version 15 for a host of 40 characters.
LARGEST_PAYLOAD: Final = 260

_SEAL_PREFIX: Final = b"synaq-receipt-v1\x00"
_CODE_PREFIX: Final = b"synaq-receipt-code-v1\x00"

_ISSUER, _ISSUED, _BODY = 1, 6, -65537
_VERSION, _SITTING, _PROGRAMME, _COUNTS, _ROWS, _SEAL, _ENDED, _CAUSE, _LATE, _CREDIT = range(10)
_FORMAT: Final = 1

# Digits and letters without I, L, O and U, which are read as others (Crockford).
CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16
_CODE_GROUP: Final = 4
_READ_AS: Final = str.maketrans("OIL", "011")
_LETTER_BITS: Final = 5
# x^5 + x^2 + 1, which is primitive: the powers of x are 31 different weights.
_FIELD: Final = 0b100101


@dataclass(frozen=True, kw_only=True)
class ActCount:
    """How many questions of an act were asked, and how many have an answer."""

    asked: int
    answered: int

    @property
    def blank(self) -> int:
        """Give how many have none."""
        return self.asked - self.answered


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What is stated about one test that is over; times are whole seconds in UTC, whatever is passed in.

    ``counts`` keep the order of the programme. ``rows`` are the changes that were saved. ``late`` are the answers that
    arrived too late to count, as known when the receipt was made.
    """

    issuer: str
    sitting: uuid.UUID
    programme_code: str
    programme_version: str
    counts: tuple[ActCount, ...]
    rows: int
    seal: bytes
    ended_at: datetime
    cause: str
    late: int
    credit_seconds: int
    issued_at: datetime

    def __post_init__(self) -> None:
        """Bring the times to the one form in which they are signed."""
        object.__setattr__(self, "ended_at", whole_seconds(self.ended_at))
        object.__setattr__(self, "issued_at", whole_seconds(self.issued_at))

    @property
    def asked(self) -> int:
        """Give how many questions the paper had."""
        return sum(count.asked for count in self.counts)

    @property
    def answered(self) -> int:
        """Give how many of them have an answer."""
        return sum(count.answered for count in self.counts)

    @property
    def code(self) -> str:
        """Give the code that a person can copy by hand."""
        return code_of(self.payload())

    def payload(self) -> bytes:
        """Give the bytes of the claims, which are what gets signed."""
        body = {
            _VERSION: _FORMAT,
            _SITTING: self.sitting.bytes,
            _PROGRAMME: [self.programme_code, self.programme_version],
            _COUNTS: [[count.asked, count.answered] for count in self.counts],
            _ROWS: self.rows,
            _SEAL: self.seal,
            _ENDED: to_seconds(self.ended_at),
            _CAUSE: self.cause,
            _LATE: self.late,
            _CREDIT: self.credit_seconds,
        }
        return encode({_ISSUER: self.issuer, _ISSUED: to_seconds(self.issued_at), _BODY: body})


@dataclass(frozen=True, kw_only=True)
class ReceiptToSign:
    """The bytes of a receipt before its signature: record them, then sign them."""

    kid: bytes
    payload: bytes


def seal_of(secret: bytes, sitting: uuid.UUID, rows: int, last_head: bytes) -> bytes:
    """Give the commitment to a journal: it hides the head from everybody who lacks the secret, and binds to it.

    Args:
        secret: 32 random bytes of this sitting alone.
        sitting: Whose journal it is.
        rows: How many rows it has.
        last_head: The head after the last row.

    Raises:
        ValueError: The secret has another length; a shorter one would be padded and so not be the only one.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    message = _SEAL_PREFIX + sitting.bytes + rows.to_bytes(4, "big") + last_head
    return hmac.digest(secret, message, "sha256")


def receipt_from_payload(payload: bytes) -> Receipt:
    """Read the claims back.

    Raises:
        MalformedError: A claim is missing, of another type, unknown, or not in the form that ``payload`` gives.
    """
    match decode(payload):
        case {1: str(issuer), 6: issued, -65537: dict(body), **rest} if not rest:
            receipt = _receipt(issuer, issued, body)
        case _:
            raise MalformedError("no receipt of the known shape")
    if not is_possible(receipt) or receipt.payload() != payload:
        raise MalformedError("claims that this version does not write")
    return receipt


def is_possible(receipt: Receipt) -> bool:
    """Decide whether the numbers of a receipt can be those of any test."""
    counts_fit = 0 < len(receipt.counts) <= MOST_ACTS and all(
        count.asked > 0 and 0 <= count.answered <= count.asked for count in receipt.counts
    )
    return (
        counts_fit
        and receipt.rows >= receipt.answered
        and min(receipt.late, receipt.credit_seconds) >= 0
        and len(receipt.seal) == SEAL_BYTES
        and receipt.ended_at <= receipt.issued_at
    )


def prepare_receipt(receipt: Receipt, ring: KeyStore) -> ReceiptToSign:
    """Examine a receipt and give the exact bytes that would be signed.

    Raises:
        ReceiptError: ``impossible`` numbers, ``other-issuer``, ``key-not-valid-then``, or ``too-long`` for a code.
        KeyStoreError: There is no key for receipts.
    """
    certificate = ring.certificate(KeyUse.RECEIPT)
    payload = receipt.payload()
    if not is_possible(receipt):
        raise ReceiptError("impossible", "numbers that no test has")
    if receipt.issuer != issuer_of(certificate):
        raise ReceiptError("other-issuer", f"{receipt.issuer} is not the issuer whose key signs")
    if not signing_window(certificate).holds(receipt.issued_at):
        raise ReceiptError("key-not-valid-then", "the signing window of the key is closed")
    if len(payload) > LARGEST_PAYLOAD:
        raise ReceiptError("too-long", f"{len(payload)} bytes where {LARGEST_PAYLOAD} are the most")
    return ReceiptToSign(kid=key_id(certificate), payload=payload)


def sign_receipt(recorded: ReceiptToSign, ring: KeyStore) -> bytes:
    """Sign recorded bytes and check the signature before it leaves.

    Raises:
        KeyStoreError: The key is another one than was named (``key-changed``: prepare again), or its signature does not
            hold (``bad-signature``: a fault in the key store).
    """
    certificate = ring.certificate(KeyUse.RECEIPT)
    if key_id(certificate) != recorded.kid:
        raise KeyStoreError("key-changed", "the key for receipts was changed since the bytes were recorded")
    protected = protected_header(Algorithm.ES256, recorded.kid)
    signature = ring.sign(KeyUse.RECEIPT, bytes_to_sign(protected, recorded.payload, RECEIPT_PURPOSE))
    token = assemble(protected, recorded.payload, signature.raw)
    key, envelope = certificate.public_key(), parse_envelope(token, algorithm=Algorithm.ES256)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signature_holds(key, envelope, RECEIPT_PURPOSE):
        raise KeyStoreError("bad-signature", "the key store gave a signature that does not hold")
    return token


def receipt_qr_text(host: str, token: bytes) -> str:
    """Give the text of the QR code of a receipt."""
    return qr_text(host, token, RECEIPT_PAGE)


def code_of(payload: bytes) -> str:
    """Give the code of a receipt: 75 bits of a hash over what was signed, and a check character, in groups of four.

    It names a receipt and tells two apart. What binds the issuer is the signature: whoever makes receipts could look
    for two with one code.
    """
    digest = int.from_bytes(hashlib.sha256(_CODE_PREFIX + payload).digest(), "big")
    letters = CODE_LENGTH - 1
    number = digest >> (256 - letters * _LETTER_BITS)
    values = [number >> (place * _LETTER_BITS) & 0b11111 for place in reversed(range(letters))]
    return in_groups("".join(CODE_ALPHABET[value] for value in [*values, _check_value(values)]))


def parse_code(text: str) -> str:
    """Read a code as people type it: any case, with or without hyphens, O for 0, I or L for 1, Cyrillic look-alikes.

    Raises:
        ReceiptError: It has another shape (``code-shape``), or a character was mistyped (``code-check``).
    """
    typed = compact(text).translate(_READ_AS)
    if len(typed) != CODE_LENGTH or not set(typed) <= set(CODE_ALPHABET):
        raise ReceiptError("code-shape", "expected sixteen letters and digits, such as 7QK2-M9XW-4TB3-0ZHC")
    values = [CODE_ALPHABET.index(character) for character in typed]
    if _check_value(values[:-1]) != values[-1]:
        raise ReceiptError("code-check", "the check character does not fit: a character was mistyped")
    return in_groups(typed)


def in_groups(code: str) -> str:
    """Write a code in groups of four."""
    return "-".join(code[place : place + _CODE_GROUP] for place in range(0, len(code), _CODE_GROUP))


def _check_value(values: list[int]) -> int:
    """Compute the check over the field of 32: every wrong character and every exchange of two is found."""
    check = 0
    for value in values:
        doubled = (check ^ value) << 1
        check = doubled ^ _FIELD if doubled >> _LETTER_BITS else doubled
    return check


def _receipt(issuer: str, issued: object, body: Mapping[object, object]) -> Receipt:
    match body:
        case {
            0: 1,
            1: bytes(sitting),
            2: [str(code), str(version)],
            3: list(counts),
            4: rows,
            5: bytes(seal),
            6: ended,
            7: str(cause),
            8: late,
            9: credit,
            **rest,
        } if not rest and len(sitting) == _ID_BYTES:
            pass
        case _:
            raise MalformedError("no receipt of the known shape")
    return Receipt(
        issuer=issuer,
        sitting=uuid.UUID(bytes=sitting),
        programme_code=code,
        programme_version=version,
        counts=tuple(_count(pair) for pair in counts),
        rows=_whole(rows),
        seal=seal,
        ended_at=from_seconds(ended),
        cause=cause,
        late=_whole(late),
        credit_seconds=_whole(credit),
        issued_at=from_seconds(issued),
    )


def _count(pair: object) -> ActCount:
    match pair:
        case [asked, answered]:
            return ActCount(asked=_whole(asked), answered=_whole(answered))
    raise MalformedError("a count is not a pair")


def _whole(value: object) -> int:
    if type(value) is not int:
        raise MalformedError("a claim is not a whole number")
    return value
