"""How does a running sitting go on at another computer? By a code that the proctor reads out, used once.

Until the code is typed the old page goes on; from then on the nonce of the new browser is the live one. Wrong codes
are counted for the sitting as wrong passwords are for a name: whoever guesses has to wait, and the live page, which
needs no code, never does.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.codes import new_code
from app.accounts.throttling import count_failure, forget_failures, throttle_of
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.sittings.credit import locked
from app.sittings.errors import (
    MoveCodeMissing,
    MoveCodeRefused,
    SittingEnded,
    SittingNotFound,
    TooManyMoveCodes,
)
from app.sittings.models import MoveCode
from app.sittings.queries import SittingFacts, facts
from app.sittings.rules import State

SALT_BYTES = 16
CHANCE_BYTES = 8


def make_code(
    sitting_id: uuid.UUID, life: timedelta, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> str:
    """Make the code by which another computer may take the sitting over; one that was made before is no good any more.

    Returns:
        The code, six digits. Only its salted hash is kept.

    Raises:
        SittingNotFound, SittingEnded: There is nothing to move.
    """
    if locked(sitting_id, session=session).state != State.RUNNING.value:
        raise SittingEnded
    code, salt = new_code(entropy.token(CHANCE_BYTES)), entropy.token(SALT_BYTES)
    values = {"salt": salt, "code_hash": _hash(salt, sitting_id, code), "expires_at": now + life}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(MoveCode).values(sitting_id=sitting_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["sitting_id"], set_=values))
    forget_failures(_throttled_name(sitting_id), session)
    audit.record("sittings.move_code.made", session=session, at=now, actor=actor, subject=sitting_id, until=now + life)
    return code


def take_over(
    sitting_id: uuid.UUID, applicant_id: uuid.UUID, typed: str, *, nonce: bytes, session: Session, now: datetime
) -> SittingFacts | MoveCodeRefused | MoveCodeMissing | TooManyMoveCodes:
    """Let the browser of ``nonce`` take the sitting over, if the code is right. The code is used up by it.

    A refusal is returned, not raised: the count of wrong codes has to be committed.

    Raises:
        SittingNotFound: Not this applicant's.
        SittingEnded: It is over.
    """
    row = locked(sitting_id, session=session)
    if row.applicant_id != applicant_id:
        raise SittingNotFound
    if row.state != State.RUNNING.value:
        raise SittingEnded
    if row.live_nonce == nonce:  # a second press
        return facts(row)
    throttled = _throttled_name(sitting_id)
    throttle = throttle_of(throttled, session)
    if throttle.locked_until is not None and throttle.locked_at(now):
        return TooManyMoveCodes(again_at=throttle.locked_until)
    kept = session.execute(select(MoveCode.__table__).where(MoveCode.sitting_id == sitting_id)).one_or_none()
    if kept is None or now >= kept.expires_at:
        return MoveCodeMissing()
    if not hmac.compare_digest(kept.code_hash, _hash(kept.salt, sitting_id, as_typed(typed))):
        until = count_failure(throttled, sitting_id, session=session, now=now)
        return MoveCodeRefused() if until is None else TooManyMoveCodes(again_at=until)
    session.execute(delete(MoveCode).where(MoveCode.sitting_id == sitting_id))
    if throttle.failures:
        forget_failures(throttled, session)
    row.live_nonce = nonce
    session.flush()
    audit.record("sittings.sitting.resumed", session=session, at=now, actor=applicant_id, subject=sitting_id)
    return facts(row)


def open_codes(sitting_ids: list[uuid.UUID], *, session: Session, now: datetime) -> dict[uuid.UUID, datetime]:
    """Return until when a code is good, for those of the sittings that have one."""
    query = select(MoveCode.sitting_id, MoveCode.expires_at)
    query = query.where(MoveCode.sitting_id.in_(sitting_ids), MoveCode.expires_at > now)
    return {row.sitting_id: row.expires_at for row in session.execute(query)}


def as_typed(text: str) -> str:
    """Return the digits of what was typed: people copy the space between the halves."""
    return "".join(sign for sign in text if sign.isdigit())


def _hash(salt: bytes, sitting_id: uuid.UUID, code: str) -> bytes:
    return hashlib.sha256(salt + sitting_id.bytes + code.encode()).digest()


def _throttled_name(sitting_id: uuid.UUID) -> str:
    return f"move:{sitting_id}"
