"""Which authorities are trusted here, and does a certificate come from one? Roots and issuers are pinned by files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification

from app.eds.errors import CertificateNotValidNow, CertificateUnknown

SUFFIXES = (".pem", ".crt", ".cer")


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """The roots, and the authorities below them. What a signature brings along adds nothing to these."""

    roots: tuple[x509.Certificate, ...]
    issuers: tuple[x509.Certificate, ...]

    @classmethod
    def in_folder(cls, folder: Path) -> Anchors:
        """Read the certificates of a folder; who signed for themselves is a root.

        Raises:
            ValueError: There is no root, or a file is no certificate.
        """
        found = [
            certificate
            for path in sorted(folder.glob("*"))
            if path.suffix.lower() in SUFFIXES
            for certificate in _certificates(path)
        ]
        roots = tuple(certificate for certificate in found if certificate.issuer == certificate.subject)
        if not roots:
            raise ValueError(f"SYNAQ_SIGNATURE: {folder} holds no root certificate ({', '.join(SUFFIXES)})")
        return cls(roots=roots, issuers=tuple(certificate for certificate in found if certificate not in roots))

    def issuer_of(self, certificate: x509.Certificate, now: datetime) -> x509.Certificate:
        """Return the authority that issued ``certificate``, once the way to a root is found.

        Raises:
            CertificateUnknown: No way leads to a root.
        """
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(list(self.roots)))
            .time(now)
            .extension_policies(ca_policy=_AUTHORITY, ee_policy=verification.ExtensionPolicy.permit_all())
            .build_client_verifier()
        )
        try:
            _, issuer, *_ = verifier.verify(certificate, list(self.issuers)).chain
        except (verification.VerificationError, ValueError) as unknown:
            raise CertificateUnknown from unknown
        return issuer


def check_moment(certificate: x509.Certificate, now: datetime) -> None:
    """See that a certificate is valid at ``now``.

    Raises:
        CertificateNotValidNow: It has expired, or begins later.
    """
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CertificateNotValidNow


def _signs_certificates(_: verification.Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("this key signs no certificates")


def _is_authority(_: verification.Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("this is no authority")


_AUTHORITY = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_authority)
    .require_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _signs_certificates)
)
"""What an authority's own certificate says. The rules of the web ask more, for names of servers."""


def _certificates(path: Path) -> list[x509.Certificate]:
    content = path.read_bytes()
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as fault:
        raise ValueError(f"SYNAQ_SIGNATURE: {path} is no certificate") from fault
