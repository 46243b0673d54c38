"""Are exactly the recorded bytes signed, by exactly the named key, and is the token small enough to print?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from certificate_sample import HOST, NOW, ORDINARY
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from certs.authority import create
from certs.cose import CERTIFICATE_PURPOSE, Algorithm, algorithm_of, bytes_to_sign, parse_envelope, signature_holds
from certs.encoding import decode, from_base32
from certs.errors import KeyStoreError
from certs.keys import KeyUse, MemoryKeyStore, Signature, key_id
from certs.profile import ProfileError
from certs.signing import SignedCertificate, ToBeSigned, complete, prepare


def test_recorded_bytes_are_the_signed_bytes(ring: MemoryKeyStore) -> None:
    to_be_signed = prepare(ORDINARY, ring, NOW)
    signed = complete(to_be_signed, ring)

    envelope = parse_envelope(signed.token, algorithm=Algorithm.ES256)
    assert (envelope.payload, envelope.protected) == (to_be_signed.payload, to_be_signed.protected)
    assert to_be_signed.tbs == bytes_to_sign(envelope.protected, envelope.payload, CERTIFICATE_PURPOSE)
    assert decode(to_be_signed.tbs) == ["Signature1", envelope.protected, b"kz-gs-cert-v1", envelope.payload]
    assert signed.kid == envelope.kid == key_id(ring.certificate(KeyUse.TOKEN))
    assert to_be_signed.document == ORDINARY


def test_interrupted_issue_is_completed_from_the_record(ring: MemoryKeyStore) -> None:
    to_be_signed = prepare(ORDINARY, ring, NOW)

    assert ToBeSigned.recorded(kid=to_be_signed.kid, payload=to_be_signed.payload) == to_be_signed


def test_ordinary_token_is_small(certificate: SignedCertificate) -> None:
    assert len(certificate.token) <= 300


def test_longest_allowed_token_is_still_read(make_certificate: Callable[..., SignedCertificate]) -> None:
    certificate = make_certificate(family="Ә" * 45, given="Ә" * 30, patronymic="Ә" * 15)

    assert len(certificate.qr_text(HOST)) <= 1_000
    assert parse_envelope(certificate.token, algorithm=Algorithm.ES256)


def test_qr_text_is_the_address_and_the_token(certificate: SignedCertificate) -> None:
    address, _, text = certificate.qr_text("synaq.example.kz").partition("#")

    assert address == "https://synaq.example.kz/v"
    assert from_base32(text) == certificate.token
    assert text == certificate.base32 == text.upper()


def test_token_begins_as_the_published_format_says(certificate: SignedCertificate) -> None:
    protected = bytes.fromhex("a2 01 26 04 48") + certificate.kid

    assert certificate.token.startswith(bytes.fromhex("d2 84 4d") + protected + b"\xa0\x58")


def test_document_that_breaks_the_profile_is_not_prepared(ring: MemoryKeyStore) -> None:
    with pytest.raises(ProfileError):
        prepare(replace(ORDINARY, threshold=50), ring, NOW)


def test_document_of_another_issuer_is_not_prepared(ring: MemoryKeyStore) -> None:
    with pytest.raises(ProfileError, match="issuer-other"):
        prepare(replace(ORDINARY, issuer="KZ-XX"), ring, NOW)


def test_changed_key_does_not_sign_older_bytes(ring: MemoryKeyStore) -> None:
    to_be_signed = prepare(ORDINARY, ring, NOW)
    successor = create("KZ-GS", NOW, demonstration=False).ring()

    with pytest.raises(KeyStoreError, match="key-changed"):
        complete(to_be_signed, successor)


def test_bytes_that_do_not_belong_together_are_not_signed(ring: MemoryKeyStore) -> None:
    to_be_signed = prepare(ORDINARY, ring, NOW)
    other = prepare(replace(ORDINARY, total=46, given="Айжан"), ring, NOW)

    with pytest.raises(KeyStoreError, match="bytes-changed"):
        complete(replace(to_be_signed, tbs=other.tbs), ring)


def test_ring_without_token_key_prepares_nothing() -> None:
    ring = create("KZ-GS", NOW, demonstration=False, uses=(KeyUse.PDF, KeyUse.STATUS)).ring()

    with pytest.raises(KeyStoreError, match="no-key"):
        prepare(ORDINARY, ring, NOW)


def test_faulty_signature_does_not_leave(ring: MemoryKeyStore) -> None:
    class Faulty:
        def certificate(self, use: KeyUse) -> x509.Certificate:
            return ring.certificate(use)

        def sign(self, use: KeyUse, tbs: bytes) -> Signature:
            return replace(ring.sign(use, tbs), raw=bytes(64))

    with pytest.raises(KeyStoreError, match="bad-signature"):
        complete(prepare(ORDINARY, ring, NOW), Faulty())


def test_key_on_another_curve_never_fits(certificate: SignedCertificate) -> None:
    envelope = parse_envelope(certificate.token, algorithm=Algorithm.ES256)
    other = ec.generate_private_key(ec.SECP384R1()).public_key()

    assert not signature_holds(other, envelope, CERTIFICATE_PURPOSE)
    with pytest.raises(ValueError, match="no algorithm"):
        algorithm_of(ec.generate_private_key(ec.SECP521R1()).public_key())


def test_reissue_differs_by_its_version_only(make_certificate: Callable[..., SignedCertificate]) -> None:
    first, second = make_certificate(), make_certificate(version=2, issued_at=NOW - timedelta(minutes=1))

    assert first.token != second.token


def test_package_knows_neither_application_nor_question_bank() -> None:
    import certs

    sources = "\n".join(path.read_text() for path in Path(certs.__path__[0]).glob("*.py"))
    assert not [name for name in ("flask", "sqlalchemy", "app", "question_bank") if f"import {name}" in sources]
    assert "from app" not in sources
