"""Was a certificate revoked? By lists that somebody keeps fresh in a folder, where one is configured."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from app.eds.errors import CertificateRevoked, RevocationUnknown


class Revocation(enum.Enum):
    """What is known about it. The log keeps the word."""

    NOT_CHECKED = "not_checked"
    BY_LIST = "crl"
    BY_ANSWER = "ocsp"


class RevocationCheck(Protocol):
    """Anything that knows which certificates were revoked."""

    def check(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Revocation:
        """Return how it is known that ``certificate`` was not revoked.

        Raises:
            CertificateRevoked: It was.
            RevocationUnknown: There is no fresh word on it.
        """
        ...


@dataclass(frozen=True)
class NotChecked:
    """Nobody keeps lists here, and the log says so of each sign-in."""

    def check(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Revocation:  # noqa: ARG002  # of a ``RevocationCheck``
        return Revocation.NOT_CHECKED


@dataclass(frozen=True)
class ListFolder:
    """A folder of CRLs, each complete or a delta, which something outside fetches anew before they are stale."""

    folder: Path

    def check(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Revocation:
        fresh = [found for found in self._lists() if _is_of(found, issuer) and _is_fresh(found, now)]
        if any(_names(found, certificate) for found in fresh):
            raise CertificateRevoked
        if not any(_is_complete(found) for found in fresh):
            raise RevocationUnknown
        return Revocation.BY_LIST

    def _lists(self) -> list[x509.CertificateRevocationList]:
        """Return what can be read; a file that is just being written is as good as absent."""
        found = []
        for path in sorted(self.folder.glob("*.crl")):
            try:
                state = path.stat()
                found.append(_read(path, state.st_mtime_ns, state.st_size))
            except (OSError, ValueError):
                continue
        return found


@lru_cache(maxsize=16)
def _read(path: Path, changed: int, size: int) -> x509.CertificateRevocationList:  # noqa: ARG001  # a changed file is read anew
    content = path.read_bytes()
    load = x509.load_pem_x509_crl if b"-----BEGIN" in content[:64] else x509.load_der_x509_crl
    return load(content)


def _is_of(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Say whether the issuer made the list; anybody can write its name."""
    if found.issuer != issuer.subject:
        return False
    try:
        return found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # a key of any kind may be asked
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _is_fresh(found: x509.CertificateRevocationList, now: datetime) -> bool:
    until = found.next_update_utc
    return found.last_update_utc <= now and until is not None and now < until


def _is_complete(found: x509.CertificateRevocationList) -> bool:
    """Say whether the list speaks of all certificates: a delta, or one of a part, says so in a critical extension."""
    return not any(extension.critical for extension in found.extensions)


def _names(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return False
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return True
    return reason is not x509.ReasonFlags.remove_from_crl
