"""Which tables are the register of certificates?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.certificates.rules import LONGEST_REASON
from app.db import Base, UtcDateTime
from certs.status import StatusState


class Certificate(Base):
    """One certificate: the exact bytes are recorded before they are signed, the token is added afterwards."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint("(token IS NULL) = (signed_at IS NULL)", name="signed_with_a_time"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("result.id"), unique=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    status_list: Mapped[int]
    status_index: Mapped[int]
    kid: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CertificateStatus(Base):
    """What two people decided about a certificate after its issue. Rows are only added; the newest holds."""

    __tablename__ = "certificate_status"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certificate.id"), index=True)
    state: Mapped[StatusState] = mapped_column(
        Enum(
            StatusState,
            name="state",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda states: [state.value for state in states],
        )
    )
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    requested_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StatusListCopy(Base):
    """The newest signed status list of each number, as everybody may fetch it."""

    __tablename__ = "status_list"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    changes: Mapped[int]
    """How many changes of standing it knows of: with one more, it is made anew at once."""
    next_due: Mapped[datetime] = mapped_column(UtcDateTime)


class CertificateSerial(Base):
    """The last serial given in a year; the row's lock keeps two workers from giving the same."""

    __tablename__ = "certificate_serial"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
