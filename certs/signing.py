"""How does a document become a signed certificate without a signature that nobody recorded?

In two steps: ``prepare`` gives the exact bytes, which the caller records as *to be issued*; ``complete`` signs them.
After a crash in between, the recorded bytes are there to be completed or withdrawn (``ToBeSigned.recorded``).
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from certs.cose import (
    CERTIFICATE_PURPOSE,
    Algorithm,
    assemble,
    bytes_to_sign,
    parse_envelope,
    protected_header,
    signature_holds,
)
from certs.document import CertificateDocument, document_from_payload
from certs.encoding import qr_text, to_base32
from certs.errors import KeyStoreError
from certs.keys import KeyStore, KeyUse, issuer_of, key_id, signing_window
from certs.profile import SigningContext, require_profile


@dataclass(frozen=True, kw_only=True)
class ToBeSigned:
    """The bytes of a certificate before its signature: record them, then sign them."""

    kid: bytes
    payload: bytes
    protected: bytes
    tbs: bytes

    @classmethod
    def recorded(cls, *, kid: bytes, payload: bytes) -> "ToBeSigned":
        """Make it again from what was recorded; every other byte follows."""
        protected = protected_header(Algorithm.ES256, kid)
        tbs = bytes_to_sign(protected, payload, CERTIFICATE_PURPOSE)
        return cls(kid=kid, payload=payload, protected=protected, tbs=tbs)

    @property
    def document(self) -> CertificateDocument:
        """Read back what is about to be asserted."""
        return document_from_payload(self.payload)


@dataclass(frozen=True, kw_only=True)
class SignedCertificate:
    """A token: the signed bytes, and the key that signed them."""

    token: bytes
    kid: bytes

    @property
    def base32(self) -> str:
        """Give the token as text."""
        return to_base32(self.token)

    def qr_text(self, host: str) -> str:
        """Give the text of the QR code for the official host."""
        return qr_text(host, self.token)


def prepare(document: CertificateDocument, ring: KeyStore, now: datetime) -> ToBeSigned:
    """Examine a document and give the exact bytes that would be signed.

    Args:
        document: What is to be asserted.
        ring: Where the token key is; it is named, not used.
        now: The time of issue, aware.

    Raises:
        ProfileError: The document must not be signed.
        KeyStoreError: There is no token key.
    """
    certificate = ring.certificate(KeyUse.TOKEN)
    context = SigningContext(
        issuer=issuer_of(certificate),
        window=signing_window(certificate),
        key_expires_at=certificate.not_valid_after_utc,
        now=now,
    )
    require_profile(document, context)
    return ToBeSigned.recorded(kid=key_id(certificate), payload=document.payload())


def complete(to_be_signed: ToBeSigned, ring: KeyStore) -> SignedCertificate:
    """Sign recorded bytes and check the signature before it leaves.

    Raises:
        KeyStoreError: The key is another one than was named (``key-changed``: prepare again), or its signature does not
            hold (``bad-signature``: a fault in the key store).
    """
    if key_id(ring.certificate(KeyUse.TOKEN)) != to_be_signed.kid:
        raise KeyStoreError("key-changed", "the token key was changed since the bytes were recorded")
    expected = ToBeSigned.recorded(kid=to_be_signed.kid, payload=to_be_signed.payload)
    if to_be_signed != expected:
        raise KeyStoreError("bytes-changed", "the recorded bytes do not belong together")
    signature = ring.sign(KeyUse.TOKEN, expected.tbs)
    token = assemble(expected.protected, expected.payload, signature.raw)
    _require_own_signature(token, ring)
    return SignedCertificate(token=token, kid=signature.kid)


def _require_own_signature(token: bytes, ring: KeyStore) -> None:
    key = ring.certificate(KeyUse.TOKEN).public_key()
    envelope = parse_envelope(token, algorithm=Algorithm.ES256)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signature_holds(key, envelope, CERTIFICATE_PURPOSE):
        raise KeyStoreError("bad-signature", "the key store gave a signature that does not hold")
