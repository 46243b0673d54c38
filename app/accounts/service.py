"""How does a person get an account, sign in, and set a new password?"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    BodyMissing,
    CentreMissing,
    NameTaken,
    ResetNotUsable,
    SignInRefused,
    TooManyTries,
    WrongPassword,
)
from app.accounts.models import Account, EmailChange, PasswordReset, SecondFactor, SignInThrottle
from app.accounts.rules import (
    ERASED_NAME,
    LONGEST_NAME,
    RESET_LIFE,
    REST_BETWEEN_LETTERS,
    HalfSignedIn,
    Person,
    Role,
    check_password,
    normalised_name,
    read_display_name,
    role_over,
    sign_in_name_for,
)
from app.accounts.throttling import count_failure, forget_failures, forget_old_failures, throttle_of
from app.audit import service as audit
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.notices.rules import LetterKind
from app.notices.service import send_letter

TOKEN_BYTES = 32
EMAIL_CHANGE_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """What an account is made of. Staff sign in with their e-mail address, which is then ``email`` too."""

    sign_in_name: str
    display_name: str
    role: Role
    password: str = field(repr=False)
    email: str | None = None
    centre_id: uuid.UUID | None = None
    body_id: uuid.UUID | None = None
    language: str = "kk"
    ends_on: date | None = None
    """The first day on which the role is over."""


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
        BodyMissing: Somebody of a hiring body without one.
        NameTaken: There is an account of this name.
    """
    name = sign_in_name_for(new.role, new.sign_in_name)
    check_password(new.password, name)
    if new.role is Role.PROCTOR and new.centre_id is None:
        raise CentreMissing
    if new.role is Role.HIRING_BODY and new.body_id is None:
        raise BodyMissing
    account = Account(
        id=new_id(now, entropy),
        sign_in_name=name,
        email=normalised_name(new.email) if new.email else _address_in(name),
        display_name=new.display_name,
        role=new.role,
        centre_id=new.centre_id,
        body_id=new.body_id,
        ends_on=new.ends_on,
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
        centre=new.centre_id,
        body=new.body_id,
        ends_on=new.ends_on,
    )
    return _person(account)


def close_account(
    account_id: uuid.UUID, *, actor: uuid.UUID | str, session: Session, now: datetime, reason: str = ""
) -> None:
    """Sign a person out for good; the account stays for the record. One that is closed stays so.

    Raises:
        AccountNotFound: There is no such account.
    """
    account = _account(account_id, session)
    account.active = False
    account.epoch += 1
    audit.record("accounts.account.closed", session=session, at=now, actor=actor, subject=account_id, reason=reason)


def erase(account_id: uuid.UUID, *, keep_name: bool, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Close an account for good and erase what it holds of its person. Does not commit.

    Args:
        account_id: Whose.
        keep_name: Let the sign-in name stay, so that nobody opens a second account under it.
        actor: Who does it.
        session: The unit of work.
        now: The present moment.

    Raises:
        AccountNotFound: There is no such account.
    """
    account = _account(account_id, session)
    session.execute(delete(PasswordReset).where(PasswordReset.account_id == account.id))
    session.execute(delete(EmailChange).where(EmailChange.account_id == account.id))
    session.execute(delete(SignInThrottle).where(SignInThrottle.name == account.sign_in_name))
    account.active, account.email, account.display_name, account.password_hash = False, None, ERASED_NAME, ""
    account.epoch += 1
    if not keep_name:
        account.sign_in_name = f"erased {account.id}"  # no name that is typed has a space
    session.flush()
    audit.record(
        "accounts.account.erased", session=session, at=now, actor=actor, subject=account_id, name_kept=keep_name
    )


def set_end(
    account_id: uuid.UUID, ends_on: date | None, *, actor: uuid.UUID | str, session: Session, now: datetime
) -> None:
    """Say on which day a role is over, or that it is open again without an end.

    Raises:
        AccountNotFound: There is no such account.
    """
    account = _account(account_id, session)
    account.ends_on = ends_on
    audit.record("accounts.end.set", session=session, at=now, actor=actor, subject=account_id, ends_on=ends_on)


def close_ended(*, session: Session, now: datetime) -> int:
    """Close the accounts whose last day is over, so that the log tells of it. For a timer. Returns how many."""
    ended = select(Account.id).where(Account.active.is_(True), Account.ends_on <= local_day(now))
    ids = list(session.scalars(ended))
    for account_id in ids:
        close_account(account_id, actor="system:worker", session=session, now=now, reason="ends_on")
    return len(ids)


def rename(account_id: uuid.UUID, name: str, *, actor: uuid.UUID | str, session: Session, now: datetime) -> None:
    """Correct the name by which a person is shown.

    Raises:
        AccountNotFound: There is no such account.
        DisplayNameUnusable: It is no name.
    """
    account = _account(account_id, session)
    account.display_name = read_display_name(name)
    audit.record("accounts.name.changed", session=session, at=now, actor=actor, subject=account_id)


def change_language(account_id: uuid.UUID, language: str, *, session: Session, now: datetime) -> None:
    """Change the language of a person's letters.

    Raises:
        AccountNotFound: There is no such account.
    """
    account = _account(account_id, session)
    account.language = language
    audit.record(
        "accounts.language.changed", session=session, at=now, actor=account_id, subject=account_id, language=language
    )


def authenticate(
    sign_in_name: str, password: str, *, session: Session, now: datetime
) -> Person | HalfSignedIn | SignInRefused:
    """Find out who signs in, or refuse. Does not commit.

    Who has a second factor is half signed in: ``factors.take_code`` does the rest.

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
    if session.get(SecondFactor, account.id) is not None:
        return HalfSignedIn(account_id=account.id, epoch=account.epoch, at=now)
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
    if account is None or not _is_open(account, now) or _asked_lately(account.id, session, now):
        return
    _send_reset(account, link_for, actor="anonymous", session=session, now=now, entropy=entropy)


def send_reset(
    account_id: uuid.UUID,
    *,
    link_for: Callable[[str], str],
    actor: uuid.UUID,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Send a person a link for a new password at the wish of somebody else, who does not get to see it.

    Raises:
        AccountNotFound: There is no such account, or it is closed.
    """
    account = _account(account_id, session)
    if not _is_open(account, now):
        raise AccountNotFound
    _send_reset(account, link_for, actor=actor, session=session, now=now, entropy=entropy)


def _send_reset(
    account: Account,
    link_for: Callable[[str], str],
    *,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    if account.email is None:
        return
    token = new_token(entropy)
    session.add(
        PasswordReset(token_hash=digest_of(token), account_id=account.id, asked_at=now, expires_at=now + RESET_LIFE)
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
    audit.record("accounts.reset.asked", session=session, at=now, actor=actor, subject=account.id)


def reset_is_open(token: str, *, session: Session, now: datetime) -> bool:
    """Say whether a link for a new password is still good."""
    query = select(PasswordReset.account_id)
    good = query.where(PasswordReset.token_hash == digest_of(token), PasswordReset.expires_at > now)
    return session.execute(good).one_or_none() is not None


def reset_password(token: str, new: str, *, session: Session, now: datetime) -> None:
    """Set a new password by a link, use the link up and sign every session out. Does not commit.

    Raises:
        ResetNotUsable: The link was used, has expired or was never given, or the account is closed.
        PasswordRefused: The new password is not good enough; the link stays good.
    """
    use_up = delete(PasswordReset).where(PasswordReset.token_hash == digest_of(token), PasswordReset.expires_at > now)
    account_id = session.execute(use_up.returning(PasswordReset.account_id)).scalar_one_or_none()
    account = None if account_id is None else _account(account_id, session)
    if account is None or not _is_open(account, now):
        raise ResetNotUsable
    check_password(new, account.sign_in_name)
    _set_password(account, new, session)
    audit.record("accounts.password.reset", session=session, at=now, actor=account.id, subject=account.id)


def forget_old(*, session: Session, now: datetime) -> None:
    """Delete counts, links and wished-for addresses that have no effect any more. For a timer."""
    forget_old_failures(session=session, now=now)
    session.execute(delete(EmailChange).where(EmailChange.asked_at <= now - EMAIL_CHANGE_KEPT_FOR))
    session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= now))


def _check(
    name: str, account: Account | None, password: str, *, session: Session, now: datetime
) -> SignInRefused | None:
    """Compare a password under the throttle of the name; count a failure, forget them at success."""
    throttle = throttle_of(name, session)
    if throttle.locked_at(now):
        return TooManyTries(again_at=throttle.locked_until)
    matches = passwords.matches(account.password_hash if account else None, password)
    if account is None or not _is_open(account, now) or not matches:
        until = count_failure(name, account.id if account else None, session=session, now=now)
        return WrongPassword() if until is None else TooManyTries(again_at=until)
    if throttle.failures:
        forget_failures(name, session)
    return None


def _is_open(account: Account, now: datetime) -> bool:
    """Say whether a person may sign in at all."""
    return account.active and not role_over(account.ends_on, local_day(now))


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
    forget_failures(account.sign_in_name, session)


def _asked_lately(account_id: uuid.UUID, session: Session, now: datetime) -> bool:
    lately = PasswordReset.asked_at > now - REST_BETWEEN_LETTERS
    query = select(PasswordReset.token_hash).where(PasswordReset.account_id == account_id, lately).limit(1)
    return session.execute(query).first() is not None


def _address_in(name: str) -> str | None:
    return name if "@" in name else None


def new_token(entropy: Entropy) -> str:
    """Make what stands in a link; too long to be guessed."""
    return base64.urlsafe_b64encode(entropy.token(TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _person(account: Account) -> Person:
    return Person(
        id=account.id,
        role=account.role,
        display_name=account.display_name,
        centre_id=account.centre_id,
        body_id=account.body_id,
        language=account.language,
        epoch=account.epoch,
    )
