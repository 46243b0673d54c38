"""Is a trust list believed only from the pinned root, and never an older one?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from certificate_sample import NOW
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certs.authority import Authority, create
from certs.cose import TRUST_LIST_PURPOSE, Algorithm, assemble, bytes_to_sign, protected_header, sign_raw
from certs.encoding import Tagged, decode, encode
from certs.errors import MalformedError, TrustListError
from certs.keys import KeyUse, SigningWindow, key_id
from certs.trust import TrustEntry, load_trust_list, pin_root


@pytest.fixture(scope="module")
def signed(authority: Authority) -> bytes:
    return authority.trust_list(7, NOW)


def test_list_is_read_back_as_it_was_signed(authority: Authority, signed: bytes) -> None:
    trust = load_trust_list(signed, authority.pinned_root())

    assert (trust.issuer, trust.number, trust.demonstration) == ("KZ-GS", 7, False)
    assert [entry.use for entry in trust.entries] == [leaf.use for leaf in authority.leaves]
    assert [entry.kid for entry in trust.entries] == [key_id(leaf.certificate) for leaf in authority.leaves]
    assert trust.issued_at == NOW


def test_root_on_p384_signs_with_es384(signed: bytes) -> None:
    outer = decode(signed, limit=100_000)

    assert isinstance(outer, Tagged)
    assert isinstance(outer.content, list)
    header = decode(outer.content[0])
    assert isinstance(header, dict)
    assert header[1] == -35
    assert len(outer.content[3]) == 96


def test_revoked_key_is_listed_with_its_time(authority: Authority) -> None:
    kid = key_id(authority.ring().certificate(KeyUse.TOKEN))

    trust = load_trust_list(authority.trust_list(8, NOW, {kid: NOW}), authority.pinned_root())

    entry = trust.find(kid, KeyUse.TOKEN)
    assert entry is not None
    assert entry.could_sign_at(NOW - timedelta(seconds=1))
    assert not entry.could_sign_at(NOW)


def test_key_is_found_for_its_own_use_only(authority: Authority, signed: bytes) -> None:
    trust = load_trust_list(signed, authority.pinned_root())
    kid = key_id(authority.ring().certificate(KeyUse.PDF))

    assert trust.find(kid, KeyUse.PDF)
    assert trust.find(kid, KeyUse.TOKEN) is None


@pytest.mark.parametrize(("seen", "accepted"), [(0, True), (7, True), (8, False)])
def test_list_older_than_one_seen_is_refused(authority: Authority, signed: bytes, seen: int, accepted: bool) -> None:
    if accepted:
        assert load_trust_list(signed, authority.pinned_root(), highest_seen=seen).number == 7
        return
    with pytest.raises(TrustListError, match="rolled-back"):
        load_trust_list(signed, authority.pinned_root(), highest_seen=seen)


def test_list_of_a_root_with_the_same_names_is_refused(signed: bytes) -> None:
    impostor = create("KZ-GS", NOW, demonstration=False)

    with pytest.raises(TrustListError, match="wrong-root"):
        load_trust_list(signed, impostor.pinned_root())


def test_other_root_under_the_right_key_id_is_refused(authority: Authority, signed: bytes) -> None:
    forged = _signed_by_root(authority, lambda _claims: None, ec.generate_private_key(ec.SECP384R1()))

    with pytest.raises(TrustListError, match="bad-signature"):
        load_trust_list(forged, authority.pinned_root())


def test_every_flipped_byte_is_noticed(authority: Authority, signed: bytes) -> None:
    for place in range(0, len(signed), 3):
        flipped = signed[:place] + bytes([signed[place] ^ 0x01]) + signed[place + 1 :]
        with pytest.raises(TrustListError):
            load_trust_list(flipped, authority.pinned_root())


def test_signature_for_another_purpose_is_refused(authority: Authority, signed: bytes) -> None:
    outer = decode(signed, limit=100_000)
    assert isinstance(outer, Tagged)
    assert isinstance(outer.content, list)
    protected, _, payload, _ = outer.content
    signature = sign_raw(authority.root.private, bytes_to_sign(protected, payload, b"kz-gs-cert-v1"))

    with pytest.raises(TrustListError, match="bad-signature"):
        load_trust_list(assemble(protected, payload, signature), authority.pinned_root())


def _signed_by_root(
    authority: Authority, change: Callable[[dict[int, Any]], None], key: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    outer = decode(authority.trust_list(7, NOW), limit=100_000)
    assert isinstance(outer, Tagged)
    assert isinstance(outer.content, list)
    claims = decode(outer.content[2], limit=100_000)
    assert isinstance(claims, dict)
    change(claims)
    payload = encode(claims)
    protected = protected_header(Algorithm.ES384, key_id(authority.root.certificate))
    signature = sign_raw(key or authority.root.private, bytes_to_sign(protected, payload, TRUST_LIST_PURPOSE))
    return assemble(protected, payload, signature)


def _entry(change: Callable[[dict[int, Any]], object]) -> Callable[[dict[int, Any]], None]:
    def apply(claims: dict[int, Any]) -> None:
        change(claims[-65537][4][0])

    return apply


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims.pop(-65537),
        lambda claims: claims[-65537].update({0: 2}),
        lambda claims: claims[-65537].update({1: "7"}),
        lambda claims: claims[-65537].update({3: 1}),
        lambda claims: claims[-65537][4].append(claims[-65537][4][0]),
        lambda claims: claims[-65537][4].append(5),
        _entry(lambda entry: entry.update({1: bytes(8)})),
        _entry(lambda entry: entry.update({2: b"no certificate"})),
        _entry(lambda entry: entry.update({3: "log"})),
        _entry(lambda entry: entry.update({4: [1]})),
        _entry(lambda entry: entry.update({4: ["a", "b"]})),
        _entry(lambda entry: entry.update({5: None})),
        _entry(lambda entry: entry.update({6: 1})),
    ],
)
def test_list_of_another_shape_is_malformed(authority: Authority, change: Callable[[dict[int, Any]], None]) -> None:
    with pytest.raises(TrustListError, match="malformed"):
        load_trust_list(_signed_by_root(authority, change), authority.pinned_root())


def test_certificate_without_use_cannot_be_listed(authority: Authority) -> None:
    def list_the_root(claims: dict[int, Any]) -> None:
        root = authority.root.certificate
        claims[-65537][4][0].update({1: key_id(root), 2: root.public_bytes(Encoding.DER)})

    with pytest.raises(TrustListError, match="malformed"):
        load_trust_list(_signed_by_root(authority, list_the_root), authority.pinned_root())


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_root_is_pinned_from_a_file_and_its_fingerprint(authority: Authority, encoding: Encoding) -> None:
    root = authority.root.certificate
    fingerprint = root.fingerprint(SHA256()).hex(":").upper()

    assert pin_root(root.public_bytes(encoding), sha256=fingerprint).certificate == root


def test_root_with_another_fingerprint_is_refused(authority: Authority) -> None:
    with pytest.raises(TrustListError, match="wrong-root"):
        pin_root(authority.root.certificate.public_bytes(Encoding.PEM), sha256="00" * 32)


def _self_signed(key: ec.EllipticCurvePrivateKey, use: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, use)])
    return x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1)).sign(key, SHA256())


@pytest.mark.parametrize(("curve", "use"), [(ec.SECP256R1(), "log"), (ec.SECP384R1(), "token")])
def test_key_of_another_kind_cannot_be_listed(curve: ec.EllipticCurve, use: str) -> None:
    certificate = _self_signed(ec.generate_private_key(curve), use)

    with pytest.raises(MalformedError, match="another kind"):
        TrustEntry.of(certificate, SigningWindow(opens=NOW, closes=NOW))


def test_what_is_no_root_cannot_be_pinned(authority: Authority) -> None:
    log = authority.ring().certificate(KeyUse.LOG).public_bytes(Encoding.DER)
    other_curve = _self_signed(ec.generate_private_key(ec.SECP521R1()), "root").public_bytes(Encoding.DER)

    for file in (b"", b"-----BEGIN nothing", log, other_curve):
        with pytest.raises(TrustListError, match="root-unreadable"):
            pin_root(file)
