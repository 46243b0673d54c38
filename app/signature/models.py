"""Which table holds the texts that were signed in with?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class SignatureChallenge(Base):
    """A text that is used up. One that is not is only in the signed cookie of its browser."""

    __tablename__ = "signature_challenge"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    consumed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    good_until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """Past this moment the text opens nothing anyway, and the row is deleted."""
