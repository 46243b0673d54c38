"""What is held about a person? Everything, gathered from the rooms that keep it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accounts.queries import AccountRecord, account_record
from app.applicants.queries import ApplicantRecord, applicant_of_account, applicant_record
from app.audit.queries import Entry, concerning
from app.bookings.queries import BookingFacts, bookings_of_applicant
from app.certificates.queries import CertificateFacts, certificates_of_applicant
from app.erasures.queries import ErasureFacts, erasures_of_applicant
from app.erasures.rules import kept_until
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from app.scoring.queries import ResultFacts, results_of_applicant
from app.sittings.queries import JournalEntry, SittingFacts, journal, sittings_of_bookings


@dataclass(frozen=True, kw_only=True)
class Held:
    """All that is kept about one person, without what others must not see: items, keys and who of the staff acted."""

    account: AccountRecord
    applicant: ApplicantRecord
    bookings: list[BookingFacts]
    sittings: list[SittingFacts]
    answers: Mapping[uuid.UUID, list[JournalEntry]]
    """The saved answers of each sitting."""
    results: list[ResultFacts]
    certificates: list[CertificateFacts]
    erasures: list[ErasureFacts]
    acts: list[Entry]

    @property
    def own_names(self) -> frozenset[str]:
        """The ids under which the person acts in the log."""
        return frozenset({str(self.account.id), str(self.applicant.facts.id)})


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Until when records stay although their person wants them erased; None where there are none."""

    results_until: date | None
    answers_until: date | None
    log_until: date


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One booking and what became of it."""

    programme_title: str
    centre_name: str
    starts_at: datetime
    state: str
    """``passed``, ``below``, ``running``, ``withdrawn``, ``booked`` or ``missed``."""
    sitting_id: uuid.UUID | None
    """Of a sitting that has a result."""


def held_about(account_id: uuid.UUID, *, session: Session) -> Held:
    """Gather what is held about the person of an account. Raises ``ApplicantNotFound``."""
    facts = applicant_of_account(account_id, session=session)
    bookings = bookings_of_applicant(facts.id, session=session)
    sittings = list(sittings_of_bookings([booking.id for booking in bookings], session=session).values())
    results = results_of_applicant(facts.id, session=session)
    certificates = certificates_of_applicant(facts.id, session=session)
    erasures = erasures_of_applicant(facts.id, session=session)
    things = [
        account_id,
        facts.id,
        *(thing.id for kept in (bookings, sittings, results, certificates, erasures) for thing in kept),
    ]
    return Held(
        account=account_record(account_id, session),
        applicant=applicant_record(facts.id, session=session),
        bookings=bookings,
        sittings=sittings,
        answers={sitting.id: journal(sitting.id, session=session) for sitting in sittings},
        results=results,
        certificates=certificates,
        erasures=erasures,
        acts=concerning([str(thing) for thing in things], session=session),
    )


def terms_of(held: Held, *, now: datetime) -> Terms:
    """Return until when the records of a person stay, by the rules of the programmes that they sat."""
    rules = [(result.tested_on, result.programme.records) for result in held.results]
    log_years = max(programme.records.log_retention_years for programme in programmes().versions)
    return Terms(
        results_until=max((kept_until(day, kept.results_retention_years) for day, kept in rules), default=None),
        answers_until=max((kept_until(day, kept.answers_retention_years) for day, kept in rules), default=None),
        log_until=kept_until(local_day(now), log_years),
    )


def history_of(held: Held, *, language: str, now: datetime) -> list[HistoryLine]:
    """Return the person's bookings, the newest first, each with what became of it."""
    sittings = {sitting.booking_id: sitting for sitting in held.sittings}
    results = {result.sitting_id: result for result in held.results}
    lines = []
    for booking in held.bookings:
        sitting = sittings.get(booking.id)
        result = results.get(sitting.id) if sitting else None
        line = HistoryLine(
            programme_title=booking.session.programme.title[language],
            centre_name=booking.session.centre_names[language],
            starts_at=booking.session.opens_at,
            state=_state(booking, sitting, result, now),
            sitting_id=result.sitting_id if result else None,
        )
        lines.append(line)
    return lines


def _state(booking: BookingFacts, sitting: SittingFacts | None, result: ResultFacts | None, now: datetime) -> str:
    if result:
        return "passed" if result.passed else "below"
    if sitting:
        return "running"
    if booking.session.withdrawn_at:
        return "withdrawn"
    return "booked" if now < booking.session.closes_at else "missed"
