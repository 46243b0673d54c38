"""How does a state body come in, and how does it leave?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bodies.errors import BodyEnded, BodyNotFound, BodyThere
from app.bodies.models import HiringBody
from app.bodies.rules import read_bin
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


def enter_body(
    number: str, names: Mapping[str, str], *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> uuid.UUID:
    """Enter a state body. Does not commit.

    Args:
        number: Its BIN as typed.
        names: By language: ``kk``, ``ru``, ``en``.
        actor: Who enters it.
        session: The unit of work.
        now: The present moment.
        entropy: Names it.

    Raises:
        BinInvalid: The number is none.
        BodyThere: A body has it.
    """
    row = HiringBody(
        id=new_id(now, entropy),
        bin=read_bin(number),
        name_kk=names["kk"],
        name_ru=names["ru"],
        name_en=names["en"],
        active=True,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        raise BodyThere from taken
    audit.record("bodies.body.entered", session=session, at=now, actor=actor, subject=row.id, bin=row.bin)
    return row.id


def end_body(body_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Note that a body does not hire any more. Accounts of its people are closed one by one, by those who know them.

    Raises:
        BodyNotFound: There is none of this id.
        BodyEnded: It had ended before.
    """
    row = session.get(HiringBody, body_id, with_for_update=True)
    if row is None:
        raise BodyNotFound
    if not row.active:
        raise BodyEnded
    row.active = False
    audit.record("bodies.body.ended", session=session, at=now, actor=actor, subject=body_id)
