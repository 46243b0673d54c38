"""How does a person get an account, sign in, and set a new password?"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    CentreMissing,
    NameTaken,
    ResetNotUsable,
    SignInRefused,
    TooManyTries,
    WrongPassword,
)
from app.accounts.models import Account, PasswordReset, SignInThrottle
from app.accounts.rules import (
    COUNTING_TIME,
    LONGEST_NAME,
    RESET_LIFE,
    REST_BETWEEN_LETTERS,
    Person,
    Role,
    Throttle,
    after_failure,
    check_password,
    normalised_name,
    sign_in_name_for,
)
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.notices.rules import LetterKind
from app.notices.service import send_letter

TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """What an account is made of. Staff sign in with their e-mail address, which is then ``email`` too."""

    sign_in_name: str
    display_name: str
    role: Role
    password: str = field(repr=False)
    email: str | None = None
    centre_id: uuid.UUID | None = None
    language: str = "kk"


def create_account(
    new: NewAccount, *, session: Session, now: datetime, entropy: Entropy, actor: uuid.UUID | str | None = None
) -> Person:
    """Open an account. Does not commit.

    Args:
        new: What it is made of.
        session: The unit of work of the cause.
        now: The present moment.
        entropy: Names the account.
        actor: Who opens it, where it is not the person.

    Raises:
        UnusableName: The sign-in name does not fit the role.
        PasswordRefused: The password is not good enough; the subclass says why.
        CentreMissing: A proctor without a centre.
        NameTaken: There is an account of this name.
    """
    name = sign_in_name_for(new.role, new.sign_in_name)
    check_password(new.password, name)
    if new.role is Role.PROCTOR and new.centre_id is None:
        raise CentreMissing
    account = Account(
        id=new_id(now, entropy),
        sign_in_name=name,
        email=normalised_name(new.email) if new.email else _address_in(name),
        display_name=new.display_name,
        role=new.role,
        centre_id=new.centre_id,
        password_hash=passwords.hashed(new.password),
        language=new.language,
        active=True,
        epoch=0,
        created_at=now,
    )
    _insert(account, session)
    audit.record(
        "accounts.account.created",
        session=session,
        at=now,
        actor=actor or account.id,
        subject=account.id,
        role=new.role,
    )
    return _person(account)


def close_account(account_id: uuid.UUID, *, actor: uuid.UUID | str, session: Session, now: datetime) -> None:
    """Sign a person out for good; the account stays for the record.

    Raises:
        AccountNotFound: There is no such account.
    """
    account = _account(account_id, session)
    account.active = False
    account.epoch += 1
    audit.record("accounts.account.closed", session=session, at=now, actor=actor, subject=account_id)


def authenticate(sign_in_name: str, password: str, *, session: Session, now: datetime) -> Person | SignInRefused:
    """Find out who signs in, or refuse. Does not commit.

    A refusal is returned, not raised: the count of failures has to be committed. Whether an account
    exists makes no difference to the answer, to the time it takes, or to the count.
    """
    name = normalised_name(sign_in_name)[:LONGEST_NAME]
    account = session.scalars(select(Account).where(Account.sign_in_name == name)).one_or_none()
    refusal = _check(name, account, password, session=session, now=now)
    if refusal is not None or account is None:
        return refusal or WrongPassword()
    if passwords.outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)
    audit.record("accounts.session.opened", session=session, at=now, actor=account.id, subject=account.id)
    return _person(account)


def sign_in_new(person: Person, *, session: Session, now: datetime) -> None:
    """Record that a person is signed in with the account that they opened this moment. Does not commit."""
    audit.record("accounts.session.opened", session=session, at=now, actor=person.id, subject=person.id)


def sign_in_signed(
    iin: str, *, certificate: str, revocation: str, session: Session, now: datetime
) -> Person | AccountClosed | None:
    """Find the applicant who has proved their IIN by a digital signature, and record the sign-in. Does not commit.

    Args:
        iin: What the certificate says.
        certificate: Its SHA-256, for the log.
        revocation: How it is known that it was not revoked, for the log.
        session: The unit of work.
        now: The present moment.

    Returns:
        None where no applicant has an account with this IIN.
    """
    query = select(Account).where(Account.sign_in_name == iin, Account.role == Role.APPLICANT)
    account = session.scalars(query).one_or_none()
    if account is None:
        return None
    if not account.active:
        return AccountClosed()
    audit.record(
        "accounts.session.opened",
        session=session,
        at=now,
        actor=account.id,
        subject=account.id,
        way="signature",
        certificate=certificate,
        revocation=revocation,
    )
    return _person(account)


def sign_out(person: Person, *, session: Session, now: datetime) -> None:
    """Record that a person signed out; the cookie is the view's."""
    audit.record("accounts.session.closed", session=session, at=now, actor=person.id, subject=person.id)


def confirm_password(person: Person, password: str, *, session: Session, now: datetime) -> SignInRefused | None:
    """Find out afresh that it is the person who acts, not somebody at an open computer. Does not commit.

    Returns:
        None, and the log has it; or a refusal, which is counted like a sign-in and therefore not raised.

    Raises:
        AccountNotFound: There is no account of this person.
    """
    account = session.get(Account, person.id)
    if account is None:
        raise AccountNotFound
    refusal = _check(account.sign_in_name, account, password, session=session, now=now)
    if refusal is None:
        audit.record("accounts.password.confirmed", session=session, at=now, actor=person.id, subject=person.id)
    return refusal


def change_password(
    account_id: uuid.UUID, current: str, new: str, *, session: Session, now: datetime
) -> Person | SignInRefused:
    """Replace a password by its owner, and sign every session out. Does not commit.

    Returns:
        The person of the new epoch, or a refusal of the current password, which is counted like a sign-in.

    Raises:
        PasswordRefused: The new password is not good enough; nothing is counted.
    """
    account = _account(account_id, session)
    check_password(new, account.sign_in_name)
    refusal = _check(account.sign_in_name, account, current, session=session, now=now)
    if refusal is not None:
        return refusal
    _set_password(account, new, session)
    audit.record("accounts.password.changed", session=session, at=now, actor=account.id, subject=account.id)
    return _person(account)


def ask_for_reset(
    sign_in_name: str, *, link_for: Callable[[str], str], session: Session, now: datetime, entropy: Entropy
) -> None:
    """Send a link for a new password, if the account exists and has an address. Never says which. Does not commit.

    Args:
        sign_in_name: As typed.
        link_for: Makes the address of the page from a token; the caller knows the pages.
        session: The unit of work.
        now: The present moment.
        entropy: Makes the token.
    """
    active = select(Account).where(Account.sign_in_name == normalised_name(sign_in_name), Account.active.is_(True))
    account = session.scalars(active.with_for_update()).one_or_none()
    if account is None or account.email is None or _asked_lately(account.id, session, now):
        return
    token = base64.urlsafe_b64encode(entropy.token(TOKEN_BYTES)).rstrip(b"=").decode("ascii")
    session.add(
        PasswordReset(token_hash=_digest(token), account_id=account.id, asked_at=now, expires_at=now + RESET_LIFE)
    )
    minutes = int(RESET_LIFE.total_seconds() // 60)
    send_letter(
        LetterKind.PASSWORD_RESET,
        to=account.email,
        language=account.language,
        context={"name": account.display_name, "new_password": link_for(token), "minutes": minutes},
        session=session,
        now=now,
        entropy=entropy,
    )
    audit.record("accounts.reset.asked", session=session, at=now, actor="anonymous", subject=account.id)


def reset_is_open(token: str, *, session: Session, now: datetime) -> bool:
    """Say whether a link for a new password is still good."""
    query = select(PasswordReset.account_id)
    good = query.where(PasswordReset.token_hash == _digest(token), PasswordReset.expires_at > now)
    return session.execute(good).one_or_none() is not None


def reset_password(token: str, new: str, *, session: Session, now: datetime) -> None:
    """Set a new password by a link, use the link up and sign every session out. Does not commit.

    Raises:
        ResetNotUsable: The link was used, has expired or was never given, or the account is closed.
        PasswordRefused: The new password is not good enough; the link stays good.
    """
    use_up = delete(PasswordReset).where(PasswordReset.token_hash == _digest(token), PasswordReset.expires_at > now)
    account_id = session.execute(use_up.returning(PasswordReset.account_id)).scalar_one_or_none()
    account = None if account_id is None else _account(account_id, session)
    if account is None or not account.active:
        raise ResetNotUsable
    check_password(new, account.sign_in_name)
    _set_password(account, new, session)
    audit.record("accounts.password.reset", session=session, at=now, actor=account.id, subject=account.id)


def forget_old(*, session: Session, now: datetime) -> None:
    """Delete counts of failures and links that have no effect any more. For a timer."""
    past = now - COUNTING_TIME
    waited = or_(SignInThrottle.locked_until.is_(None), SignInThrottle.locked_until <= past)
    session.execute(delete(SignInThrottle).where(SignInThrottle.failed_at <= past, waited))
    session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= now))


def _check(
    name: str, account: Account | None, password: str, *, session: Session, now: datetime
) -> SignInRefused | None:
    """Compare a password under the throttle of the name; count a failure, forget them at success."""
    throttle = _throttle(name, session)
    if throttle.locked_at(now):
        return TooManyTries(again_at=throttle.locked_until)
    matches = passwords.matches(account.password_hash if account else None, password)
    if account is None or not account.active or not matches:
        return _count_failure(name, account, session=session, now=now)
    if throttle.failures:
        session.execute(delete(SignInThrottle).where(SignInThrottle.name == name))
    return None


def _count_failure(name: str, account: Account | None, *, session: Session, now: datetime) -> SignInRefused:
    """Keep one more failure. The log gets one entry for each wait, not one for each try: it cannot be flooded."""
    _make_throttle(name, session)
    after = after_failure(_throttle(name, session), now)
    values = {"failures": after.failures, "failed_at": after.failed_at, "locked_until": after.locked_until}
    session.execute(update(SignInThrottle).where(SignInThrottle.name == name).values(values))
    if after.locked_until is None:
        return WrongPassword()
    subject = account.id if account else "unknown"
    facts = {"failures": after.failures, "until": after.locked_until}
    audit.record("accounts.session.refused", session=session, at=now, actor="anonymous", subject=subject, **facts)
    return TooManyTries(again_at=after.locked_until)


def _throttle(name: str, session: Session) -> Throttle:
    """Read the failures of a name and hold their row, so that guesses wait for each other."""
    columns = (SignInThrottle.failures, SignInThrottle.failed_at, SignInThrottle.locked_until)
    row = session.execute(select(*columns).where(SignInThrottle.name == name).with_for_update()).one_or_none()
    return Throttle() if row is None else Throttle(**row._mapping)


def _make_throttle(name: str, session: Session) -> None:
    """Make the row of a name unless it is there, also where another request makes it at this moment."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SignInThrottle).values(name=name, failures=0).on_conflict_do_nothing())


def _insert(account: Account, session: Session) -> None:
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as taken:
        raise NameTaken from taken


def _account(account_id: uuid.UUID, session: Session) -> Account:
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise AccountNotFound
    return account


def _set_password(account: Account, new: str, session: Session) -> None:
    """Change the hash, sign other sessions out, and close every other way in."""
    account.password_hash = passwords.hashed(new)
    account.epoch += 1
    session.execute(delete(PasswordReset).where(PasswordReset.account_id == account.id))
    session.execute(delete(SignInThrottle).where(SignInThrottle.name == account.sign_in_name))


def _asked_lately(account_id: uuid.UUID, session: Session, now: datetime) -> bool:
    lately = PasswordReset.asked_at > now - REST_BETWEEN_LETTERS
    query = select(PasswordReset.token_hash).where(PasswordReset.account_id == account_id, lately).limit(1)
    return session.execute(query).first() is not None


def _address_in(name: str) -> str | None:
    return name if "@" in name else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(account: Account) -> Person:
    return Person(
        id=account.id,
        role=account.role,
        display_name=account.display_name,
        centre_id=account.centre_id,
        language=account.language,
        epoch=account.epoch,
    )
