"""Which table holds receipts, and the secrets that keep them from telling answers?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

_UNSIGNED = text("token IS NULL")


class Receipt(Base):
    """One for each sitting that is over: the secret at once, then the exact bytes, then the token over them."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("(payload IS NULL) = (recorded_at IS NULL)", name="recorded_with_a_time"),
        CheckConstraint("(token IS NULL) = (signed_at IS NULL)", name="signed_with_a_time"),
        CheckConstraint("token IS NULL OR payload IS NOT NULL", name="signed_as_recorded"),
        Index("ix_receipt_unsigned", "requested_at", sqlite_where=_UNSIGNED, postgresql_where=_UNSIGNED),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str | None] = mapped_column(String(19), unique=True)
    kid: Mapped[bytes | None] = mapped_column(LargeBinary)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
