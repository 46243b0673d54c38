"""How is a certificate revoked, suspended and restored, and how does the world learn of it?

By a list that the status key signs: at once after a change, and anew every hour, so that a verifier sees how old it is.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.certificates.errors import CertificateNotFound
from app.certificates.models import Certificate, CertificateStatus, StatusListCopy
from app.certificates.queries import (
    CertificateFacts,
    changes_by_list,
    facts,
    lists_that_hold,
    standing_of,
    states_in_list,
)
from app.certificates.rules import require_change
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from certs.keys import KeyStore
from certs.status import StatusState
from certs.status_list import NEXT_DUE, sign_status_list


@dataclass(frozen=True, kw_only=True)
class ChangeStanding:
    """What one person asked for and another agreed to."""

    number: str
    state: StatusState
    reason: str
    requested_by: uuid.UUID
    decided_by: uuid.UUID


def change(command: ChangeStanding, *, session: Session, now: datetime, entropy: Entropy) -> CertificateFacts:
    """Change how a certificate stands. Does not commit.

    Raises:
        CertificateNotFound: No certificate of this number was signed.
        RevokedForGood, StandsSo: See ``rules.require_change``.
    """
    row = session.scalar(select(Certificate).where(Certificate.number == command.number).with_for_update())
    if row is None or row.token is None:
        raise CertificateNotFound
    require_change(standing_of(row.id, session=session), command.state)
    added = CertificateStatus(
        id=new_id(now, entropy),
        certificate_id=row.id,
        state=command.state,
        reason=command.reason,
        requested_by=command.requested_by,
        decided_by=command.decided_by,
        changed_at=now,
    )
    session.add(added)
    session.flush()
    audit.record(
        "certificates.status.changed",
        session=session,
        at=now,
        actor=command.decided_by,
        subject=added.id,
        certificate=row.id,
        number=row.number,
        state=command.state.value,
        requested_by=command.requested_by,
        digest=hashlib.sha256(command.reason.encode()).hexdigest(),
    )
    return facts(row)


def lists_due(*, session: Session, now: datetime) -> list[int]:
    """Return the lists to be made: those that are due, and those that do not know of a change."""
    wanted, held = changes_by_list(session=session), lists_that_hold(now, session=session)
    return sorted(number for number, changes in wanted.items() if held.get(number) != changes)


def publish(number: int, ring: KeyStore, *, session: Session, now: datetime) -> None:
    """Sign a list of how the certificates stand now, in the place of the one before. Does not commit.

    Raises:
        KeyStoreError, StatusListError: There is no status key that may sign now; the list before stays.
    """
    states, changes = states_in_list(number, session=session)
    values = {
        "content": sign_status_list(number, states, ring, now),
        "changes": changes,
        "next_due": now + NEXT_DUE,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(StatusListCopy).values(number=number, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values))
