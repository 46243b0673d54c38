"""Who checks signatures by GOST? A service beside this one with the interface of NCANode 3, ``POST /cms/verify``."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from app.eds.cms import ReadSignature, bare
from app.eds.errors import CertificateRevoked, CheckerAway, SignatureWrong
from app.eds.people import NamedPerson

TIMEOUT_SECONDS = 5
LARGEST_ANSWER = 256 * 1024

log = structlog.get_logger()

_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError, OSError)
"""Whatever a service that is away, or is another one, can make of an answer."""


@dataclass(frozen=True)
class Sidecar:
    """A service that has the libraries for GOST. It is believed about signature, chain and revocation only.

    It gets one certificate and our own text. What it says of the signer has to be what the certificate says.
    """

    url: str
    """No slash at the end."""

    def check(self, read: ReadSignature, text: bytes, person: NamedPerson) -> None:
        """See that the service finds the signature good.

        Raises:
            SignatureWrong: It says that signature or certificate do not hold.
            CertificateRevoked: It says that the certificate was revoked.
            CheckerAway: It does not answer, or the answer is not one that it may give.
        """
        try:
            told = self._ask(read, text)
            if not _verdict(told):
                raise SignatureWrong
            (signer,) = told["signers"]
            (certificate,) = signer["certificates"]
            if not _is_same(certificate, read, person):
                raise ValueError("the answer is about somebody else")
            if _revoked(certificate["revocations"]):
                raise CertificateRevoked
            if certificate["valid"] is not True:
                raise SignatureWrong
        except _FAULTS as fault:
            log.warning("eds.checker_away", url=self.url, reason=repr(fault))
            raise CheckerAway from fault

    def _ask(self, read: ReadSignature, text: bytes) -> dict[str, Any]:
        question = {
            "cms": base64.b64encode(bare(read)).decode("ascii"),
            "data": base64.b64encode(text).decode("ascii"),
            "revocationCheck": ["OCSP"],
        }
        answer = httpx.post(f"{self.url}/cms/verify", json=question, timeout=TIMEOUT_SECONDS)
        if answer.status_code != httpx.codes.OK or len(answer.content) > LARGEST_ANSWER:
            raise ValueError(f"answered with status {answer.status_code}")
        told = answer.json()
        if not isinstance(told, dict):
            raise TypeError("no object")
        return told


def _verdict(told: dict[str, Any]) -> bool:
    if not isinstance(told["valid"], bool) or told.get("status", httpx.codes.OK) != httpx.codes.OK:
        raise ValueError("no verdict")
    return told["valid"]


def _revoked(told: list[dict[str, Any]]) -> bool:
    """Return what OCSP said; it has to have been asked."""
    verdicts = [verdict["revoked"] for verdict in told if verdict["by"] == "OCSP"]
    if not verdicts or not all(isinstance(verdict, bool) for verdict in verdicts):
        raise ValueError("revocation was not checked")
    return any(verdicts)


def _is_same(told: dict[str, Any], read: ReadSignature, person: NamedPerson) -> bool:
    serial = int(told["serialNumber"], 16)
    return serial == read.certificate.serial_number and told["subject"]["iin"] == person.iin
