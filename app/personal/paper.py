"""What does the printed copy say? Sections of labelled values, in the reader's language; times in UTC+5."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.accommodations.queries import AccommodationFacts
from app.accommodations.rules import State as Asked
from app.appeals.queries import AppealFacts
from app.appeals.rules import GROUND_NAMES
from app.appeals.rules import State as Contested
from app.applicants.queries import BanFacts
from app.bookings.queries import ApplicationFacts, BookingFacts
from app.bookings.rules import Outcome
from app.bookings.waiting import WaitingFacts
from app.erasures.rules import State
from app.kernel.clock import LOCAL
from app.kernel.rulebook import programmes, register
from app.notices.rendering import words
from app.personal.export import who_acted
from app.personal.held import Held
from app.receipts.queries import ReceiptFacts
from app.reports.texts import ACT_NAMES
from app.scoring.queries import ResultFacts
from app.typesetting import typeset
from app.web import LANGUAGES

TEMPLATE = "personal/export.typ"

Row = tuple[str, str]
Section = dict[str, Any]


def export_pdf(held: Held, *, language: str, now: datetime) -> bytes:
    """Return the copy as a file to be read and printed."""
    return typeset(TEMPLATE, document(held, language=language, now=now), now=now)


def document(held: Held, *, language: str, now: datetime) -> Mapping[str, Any]:
    """Return what the template sets. Less than the JSON has: of answers the count, of an act its name."""
    return {
        "language": language,
        "title": _("Everything that is held about you"),
        "name": held.applicant.facts.full_name,
        "intro": _(
            "Made on %(moment)s (UTC+5). The file for programs (JSON) has more: the times of your answers, the codes "
            "of your certificates, and the facts of each act.",
            moment=_moment(now),
        ),
        "sections": [
            _section(_("Who you are"), [_person(held)]),
            _section(_("Your account"), [_account(held, language)]),
            _section(_("Consent to the processing of personal data"), [_consent(held)]),
            _section(_("Your applications"), [_application(each, language) for each in held.applications]),
            _section(_("Your bookings"), [_booking(each, language) for each in (*held.bookings, *held.given_back)]),
            _section(_("My waiting lists"), [_waiting(each, language) for each in held.waiting]),
            _section(_("Special conditions for the test"), [_accommodation(each) for each in held.accommodations]),
            _section(_("Tests and results"), [_result(held, result, language) for result in held.results]),
            _section(_("Receipts of answers"), [_receipt(receipt) for receipt in held.receipts]),
            _section(_("Certificates"), [_certificate(held, place) for place in range(len(held.certificates))]),
            _section(_("Acts on violations"), [_ban(ban) for ban in held.bans]),
            _section(_("My appeals"), [_appeal(appeal, language) for appeal in held.appeals]),
            _section(_("Messages to you"), [_notices(held, language)]),
            _section(_("Requests for erasure"), [_erasures(held)]),
            _section(_("What the log holds about you"), [_acts(held)]),
        ],
    }


def _section(heading: str, groups: list[list[Row]]) -> Section:
    filled = [group for group in groups if group]
    return {"heading": heading, "note": "" if filled else _("Nothing."), "groups": filled}


def _person(held: Held) -> list[Row]:
    facts = held.applicant.facts
    return [
        (_("Family name"), facts.family_name),
        (_("Given name"), facts.given_name),
        (_("Patronymic"), facts.patronymic or _("none")),
        (_("IIN"), facts.iin),
        (_("Birth date"), _day(facts.birth_date)),
        (_("Phone"), held.applicant.phone or _("none")),
        (_("Entered"), _moment(held.applicant.created_at)),
    ]


def _account(held: Held, language: str) -> list[Row]:
    account = held.account
    return [
        (_("Sign-in name"), account.sign_in_name),
        (_("E-mail address"), account.email or _("none")),
        (_("Name on the pages"), account.display_name),
        (_("Language of letters"), LANGUAGES.get(account.language, language)),
        (_("Opened"), _moment(account.created_at)),
    ]


def _consent(held: Held) -> list[Row]:
    record = held.applicant
    if record.consented_at is None or record.consent_version is None:
        return []
    return [(_("Version of the text"), record.consent_version), (_("Given"), _moment(record.consented_at))]


def _application(application: ApplicationFacts, language: str) -> list[Row]:
    deadline = application.competition_deadline
    return [
        (_("Test"), _title(application.programme_code, language)),
        (_("Competition"), application.competition or _("none")),
        *([(_("Documents are taken until"), _day(deadline))] if deadline else []),
        (_("Applied"), _moment(application.created_at)),
    ]


def _booking(booking: BookingFacts, language: str) -> list[Row]:
    given_back = [(_("Given back"), _moment(booking.cancelled_at))] if booking.cancelled_at else []
    return [
        (_("Test"), booking.session.programme.title[language]),
        (_("Testing centre"), booking.session.centre_names[language]),
        (_("Time"), _moment(booking.session.opens_at)),
        (_("Accessible seat"), _("yes") if booking.accessible else _("no")),
        *given_back,
    ]


def _waiting(waiting: WaitingFacts, language: str) -> list[Row]:
    offered = waiting.session and (_("Offered place"), _moment(waiting.session.opens_at))
    return [
        (_("Test"), _title(waiting.wait.programme_code, language)),
        (_("Testing centre"), waiting.centre_names[language]),
        (
            _("Days"),
            _("%(first)s to %(last)s", first=_day(waiting.wait.from_day), last=_day(waiting.wait.to_day)),
        ),
        (_("Entered"), _moment(waiting.created_at)),
        *([offered] if offered else []),
        (_("Outcome"), _outcomes()[waiting.outcome]),
    ]


def _accommodation(request: AccommodationFacts) -> list[Row]:
    return [
        (_("Asked at"), _moment(request.asked_at)),
        (_("Asked for"), _conditions(request.wish.accessible, request.wish.extra_time, request.wish.reader)),
        (_("In your words"), request.wish.words or _("none")),
        (_("Document to be shown at the centre"), request.wish.document or _("none")),
        (_("Decision"), _decisions()[request.state]),
        (_("Granted"), _conditions(request.granted.accessible, request.granted.extra_percent, request.granted.reader)),
        (_("Reason"), request.reason or _("none")),
    ]


def _conditions(accessible: bool, extra_time: int, reader: bool) -> str:
    """Extra time is a number of percent where it is granted, and yes or no where it is asked for."""
    percent = _("Extra time: %(percent)s %%", percent=extra_time) if extra_time > 1 else _("Extra time")
    named = ((accessible, _("An accessible seat")), (extra_time, percent), (reader, _("A reader")))
    return ", ".join(words for given, words in named if given) or _("none")


def _result(held: Held, result: ResultFacts, language: str) -> list[Row]:
    void = held.voids.get(result.id)
    return [
        (_("Test"), result.programme.title[language]),
        (_("Day of the test"), _day(result.tested_on)),
        (_("Result"), _("Passed") if result.passed else _("Below the threshold")),
        (_("In total"), _score(result.total, result.total_questions, result.total_minimum)),
        *(
            (register().act(part.block).title[language], _score(part.correct, part.questions, part.minimum))
            for part in result.sections
        ),
        (_("Questions answered"), str(result.answered)),
        *([(_("Counts for nothing since"), f"{_moment(void.voided_at)}. {void.reason}")] if void else []),
    ]


def _receipt(receipt: ReceiptFacts) -> list[Row]:
    stated = receipt.stated
    return [
        (_("Code"), receipt.code),
        (_("Finished"), _moment(stated.ended_at)),
        (_("Answered"), f"{stated.answered} / {stated.asked}"),
        (_("Seal"), stated.seal.hex()),
    ]


def _certificate(held: Held, place: int) -> list[Row]:
    certificate = held.certificates[place]
    return [
        (_("Number"), certificate.number),
        (_("Issued"), _moment(certificate.document.issued_at)),
        (_("Valid until"), _moment(certificate.expires_at)),
    ]


def _ban(ban: BanFacts) -> list[Row]:
    lifted = ban.lifted_at and (_("Lifted"), f"{_moment(ban.lifted_at)}. {ban.lifted_reason}")
    return [
        (_("Act"), f"{ban.reference}, {_day(ban.act_on)}"),
        (_("What was seen"), ban.description),
        (_("Barred until"), _moment(ban.ends_at)),
        *([lifted] if lifted else []),
    ]


def _appeal(appeal: AppealFacts, language: str) -> list[Row]:
    return [
        (_("Number"), appeal.number),
        (_("Ground"), GROUND_NAMES[appeal.ground][language]),
        (_("Filed"), _moment(appeal.filed_at)),
        (_("What you wrote"), appeal.statement or _("none")),
        *((_("Question %(position)s", position=each.position), each.argument) for each in appeal.questions),
        (_("Decision"), _verdicts()[appeal.state]),
        *((_("Reason"), reason) for reason in appeal.reasons),
    ]


def _notices(held: Held, language: str) -> list[Row]:
    return [
        (_moment(notice.created_at), words(notice.kind, notice.facts, language=language).subject)
        for notice in held.notices
    ]


def _outcomes() -> dict[Outcome | None, str]:
    return {
        None: _("You are in line"),
        Outcome.TAKEN: _("You took the place"),
        Outcome.DECLINED: _("You declined the place"),
        Outcome.LAPSED: _("The time to take the place is over"),
        Outcome.LEFT: _("You left the list"),
        Outcome.OVER: _("The days have gone by"),
    }


def _decisions() -> dict[Asked, str]:
    return {
        Asked.ASKED: _("Waits for the decision"),
        Asked.GRANTED: _("Granted"),
        Asked.REFUSED: _("Refused"),
        Asked.WITHDRAWN: _("Withdrawn"),
        Asked.REPLACED: _("Replaced by a later decision"),
    }


def _verdicts() -> dict[Contested, str]:
    return {
        Contested.OPEN: _("Waits for the decision"),
        Contested.GRANTED: _("Granted"),
        Contested.REFUSED: _("Refused"),
        Contested.WITHDRAWN: _("Withdrawn"),
    }


def _title(programme_code: str, language: str) -> str:
    titles = [each.title[language] for each in programmes().versions if each.code == programme_code]
    return titles[-1]


def _erasures(held: Held) -> list[Row]:
    states = {
        State.ASKED: _("Waiting for a decision"),
        State.DONE: _("Erased"),
        State.REFUSED: _("Refused"),
        State.WITHDRAWN: _("Withdrawn"),
    }
    return [(_moment(request.asked_at), states[request.state]) for request in held.erasures]


def _acts(held: Held) -> list[Row]:
    actors = {"you": _("done by you"), "synaq": _("by Synaq"), "anonymous": _("by somebody who was not signed in")}
    return [
        (
            f"{_moment(act.at)}",
            f"{ACT_NAMES.get(act.kind, act.kind)}, {actors.get(who_acted(act, held.own_names), _('by the staff'))}",
        )
        for act in held.acts
    ]


def _score(correct: int, asked: int, minimum: int) -> str:
    words = _("%(correct)s of %(asked)s, at least %(minimum)s", correct=correct, asked=asked, minimum=minimum)
    return str(words)


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%d.%m.%Y %H:%M}"
