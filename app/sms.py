"""How does a short message leave the house? By a gateway, into a folder that a developer reads, or not at all."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import httpx

from app.mail import newest_in, time_of

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class ShortMessage:
    """One message to one phone, finished."""

    to: str
    """In the international form: ``+77011234567``."""
    text: str
    reference: uuid.UUID
    """The same on every try, so that a gateway sends it once."""


@dataclass(frozen=True, kw_only=True)
class KeptMessage:
    """A message that was written into a folder."""

    kept_at: datetime
    to: str
    text: str


class Texter(Protocol):
    """Anything that sends a short message or raises ``OSError``; the job that called it tries again later."""

    def send(self, message: ShortMessage) -> None: ...


class NotTaken(OSError):
    """The gateway did not take the message."""


@dataclass(frozen=True)
class FolderTexter:
    """Write every message into a folder as a ``.json`` file."""

    folder: Path

    def send(self, message: ShortMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{message.reference}.json").write_text(_body(message), encoding="utf-8")

    def messages(self, *, limit: int) -> list[KeptMessage]:
        """Return the messages in the folder, the newest first."""
        return [_kept(path) for path in newest_in(self.folder, "*.json", limit=limit)]


@dataclass(frozen=True)
class GatewayTexter:
    """Hand every message to a gateway; ``docs/notices.md`` describes what it is sent and what it answers."""

    url: str
    token_file: Path
    """Holds the bearer token; read for each message, so that a new token needs no restart."""

    def send(self, message: ShortMessage) -> None:
        headers = {
            "Authorization": f"Bearer {self.token_file.read_text(encoding='utf-8').strip()}",
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": str(message.reference),
        }
        try:
            answer = httpx.post(
                self.url, content=_body(message).encode(), headers=headers, timeout=TIMEOUT_SECONDS
            )  # httpx follows no redirect: the token goes to this address alone
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise NotTaken(f"the gateway answered with status {answer.status_code}")


def texter_for(address: str, token_file: Path) -> Texter | None:
    """Return the way that ``address`` names: ``https://…`` or ``folder:PATH``; None where it is empty.

    Raises:
        ValueError: The address has another form.
    """
    if not address:
        return None
    kind, _, rest = address.partition(":")
    if kind == "folder" and rest:
        return FolderTexter(Path(rest))
    if kind in ("https", "http") and rest:
        return GatewayTexter(address, token_file)
    raise ValueError(f"short messages go to https://… or folder:PATH, not to {address!r}")


def _body(message: ShortMessage) -> str:
    return json.dumps(asdict(message) | {"reference": str(message.reference)}, ensure_ascii=False)


def _kept(path: Path) -> KeptMessage:
    told = json.loads(path.read_text(encoding="utf-8"))
    return KeptMessage(kept_at=time_of(path), to=told["to"], text=told["text"])
