"""How does a message leave the house? Two ways: a mail server, or a folder that a developer reads."""

from __future__ import annotations

import smtplib
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

SMTP_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to one person, finished."""

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
    message.set_content(letter.body)
    return message


@dataclass(frozen=True)
class FolderMailer:
    """Write every letter into a folder as an ``.eml`` file."""

    folder: Path
    sender: str

    def send(self, letter: Letter) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{uuid.uuid4()}.eml").write_bytes(bytes(compose(letter, self.sender)))


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
