"""What does the register of certificates hold?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates.errors import CertificateNotFound
from app.certificates.models import Certificate
from certs.document import CertificateDocument, document_from_payload


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
