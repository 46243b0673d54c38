"""How are state bodies that hire kept?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.bodies.rules import LONGEST_BODY_NAME
from app.db import Base, UtcDateTime


class HiringBody(Base):
    """A state body that announces competitions."""

    __tablename__ = "hiring_body"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    bin: Mapped[str] = mapped_column(String(12), unique=True)
    name_kk: Mapped[str] = mapped_column(String(LONGEST_BODY_NAME))
    name_ru: Mapped[str] = mapped_column(String(LONGEST_BODY_NAME))
    name_en: Mapped[str] = mapped_column(String(LONGEST_BODY_NAME))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
