"""How does a checked signature become a session? Once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.errors import SignInRefused
from app.accounts.rules import Person
from app.eds.verifier import Signatory
from app.signature.errors import ChallengeOver, ChallengeUsed, NobodyRegistered
from app.signature.models import SignatureChallenge
from app.signature.rules import Challenge


def sign_in(
    signatory: Signatory, challenge: Challenge, *, session: Session, now: datetime
) -> Person | SignInRefused | NobodyRegistered:
    """Use the text up and find the account of who signed it. Does not commit.

    A refusal is returned, not raised: the text is used up all the same.

    Args:
        signatory: Who signed exactly the text of ``challenge``.
        challenge: What this browser was asked to have signed.
        session: The unit of work.
        now: The present moment.

    Raises:
        ChallengeOver: Its five minutes are over.
        ChallengeUsed: It was used before, or by another request at this moment.
    """
    if not challenge.is_good_at(now):
        raise ChallengeOver
    _use_up(challenge, session=session, now=now)
    outcome = accounts.sign_in_signed(
        signatory.person.iin,
        certificate=signatory.certificate,
        revocation=signatory.revocation.value,
        session=session,
        now=now,
    )
    return NobodyRegistered() if outcome is None else outcome


def forget_old(*, session: Session, now: datetime) -> None:
    """Delete texts whose time is over. For a timer."""
    session.execute(delete(SignatureChallenge).where(SignatureChallenge.good_until <= now))


def _use_up(challenge: Challenge, *, session: Session, now: datetime) -> None:
    try:
        with session.begin_nested():
            session.add(SignatureChallenge(nonce=challenge.nonce, consumed_at=now, good_until=challenge.good_until))
    except IntegrityError as used:
        raise ChallengeUsed from used
