"""How does a person get a role behind the desk, and how does the role end? Services never commit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import factors
from app.accounts import queries as accounts_queries
from app.accounts import service as accounts
from app.accounts.codes import read_mail_address
from app.accounts.errors import BodyMissing, CentreMissing
from app.accounts.queries import StaffFacts
from app.accounts.rules import Person, Role, read_display_name
from app.audit import service as audit
from app.bodies.errors import BodyEnded
from app.bodies.queries import body_with_id
from app.kernel.clock import LOCAL, local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.notices.rules import LetterKind
from app.notices.service import send_letter
from app.people.errors import (
    AddressHasAccount,
    AlreadyEnded,
    AlreadyInvited,
    InvitationDone,
    InvitationNeedsAnother,
    InvitationNotFound,
    InvitationNotUsable,
    LastAdministrator,
    OwnAccount,
)
from app.people.models import Invitation
from app.people.queries import facts_of, open_invitation_to
from app.people.rules import INVITATION_LIFE, NEED_ANOTHER, Standing, require_ahead, require_invitable

COMMAND = "system:command"
"""The actor where somebody at the machine itself invites."""


@dataclass(frozen=True, kw_only=True)
class Invite:
    """Whom an administrator wants to work here, and as what."""

    role: Role
    email: str
    display_name: str
    language: str
    centre_id: uuid.UUID | None = None
    body_id: uuid.UUID | None = None
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Accept:
    """What an invited person types, with the secret that their app was given."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    secret: str = field(repr=False)
    code: str = field(repr=False)


def invite(
    command: Invite,
    *,
    actor: uuid.UUID | None,
    link_for: Callable[[str], str],
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Invite a person, and send the letter, unless another administrator has to agree first.

    Args:
        command: Who, and as what.
        actor: The administrator; None at the command line, where nobody else is asked.
        link_for: Makes the address of the page from a token.
        session: The unit of work.
        now: The present moment.
        entropy: Makes id and token.

    Raises:
        RoleNotInvited, CentreMissing, BodyMissing, BodyEnded, EndNotAhead: What does not fit the role.
        MailUnusable, DisplayNameUnusable: What was typed is none.
        AddressHasAccount, AlreadyInvited: The address is taken.
    """
    require_invitable(command.role)
    require_ahead(command.ends_on, local_day(now))
    email = read_mail_address(command.email)
    _require_free(email, session)
    if open_invitation_to(email, session=session, now=now) is not None:
        raise AlreadyInvited
    row = Invitation(
        id=new_id(now, entropy),
        role=command.role,
        email=email,
        display_name=read_display_name(command.display_name),
        language=command.language,
        centre_id=_centre(command),
        body_id=_body(command, session),
        ends_on=command.ends_on,
        invited_by=actor,
        invited_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        "people.invitation.made",
        session=session,
        at=now,
        actor=actor or COMMAND,
        subject=row.id,
        role=row.role,
        centre=row.centre_id,
        body=row.body_id,
        ends_on=row.ends_on,
    )
    if actor is None or row.role not in NEED_ANOTHER:
        _send(row, link_for, actor=actor or COMMAND, session=session, now=now, entropy=entropy)
    return row.id


def require_sendable(invitation_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Refuse to agree to an invitation that does not wait for that, or whose address was taken meanwhile.

    Raises:
        InvitationNotFound, InvitationDone, AddressHasAccount: What stands against it.
    """
    row = session.get(Invitation, invitation_id)
    if row is None:
        raise InvitationNotFound
    if facts_of(row).standing_at(now) is not Standing.WAITING:
        raise InvitationDone
    _require_free(row.email, session)


def send_agreed(
    invitation_id: uuid.UUID,
    *,
    actor: uuid.UUID,
    link_for: Callable[[str], str],
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Send an invitation to which another administrator has agreed. Raises as ``require_sendable`` does."""
    row = _locked(invitation_id, session)
    require_sendable(invitation_id, session=session, now=now)
    _send(row, link_for, actor=actor, session=session, now=now, entropy=entropy)


def send_again(
    invitation_id: uuid.UUID,
    *,
    actor: uuid.UUID,
    link_for: Callable[[str], str],
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Send another letter with another link; the one before no longer works.

    Raises:
        InvitationNotFound: There is none of this id.
        InvitationDone: It was accepted or withdrawn.
        InvitationNeedsAnother: Nobody has agreed, or it has expired since: one person does not revive it.
        AddressHasAccount: The address was taken meanwhile.
    """
    row = _locked(invitation_id, session)
    standing = facts_of(row).standing_at(now)
    if standing in {Standing.ACCEPTED, Standing.WITHDRAWN}:
        raise InvitationDone
    if standing is Standing.WAITING or (row.role in NEED_ANOTHER and standing is Standing.EXPIRED):
        raise InvitationNeedsAnother
    _require_free(row.email, session)
    _send(row, link_for, actor=actor, session=session, now=now, entropy=entropy)


def withdraw(invitation_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Take an invitation back; its link no longer works.

    Raises:
        InvitationNotFound: There is none of this id.
        InvitationDone: It was accepted or withdrawn.
    """
    row = _locked(invitation_id, session)
    if facts_of(row).standing_at(now) in {Standing.ACCEPTED, Standing.WITHDRAWN}:
        raise InvitationDone
    row.withdrawn_at = now
    audit.record("people.invitation.withdrawn", session=session, at=now, actor=actor, subject=row.id)


def accept(
    command: Accept, *, key: bytes, session: Session, now: datetime, entropy: Entropy
) -> tuple[Person, list[str]]:
    """Open the account with its second factor, both or neither; the link is used up.

    Returns:
        Who has signed in, and their recovery codes, to be shown now and never again.

    Raises:
        InvitationNotUsable: The link does not work, or no longer.
        PasswordRefused, WrongFactorCode: What was typed is not taken; the link stays good.
        EndNotAhead, BodyEnded: The role has ended before it began.
        NameTaken: The address became somebody's meanwhile.
    """
    query = select(Invitation).where(Invitation.token_hash == accounts.digest_of(command.token)).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None or facts_of(row).standing_at(now) is not Standing.OPEN:
        raise InvitationNotUsable
    require_ahead(row.ends_on, local_day(now))
    if row.body_id is not None and not body_with_id(row.body_id, session=session).active:
        raise BodyEnded
    new = accounts.NewAccount(
        sign_in_name=row.email,
        display_name=row.display_name,
        role=row.role,
        password=command.password,
        centre_id=row.centre_id,
        body_id=row.body_id,
        language=row.language,
        ends_on=row.ends_on,
    )
    actor = row.invited_by or COMMAND
    person = accounts.create_account(new, session=session, now=now, entropy=entropy, actor=actor)
    codes = factors.set_up(person.id, command.secret, command.code, key=key, session=session, now=now, entropy=entropy)
    row.accepted_at, row.account_id = now, person.id
    audit.record(
        "people.invitation.accepted", session=session, at=now, actor=person.id, subject=row.id, account=person.id
    )
    accounts.sign_in_new(person, session=session, now=now)
    return person, codes


def end_role(account_id: uuid.UUID, *, reason: str, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """End a person's role at once and for good.

    Raises:
        AccountNotFound: There is nobody of this id behind the desk.
        AlreadyEnded: The role has ended.
        OwnAccount: It is the actor's own.
        LastAdministrator: No administrator without an end would be left.
    """
    found = _others(account_id, actor=actor, session=session)
    if not found.active:
        raise AlreadyEnded
    _require_another_administrator(found, session)
    accounts.close_account(account_id, actor=actor, session=session, now=now, reason=reason)


def set_end(account_id: uuid.UUID, ends_on: date | None, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Say from which day on a role is over, or that it has no end.

    Raises:
        AccountNotFound: There is nobody of this id behind the desk.
        EndNotAhead: The day is not ahead.
        AlreadyEnded: The role has ended.
        OwnAccount: It is the actor's own.
        LastAdministrator: No administrator without an end would be left.
    """
    require_ahead(ends_on, local_day(now))
    found = _others(account_id, actor=actor, session=session)
    if found.is_over(now):
        raise AlreadyEnded
    if ends_on is not None:
        _require_another_administrator(found, session)
    accounts.set_end(account_id, ends_on, actor=actor, session=session, now=now)


def reset_factor(
    account_id: uuid.UUID, *, reason: str, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> None:
    """Take the second factor from somebody who has lost it; at the next sign-in they set up another.

    Raises:
        AccountNotFound: There is nobody of this id behind the desk.
        OwnAccount: It is the actor's own, which is replaced on the page of the account.
        FactorMissing: There is none.
    """
    _others(account_id, actor=actor, session=session)
    factors.take_away(account_id, reason=reason, actor=actor, session=session, now=now, entropy=entropy)


def _send(
    row: Invitation,
    link_for: Callable[[str], str],
    *,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    token = accounts.new_token(entropy)
    row.token_hash, row.sent_at, row.expires_at = accounts.digest_of(token), now, now + INVITATION_LIFE
    send_letter(
        LetterKind.INVITATION,
        to=row.email,
        language=row.language,
        context={
            "name": row.display_name,
            "invitation": link_for(token),
            "until": f"{row.expires_at.astimezone(LOCAL):%d.%m.%Y %H:%M} (UTC+5)",
        },
        session=session,
        now=now,
        entropy=entropy,
    )
    audit.record("people.invitation.sent", session=session, at=now, actor=actor, subject=row.id)


def _require_free(email: str, session: Session) -> None:
    """Refuse an address with which somebody signs in, or has: one account has one role, and stays for the record."""
    holder = accounts_queries.staff_named(email, session)
    if holder is not None:
        raise AddressHasAccount(name=holder.display_name)


def _centre(command: Invite) -> uuid.UUID | None:
    if command.role is not Role.PROCTOR:
        return None
    if command.centre_id is None:
        raise CentreMissing
    return command.centre_id


def _body(command: Invite, session: Session) -> uuid.UUID | None:
    if command.role is not Role.HIRING_BODY:
        return None
    if command.body_id is None:
        raise BodyMissing
    if not body_with_id(command.body_id, session=session).active:
        raise BodyEnded
    return command.body_id


def _locked(invitation_id: uuid.UUID, session: Session) -> Invitation:
    row = session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise InvitationNotFound
    return row


def _others(account_id: uuid.UUID, *, actor: uuid.UUID, session: Session) -> StaffFacts:
    found = accounts_queries.staff_with_id(account_id, session)
    if account_id == actor:
        raise OwnAccount
    return found


def _require_another_administrator(found: StaffFacts, session: Session) -> None:
    """Refuse to leave the installation without an administrator; two who end each other's role wait in line."""
    if found.role is Role.ADMINISTRATOR and not set(accounts_queries.administrators_that_stay(session=session)) - {
        found.id
    }:
        raise LastAdministrator
