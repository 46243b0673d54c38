"""When and how is the state of the log signed?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit.errors import LogContradicted
from app.audit.models import AuditCheckpoint
from app.audit.queries import StoredNodes, head_of_log, newest_checkpoint, since
from certs.log import SignedCheckpoint
from certs.merkle import Frontier, TreeError, root_at
from certs.note import Checkpoint, VerifierKey, signed_note

BUSY_EVERY = timedelta(minutes=1)
"""While people sit."""
QUIET_EVERY = timedelta(hours=1)
TELLING = (
    "bookings.session.closed",
    "papers.draw.committed",
    "papers.salt.thrown",
    "papers.draw.made",
    "papers.draw.revealed",
)
"""Acts that end a step of a session: the log is signed right after them."""

Signer = Callable[[bytes], bytes]
"""Signs bytes with the Ed25519 key of the log."""


def is_due(*, busy: bool, session: Session, now: datetime) -> bool:
    """Say whether the log has to be signed now.

    Args:
        busy: Whether people sit, or an exam session has opened or closed since the last signature.
        session: Where to read.
        now: The present moment.
    """
    newest, size = newest_checkpoint(session), head_of_log(session).size
    if newest is None:
        return size > 0
    if size == newest.size:
        return False
    waited = now - newest.at
    return since(session, newest.size, kinds=TELLING) or waited >= (BUSY_EVERY if busy else QUIET_EVERY)


def sign_checkpoint(key: VerifierKey, sign: Signer, *, session: Session, now: datetime) -> SignedCheckpoint | None:
    """Sign the log as it stands and keep the note; None where nothing has been added since the last one.

    Args:
        key: The public key of the log; its name is the origin of the log.
        sign: Signs with the private one.
        session: The unit of work.
        now: The present moment.

    Raises:
        LogContradicted: The log does not begin with what was signed last. Signing on would lend it our name.
    """
    head = head_of_log(session, hold=True)
    newest = newest_checkpoint(session)  # read once nobody else can sign
    if newest is not None and not _continues(newest, head, session):
        raise LogContradicted(size=newest.size)
    if head.size == (newest.size if newest else 0):
        return None
    note = signed_note(Checkpoint(origin=key.name, size=head.size, root=head.root).to_text(), key, sign)
    made = SignedCheckpoint(size=head.size, root=head.root, at=now, note=note)
    session.execute(insert(AuditCheckpoint).values(vars(made)))
    return made


def _continues(newest: SignedCheckpoint, head: Frontier, session: Session) -> bool:
    """Say whether the stored tree still has the root that was signed, and the head that its leaves make."""
    nodes = StoredNodes(session)
    try:
        return root_at(newest.size, nodes) == newest.root and root_at(head.size, nodes) == head.root
    except TreeError:  # a hash is missing
        return False
