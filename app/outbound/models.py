"""Which table says what was told to the other system?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Enum, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime
from app.outbound.rules import EventKind


class OutboundEvent(Base):
    """One event, once. Its bytes, which name a person, are in the job alone, and leave it when they are taken."""

    __tablename__ = "outbound_event"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The receiver sees it as ``webhook-id``, the same at every try."""
    kind: Mapped[EventKind] = mapped_column(
        Enum(
            EventKind,
            name="kind",
            native_enum=False,
            length=40,
            create_constraint=True,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    subject_id: Mapped[uuid.UUID]
    """The result or the certificate."""
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    """Of the last answer; absent where nobody has answered the last try."""
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
