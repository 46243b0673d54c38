"""Which keys may sign what, from when to when, and who says so?

The trust list is signed by the root, and the root is pinned: a verifier holds its certificate beforehand and takes it
from nowhere else. Names in certificates prove nothing. A verifier keeps the highest list number that it has seen and
hands it in again, so that an older list, in which a stolen key is still good, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from certs.cose import (
    TRUST_LIST_PURPOSE,
    Algorithm,
    algorithm_of,
    assemble,
    bytes_to_sign,
    parse_envelope,
    protected_header,
    sign_raw,
    signature_holds,
)
from certs.encoding import decode, encode
from certs.errors import KeyStoreError, MalformedError, TrustListError
from certs.keys import KeyUse, PublicKey, SigningWindow, key_id, use_of
from certs.moments import from_seconds, to_seconds

MAX_TRUST_LIST_BYTES: Final = 1_000_000

_ISSUER, _ISSUED, _BODY = 1, 6, -65537
_VERSION, _NUMBER, _NEXT_UPDATE, _DEMONSTRATION, _ENTRIES = range(5)
_KID, _CERTIFICATE, _USE, _WINDOW, _REVOKED_FROM = range(1, 6)
_FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class TrustEntry:
    """One key: what it is for, when it may sign, and from when on it is no longer trusted, if ever."""

    kid: bytes
    certificate: x509.Certificate
    public_key: PublicKey
    use: KeyUse
    window: SigningWindow
    revoked_from: datetime | None = None

    @classmethod
    def of(
        cls, certificate: x509.Certificate, window: SigningWindow, revoked_from: datetime | None = None
    ) -> "TrustEntry":
        """List a certificate under its own key id and use.

        Raises:
            KeyStoreError: The certificate states no use.
            MalformedError: Its key is not of the kind that this use signs with.
        """
        use = use_of(certificate)
        return cls(
            kid=key_id(certificate),
            certificate=certificate,
            public_key=_key_fit_for(use, certificate),
            use=use,
            window=window,
            revoked_from=revoked_from,
        )

    def could_sign_at(self, moment: datetime) -> bool:
        """Decide whether a signature dated at this moment counts."""
        return self.window.holds(moment) and (self.revoked_from is None or moment < self.revoked_from)


@dataclass(frozen=True, kw_only=True)
class TrustList:
    """The keys of one issuer as the root stated them at one time."""

    issuer: str
    number: int
    issued_at: datetime
    next_update: datetime
    demonstration: bool
    entries: tuple[TrustEntry, ...]

    def find(self, kid: bytes, use: KeyUse) -> TrustEntry | None:
        """Find the key with this id if it is listed for this use."""
        return next((entry for entry in self.entries if entry.kid == kid and entry.use is use), None)

    def is_stale(self, now: datetime) -> bool:
        """Decide whether a newer list should have come, which may revoke a key."""
        return now > self.next_update


@dataclass(frozen=True, kw_only=True)
class PinnedRoot:
    """The one certificate from which all trust follows."""

    certificate: x509.Certificate
    public_key: ec.EllipticCurvePublicKey


def pin_root(certificate: bytes, *, sha256: str | None = None) -> PinnedRoot:
    """Take a root certificate (PEM or DER) that was obtained beforehand.

    Args:
        certificate: The bytes of the file.
        sha256: The published fingerprint in hexadecimal, with or without colons, where only that was obtained safely.

    Raises:
        TrustListError: It is no certificate (``root-unreadable``) or has another fingerprint (``wrong-root``).
    """
    try:
        is_pem = certificate.lstrip().startswith(b"-----BEGIN")
        root = x509.load_pem_x509_certificate(certificate) if is_pem else x509.load_der_x509_certificate(certificate)
        key = root.public_key()
    except ValueError:
        raise TrustListError("root-unreadable", "no certificate in PEM or DER form") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        raise TrustListError("root-unreadable", "the key of the root is neither P-256 nor P-384")
    if sha256 is not None and sha256.replace(":", "").lower() != root.fingerprint(hashes.SHA256()).hex():
        raise TrustListError("wrong-root", "the certificate has another fingerprint")
    return PinnedRoot(certificate=root, public_key=key)


def sign_trust_list(trust: TrustList, root_key: ec.EllipticCurvePrivateKey, root: x509.Certificate) -> bytes:
    """Write a trust list and sign it with the root."""
    payload = encode(_claims(trust))
    protected = protected_header(algorithm_of(root_key.public_key()), key_id(root))
    signature = sign_raw(root_key, bytes_to_sign(protected, payload, TRUST_LIST_PURPOSE))
    return assemble(protected, payload, signature)


def load_trust_list(data: bytes, root: PinnedRoot, *, highest_seen: int = 0) -> TrustList:
    """Read a trust list, believing it only if the pinned root signed it.

    Args:
        data: The file as published.
        root: The pinned root.
        highest_seen: The highest list number that this verifier has accepted before.

    Raises:
        TrustListError: ``wrong-root``, ``bad-signature``, ``malformed`` or ``rolled-back``.
    """
    try:
        trust = _believed(data, root)
    except (MalformedError, KeyStoreError) as error:
        raise TrustListError("malformed", str(error)) from None
    if trust.number < highest_seen:
        raise TrustListError("rolled-back", f"list {trust.number} after list {highest_seen} was seen")
    return trust


def _believed(data: bytes, root: PinnedRoot) -> TrustList:
    algorithm: Algorithm = algorithm_of(root.public_key)
    envelope = parse_envelope(data, algorithm=algorithm, limit=MAX_TRUST_LIST_BYTES)
    if envelope.kid != key_id(root.certificate):
        raise TrustListError("wrong-root", "signed by another root than the pinned one")
    if not signature_holds(root.public_key, envelope, TRUST_LIST_PURPOSE):
        raise TrustListError("bad-signature", "the root's signature does not hold")
    return _trust_list(decode(envelope.payload, limit=MAX_TRUST_LIST_BYTES))


def _claims(trust: TrustList) -> dict[int, object]:
    body = {
        _VERSION: _FORMAT,
        _NUMBER: trust.number,
        _NEXT_UPDATE: to_seconds(trust.next_update),
        _DEMONSTRATION: trust.demonstration,
        _ENTRIES: [_entry_claims(entry) for entry in trust.entries],
    }
    return {_ISSUER: trust.issuer, _ISSUED: to_seconds(trust.issued_at), _BODY: body}


def _entry_claims(entry: TrustEntry) -> dict[int, object]:
    claims: dict[int, object] = {
        _KID: entry.kid,
        _CERTIFICATE: entry.certificate.public_bytes(Encoding.DER),
        _USE: str(entry.use),
        _WINDOW: [to_seconds(entry.window.opens), to_seconds(entry.window.closes)],
    }
    if entry.revoked_from is not None:
        claims[_REVOKED_FROM] = to_seconds(entry.revoked_from)
    return claims


def _trust_list(claims: object) -> TrustList:
    match claims:
        case {
            1: str(issuer),
            6: issued,
            -65537: {0: 1, 1: int(number), 2: due, 3: bool(demonstration), 4: list(listed)},
        }:
            entries = tuple(_entry(entry) for entry in listed)
        case _:
            raise MalformedError("no trust list of the known shape")
    if len({entry.kid for entry in entries}) != len(entries):
        raise MalformedError("the same key twice")
    return TrustList(
        issuer=issuer,
        number=number,
        issued_at=from_seconds(issued),
        next_update=from_seconds(due),
        demonstration=demonstration,
        entries=entries,
    )


def _entry(claims: object) -> TrustEntry:
    match claims:
        case {1: bytes(kid), 2: bytes(der), 3: str(use), 4: [opens, closes], **rest}:
            window = SigningWindow(opens=from_seconds(opens), closes=from_seconds(closes))
            entry = TrustEntry.of(_certificate(der), window, _revoked_from(rest))
        case _:
            raise MalformedError("no entry of the known shape")
    if (kid, use) != (entry.kid, entry.use):
        raise MalformedError("an entry that contradicts its certificate")
    return entry


def _revoked_from(rest: Mapping[object, object]) -> datetime | None:
    if not rest:
        return None
    if set(rest) != {_REVOKED_FROM}:
        raise MalformedError("an entry with claims that are not known")
    return from_seconds(rest[_REVOKED_FROM])


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise MalformedError("an entry without a readable certificate") from None


def _key_fit_for(use: KeyUse, certificate: x509.Certificate) -> PublicKey:
    key = certificate.public_key()
    if use is KeyUse.LOG and isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if use is not KeyUse.LOG and isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise MalformedError(f"a key of another kind than the use {use} asks for")
