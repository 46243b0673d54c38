"""Which tables are the register of certificates?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


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


class CertificateSerial(Base):
    """The last serial given in a year; the row's lock keeps two workers from giving the same."""

    __tablename__ = "certificate_serial"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
