"""How is a second factor set up, asked for, replaced and taken away? Services never commit."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts import queries, totp
from app.accounts.codes import keyed_hash
from app.accounts.errors import (
    AccountNotFound,
    FactorMissing,
    HalfSessionOver,
    TooManyFactorCodes,
    WrongFactorCode,
)
from app.accounts.models import Account, RecoveryCode, SecondFactor
from app.accounts.rules import HalfSignedIn, Person
from app.accounts.sealing import derived, seal, unseal
from app.accounts.throttling import count_failure, forget_failures, throttle_of
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.notices.rules import LetterKind
from app.notices.service import send_letter


def set_up(
    account_id: uuid.UUID, secret: str, typed: str, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> list[str]:
    """Take a secret for an account once its first code is right; one that was there is replaced.

    Args:
        account_id: Whose.
        secret: As the person's app has it.
        typed: The code that the app gives.
        key: The secret of the installation.
        session: The unit of work.
        now: The present moment.
        entropy: Makes the nonce and the recovery codes.

    Returns:
        New recovery codes, to be shown now and never again.

    Raises:
        WrongFactorCode: The code is not of this secret at this time; nothing is changed.
    """
    code = totp.as_typed(typed)
    step = totp.matching_step(secret, code, now) if totp.is_of_the_app(code) else None
    if step is None:
        raise WrongFactorCode
    sealed = seal(secret, purpose=_purpose(account_id), key=key, entropy=entropy)
    session.merge(SecondFactor(account_id=account_id, sealed_secret=sealed, last_step=step, set_up_at=now))
    session.flush()
    audit.record("accounts.factor.set", session=session, at=now, actor=account_id, subject=account_id)
    return _new_codes(account_id, key=key, session=session, entropy=entropy)


def turn_on(
    person: Person, secret: str, typed: str, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> tuple[Person, list[str]]:
    """Set up a factor in an open session, and sign every other one out: those were opened by less than is asked now.

    Returns:
        The person of the new epoch, and recovery codes, as ``set_up`` gives them.

    Raises:
        WrongFactorCode: See ``set_up``.
        HalfSessionOver: The session was ended while the form was open.
    """
    account = session.get(Account, person.id, with_for_update=True, populate_existing=True)
    if account is None or account.epoch != person.epoch:
        raise HalfSessionOver
    codes = set_up(person.id, secret, typed, key=key, session=session, now=now, entropy=entropy)
    account.epoch += 1
    return replace(person, epoch=account.epoch, has_factor=True), codes


def make_recovery_codes(
    account_id: uuid.UUID, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> list[str]:
    """Make new recovery codes; those before are void. The caller has had the password confirmed.

    Raises:
        FactorMissing: There is nothing that they could stand in for.
    """
    if _factor(account_id, session) is None:
        raise FactorMissing
    audit.record("accounts.recovery_codes.made", session=session, at=now, actor=account_id, subject=account_id)
    return _new_codes(account_id, key=key, session=session, entropy=entropy)


def take_code(
    half: HalfSignedIn, typed: str, *, key: bytes, session: Session, now: datetime
) -> Person | WrongFactorCode | TooManyFactorCodes:
    """Sign in by the second factor, or by a recovery code, which is then used up.

    A refusal is returned, not raised: the count of failures has to be committed.

    Raises:
        HalfSessionOver: The password was typed too long ago, or has changed since.
    """
    person = queries.person(half.account_id, session, now=now)
    if person is None or person.epoch != half.epoch or half.over_at(now):
        raise HalfSessionOver
    name = _throttled_name(half.account_id)
    throttle = throttle_of(name, session)
    if throttle.locked_at(now):
        return TooManyFactorCodes(again_at=throttle.locked_until)
    if not _takes(half.account_id, totp.as_typed(typed), key=key, session=session, now=now):
        until = count_failure(name, half.account_id, session=session, now=now)
        return WrongFactorCode() if until is None else TooManyFactorCodes(again_at=until)
    if throttle.failures:
        forget_failures(name, session)
    audit.record("accounts.session.opened", session=session, at=now, actor=person.id, subject=person.id)
    return person


def take_away(
    account_id: uuid.UUID, *, reason: str, actor: uuid.UUID | str, session: Session, now: datetime, entropy: Entropy
) -> None:
    """Take the second factor from somebody who has lost it, sign them out and tell them.

    Raises:
        AccountNotFound: There is no such account.
        FactorMissing: There is none to take away.
    """
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise AccountNotFound
    if _factor(account_id, session) is None:
        raise FactorMissing
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    account.epoch += 1
    forget_failures(_throttled_name(account_id), session)
    audit.record("accounts.factor.reset", session=session, at=now, actor=actor, subject=account_id, reason=reason)
    if account.email:
        send_letter(
            LetterKind.FACTOR_RESET,
            to=account.email,
            language=account.language,
            context={"name": account.display_name},
            session=session,
            now=now,
            entropy=entropy,
        )


def _takes(account_id: uuid.UUID, code: str, *, key: bytes, session: Session, now: datetime) -> bool:
    factor = _factor(account_id, session)
    if factor is None:
        return False
    if not totp.is_of_the_app(code):
        return _use_recovery_code(account_id, code, key=key, session=session, now=now)
    secret = unseal(factor.sealed_secret, purpose=_purpose(account_id), key=key)
    step = None if secret is None else totp.matching_step(secret, code, now, after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    return True


def _use_recovery_code(account_id: uuid.UUID, code: str, *, key: bytes, session: Session, now: datetime) -> bool:
    kept = RecoveryCode.code_hash == _hash_of_recovery_code(account_id, code, key)
    used = session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id, kept))
    if not used.rowcount:  # type: ignore[attr-defined]  # a delete tells how many rows went
        return False
    facts = queries.factor_of(account_id, session)
    left = facts.codes_left if facts else 0
    audit.record(
        "accounts.recovery_code.used", session=session, at=now, actor=account_id, subject=account_id, left=left
    )
    return True


def _new_codes(account_id: uuid.UUID, *, key: bytes, session: Session, entropy: Entropy) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = [totp.new_recovery_code(entropy.token(totp.RECOVERY_BYTES)) for _ in range(totp.RECOVERY_CODES)]
    for code in codes:
        hashed = _hash_of_recovery_code(account_id, totp.as_typed(code), key)
        session.add(RecoveryCode(account_id=account_id, code_hash=hashed))
    session.flush()
    return codes


def _factor(account_id: uuid.UUID, session: Session) -> SecondFactor | None:
    """Return the row, held: of two codes at once the second sees what the first has used."""
    query = select(SecondFactor).where(SecondFactor.account_id == account_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _hash_of_recovery_code(account_id: uuid.UUID, code: str, key: bytes) -> str:
    return keyed_hash(f"{account_id} {code}", derived(key, "recovery codes"))


def _purpose(account_id: uuid.UUID) -> str:
    return f"second factor of {account_id}"


def _throttled_name(account_id: uuid.UUID) -> str:
    """Name the count of failures; with spaces, so that no sign-in name is ever the same."""
    return f"second factor of {account_id}"
