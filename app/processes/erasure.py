"""What is erased when a person asks for it, and what is kept because a law obliges to?

docs/decisions/0019-erasure.md gives the reasons.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts import queries as accounts_queries
from app.accounts import service as accounts
from app.applicants import service as applicants
from app.applicants.queries import ApplicantFacts, applicant_of_account, applicant_with_id
from app.bookings.queries import bookings_of_applicant
from app.erasures import service as erasures
from app.erasures.errors import BookingOpen, SittingRuns
from app.erasures.queries import ErasureFacts
from app.kernel.entropy import Entropy
from app.notices.rules import LetterKind
from app.notices.service import send_letter
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
    require_free(person.id, session=session, now=now)
    request = erasures.ask(person.id, actor=account_id, session=session, now=now, entropy=entropy)
    facts = {"due_on": request.due_on.isoformat()}
    _tell(LetterKind.ERASURE_ASKED, request, person, facts, session=session, now=now, entropy=entropy)


def execute(request_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:
    """Close the account and erase what nothing obliges to keep; a last letter is queued before. Does not commit.

    Raises:
        ErasureNotFound, AlreadyDecided: There is nothing to carry out.
        SittingRuns, BookingOpen: The person has booked or begun something since.
    """
    request = erasures.hold_open(request_id, session=session)
    person = applicant_with_id(request.applicant_id, session=session)
    require_free(person.id, session=session, now=now)
    kept = keeps_identity(person.id, session=session)
    facts = {"identity_kept": kept}
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
    bookings = bookings_of_applicant(applicant_id, session=session)
    sittings = sittings_of_bookings([booking.id for booking in bookings], session=session)
    if any(sitting.state is State.RUNNING for sitting in sittings.values()):
        raise SittingRuns
    for booking in bookings:
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
    """Say whether names and IIN have to stay: results and certificates without them would prove nothing."""
    return bool(papers_sat([applicant_id], session=session))


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
    send_letter(
        kind,
        to=account.email,
        language=account.language,
        context={"name": account.display_name, **facts},
        session=session,
        now=now,
        entropy=entropy,
        key=f"{kind.value}:{request.id}",
    )
