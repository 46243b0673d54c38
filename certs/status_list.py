"""Which certificates of an issuer were revoked or suspended, said in one signed file that anybody may carry away?

A list has two bits for each of its places. A certificate names its list and its place, which was drawn at random, so
that the file tells nothing about anybody whose certificate is not at hand. It is signed by the status key for this
purpose alone, states when it was made, when the next one is due and until when it may be relied on.

Basis:
    The idea and the meaning of the bits are those of the IETF Token Status List; the claims are our own.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from certs.cose import (
    STATUS_LIST_PURPOSE,
    Algorithm,
    assemble,
    bytes_to_sign,
    parse_envelope,
    protected_header,
    signature_holds,
)
from certs.document import CertificateDocument
from certs.encoding import decode, encode
from certs.errors import CertsError, KeyStoreError, MalformedError
from certs.keys import KeyStore, KeyUse, issuer_of, key_id, signing_window
from certs.moments import from_seconds, to_seconds, whole_seconds
from certs.profile import STATUS_LIST_ENTRIES
from certs.status import StatusAnswer, StatusState
from certs.trust import TrustList
from certs.verification import CLOCK_TOLERANCE

LIFE: Final = timedelta(hours=24)
"""So long a list says "valid" of today."""
NEXT_DUE: Final = timedelta(hours=1)
"""A new one is made at least so often, and at once when a status changes."""
# Two bits for each place, however badly they compress, with the claims around them.
MAX_STATUS_LIST_BYTES: Final = 40_000

_ISSUER, _EXPIRES, _ISSUED, _BODY = 1, 4, 6, -65537
_VERSION, _NUMBER, _BITS, _PLACES, _NEXT = range(5)
_FORMAT: Final = 1
_BITS_A_PLACE: Final = 2
_PLACES_A_BYTE: Final = 8 // _BITS_A_PLACE
_BYTES: Final = STATUS_LIST_ENTRIES // _PLACES_A_BYTE
_CODES: Final = {StatusState.VALID: 0, StatusState.REVOKED: 1, StatusState.SUSPENDED: 2}
_STATES: Final = {code: state for state, code in _CODES.items()}


class StatusListError(CertsError):
    """A status list must not be relied on."""


@dataclass(frozen=True, kw_only=True)
class StatusList:
    """A list that the issuer's status key signed."""

    issuer: str
    number: int
    issued_at: datetime
    next_due: datetime
    expires_at: datetime
    places: bytes

    def state_at(self, index: int) -> StatusState | None:
        """Return what stands at a place; None for a place that it does not have, or a code without a meaning."""
        if not 0 <= index < STATUS_LIST_ENTRIES:
            return None
        shift = index % _PLACES_A_BYTE * _BITS_A_PLACE
        return _STATES.get(self.places[index // _PLACES_A_BYTE] >> shift & 0b11)


def sign_status_list(number: int, states: Mapping[int, StatusState], ring: KeyStore, now: datetime) -> bytes:
    """Make a list and sign it.

    Args:
        number: Which list; certificates name it.
        states: By place; a place that is left out is valid.
        ring: Where the status key is.
        now: The time of issue, aware.

    Raises:
        StatusListError: A place is out of range (``no-such-place``), or the key's window is closed
            (``key-not-valid-now``).
        KeyStoreError: There is no status key, or its signature does not hold.
    """
    certificate = ring.certificate(KeyUse.STATUS)
    if not signing_window(certificate).holds(whole_seconds(now)):
        raise StatusListError("key-not-valid-now", "the signing window of the status key is closed")
    payload = encode(
        {
            _ISSUER: issuer_of(certificate),
            _ISSUED: to_seconds(now),
            _EXPIRES: to_seconds(now + LIFE),
            _BODY: {
                _VERSION: _FORMAT,
                _NUMBER: number,
                _BITS: _BITS_A_PLACE,
                _PLACES: zlib.compress(_packed(states), level=9),
                _NEXT: to_seconds(now + NEXT_DUE),
            },
        }
    )
    protected = protected_header(Algorithm.ES256, key_id(certificate))
    signature = ring.sign(KeyUse.STATUS, bytes_to_sign(protected, payload, STATUS_LIST_PURPOSE))
    signed = assemble(protected, payload, signature.raw)
    key = certificate.public_key()
    envelope = parse_envelope(signed, algorithm=Algorithm.ES256, limit=MAX_STATUS_LIST_BYTES)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signature_holds(key, envelope, STATUS_LIST_PURPOSE):
        raise KeyStoreError("bad-signature", "the key store gave a signature that does not hold")
    return signed


def load_status_list(data: bytes, trust: TrustList) -> StatusList:
    """Read a list, believing it only if a status key of the trust list signed it when it could.

    Raises:
        StatusListError: ``malformed``, ``unknown-key``, ``bad-signature``, ``other-issuer`` or ``key-not-valid-then``.
    """
    try:
        envelope = parse_envelope(data, algorithm=Algorithm.ES256, limit=MAX_STATUS_LIST_BYTES)
        entry = trust.find(envelope.kid, KeyUse.STATUS)
        if entry is None:
            raise StatusListError("unknown-key", "signed by a key that is not listed for status lists")
        key = entry.public_key
        if not isinstance(key, ec.EllipticCurvePublicKey) or not signature_holds(key, envelope, STATUS_LIST_PURPOSE):
            raise StatusListError("bad-signature", "the signature does not hold")
        found = _status_list(decode(envelope.payload, limit=MAX_STATUS_LIST_BYTES))
    except MalformedError as error:
        raise StatusListError("malformed", error.detail) from None
    if found.issuer != trust.issuer:
        raise StatusListError("other-issuer", f"a list of {found.issuer}, not of {trust.issuer}")
    if not entry.could_sign_at(found.issued_at):
        raise StatusListError("key-not-valid-then", "its key could not sign at the time that it states")
    return found


class StatusLists:
    """The lists that a verifier holds, as the source of a certificate's status; of two with one number the newer."""

    def __init__(self, lists: Iterable[StatusList], *, dated: bool = False) -> None:
        """Take the lists.

        Args:
            lists: As loaded.
            dated: Whether a list whose time is over still tells how things were then: "genuine, not revoked as of".
        """
        self._dated = dated
        self._newest: dict[int, StatusList] = {}
        for found in lists:
            held = self._newest.get(found.number)
            if held is None or held.issued_at < found.issued_at:
                self._newest[found.number] = found

    def __call__(self, document: CertificateDocument, now: datetime) -> StatusAnswer | None:
        """Answer for a certificate; None where no list at hand tells.

        What was revoked stays so, however old the list. A list from the future was made by a wrong clock or is kept
        for a trick: it tells nothing.
        """
        found = self._newest.get(document.status.list_number)
        if found is None or found.issuer != document.issuer or now + CLOCK_TOLERANCE < found.issued_at:
            return None
        state, fresh = found.state_at(document.status.index), now < found.expires_at
        if state is None or not (fresh or self._dated or state is StatusState.REVOKED):
            return None
        return StatusAnswer(state=state, as_of=found.issued_at, fresh=fresh)


def _packed(states: Mapping[int, StatusState]) -> bytes:
    places = bytearray(_BYTES)
    for index, state in states.items():
        if not 0 <= index < STATUS_LIST_ENTRIES:
            raise StatusListError("no-such-place", str(index))
        places[index // _PLACES_A_BYTE] |= _CODES[state] << index % _PLACES_A_BYTE * _BITS_A_PLACE
    return bytes(places)


def _unpacked(compressed: bytes) -> bytes:
    """Decompress to exactly the known length: a small file must not become a large one."""
    reader = zlib.decompressobj()
    try:
        places = reader.decompress(compressed, _BYTES + 1)
    except zlib.error:
        raise MalformedError("the places are not compressed as they should be") from None
    if len(places) != _BYTES or not reader.eof or reader.unused_data:
        raise MalformedError(f"other than {STATUS_LIST_ENTRIES} places")
    return places


def _status_list(claims: object) -> StatusList:
    match claims:
        case {
            1: str(issuer),
            4: expires,
            6: issued,
            -65537: {0: 1, 1: int(number), 2: 2, 3: bytes(places), 4: due, **more},
            **rest,
        } if not more and not rest:
            pass
        case _:
            raise MalformedError("no status list of the known shape")
    found = StatusList(
        issuer=issuer,
        number=number,
        issued_at=from_seconds(issued),
        next_due=from_seconds(due),
        expires_at=from_seconds(expires),
        places=_unpacked(places),
    )
    if not found.issued_at < found.next_due <= found.expires_at:
        raise MalformedError("times in another order")
    return found
