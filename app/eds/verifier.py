"""Who signed this text? One port; what stands behind it depends on the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes

from app.eds.anchors import Anchors, check_moment
from app.eds.cms import ReadSignature, check_rsa, check_text, read_signature
from app.eds.errors import CertificateUnknown, GostNotChecked
from app.eds.people import NamedPerson, check_use, named_person
from app.eds.revocation import ListFolder, NotChecked, Revocation, RevocationCheck
from app.eds.sidecar import Sidecar


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """Who signed, by which certificate, and what is known about its revocation."""

    person: NamedPerson
    certificate: str
    """SHA-256 of the certificate, hexadecimal."""
    revocation: Revocation


class SignatureVerifier(Protocol):
    """Anything that finds out who signed a text."""

    @property
    def offered(self) -> bool:
        """Say whether signatures are taken here at all."""
        ...

    def signatory(self, signature: bytes, text: bytes, *, now: datetime) -> Signatory:
        """Return the person whose own, valid certificate for signing in signed exactly ``text``.

        Raises:
            SignatureRefused: Nobody that can be told for certain; the subclass says why.
        """
        ...


@dataclass(frozen=True)
class NoSignatures:
    """No authority is trusted: people sign in with their passwords."""

    offered = False

    def signatory(self, signature: bytes, text: bytes, *, now: datetime) -> Signatory:  # noqa: ARG002  # of a ``SignatureVerifier``
        raise CertificateUnknown


@dataclass(frozen=True, kw_only=True)
class PinnedVerifier:
    """RSA is checked here, against pinned authorities; GOST by a service beside, if there is one."""

    anchors: Anchors
    revocation: RevocationCheck
    sidecar: Sidecar | None = None

    offered = True

    def signatory(self, signature: bytes, text: bytes, *, now: datetime) -> Signatory:
        read = read_signature(signature)
        check_text(read, text)
        return self._by_gost(read, text, now) if read.uses_gost else self._by_rsa(read, text, now)

    def _by_rsa(self, read: ReadSignature, text: bytes, now: datetime) -> Signatory:
        check_rsa(read, text)
        check_moment(read.certificate, now)
        issuer = self.anchors.issuer_of(read.certificate, now)
        check_use(read.certificate)
        person = named_person(read.certificate)
        return _signatory(read, person, self.revocation.check(read.certificate, issuer, now))

    def _by_gost(self, read: ReadSignature, text: bytes, now: datetime) -> Signatory:
        if self.sidecar is None:
            raise GostNotChecked
        check_moment(read.certificate, now)
        check_use(read.certificate)
        person = named_person(read.certificate)
        self.sidecar.check(read, text, person)
        return _signatory(read, person, Revocation.BY_ANSWER)


def _signatory(read: ReadSignature, person: NamedPerson, revocation: Revocation) -> Signatory:
    fingerprint = read.certificate.fingerprint(hashes.SHA256()).hex()
    return Signatory(person=person, certificate=fingerprint, revocation=revocation)


def verifier_for(anchors: Path | None, lists: Path | None, sidecar: str) -> SignatureVerifier:
    """Return the verifier that the settings describe; none where no authority is trusted.

    Raises:
        ValueError: The folder of the authorities holds no root certificate.
    """
    if anchors is None:
        return NoSignatures()
    return PinnedVerifier(
        anchors=Anchors.in_folder(anchors),
        revocation=ListFolder(lists) if lists else NotChecked(),
        sidecar=Sidecar(sidecar) if sidecar else None,
    )
