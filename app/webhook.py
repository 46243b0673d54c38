"""How is another system told over HTTPS? One signed POST, in the form of Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

TIMEOUT_SECONDS = 10.0
SECRET_PREFIX = "whsec_"  # noqa: S105  # how every secret begins
SECRET_BYTES = range(24, 65)
"""The standard allows no other lengths."""


_MALFORMED = "a line has not the prefix and 24 to 64 bytes in base64"  # never the line itself


class SecretUnusable(Exception):
    """The file with the secrets is not there, is empty, or has a line that is no secret."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Where a system wants to be told."""

    url: str
    secrets_file: Path
    """One secret a line, the newest first. An old one stays listed until the receiver has the new one."""
    verification_page: str
    """Address of our page where anybody verifies a certificate; events name it."""

    def post(self, message_id: str, body: bytes, *, now: datetime) -> int:
        """Send ``body`` and return the status of the answer, whose own body is not read. Follows no redirect.

        Raises:
            SecretUnusable: Nothing was sent.
            httpx.HTTPError: Nobody answered, or the certificate of the other side does not hold.
        """
        headers = {
            "content-type": "application/json",
            "user-agent": "Synaq",
            **signature_headers(message_id, body, now=now, secrets=read_secrets(self.secrets_file)),
        }
        sent = httpx.stream(
            "POST", self.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False
        )
        with sent as answer:
            return answer.status_code


def read_secrets(path: Path) -> list[bytes]:
    """Return the secrets of a file, the newest first. Read anew for each message, so that a change needs no restart.

    Raises:
        SecretUnusable: See there.
    """
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnusable(f"{path} cannot be read") from error
    secrets = [_secret(line) for line in lines]
    if not secrets:
        raise SecretUnusable(f"{path} holds no secret")
    return secrets


def signature_headers(message_id: str, body: bytes, *, now: datetime, secrets: Iterable[bytes]) -> dict[str, str]:
    """Return the three headers of Standard Webhooks: one signature for each secret."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def webhook_for(url: str, secrets_file: Path | None, verification_page: str) -> Webhook | None:
    """Return the webhook of the settings; none where nobody is to be told."""
    if not url or secrets_file is None:
        return None
    return Webhook(url=url, secrets_file=secrets_file, verification_page=verification_page)


def _secret(line: str) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise SecretUnusable(_MALFORMED) from error
    if not line.startswith(SECRET_PREFIX) or len(secret) not in SECRET_BYTES:
        raise SecretUnusable(_MALFORMED)
    return secret
