"""Whose digital signatures do the tests have? An authority like the national one, and what people sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as raw
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.eds.people import ORGANISATION, PERSON
from tests.kit.outside import MORNING

IIN = "900515300006"
DAY = timedelta(days=1)
CENTURY = timedelta(days=36500)
"""For what a browser test uses: a server has the clock of its machine."""
LOGIN = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
SIGNING = ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string
ACTS_FOR_ORGANISATION = f"{ORGANISATION}.5"
GOST_DIGEST = "1.2.398.3.10.1.3.3"
GOST_SIGNATURE = "1.2.398.3.10.1.1.2.3.2"

_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of somebody; made once, as that is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass(frozen=True)
class Holder:
    """A certificate, and the key that belongs to it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def raw(self) -> Any:
        return raw.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))


def subject(common_name: str, **others: str) -> x509.Name:
    """Return a name as the national authority writes it: ``subject("ТЕСТОВ ТЕСТ", serial="IIN…", unit="BIN…")``."""
    oids = {
        "family": NameOID.SURNAME,
        "serial": NameOID.SERIAL_NUMBER,
        "patronymic": NameOID.GIVEN_NAME,
        "unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "organisation": NameOID.ORGANIZATION_NAME,
    }
    parts = [(NameOID.COUNTRY_NAME, "KZ"), (NameOID.COMMON_NAME, common_name)]
    parts += [(oids[name], value) for name, value in others.items()]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def authority(
    name: str, issuer: Holder | None = None, *, path_length: int | None = None, until: datetime = MORNING + CENTURY
) -> Holder:
    """Make an authority; a root without an ``issuer``."""
    key, own = rsa_key(name), subject(name)
    builder = (
        _builder(own, issuer.certificate.subject if issuer else own, key, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return Holder(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def person(
    issuer: Holder,
    *,
    iin: str = IIN,
    name: str = "ТЕСТОВ ТЕСТ",
    purposes: tuple[str, ...] = (LOGIN, PERSON),
    until: datetime = MORNING + 300 * DAY,
    usage: x509.KeyUsage | None = None,
    key: rsa.RSAPrivateKey | None = None,
    own: x509.Name | None = None,
    ca: bool = False,
    extension: x509.ExtensionType | None = None,
) -> Holder:
    """Make a person's certificate for signing in, or one that is wrong in what is given."""
    key = key or rsa_key("person")
    own = own or subject(name, family="ТЕСТОВ", serial=f"IIN{iin}", patronymic="ТЕСТОВИЧ")
    builder = (
        _builder(own, issuer.certificate.subject, key, until)
        .add_extension(usage or key_usage(digital_signature=True, key_encipherment=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(p) for p in purposes]), False)
    if extension:
        builder = builder.add_extension(extension, critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Holder(builder.sign(issuer.key, hashes.SHA256()), key)


def key_usage(**on: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    off = dict.fromkeys((*names, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(**(off | on))


def _builder(own: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(MORNING, until) - 60 * DAY)
        .not_valid_after(until)
    )


@dataclass(frozen=True)
class NationalAuthority:
    """A root, an authority below it, and a folder in which an installation pins both."""

    root: Holder
    issuing: Holder
    folder: Path

    def revoke(self, *revoked: Holder, lists: Path, at: datetime = MORNING, days: int = 1, **facts: Any) -> None:
        """Write a list of the revoked into the folder ``lists``; ``by``, ``delta``, ``reason`` may differ."""
        by: Holder = facts.get("by", self.issuing)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuing.certificate.subject)
            .last_update(at - timedelta(hours=1))
            .next_update(at + days * DAY)
        )
        for holder in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
            entry = entry.revocation_date(at - DAY)
            if facts.get("reason"):
                entry = entry.add_extension(x509.CRLReason(facts["reason"]), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        if facts.get("delta"):
            builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        made = builder.sign(by.key, hashes.SHA256())
        lists.mkdir(exist_ok=True)
        name = facts.get("name", "nca_rsa")
        (lists / f"{name}.crl").write_bytes(made.public_bytes(serialization.Encoding.DER))


@cache
def _national() -> tuple[Holder, Holder]:
    root = authority("НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)")
    return root, authority("ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)", root)


def national_authority(folder: Path) -> NationalAuthority:
    """Write root and issuer into ``folder``, as whoever installs does."""
    root, issuing = _national()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root.pem").write_bytes(root.pem)
    (folder / "issuing.cer").write_bytes(issuing.certificate.public_bytes(serialization.Encoding.DER))
    return NationalAuthority(root, issuing, folder)


def sign(
    text: bytes,
    *holders: Holder,
    attached: bool = False,
    digest: str = "sha256",
    pss: bool = False,
    named: Holder | None = None,
    also: tuple[Holder, ...] = (),
    **wrong: Any,
) -> bytes:
    """Return a CMS signature in DER, as NCALayer makes one.

    Args:
        text: What is signed.
        holders: Who signs.
        attached: Whether the text is within.
        digest: The hash.
        pss: PSS in place of PKCS #1 v1.5.
        named: Whose certificate the signed attributes name; None: none.
        also: Whose certificates are put beside.
        wrong: ``message_digest``, ``content_type``, ``twice``, ``attributes`` (False: none), ``content``,
            ``shown`` (another certificate in place of the signer's), ``digest_oid`` and ``signature_oid``.
    """
    shown = [wrong.get("shown", holder) for holder in holders]
    infos = [
        _signer_info(text, holder, seen, digest=digest, pss=pss, named=named, wrong=wrong)
        for holder, seen in zip(holders, shown, strict=True)
    ]
    enclosed: dict[str, Any] = {"content_type": "data"}
    if attached:
        enclosed["content"] = wrong.get("content", text)
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [info["digest_algorithm"] for info in infos],
            "encap_content_info": enclosed,
            "certificates": [holder.raw for holder in (*shown, *also)],
            "signer_infos": infos,
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _signer_info(
    text: bytes, holder: Holder, shown: Holder, *, digest: str, pss: bool, named: Holder | None, wrong: dict[str, Any]
) -> cms.SignerInfo:
    attributes = [
        {"type": "content_type", "values": [wrong.get("content_type", "data")]},
        {"type": "message_digest", "values": [wrong.get("message_digest", hashlib.new(digest, text).digest())]},
    ]
    if wrong.get("twice"):
        attributes.append(attributes[1])
    if named is not None:
        meant = named.certificate.fingerprint(hashes.SHA256())
        value = tsp.SigningCertificateV2({"certs": [{"cert_hash": meant}]})
        attributes.append({"type": "signing_certificate_v2", "values": [value]})
    signed = cms.CMSAttributes(attributes)
    over = signed.dump() if wrong.get("attributes", True) else text
    algorithm: dict[str, Any] = {"algorithm": wrong.get("signature_oid", "rsassa_pkcs1v15")}
    if pss:
        algorithm = {"algorithm": "rsassa_pss", "parameters": _pss(digest)}
    scheme = padding.PSS(padding.MGF1(_HASHES[digest]), 32) if pss else padding.PKCS1v15()
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": shown.raw.issuer, "serial_number": shown.raw.serial_number}},
        "digest_algorithm": {"algorithm": wrong.get("digest_oid", digest)},
        "signature_algorithm": algorithm,
        "signature": holder.key.sign(over, scheme, _HASHES[digest]),
    }
    return cms.SignerInfo(info | ({"signed_attrs": signed} if wrong.get("attributes", True) else {}))


def _pss(digest: str) -> algos.RSASSAPSSParams:
    named = {"algorithm": digest}
    return algos.RSASSAPSSParams(
        {
            "hash_algorithm": named,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": named},
            "salt_length": core.Integer(32),
        }
    )


def gost_signature(text: bytes, holder: Holder, **wrong: Any) -> bytes:
    """Return what says to be a signature by GOST; that it is RSA in truth is for no one here to see."""
    return sign(text, holder, digest_oid=GOST_DIGEST, signature_oid=GOST_SIGNATURE, **wrong)
