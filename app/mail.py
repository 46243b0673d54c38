"""How does a message leave the house? Two ways: a mail server, or a folder that a developer reads."""

from __future__ import annotations

import smtplib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol

SMTP_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to one person, finished."""

    to: str
    subject: str
    body: str
    reference: uuid.UUID
    """The same on every try: a letter that left twice can be recognised."""


@dataclass(frozen=True, kw_only=True)
class KeptLetter:
    """A letter that was written into a folder."""

    kept_at: datetime
    to: str
    subject: str
    body: str


class Mailer(Protocol):
    """Anything that sends a letter or raises ``OSError``; the job that called it tries again later."""

    def send(self, letter: Letter) -> None: ...


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Make the message; header injection through a subject or address is refused by the library."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Message-ID"] = f"<{letter.reference}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message.set_content(letter.body)
    return message


@dataclass(frozen=True)
class FolderMailer:
    """Write every letter into a folder as an ``.eml`` file."""

    folder: Path
    sender: str

    def send(self, letter: Letter) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{letter.reference}.eml").write_bytes(bytes(compose(letter, self.sender)))

    def letters(self, *, limit: int) -> list[KeptLetter]:
        """Return the letters in the folder, the newest first."""
        return [_kept(path) for path in newest_in(self.folder, "*.eml", limit=limit)]


@dataclass(frozen=True)
class SmtpMailer:
    """Hand every letter to a mail server."""

    host: str
    port: int
    sender: str

    def send(self, letter: Letter) -> None:
        with smtplib.SMTP(self.host, self.port, timeout=SMTP_TIMEOUT_SECONDS) as server:
            server.send_message(compose(letter, self.sender))


def mailer_for(address: str, sender: str) -> Mailer:
    """Return the way that ``address`` names: ``smtp://host:port`` or ``folder:PATH``.

    Raises:
        ValueError: The address has another form.
    """
    kind, _, rest = address.partition(":")
    if kind == "folder" and rest:
        return FolderMailer(Path(rest), sender)
    host, _, port = rest.removeprefix("//").partition(":")
    if kind == "smtp" and host:
        return SmtpMailer(host, int(port or 25), sender)
    raise ValueError(f"mail goes to smtp://host:port or folder:PATH, not to {address!r}")


def newest_in(folder: Path, pattern: str, *, limit: int) -> list[Path]:
    """Return the files of a folder, which need not be there yet, the newest first."""
    return sorted(folder.glob(pattern), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)[:limit]


def time_of(path: Path) -> datetime:
    """Return when a file was written."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _kept(path: Path) -> KeptLetter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return KeptLetter(
        kept_at=time_of(path),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body else "",
    )
