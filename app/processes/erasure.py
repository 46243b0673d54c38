"""What is erased when a person asks for it, and what is kept because a law obliges to?

docs/decisions/0019-erasure.md gives the reasons.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accommodations import service as accommodations
from app.accounts import queries as accounts_queries
from app.accounts import service as accounts
from app.applicants import service as applicants
from app.applicants.queries import (
    ApplicantFacts,
    applicant_of_account,
    applicant_with_id,
    bans_of,
    phone_of_account,
)
from app.bookings import service as bookings
from app.bookings import waiting
from app.bookings.queries import bookings_of_applicant
from app.bookings.rules import CancelReason
from app.erasures import service as erasures
from app.erasures.errors import BookingOpen, SittingRuns
from app.erasures.queries import ErasureFacts, erasure_with_id
from app.kernel.entropy import Entropy
from app.notices import service as notices
from app.notices.rules import LetterKind
from app.registration import service as registration
from app.sittings import preparing
from app.sittings.queries import papers_sat, sittings_of_bookings
from app.sittings.rules import State
from question_bank.programme import Kind


def ask(account_id: uuid.UUID, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Take a person's request for erasure and confirm it by letter. The caller has had the password confirmed.

    Raises:
        ApplicantNotFound: The account is not an applicant's.
        SittingRuns, BookingOpen: It would take away what the person still needs.
        AlreadyAsked: A request waits already.
    """
    person = applicant_of_account(account_id, session=session)
    applicants.hold_registered(person.id, session=session)
    require_free(person.id, session=session, now=now)
    request = erasures.ask(person.id, actor=account_id, session=session, now=now, entropy=entropy)
    facts = {"due_on": request.due_on.isoformat()}
    _tell(LetterKind.ERASURE_ASKED, request, person, facts, session=session, now=now, entropy=entropy)


def withdraw(account_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Take a person's own request back before it is carried out. Does not commit.

    Raises:
        ApplicantNotFound: The account is not an applicant's.
        NothingAsked: No request waits.
    """
    person = applicant_of_account(account_id, session=session)
    applicants.hold(person.id, session=session)
    erasures.withdraw(person.id, actor=account_id, session=session, now=now)


def execute(request_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:
    """Close the account and erase what nothing obliges to keep; a last letter is queued before. Does not commit.

    Raises:
        ErasureNotFound, AlreadyDecided: There is nothing to carry out.
        SittingRuns, BookingOpen: The person has booked or begun something since.
    """
    person = _hold_person(request_id, session=session)
    request = erasures.hold_open(request_id, session=session)
    require_free(person.id, session=session, now=now)
    kept = keeps_identity(person.id, session=session)
    facts = {"identity_kept": kept}
    _forget(person, actor=actor, session=session, now=now)
    _tell(LetterKind.ERASURE_DONE, request, person, facts, session=session, now=now, entropy=entropy)
    accounts.erase(person.account_id, keep_name=kept, actor=actor, session=session, now=now)
    applicants.erase(person.id, keep_identity=kept, actor=actor, session=session, now=now, entropy=entropy)
    erasures.finish(request_id, identity_kept=kept, actor=actor, session=session, now=now)


def refuse(
    request_id: uuid.UUID, reason: str, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> None:
    """Refuse, and tell the person why. Does not commit. Raises ``ErasureNotFound``, ``AlreadyDecided``."""
    request = erasures.hold_open(request_id, session=session)
    person = applicant_with_id(request.applicant_id, session=session)
    erasures.refuse(request_id, reason, actor=actor, session=session, now=now)
    facts = {"reason": reason}
    _tell(LetterKind.ERASURE_REFUSED, request, person, facts, session=session, now=now, entropy=entropy)


def require_free(applicant_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Refuse while a test runs, or a place is booked in a session that is not over; practice places bind nobody.

    Raises:
        SittingRuns, BookingOpen: See above.
    """
    booked = bookings_of_applicant(applicant_id, session=session)
    sittings = sittings_of_bookings([booking.id for booking in booked], session=session)
    if any(sitting.state is State.RUNNING for sitting in sittings.values()):
        raise SittingRuns
    for booking in booked:
        place = booking.session
        ahead = place.withdrawn_at is None and now < place.closes_at
        if ahead and booking.id not in sittings and place.programme.kind is Kind.CERTIFYING:
            raise BookingOpen


def hindrance(applicant_id: uuid.UUID, *, session: Session, now: datetime) -> str | None:
    """Name what keeps the data from being erased now, ``sitting`` or ``booking``, for pages to say so beforehand."""
    try:
        require_free(applicant_id, session=session, now=now)
    except SittingRuns:
        return "sitting"
    except BookingOpen:
        return "booking"
    return None


def keeps_identity(applicant_id: uuid.UUID, *, session: Session) -> bool:
    """Say whether names and IIN have to stay: results, certificates and acts without them would prove nothing.

    An appeal contests a test or an act, so the name under it stays with those.
    """
    return bool(papers_sat([applicant_id], session=session) or bans_of(applicant_id, session=session))


def _hold_person(request_id: uuid.UUID, *, session: Session) -> ApplicantFacts:
    """Return whose request it is, and hold their row before that of the request, as all that they do by themselves."""
    request = erasure_with_id(request_id, session=session)
    applicants.hold(request.applicant_id, session=session)
    return applicant_with_id(request.applicant_id, session=session)


def _forget(person: ApplicantFacts, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Give back what is held for the person, in the order in which others lock it, and erase what no law asks for."""
    struck = [
        booking
        for booking in bookings_of_applicant(person.id, session=session)
        if booking.session.withdrawn_at is not None
    ]
    preparing.unprepare(person.id, session=session)
    bookings.hold_sessions([booking.session.id for booking in struck], session=session)
    for booking in struck:
        bookings.cancel(booking.id, CancelReason.SESSION_WITHDRAWN, actor=actor, session=session, now=now)
    account = accounts_queries.account_record(person.account_id, session)
    phone = phone_of_account(person.account_id, session=session)
    addresses = [address for address in (account.email, phone) if address]
    notices.forget(person.account_id, addresses, session=session)
    registration.forget(person.account_id, person.iin, session=session)
    accommodations.erase(person.id, actor=actor, session=session, now=now)
    waiting.leave_all(person.id, actor=actor, session=session, now=now)
    bookings.erase_competitions(person.id, actor=actor, session=session, now=now)


def _tell(
    kind: LetterKind,
    request: ErasureFacts,
    person: ApplicantFacts,
    facts: Mapping[str, Any],
    *,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Queue a letter; it carries the address itself, so it leaves also after the address was erased."""
    account = accounts_queries.account_record(person.account_id, session)
    if account.email is None:
        return
    notices.send_letter(
        kind,
        to=account.email,
        language=account.language,
        context={"name": account.display_name, **facts},
        session=session,
        now=now,
        entropy=entropy,
        key=f"{kind.value}:{request.id}",
    )
