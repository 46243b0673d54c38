"""What does the printed copy say? Sections of labelled values, in the reader's language; times in UTC+5."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.erasures.rules import State
from app.kernel.clock import LOCAL
from app.kernel.rulebook import register
from app.personal.export import who_acted
from app.personal.held import Held
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
            _section(_("Your bookings"), [_booking(held, place, language) for place in range(len(held.bookings))]),
            _section(_("Tests and results"), [_result(result, language) for result in held.results]),
            _section(_("Certificates"), [_certificate(held, place) for place in range(len(held.certificates))]),
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


def _booking(held: Held, place: int, language: str) -> list[Row]:
    booking = held.bookings[place]
    return [
        (_("Test"), booking.session.programme.title[language]),
        (_("Testing centre"), booking.session.centre_names[language]),
        (_("Time"), _moment(booking.session.opens_at)),
        (_("Accessible seat"), _("yes") if booking.accessible else _("no")),
    ]


def _result(result: ResultFacts, language: str) -> list[Row]:
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
    ]


def _certificate(held: Held, place: int) -> list[Row]:
    certificate = held.certificates[place]
    return [
        (_("Number"), certificate.number),
        (_("Issued"), _moment(certificate.document.issued_at)),
        (_("Valid until"), _moment(certificate.expires_at)),
    ]


def _erasures(held: Held) -> list[Row]:
    words = {State.ASKED: _("Waiting for a decision"), State.DONE: _("Erased"), State.REFUSED: _("Refused")}
    return [(_moment(request.asked_at), words[request.state]) for request in held.erasures]


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
