"""In which form does a person take everything that is held about them? JSON; docs/personal-data/export.schema.json."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from app.accommodations.queries import AccommodationFacts
from app.appeals.queries import AppealFacts
from app.applicants.queries import BanFacts
from app.audit.queries import Entry
from app.bookings.queries import ApplicationFacts, BookingFacts
from app.bookings.waiting import WaitingFacts
from app.certificates.queries import CertificateFacts
from app.checkin.queries import CheckInFacts
from app.erasures.queries import ErasureFacts
from app.notices.queries import NoticeFacts
from app.personal.held import Held, Sat
from app.receipts.queries import ReceiptFacts
from app.registration import consent
from app.scoring.queries import ResultFacts, VoidFacts

FORM = "synaq-personal-data-v3"


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
        "applications": [_application(application) for application in held.applications],
        "bookings": [
            _booking(booking, held.check_ins.get(booking.id)) for booking in (*held.bookings, *held.given_back)
        ],
        "waiting": [_waiting(waiting) for waiting in held.waiting],
        "accommodations": [_accommodation(request) for request in held.accommodations],
        "sittings": [_sitting(each) for each in held.sat],
        "results": [_result(result, held.voids.get(result.id)) for result in held.results],
        "receipts": [_receipt(receipt) for receipt in held.receipts],
        "certificates": [_certificate(certificate, held) for certificate in held.certificates],
        "bans": [_ban(ban) for ban in held.bans],
        "appeals": [_appeal(appeal) for appeal in held.appeals],
        "notices": [_notice(notice) for notice in held.notices],
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
        "wished_email": held.wished_address,
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


def _application(application: ApplicationFacts) -> dict[str, Any]:
    return {
        "id": str(application.id),
        "programme": application.programme_code,
        "competition": application.competition,
        "deadline": application.competition_deadline and application.competition_deadline.isoformat(),
        "made_at": _moment(application.created_at),
    }


def _booking(booking: BookingFacts, steps: CheckInFacts | None) -> dict[str, Any]:
    place = booking.session
    return {
        "id": str(booking.id),
        "programme": {"code": place.programme_code, "version": place.programme_version},
        "session": place.code,
        "centre": dict(place.centre_names),
        "opens_at": _moment(place.opens_at),
        "closes_at": _moment(place.closes_at),
        "accessible_seat": booking.accessible,
        "application_id": booking.application_id and str(booking.application_id),
        "made_at": _moment(booking.created_at),
        "cancelled_at": booking.cancelled_at and _moment(booking.cancelled_at),
        "cancelled_reason": booking.cancelled_reason and booking.cancelled_reason.value,
        "moved_to": booking.moved_to_id and str(booking.moved_to_id),
        "check_in": steps and _check_in(steps),
    }


def _check_in(steps: CheckInFacts) -> dict[str, Any]:
    return {
        "confirmed_at": steps.confirmed_at and _moment(steps.confirmed_at),
        "language": steps.language,
        "rules_read_at": steps.rules_read_at and _moment(steps.rules_read_at),
        "equipment_at": steps.equipment_at and _moment(steps.equipment_at),
        "equipment": steps.equipment and steps.equipment.to_dict(),
        "samples_at": steps.samples_at and _moment(steps.samples_at),
    }


def _waiting(waiting: WaitingFacts) -> dict[str, Any]:
    wait = waiting.wait
    return {
        "id": str(waiting.id),
        "programme": wait.programme_code,
        "centre": dict(waiting.centre_names),
        "from_day": wait.from_day.isoformat(),
        "to_day": wait.to_day.isoformat(),
        "first_in_line": wait.struck,
        "application_id": wait.application_id and str(wait.application_id),
        "entered_at": _moment(waiting.created_at),
        "offered_session": waiting.session and waiting.session.code,
        "offered_until": waiting.offered_until and _moment(waiting.offered_until),
        "outcome": waiting.outcome and waiting.outcome.value,
        "booking_id": waiting.booking_id and str(waiting.booking_id),
    }


def _accommodation(request: AccommodationFacts) -> dict[str, Any]:
    wish, granted = request.wish, request.granted
    return {
        "id": str(request.id),
        "asked_at": _moment(request.asked_at),
        "asked": {"accessible": wish.accessible, "extra_time": wish.extra_time, "reader": wish.reader},
        "words": wish.words,
        "document": wish.document,
        "state": request.state.value,
        "decided_at": request.decided_at and _moment(request.decided_at),
        "reason": request.reason,
        "granted": {
            "accessible": granted.accessible,
            "extra_percent": granted.extra_percent,
            "reader": granted.reader,
        },
        "valid_until": request.valid_until and request.valid_until.isoformat(),
    }


def _sitting(sat: Sat) -> dict[str, Any]:
    sitting = sat.sitting
    return {
        "id": str(sitting.id),
        "booking_id": str(sitting.booking_id),
        "language": sitting.language,
        "questions": sitting.question_count,
        "started_at": _moment(sitting.timing.started_at),
        "ended_at": sitting.ended_at and _moment(sitting.ended_at),
        "ended_by": sitting.ended_by and sitting.ended_by.value,
        "seat": sat.seat,
        "answers": [{"question": entry.row.position, "saved_at": _moment(entry.row.saved_at)} for entry in sat.answers],
        "late_answers": [{"question": place, "received_at": _moment(at)} for place, at in sat.late],
        "marks": [
            {"kind": mark.kind, "question": mark.position, "at": _moment(mark.at), "facts": mark.facts or {}}
            for mark in sat.marks
        ],
        "added_time": [
            {
                "cause": credit.cause.value,
                "seconds": credit.seconds,
                "from": credit.from_at and _moment(credit.from_at),
                "to": credit.to_at and _moment(credit.to_at),
                "reason": credit.reason.value,
                "words": credit.note,
                "decided_at": _moment(credit.decided_at),
            }
            for credit in sat.credits
        ],
        "silences": [{"from": _moment(gap.span.begins), "to": _moment(gap.span.ends)} for gap in sat.gaps],
    }


def _result(result: ResultFacts, void: VoidFacts | None) -> dict[str, Any]:
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
        "void": void and {"at": _moment(void.voided_at), "ground": void.ground.value, "reason": void.reason},
    }


def _receipt(receipt: ReceiptFacts) -> dict[str, Any]:
    return {
        "sitting_id": str(receipt.sitting_id),
        "code": receipt.code,
        "signed_at": _moment(receipt.signed_at),
        "token": base64.b64encode(receipt.token).decode(),
        "response_sheet": f"/sittings/{receipt.sitting_id}/sheet.json",
    }


def _certificate(certificate: CertificateFacts, held: Held) -> dict[str, Any]:
    return {
        "id": str(certificate.id),
        "result_id": str(certificate.result_id),
        "number": certificate.number,
        "recorded_at": _moment(certificate.recorded_at),
        "valid_until": _moment(certificate.expires_at),
        "token": certificate.token and base64.b64encode(certificate.token).decode(),
        "decided": [
            {"state": change.state.value, "reason": change.reason, "at": _moment(change.changed_at)}
            for change in held.standings[certificate.id]
        ],
    }


def _ban(ban: BanFacts) -> dict[str, Any]:
    return {
        "id": str(ban.id),
        "reference": ban.reference,
        "act_on": ban.act_on.isoformat(),
        "description": ban.description,
        "sitting_id": ban.sitting_id and str(ban.sitting_id),
        "booking_id": ban.booking_id and str(ban.booking_id),
        "starts_at": _moment(ban.starts_at),
        "ends_at": _moment(ban.ends_at),
        "imposed_at": _moment(ban.imposed_at),
        "lifted_at": ban.lifted_at and _moment(ban.lifted_at),
        "lifted_reason": ban.lifted_reason,
    }


def _appeal(appeal: AppealFacts) -> dict[str, Any]:
    """What the person wrote and what was decided; not who decided, and not which item a question is."""
    return {
        "id": str(appeal.id),
        "number": appeal.number,
        "ground": appeal.ground.value,
        "sitting_id": appeal.sitting_id and str(appeal.sitting_id),
        "ban_id": appeal.ban_id and str(appeal.ban_id),
        "statement": appeal.statement,
        "questions": [
            {"question": each.position, "argument": each.argument, "found_faulty": each.upheld}
            for each in appeal.questions
        ],
        "filed_at": _moment(appeal.filed_at),
        "due_at": _moment(appeal.due_at),
        "state": appeal.state.value,
        "ended_at": appeal.ended_at and _moment(appeal.ended_at),
        "reasons": appeal.reasons,
    }


def _notice(notice: NoticeFacts) -> dict[str, Any]:
    return {
        "id": str(notice.id),
        "kind": notice.kind.value,
        "facts": dict(notice.facts),
        "told_at": _moment(notice.created_at),
        "read_at": notice.read_at and _moment(notice.read_at),
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
