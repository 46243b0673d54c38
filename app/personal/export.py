"""In which form does a person take everything that is held about them? JSON; docs/personal-data/export.schema.json."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from app.audit.queries import Entry
from app.bookings.queries import BookingFacts
from app.certificates.queries import CertificateFacts
from app.erasures.queries import ErasureFacts
from app.personal.held import Held
from app.registration import consent
from app.scoring.queries import ResultFacts
from app.sittings.queries import JournalEntry, SittingFacts

FORM = "synaq-personal-data-v1"


def export_json(held: Held, *, now: datetime) -> bytes:
    """Return the file, readable by people and programs."""
    return json.dumps(document(held, now=now), ensure_ascii=False, indent=2).encode()


def document(held: Held, *, now: datetime) -> dict[str, Any]:
    """Return what the file says. Of answers it has places and times: items and keys are no personal data."""
    return {
        "form": FORM,
        "made_at": _moment(now),
        "account": _account(held),
        "person": _person(held),
        "consent": _consent(held),
        "bookings": [_booking(booking) for booking in held.bookings],
        "sittings": [_sitting(sitting, held.answers[sitting.id]) for sitting in held.sittings],
        "results": [_result(result) for result in held.results],
        "certificates": [_certificate(certificate) for certificate in held.certificates],
        "erasures": [_erasure(request) for request in held.erasures],
        "acts": [_act(act, held.own_names) for act in held.acts],
    }


def who_acted(act: Entry, own_names: Collection[str]) -> str:
    """Say who did an act, without naming people of the staff: ``you``, ``synaq``, ``anonymous`` or ``staff``."""
    if act.actor in own_names:
        return "you"
    if act.actor.partition(":")[0] == "system":
        return "synaq"
    return "anonymous" if act.actor in ("anonymous", "public") else "staff"


def _account(held: Held) -> dict[str, Any]:
    account = held.account
    return {
        "id": str(account.id),
        "sign_in_name": account.sign_in_name,
        "email": account.email,
        "display_name": account.display_name,
        "language": account.language,
        "active": account.active,
        "opened_at": _moment(account.created_at),
    }


def _person(held: Held) -> dict[str, Any]:
    facts = held.applicant.facts
    return {
        "id": str(facts.id),
        "iin": facts.iin,
        "family_name": facts.family_name,
        "given_name": facts.given_name,
        "patronymic": facts.patronymic,
        "birth_date": facts.birth_date.isoformat(),
        "phone": held.applicant.phone,
        "entered_at": _moment(held.applicant.created_at),
    }


def _consent(held: Held) -> dict[str, Any] | None:
    record = held.applicant
    if record.consented_at is None:
        return None
    text = [str(paragraph) for paragraph in consent.PARAGRAPHS] if record.consent_version == consent.VERSION else None
    return {"version": record.consent_version, "given_at": _moment(record.consented_at), "text": text}


def _booking(booking: BookingFacts) -> dict[str, Any]:
    place = booking.session
    return {
        "id": str(booking.id),
        "programme": {"code": place.programme_code, "version": place.programme_version},
        "session": place.code,
        "centre": dict(place.centre_names),
        "opens_at": _moment(place.opens_at),
        "closes_at": _moment(place.closes_at),
        "accessible_seat": booking.accessible,
    }


def _sitting(sitting: SittingFacts, answers: list[JournalEntry]) -> dict[str, Any]:
    return {
        "id": str(sitting.id),
        "booking_id": str(sitting.booking_id),
        "language": sitting.language,
        "questions": sitting.question_count,
        "started_at": _moment(sitting.timing.started_at),
        "ended_at": sitting.ended_at and _moment(sitting.ended_at),
        "ended_by": sitting.ended_by and sitting.ended_by.value,
        "answers": [{"question": entry.row.position, "saved_at": _moment(entry.row.saved_at)} for entry in answers],
    }


def _result(result: ResultFacts) -> dict[str, Any]:
    return {
        "id": str(result.id),
        "sitting_id": str(result.sitting_id),
        "programme": {"code": result.programme_code, "version": result.programme_version},
        "tested_on": result.tested_on.isoformat(),
        "blocks": [
            {"act": part.block, "correct": part.correct, "asked": part.questions, "minimum": part.minimum}
            for part in result.sections
        ],
        "total": {"correct": result.total, "asked": result.total_questions, "minimum": result.total_minimum},
        "answered": result.answered,
        "passed": result.passed,
        "retest_opens_at": result.retest_opens_at and _moment(result.retest_opens_at),
        "scored_at": _moment(result.scored_at),
        "journal_head": result.journal_head.hex(),
    }


def _certificate(certificate: CertificateFacts) -> dict[str, Any]:
    return {
        "id": str(certificate.id),
        "result_id": str(certificate.result_id),
        "number": certificate.number,
        "recorded_at": _moment(certificate.recorded_at),
        "valid_until": _moment(certificate.expires_at),
        "token": certificate.token and base64.b64encode(certificate.token).decode(),
    }


def _erasure(request: ErasureFacts) -> dict[str, Any]:
    return {
        "id": str(request.id),
        "asked_at": _moment(request.asked_at),
        "due_on": request.due_on.isoformat(),
        "state": request.state.value,
        "decided_at": request.decided_at and _moment(request.decided_at),
        "reason": request.reason,
    }


def _act(act: Entry, own_names: Collection[str]) -> dict[str, Any]:
    facts = None if act.facts is None else dict(act.facts)
    return {
        "number": act.seq,
        "at": _moment(act.at),
        "kind": act.kind,
        "by": who_acted(act, own_names),
        "about": act.subject,
        "facts": facts,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
