"""How is a certificate checked? By the token alone; the register adds whether it was issued and still stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.certificates.queries import CertificateFacts, certificate_with_number, standing_of
from app.verification.errors import TooManyLookups
from app.verification.models import FailedLookup
from app.verification.rules import PAUSE, TRIES, failures_after, is_barred
from certs.document import CertificateDocument
from certs.errors import NumberError
from certs.number import parse_number
from certs.status import StatusAnswer
from certs.trust import TrustList
from certs.verification import VerificationReport, verify


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """A check by number: whoever holds the paper also knows the end of the holder's IIN."""

    number: str
    iin_ending: str


def check_text(text: str, *, trust: TrustList, host: str, session: Session, now: datetime) -> VerificationReport:
    """Check the text of a QR code, or a bare token. Never raises for a bad one."""
    return _checked("".join(text.split()), trust=trust, host=host, session=session, now=now)


def check_number(
    look_up: LookUp, *, trust: TrustList, host: str, session: Session, now: datetime
) -> VerificationReport | None:
    """Check the certificate with this number, if the ending of the IIN is right.

    Returns:
        The report, or None: there is no such certificate, or the ending differs; the answer is the same.

    Raises:
        TooManyLookups: The number was tried too often; the count is kept.
    """
    number = _normal(look_up.number)
    if number is None:
        return None
    tries = _locked_tries(number, session=session, now=now)
    if is_barred(tries.failures, tries.last_at, now):
        raise TooManyLookups
    found = certificate_with_number(number, session=session)
    if found is None or found.token is None or not found.document.iin.endswith(look_up.iin_ending):
        _count_failure(tries, session=session, now=now)
        return None
    session.delete(tries)
    session.flush()
    return _checked(found.token, trust=trust, host=host, session=session, now=now)


def _checked(
    text_or_token: str | bytes, *, trust: TrustList, host: str, session: Session, now: datetime
) -> VerificationReport:
    """Run the engine with the register as the source of status: what it answers is of this moment."""

    def entry(document: CertificateDocument) -> CertificateFacts | None:
        return certificate_with_number(str(document.number), session=session)

    def status(document: CertificateDocument, at: datetime) -> StatusAnswer | None:
        found = entry(document)
        return StatusAnswer(state=standing_of(found.id, session=session), as_of=at, fresh=True) if found else None

    def registered(document: CertificateDocument, token: bytes) -> bool:
        found = entry(document)
        return found is not None and found.token == token

    return verify(text_or_token, trust, now, host=host, status_list=status, registered=registered)


def _normal(number: str) -> str | None:
    try:
        return str(parse_number(number))
    except NumberError:
        return None


def _locked_tries(number: str, *, session: Session, now: datetime) -> FailedLookup:
    """Return the count of a number, locked: tries at the same moment are counted one after the other."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    enter = dialect.insert(FailedLookup).values(number=number, failures=0, last_at=now).on_conflict_do_nothing()
    query = select(FailedLookup).where(FailedLookup.number == number).with_for_update()
    while True:  # a right ending may delete the row while this one waits for it
        session.execute(enter)
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is not None:
            return row


def _count_failure(tries: FailedLookup, *, session: Session, now: datetime) -> None:
    tries.failures, tries.last_at = failures_after(tries.failures, tries.last_at, now), now
    session.flush()
    if tries.failures == TRIES and certificate_with_number(tries.number, session=session) is not None:
        audit.record("verification.number.barred", session=session, at=now, actor="public", subject=tries.number)


def forget_old(*, session: Session, now: datetime) -> None:
    """Drop counts that no longer bar anybody."""
    session.execute(delete(FailedLookup).where(FailedLookup.last_at < now - PAUSE))
