"""Which state bodies are there?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bodies.errors import BodyNotFound
from app.bodies.models import HiringBody


@dataclass(frozen=True, kw_only=True)
class BodyFacts:
    """A state body that hires, or has."""

    id: uuid.UUID
    bin: str
    names: Mapping[str, str]
    active: bool


def bodies(*, session: Session) -> list[BodyFacts]:
    """Return all bodies, those that hire first, by their Kazakh names."""
    query = select(HiringBody).order_by(HiringBody.active.desc(), HiringBody.name_kk, HiringBody.id)
    return [facts_of(row) for row in session.scalars(query)]


def body_with_id(body_id: uuid.UUID, *, session: Session) -> BodyFacts:
    """Return one body.

    Raises:
        BodyNotFound: There is none of this id.
    """
    row = session.get(HiringBody, body_id)
    if row is None:
        raise BodyNotFound
    return facts_of(row)


def facts_of(row: HiringBody) -> BodyFacts:
    """Return what others may know of a row."""
    names = {"kk": row.name_kk, "ru": row.name_ru, "en": row.name_en}
    return BodyFacts(id=row.id, bin=row.bin, names=names, active=row.active)
