"""What does the register of certificates hold?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certificates.errors import CertificateNotFound, ListNotFound
from app.certificates.models import Certificate, CertificateStatus, StatusListCopy
from certs.document import CertificateDocument, document_from_payload
from certs.status import StatusState


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """An entry of the register. ``token`` is None until the worker has signed the recorded bytes."""

    id: uuid.UUID
    result_id: uuid.UUID
    applicant_id: uuid.UUID
    number: str
    payload: bytes
    token: bytes | None
    recorded_at: datetime
    expires_at: datetime

    @property
    def document(self) -> CertificateDocument:
        """What is asserted, read back from the recorded bytes."""
        return document_from_payload(self.payload)


@dataclass(frozen=True, kw_only=True)
class ChangeFacts:
    """One change of the standing of a certificate, with the two people who decided it."""

    id: uuid.UUID
    certificate_id: uuid.UUID
    state: StatusState
    reason: str
    requested_by: uuid.UUID
    decided_by: uuid.UUID
    changed_at: datetime


def standing_of(certificate_id: uuid.UUID, *, session: Session) -> StatusState:
    """Return how a certificate stands now, its term apart."""
    changes = changes_of(certificate_id, session=session)
    return changes[-1].state if changes else StatusState.VALID


def changes_of(certificate_id: uuid.UUID, *, session: Session) -> list[ChangeFacts]:
    """Return every change of the standing of a certificate, the oldest first."""
    query = select(CertificateStatus).where(CertificateStatus.certificate_id == certificate_id)
    rows = session.scalars(query.order_by(CertificateStatus.changed_at, CertificateStatus.id))
    return [_change(row) for row in rows]


def change_with_id(change_id: uuid.UUID, *, session: Session) -> ChangeFacts:
    """Return the change. Raises ``CertificateNotFound``."""
    row = session.get(CertificateStatus, change_id)
    if row is None:
        raise CertificateNotFound
    return _change(row)


def change_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all changes of standing."""
    return set(session.scalars(select(CertificateStatus.id)))


def revoked_results(applicant_id: uuid.UUID, *, session: Session) -> set[uuid.UUID]:
    """Return the results of a person whose certificates were revoked."""
    query = (
        select(Certificate.result_id)
        .join(CertificateStatus, CertificateStatus.certificate_id == Certificate.id)
        .where(Certificate.applicant_id == applicant_id, CertificateStatus.state == StatusState.REVOKED)
    )
    return set(session.scalars(query))


def states_in_list(number: int, *, session: Session) -> tuple[dict[int, StatusState], int]:
    """Return what stands at the places of a list where it is not valid, and how many changes that rests on."""
    query = (
        select(Certificate.status_index, CertificateStatus.state)
        .join(CertificateStatus, CertificateStatus.certificate_id == Certificate.id)
        .where(Certificate.status_list == number)
        .order_by(CertificateStatus.changed_at, CertificateStatus.id)
    )
    rows = session.execute(query).all()
    return {index: state for index, state in dict(rows).items() if state is not StatusState.VALID}, len(rows)


def changes_by_list(*, session: Session) -> dict[int, int]:
    """Return the numbers of all lists to which certificates point, each with its count of changes.

    Asked every few seconds, so it reads the changes, which are few, and not the certificates.
    """
    last = session.scalar(select(func.max(Certificate.status_list))) or 0
    query = (
        select(Certificate.status_list, func.count())
        .join(CertificateStatus, CertificateStatus.certificate_id == Certificate.id)
        .group_by(Certificate.status_list)
    )
    return dict.fromkeys(range(1, last + 1), 0) | dict(session.execute(query).all())


def lists_that_hold(now: datetime, *, session: Session) -> dict[int, int]:
    """Return the signed lists whose successor is not due yet, each with the count of changes that it knows of."""
    query = select(StatusListCopy.number, StatusListCopy.changes).where(StatusListCopy.next_due > now)
    return dict(session.execute(query).all())


def signed_list(number: int, *, session: Session) -> bytes:
    """Return the newest signed list of a number. Raises ``ListNotFound``."""
    content = session.scalar(select(StatusListCopy.content).where(StatusListCopy.number == number))
    if content is None:
        raise ListNotFound
    return content


def signed_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all entries of the register that carry a signature."""
    return set(session.scalars(select(Certificate.id).where(Certificate.token.is_not(None))))


def certificate_of_result(result_id: uuid.UUID, *, session: Session) -> CertificateFacts | None:
    row = session.scalar(select(Certificate).where(Certificate.result_id == result_id))
    return facts(row) if row else None


def certificates_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[CertificateFacts]:
    """Return a person's entries of the register, the newest first, signed or not."""
    query = select(Certificate).where(Certificate.applicant_id == applicant_id).order_by(Certificate.id.desc())
    return [facts(row) for row in session.scalars(query)]


def certificate_with_id(certificate_id: uuid.UUID, *, session: Session) -> CertificateFacts:
    """Return the entry, whosever it is. Raises ``CertificateNotFound``."""
    row = session.get(Certificate, certificate_id)
    if row is None:
        raise CertificateNotFound
    return facts(row)


def certificate_with_number(number: str, *, session: Session) -> CertificateFacts | None:
    """Return the entry, whosever it is, if the number was ever given."""
    row = session.scalar(select(Certificate).where(Certificate.number == number))
    return facts(row) if row else None


def access_certificate(number: str, applicant_id: uuid.UUID, *, session: Session) -> CertificateFacts:
    """Return the signed certificate if it is this applicant's.

    Raises:
        CertificateNotFound: It is not there, not signed yet, or another's.
    """
    found = certificate_with_number(number, session=session)
    if found is None or found.token is None or found.applicant_id != applicant_id:
        raise CertificateNotFound
    return found


def _change(row: CertificateStatus) -> ChangeFacts:
    return ChangeFacts(
        id=row.id,
        certificate_id=row.certificate_id,
        state=row.state,
        reason=row.reason,
        requested_by=row.requested_by,
        decided_by=row.decided_by,
        changed_at=row.changed_at,
    )


def facts(row: Certificate) -> CertificateFacts:
    return CertificateFacts(
        id=row.id,
        result_id=row.result_id,
        applicant_id=row.applicant_id,
        number=row.number,
        payload=row.payload,
        token=row.token,
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
    )
