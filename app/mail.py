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
REFUSED_FOR_GOOD = range(500, 600)
MAILBOX_FULL = 552
"""Of the codes of a refusal the one that passes. Basis: RFC 5321, sections 4.2.1 and 4.5.3.1.10."""
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
"""What a server may say of the address only once it has the letter; other refusals then are about the letter."""


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


class AddressRefused(OSError):
    """The mail server takes nothing for this address, now or later; the message is what the server said."""


class Mailer(Protocol):
    """Anything that sends a letter or raises ``OSError``; the job that called it tries again later.

    After ``AddressRefused`` it does not: the next try would be answered alike.
    """

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
            try:
                server.send_message(compose(letter, self.sender))
            except smtplib.SMTPRecipientsRefused as error:
                ((code, said),) = error.recipients.values()
                _give_up_if_for_good(code, said)
                raise
            except smtplib.SMTPDataError as error:
                if error.smtp_code in NO_SUCH_MAILBOX:
                    _give_up_if_for_good(error.smtp_code, error.smtp_error)
                raise


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


def _give_up_if_for_good(code: int, said: bytes | str) -> None:
    """Raise ``AddressRefused`` if the server will say the same at every try."""
    if code in REFUSED_FOR_GOOD and code != MAILBOX_FULL:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise AddressRefused(f"{code} {words}")


def _kept(path: Path) -> KeptLetter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return KeptLetter(
        kept_at=time_of(path),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body else "",
    )
