"""Which table holds failed look-ups by number?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class FailedLookup(Base):
    """Wrong tries at one number; kept so that nobody can try all endings of an IIN."""

    __tablename__ = "failed_lookup"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
