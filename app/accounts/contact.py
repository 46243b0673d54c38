"""How does a person come by another e-mail address? By a code that is sent there. Services never commit."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.codes import (
    CODE_CHANCE_BYTES,
    CODE_LIFE,
    SentCode,
    judge_code,
    keyed_hash,
    letters_with_one_more,
    new_code,
)
from app.accounts.errors import AccountNotFound, AddressNotUsable, CodeRefused, EmailChangeOver
from app.accounts.models import Account, EmailChange, PasswordReset
from app.accounts.rules import Role
from app.audit import service as audit
from app.kernel.clock import LOCAL
from app.kernel.entropy import Entropy
from app.notices.rules import LetterKind
from app.notices.service import send_letter


def ask_for_address(
    account_id: uuid.UUID, email: str, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> None:
    """Send a code to the address that an account is to have. The caller has had the password confirmed.

    Whether another account has the address makes no difference: who cannot read the letter does not learn of it.

    Raises:
        TooManyCodes: Three letters were sent for this account within the hour.
    """
    account = _account(account_id, session)
    row = session.get(EmailChange, account_id)
    earlier = [] if row is None else map(datetime.fromisoformat, row.sent_at)
    sent = letters_with_one_more(earlier, now)
    code, expires_at = new_code(entropy.token(CODE_CHANCE_BYTES)), now + CODE_LIFE
    session.merge(
        EmailChange(
            account_id=account_id,
            email=email,
            code_hash=_hash_of_code(code, account_id, email, key),
            code_expires_at=expires_at,
            wrong_codes=0,
            sent_at=[moment.isoformat() for moment in sent],
            asked_at=now,
        )
    )
    context = {"code": code, "until": f"{expires_at.astimezone(LOCAL):%H:%M}"}
    _send(LetterKind.EMAIL_CODE, account, context, to=email, session=session, now=now, entropy=entropy)


def confirm_address(
    account_id: uuid.UUID, code: str, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> CodeRefused | AddressNotUsable | None:
    """Take the code, change the address, and tell the address before. Staff sign in with the new one from now on.

    A refusal is returned, not raised: tries have to be counted.

    Raises:
        EmailChangeOver: No address waits for a code.
    """
    account = _account(account_id, session)
    row = session.get(EmailChange, account_id)
    if row is None or not row.code_hash:
        raise EmailChangeOver
    sent = SentCode(code_hash=row.code_hash, expires_at=row.code_expires_at, wrong_tries=row.wrong_codes)
    refusal = judge_code(sent, _hash_of_code(code, account_id, row.email, key), now)
    if refusal is not None:
        row.wrong_codes += 1
        return refusal
    row.code_hash = ""
    before = account.email
    if not _take(account, row.email, session):
        return AddressNotUsable()
    session.execute(delete(PasswordReset).where(PasswordReset.account_id == account_id))
    audit.record("accounts.email.changed", session=session, at=now, actor=account_id, subject=account_id)
    if before and before != row.email:
        context = {"name": account.display_name}
        _send(LetterKind.EMAIL_CHANGED, account, context, to=before, session=session, now=now, entropy=entropy)
    return None


def _take(account: Account, email: str, session: Session) -> bool:
    """Write the address, and for staff the sign-in name with it, unless that is another account's."""
    session.flush()
    try:
        with session.begin_nested():
            account.email = email
            if account.role is not Role.APPLICANT:
                account.sign_in_name = email
    except IntegrityError:
        session.refresh(account)
        return False
    return True


def _account(account_id: uuid.UUID, session: Session) -> Account:
    """Return the row, held: of two forms at once one waits, as the wish is one per account."""
    query = select(Account).where(Account.id == account_id).with_for_update()
    account = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if account is None:
        raise AccountNotFound
    return account


def _send(
    kind: LetterKind,
    account: Account,
    context: dict[str, str],
    *,
    to: str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    send_letter(kind, to=to, language=account.language, context=context, session=session, now=now, entropy=entropy)


def _hash_of_code(code: str, account_id: uuid.UUID, email: str, key: bytes) -> str:
    return keyed_hash(f"new address {account_id} {email} {code}", key)
