"""How is a registration begun, confirmed and made an account?

Up to the last step nothing differs between an IIN that has an account and one that has none: the same queries run, the
same rows are written, one letter is queued. Why, and what remains: docs/decisions/0011-registration.md.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts import queries as accounts_queries
from app.accounts import service as accounts
from app.accounts.codes import (
    CODE_CHANCE_BYTES,
    CODE_LIFE,
    COUNTED_FOR,
    SentCode,
    judge_code,
    keyed_hash,
    letters_with_one_more,
    new_code,
)
from app.accounts.errors import CodeRefused, NameTaken, TooManyCodes
from app.accounts.queries import Holder
from app.accounts.rules import Person, Role
from app.applicants import service as applicants
from app.audit import service as audit
from app.kernel.clock import LOCAL
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.notices.rules import LetterKind
from app.notices.service import send_letter
from app.registration.errors import CodeNotConfirmed, IinHasAccount, RegistrationOver
from app.registration.models import CodeAllowance, Registration
from app.registration.queries import hash_of_token
from app.registration.rules import PENDING_LIFE, Details, Stage, hash_of_code, is_same_person


@dataclass(frozen=True, kw_only=True)
class Post:
    """What letters with codes need: the key of the hashes, and addresses of pages, which services do not know."""

    key: bytes
    sign_in: str
    forgotten: str


@dataclass(frozen=True, kw_only=True)
class BeginRegistration:
    """The first step. ``token`` is the browser's own: the same form sent twice is one registration."""

    token: str
    details: Details
    language: str
    consent_version: str


def begin(command: BeginRegistration, *, post: Post, session: Session, now: datetime, entropy: Entropy) -> Stage:
    """Keep what was typed and send a code to the address. Does not commit.

    The same details again, while their code is good, change nothing and send nothing; other details need another code.

    Returns:
        What the registration waits for.

    Raises:
        TooManyCodes: Three letters went to this address or for this IIN within the hour; what was kept stays.
    """
    row = _entered(command, session=session, now=now, entropy=entropy)
    if row.account_id is not None:
        return Stage.NOTHING
    if row.code_hash and row.expires_at > now and is_same_person(row, command.details):
        _agree(row, command, now)
        if row.confirmed_at is not None or row.code_expires_at > now:
            return _stage(row)
    for name, value in asdict(command.details).items():
        setattr(row, name, value)
    row.confirmed_at, row.refused_at = None, None
    _agree(row, command, now)
    _send_code(row, post=post, session=session, now=now, entropy=entropy)
    return Stage.CODE


def send_again(token: str, *, post: Post, session: Session, now: datetime, entropy: Entropy) -> None:
    """Send another code to the same address; the one before is void. Does not commit.

    Raises:
        RegistrationOver: There is nothing to send a code for.
        TooManyCodes: See ``begin``.
    """
    row = _open(token, session=session, now=now)
    if row.confirmed_at is None:
        _send_code(row, post=post, session=session, now=now, entropy=entropy)


def confirm(token: str, code: str, *, key: bytes, session: Session, now: datetime) -> CodeRefused | None:
    """Take the code of the letter, or refuse it. Does not commit.

    A refusal is returned, not raised: the count of tries has to be committed.

    Raises:
        RegistrationOver: There is nothing to confirm.
    """
    row = _open(token, session=session, now=now)
    if row.confirmed_at is not None:
        return None
    sent = SentCode(code_hash=row.code_hash, expires_at=row.code_expires_at, wrong_tries=row.wrong_codes)
    refusal = judge_code(sent, hash_of_code(code, row.id, key), now)
    if refusal is None:
        row.confirmed_at, row.expires_at = now, now + PENDING_LIFE
    else:
        row.wrong_codes += 1
    return refusal


def complete(
    token: str, password: str, *, post: Post, session: Session, now: datetime, entropy: Entropy
) -> Person | IinHasAccount | None:
    """Open the account and enter the applicant, both or neither. Does not commit.

    Returns:
        Who is registered; or that this IIN has an account, which is returned so that its holder is told; or None for
        the same form sent again.

    Raises:
        RegistrationOver: There is nothing to complete.
        CodeNotConfirmed: The code comes first.
        PasswordRefused: The password is not good enough; nothing is lost.
    """
    row = _open(token, session=session, now=now)
    if row.account_id is not None:
        return None
    if row.confirmed_at is None:
        raise CodeNotConfirmed
    new = accounts.NewAccount(
        sign_in_name=row.iin,
        display_name=f"{row.given_name} {row.family_name}",
        role=Role.APPLICANT,
        password=password,
        email=row.email,
        language=row.language,
    )
    try:
        person = accounts.create_account(new, session=session, now=now, entropy=entropy)
    except NameTaken:
        return _refuse(row, post=post, session=session, now=now, entropy=entropy)
    _enrol(person, row, session=session, now=now, entropy=entropy)
    accounts.sign_in_new(person, session=session, now=now)
    row.account_id = person.id
    return person


def stop(token: str, *, session: Session) -> None:
    """Delete what this browser typed, at its wish."""
    session.execute(delete(Registration).where(Registration.token_hash == hash_of_token(token)))


def forget(account_id: uuid.UUID, iin: str, *, session: Session) -> None:
    """Delete what was typed about one person: on the way to their account, or under their IIN since."""
    session.execute(delete(Registration).where(or_(Registration.account_id == account_id, Registration.iin == iin)))


def forget_old(*, session: Session, now: datetime) -> None:
    """Delete registrations whose hour is over, and counts of letters that no longer bar anybody. For a timer."""
    session.execute(delete(Registration).where(Registration.expires_at <= now))
    session.execute(delete(CodeAllowance).where(CodeAllowance.last_at <= now - COUNTED_FOR))


def _entered(command: BeginRegistration, *, session: Session, now: datetime, entropy: Entropy) -> Registration:
    """Return the browser's row, locked, and made if it is new: of two forms at once one makes it and one finds it."""
    values = asdict(command.details) | {
        "id": new_id(now, entropy),
        "token_hash": hash_of_token(command.token),
        "language": command.language,
        "consent_version": command.consent_version,
        "consented_at": now,
        "code_hash": "",
        "code_expires_at": now,
        "wrong_codes": 0,
        "expires_at": now + PENDING_LIFE,
    }
    enter = _insert(session)(Registration).values(values).on_conflict_do_nothing(index_elements=["token_hash"])
    while True:  # the row that was there may be deleted while this one waits for it
        session.execute(enter)
        row = _row(command.token, session)
        if row is not None:
            return row


def _open(token: str, *, session: Session, now: datetime) -> Registration:
    row = _row(token, session)
    if row is None or row.expires_at <= now:
        raise RegistrationOver
    return row


def _row(token: str, session: Session) -> Registration | None:
    """Return the row of a browser, locked: tries at the same moment come one after the other."""
    query = select(Registration).where(Registration.token_hash == hash_of_token(token)).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _agree(row: Registration, command: BeginRegistration, now: datetime) -> None:
    row.language = command.language
    row.consent_version, row.consented_at = command.consent_version, now


def _stage(row: Registration) -> Stage:
    return Stage.CODE if row.confirmed_at is None else Stage.PASSWORD


def _send_code(row: Registration, *, post: Post, session: Session, now: datetime, entropy: Entropy) -> None:
    """Make a code and queue a letter. To the holder's own address it goes without the code, which then nobody knows."""
    _count_letter(row, key=post.key, session=session, now=now)
    code = new_code(entropy.token(CODE_CHANCE_BYTES))
    row.code_hash, row.code_expires_at = hash_of_code(code, row.id, post.key), now + CODE_LIFE
    row.wrong_codes, row.expires_at = 0, now + PENDING_LIFE
    holder = accounts_queries.holder_of(row.iin, session)
    kind, context = (
        LetterKind.REGISTRATION_CODE,
        {"code": code, "until": f"{row.code_expires_at.astimezone(LOCAL):%H:%M}"},
    )
    if holder is not None and holder.active and holder.email == row.email:
        kind, context = LetterKind.REGISTRATION_HAS_ACCOUNT, _pages(holder, post)
    send_letter(kind, to=row.email, language=row.language, context=context, session=session, now=now, entropy=entropy)


def _count_letter(row: Registration, *, key: bytes, session: Session, now: datetime) -> None:
    """Count a letter for the address and for the IIN, or refuse it for both. In this order, lest two wait crosswise.

    Raises:
        TooManyCodes: One of them had its three; the later moment counts.
    """
    rows = [_allowance(keyed_hash(name, key), session, now) for name in (f"mail {row.email}", f"iin {row.iin}")]
    refusals = []
    for counted in rows:
        try:
            sent = letters_with_one_more(map(datetime.fromisoformat, counted.sent_at), now)
        except TooManyCodes as refusal:
            refusals.append(refusal)
            continue
        counted.sent_at, counted.last_at = [moment.isoformat() for moment in sent], now
    if refusals:
        raise max(refusals, key=lambda refusal: str(refusal.parameters["again_at"]))


def _allowance(name_hash: str, session: Session, now: datetime) -> CodeAllowance:
    enter = _insert(session)(CodeAllowance).values(name_hash=name_hash, sent_at=[], last_at=now)
    query = select(CodeAllowance).where(CodeAllowance.name_hash == name_hash).with_for_update()
    while True:  # the timer may delete the row in between
        session.execute(enter.on_conflict_do_nothing())
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is not None:
            return row


def _refuse(row: Registration, *, post: Post, session: Session, now: datetime, entropy: Entropy) -> IinHasAccount:
    """Tell the log and the holder of the account, once, that somebody else's address was confirmed for this IIN."""
    holder = accounts_queries.holder_of(row.iin, session)
    if holder is None or row.refused_at is not None:
        return IinHasAccount()
    row.refused_at = now
    audit.record("registration.account.refused", session=session, at=now, actor="anonymous", subject=holder.id)
    if holder.active and holder.email:
        send_letter(
            LetterKind.REGISTRATION_REFUSED,
            to=holder.email,
            language=holder.language,
            context=_pages(holder, post),
            session=session,
            now=now,
            entropy=entropy,
        )
    return IinHasAccount()


def _enrol(person: Person, row: Registration, *, session: Session, now: datetime, entropy: Entropy) -> None:
    command = applicants.EnrolApplicant(
        account_id=person.id,
        iin=row.iin,
        family_name=row.family_name,
        given_name=row.given_name,
        patronymic=row.patronymic,
        phone=row.phone,
        consent=applicants.Consent(version=row.consent_version, given_at=row.consented_at),
    )
    applicants.enrol(command, session=session, now=now, entropy=entropy)


def _pages(holder: Holder, post: Post) -> dict[str, str]:
    return {"name": holder.display_name, "sign_in": post.sign_in, "forgotten": post.forgotten}


def _insert(session: Session) -> Any:
    """The insert of this database that knows ON CONFLICT."""
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
