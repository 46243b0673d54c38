"""What does a CMS signature hold, and was it made with the key of its certificate? Nobody is trusted here yet."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

import cryptography.exceptions
from asn1crypto import cms, tsp  # noqa: F401  # ``tsp`` teaches ``cms`` an attribute
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.eds.errors import AlgorithmRefused, OtherTextSigned, SignatureUnreadable, SignatureWrong

LARGEST_SIGNATURE = 64 * 1024
"""Bytes of a signature; one with a chain of certificates and a time stamp has some ten thousand."""
MOST_CERTIFICATES = 16
LEAST_RSA_BITS = 2048
GOST_ARC = "1.2.398.3.10.1."
"""Where the Republic of Kazakhstan names its algorithms: GOST 34.310-2004, GOST R 34.10-2015, and their hashes."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_PEM = re.compile(rb"-----BEGIN (CMS|PKCS7|SIGNED DATA)-----\s(?P<body>.*)-----END \1-----", re.DOTALL)
_SEQUENCE = b"\x30"
_SIGNING_CERTIFICATE_V2 = "signing_certificate_v2"

_FAULTS = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError),
    *(x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType),
    cryptography.exceptions.UnsupportedAlgorithm,
)
"""Whatever bytes that are no signature can make of a parser."""


@dataclass(frozen=True, kw_only=True)
class ReadSignature:
    """One signer, the certificate that the signature names, and what was signed."""

    signer: Any
    """The ``SignerInfo`` of asn1crypto."""
    raw_certificate: Any
    certificate: x509.Certificate
    content: bytes | None
    """None where the text is not within the signature."""
    attributes: dict[str, Any]

    signature: bytes
    uses_gost: bool
    """Whether hash, signature or key are of the national standards."""


def read_signature(given: bytes) -> ReadSignature:
    """Read a signature as DER, PEM or base64.

    Raises:
        SignatureUnreadable: It is none, or not of exactly one signer, or of one who says too little.
    """
    if len(given) > 2 * LARGEST_SIGNATURE:
        raise SignatureUnreadable
    try:
        return _read(_der(given))
    except _FAULTS as fault:
        raise SignatureUnreadable from fault


def check_text(read: ReadSignature, text: bytes) -> None:
    """See that nothing but ``text`` is within the signature.

    Raises:
        OtherTextSigned: Something else is.
    """
    if read.content is not None and read.content != text:
        raise OtherTextSigned


def check_rsa(read: ReadSignature, text: bytes) -> None:
    """See that the key of the certificate signed the hash of ``text``.

    Raises:
        AlgorithmRefused: SHA-1, a short key, or something else than RSA.
        OtherTextSigned: The hash is of another text.
        SignatureWrong: Another key signed, or another certificate was signed along.
    """
    try:
        algorithm, scheme = _algorithms(read.signer)
        key = read.certificate.public_key()
        signed = read.signer["signed_attrs"].untag().dump()
        digest = read.attributes["message_digest"].native
    except _FAULTS as fault:
        raise AlgorithmRefused from fault
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_RSA_BITS:
        raise AlgorithmRefused
    if digest != hashlib.new(algorithm.name, text).digest():
        raise OtherTextSigned
    _check_named_certificate(read)
    try:
        key.verify(read.signature, signed, scheme, algorithm)
    except (cryptography.exceptions.InvalidSignature, ValueError) as wrong:
        raise SignatureWrong from wrong


def bare(read: ReadSignature) -> bytes:
    """Return the signature with one certificate and without its text.

    Whoever checks it has to take the text from us, and finds no time stamp and no word on revocation that the sender
    may have kept from better days.
    """
    kept = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [read.signer["digest_algorithm"]],
            "encap_content_info": {"content_type": "data"},
            "certificates": [read.raw_certificate],
            "signer_infos": [cms.SignerInfo({name: read.signer[name] for name in kept})],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _der(given: bytes) -> bytes:
    if given.startswith(_SEQUENCE):
        return given
    armoured = _PEM.fullmatch(given.strip())
    return base64.b64decode(b"".join((armoured["body"] if armoured else given).split()), validate=True)


def _read(der: bytes) -> ReadSignature:
    if len(der) > LARGEST_SIGNATURE:
        raise ValueError("too large")
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise ValueError("no signed data")
    signed = info["content"]
    enclosed = signed["encap_content_info"]
    (signer,) = signed["signer_infos"]
    attributes = _attributes(signer["signed_attrs"])
    if {enclosed["content_type"].native, attributes["content_type"].native} != {"data"}:
        raise ValueError("the signature is over something else than data")
    if not isinstance(attributes["message_digest"].native, bytes):
        raise ValueError("no hash")
    certificate = _certificate(signed["certificates"], signer["sid"])
    read = x509.load_der_x509_certificate(certificate.dump())
    _ = read.subject, read.extensions, read.not_valid_before_utc, read.not_valid_after_utc  # read now or not at all
    return ReadSignature(
        signer=signer,
        raw_certificate=certificate,
        certificate=read,
        content=_octets(enclosed["content"]),
        attributes=attributes,
        signature=signer["signature"].native,
        uses_gost=_uses_gost(signer, read),
    )


def _uses_gost(signer: Any, certificate: x509.Certificate) -> bool:
    named = (
        signer["digest_algorithm"]["algorithm"].dotted,
        signer["signature_algorithm"]["algorithm"].dotted,
        certificate.public_key_algorithm_oid.dotted_string,
    )
    return any(name.startswith(GOST_ARC) for name in named)


def _octets(content: Any) -> bytes | None:
    """Return what is within the signature, or None; asn1crypto joins what came in pieces."""
    if content.native is None or isinstance(content.native, bytes):
        return content.native
    raise ValueError("the content is no bytes")


def _attributes(signed: Any) -> dict[str, Any]:
    """Return the one value of each signed attribute by name."""
    found: dict[str, Any] = {}
    for attribute in signed:
        name = attribute["type"].native
        if name in found:
            raise ValueError(f"{name} stands twice")
        (found[name],) = attribute["values"]
    return found


def _certificate(given: Any, named: Any) -> Any:
    """Return the one certificate that the signer names."""
    if len(given) > MOST_CERTIFICATES:
        raise ValueError("too many certificates")
    of_people = [choice.chosen for choice in given if choice.name == "certificate"]
    (certificate,) = (candidate for candidate in of_people if _is_named(candidate, named))
    return certificate


def _is_named(certificate: Any, named: Any) -> bool:
    if named.name == "issuer_and_serial_number":
        wanted = named.chosen
        return bool(
            certificate.serial_number == wanted["serial_number"].native and certificate.issuer == wanted["issuer"]
        )
    return bool(certificate.key_identifier == named.chosen.native)


def _algorithms(signer: Any) -> tuple[hashes.HashAlgorithm, padding.AsymmetricPadding]:
    """Return the hash and the padding; the hash has to be the same wherever it is named."""
    name, signing = signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"]
    algorithm = _HASHES[name]
    if signing.signature_algo == "rsassa_pss":
        parameters = signing["parameters"]
        mask = parameters["mask_gen_algorithm"]
        named = {parameters["hash_algorithm"]["algorithm"].native, mask["parameters"]["algorithm"].native}
        if named != {name} or mask["algorithm"].native != "mgf1":
            raise ValueError("several hashes")
        salt = parameters["salt_length"].native
        return algorithm, padding.PSS(mgf=padding.MGF1(algorithm), salt_length=salt)
    if signing.signature_algo != "rsassa_pkcs1v15":
        raise ValueError("no RSA")
    if signing["algorithm"].native not in ("rsassa_pkcs1v15", f"{name}_rsa"):
        raise ValueError("several hashes")
    return algorithm, padding.PKCS1v15()


def _check_named_certificate(read: ReadSignature) -> None:
    """Where the signer signed which certificate is meant, it has to be this one."""
    if _SIGNING_CERTIFICATE_V2 not in read.attributes:
        return
    try:
        first = read.attributes[_SIGNING_CERTIFICATE_V2]["certs"][0]
        hash_name, meant = first["hash_algorithm"]["algorithm"].native, first["cert_hash"].native
        same = meant == read.certificate.fingerprint(_HASHES[hash_name])
    except _FAULTS as fault:
        raise SignatureWrong from fault
    if not same:
        raise SignatureWrong
