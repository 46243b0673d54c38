"""What is held about a person? Everything, gathered from the rooms that keep it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accommodations.queries import AccommodationFacts, requests_of
from app.accounts.queries import AccountRecord, account_record, wished_address
from app.appeals.queries import AppealFacts, appeals_of
from app.applicants.queries import ApplicantRecord, BanFacts, applicant_of_account, applicant_record, bans_of
from app.audit.queries import Entry, concerning
from app.bookings.queries import (
    ApplicationFacts,
    BookingFacts,
    applications_of,
    bookings_of_applicant,
    cancelled_bookings,
)
from app.bookings.waiting import WaitingFacts, waiting_of
from app.certificates.queries import CertificateFacts, ChangeFacts, certificates_of_applicant, changes_of
from app.checkin.queries import CheckInFacts, check_ins_of
from app.erasures.queries import ErasureFacts, erasures_of_applicant
from app.erasures.rules import kept_until
from app.kernel.clock import local_day
from app.kernel.rulebook import programme_version, programmes
from app.notices.queries import NoticeFacts, notices_of
from app.papers.queries import paper_with_id
from app.receipts.queries import ReceiptFacts, receipts_of
from app.scoring.queries import ResultFacts, VoidFacts, results_of_applicant, void_of_result
from app.sittings.credit import CreditFacts, credits_of_sitting
from app.sittings.gaps import GapFacts, gaps_of
from app.sittings.queries import (
    JournalEntry,
    Mark,
    SittingFacts,
    journal,
    late_answers_of,
    marks_of,
    sittings_of_bookings,
)

OF_THE_COMMISSION = frozenset(
    {"appeals.case.opened", "appeals.commission.appointed", "appeals.member.replaced", "appeals.vote.cast"}
)
"""Acts about an appeal that its applicant does not see: who sits in the commission, and how each one votes."""


@dataclass(frozen=True, kw_only=True)
class Sat:
    """What is kept of one test, but for its questions."""

    sitting: SittingFacts
    seat: str | None
    answers: list[JournalEntry]
    late: list[tuple[int, datetime]]
    marks: list[Mark]
    credits: list[CreditFacts]
    gaps: list[GapFacts]


@dataclass(frozen=True, kw_only=True)
class Held:
    """All that is kept about one person, without what others must not see: items, keys and who of the staff acted."""

    account: AccountRecord
    wished_address: str | None
    """A new e-mail address that waits for its code."""
    applicant: ApplicantRecord
    applications: list[ApplicationFacts]
    bookings: list[BookingFacts]
    check_ins: Mapping[uuid.UUID, CheckInFacts]
    """The steps before a test, by booking."""
    given_back: list[BookingFacts]
    """Bookings that were cancelled or moved."""
    waiting: list[WaitingFacts]
    accommodations: list[AccommodationFacts]
    sat: list[Sat]
    results: list[ResultFacts]
    voids: Mapping[uuid.UUID, VoidFacts]
    """Why results count for nothing, by their ids."""
    receipts: list[ReceiptFacts]
    """The signed receipts of the answers, one for each test that is over."""
    certificates: list[CertificateFacts]
    standings: Mapping[uuid.UUID, list[ChangeFacts]]
    """What was decided about each certificate after its issue."""
    bans: list[BanFacts]
    appeals: list[AppealFacts]
    notices: list[NoticeFacts]
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
    acts_until: date | None
    """Of acts on violations, and of appeals."""
    log_until: date


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One booking and what became of it."""

    programme_title: str
    centre_name: str
    starts_at: datetime
    state: str
    """``passed``, ``below``, ``voided`` (the result counts for nothing), ``running``, ``withdrawn``, ``booked`` or
    ``missed``."""
    sitting_id: uuid.UUID | None
    """Of a sitting that has a result."""


def held_about(account_id: uuid.UUID, *, session: Session) -> Held:
    """Gather what is held about the person of an account. Raises ``ApplicantNotFound``."""
    facts = applicant_of_account(account_id, session=session)
    bookings = bookings_of_applicant(facts.id, session=session)
    sittings = sittings_of_bookings([booking.id for booking in bookings], session=session).values()
    certificates = certificates_of_applicant(facts.id, session=session)
    held = Held(
        account=account_record(account_id, session),
        wished_address=wished_address(account_id, session),
        applicant=applicant_record(facts.id, session=session),
        applications=applications_of(facts.id, session=session),
        bookings=bookings,
        check_ins=check_ins_of([booking.id for booking in bookings], session=session),
        given_back=cancelled_bookings(facts.id, session=session),
        waiting=waiting_of(facts.id, session=session),
        accommodations=requests_of(facts.id, session=session),
        sat=[_sat(sitting, session=session) for sitting in sittings],
        results=results_of_applicant(facts.id, session=session),
        voids={},
        receipts=list(receipts_of([sitting.id for sitting in sittings], session=session).values()),
        certificates=certificates,
        standings={certificate.id: changes_of(certificate.id, session=session) for certificate in certificates},
        bans=bans_of(facts.id, session=session),
        appeals=appeals_of(facts.id, session=session),
        notices=notices_of(account_id, session=session),
        erasures=erasures_of_applicant(facts.id, session=session),
        acts=[],
    )
    voids = {result.id: void_of_result(result.id, session=session) for result in held.results}
    return replace(
        held,
        voids={result_id: void for result_id, void in voids.items() if void},
        acts=[act for act in concerning(_things(held), session=session) if act.kind not in OF_THE_COMMISSION],
    )


def _things(held: Held) -> list[str]:
    """Return the ids of all that an act can be about, where it is about the person."""
    kept = (
        *(held.applications, held.bookings, held.given_back, held.waiting, held.accommodations, held.results),
        *(held.certificates, held.bans, held.appeals, held.erasures),
    )
    return [
        *held.own_names,
        *(str(each.sitting.id) for each in held.sat),
        *(str(thing.id) for each in kept for thing in each),
    ]


def _sat(sitting: SittingFacts, *, session: Session) -> Sat:
    return Sat(
        sitting=sitting,
        seat=paper_with_id(sitting.paper_id, session=session).seat,
        answers=journal(sitting.id, session=session),
        late=late_answers_of(sitting.id, session=session),
        marks=marks_of(sitting.id, session=session),
        credits=credits_of_sitting(sitting.id, session=session),
        gaps=gaps_of([sitting.id], session=session).get(sitting.id, []),
    )


def terms_of(held: Held, *, now: datetime) -> Terms:
    """Return until when the records of a person stay, by the rules of the programmes that they sat."""
    rules = [(result.tested_on, result.programme.records) for result in held.results]
    log_years = max(programme.records.log_retention_years for programme in programmes().versions)
    acts = [_act_kept_until(ban.act_on, ban) for ban in held.bans]
    contested = [_act_kept_until(local_day(appeal.filed_at), appeal) for appeal in held.appeals]
    return Terms(
        results_until=max((kept_until(day, kept.results_retention_years) for day, kept in rules), default=None),
        answers_until=max((kept_until(day, kept.answers_retention_years) for day, kept in rules), default=None),
        acts_until=max([*acts, *contested], default=None),
        log_until=kept_until(local_day(now), log_years),
    )


def _act_kept_until(day: date, under: BanFacts | AppealFacts) -> date:
    records = programme_version(under.programme_code, under.programme_version).records
    return kept_until(day, records.results_retention_years)


def history_of(held: Held, *, language: str, now: datetime) -> list[HistoryLine]:
    """Return the person's bookings, the newest first, each with what became of it."""
    sittings = {each.sitting.booking_id: each.sitting for each in held.sat}
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
        return result.came_to
    if sitting:
        return "running"
    if booking.session.withdrawn_at:
        return "withdrawn"
    return "booked" if now < booking.session.closes_at else "missed"
