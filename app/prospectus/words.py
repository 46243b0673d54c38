"""What does each rule of a programme say in a sentence? The values come from the programme, never from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from flask_babel import LazyString, gettext, lazy_gettext, ngettext, pgettext

from app.bookings.texts import BRING, FORBIDDEN, KEPT_OUTSIDE, things
from question_bank.programme import (
    AfterPass,
    AppealWindow,
    Clause,
    Confidence,
    Kind,
    LateRule,
    Navigation,
    OnTimeout,
    Programme,
    TechnicalFailure,
    Wait,
)

Words: TypeAlias = str | LazyString

CONFIDENCE: Mapping[Confidence, Words] = {
    Confidence.SURE: lazy_gettext("Confirmed by an official source"),
    Confidence.LIKELY: lazy_gettext("Likely: a good source, or an older rule"),
    Confidence.DEFAULT: lazy_gettext("Chosen for this engine: no rule was found"),
}
SIGNS: Mapping[Confidence, str] = {Confidence.SURE: "ok", Confidence.LIKELY: "info", Confidence.DEFAULT: "warn"}
"""The shape that goes with each, see ``components/status.html``."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A sentence, and the values that it is made of."""

    text: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Rules under one heading; ``code`` names it in addresses."""

    code: str
    title: Words
    rules: tuple[Rule, ...]


def sections_of(programme: Programme) -> tuple[Section, ...]:
    """Return the rules of a programme in the reader's language, only those that apply to its kind."""
    certifying = programme.kind is Kind.CERTIFYING
    made = [
        Section(code=code, title=title, rules=tuple(_rules(programme, write)))
        for code, title, write, for_practice in SECTIONS
        if certifying or for_practice
    ]
    return tuple(section for section in made if section.rules)


def wait_in_words(wait: Wait) -> str:
    """Say a number of days or months."""
    if wait.months:
        return str(ngettext("%(num)d month", "%(num)d months", wait.months))
    return str(ngettext("%(num)d day", "%(num)d days", wait.days))


Written: TypeAlias = Iterator[tuple[str, tuple[str, ...]]]


def _rules(programme: Programme, write: Callable[[Programme], Written]) -> Iterator[Rule]:
    for text, names in write(programme):
        yield Rule(text=text, clauses=tuple(programme.clause(name) for name in names))


def _paper(programme: Programme) -> Written:
    sitting, thresholds = programme.sitting, programme.thresholds
    counted = tuple(f"block.{block.act}.questions" for block in programme.blocks)
    yield (
        ngettext("The test has %(num)d question.", "The test has %(num)d questions.", thresholds.total_questions),
        ("thresholds.total_questions", *counted),
    )
    yield (
        ngettext("You have %(num)d minute.", "You have %(num)d minutes.", sitting.duration_minutes),
        ("sitting.duration_minutes",),
    )
    if sitting.correct_options == 1:
        yield (
            gettext(
                "Answers to each question: %(options)s. Exactly one is right.", options=sitting.options_per_question
            ),
            ("sitting.options_per_question", "sitting.correct_options"),
        )
    languages = ", ".join(_language(code) for code in sitting.languages)
    yield (
        gettext(
            "You choose the language before the start: %(languages)s. It stays until the end.", languages=languages
        ),
        ("sitting.languages",),
    )
    if sitting.navigation is Navigation.FREE:
        yield (
            gettext("You may skip a question, go back, and change an answer until you finish."),
            ("sitting.navigation",),
        )
    if sitting.on_timeout is OnTimeout.SUBMIT_SAVED_ANSWERS:
        yield (
            gettext("When the time is up, the test ends by itself, and the answers saved by then count."),
            ("sitting.on_timeout",),
        )
    if not thresholds.negative_marking:
        yield (
            gettext("A wrong answer takes nothing away. A blank question brings no point."),
            ("thresholds.negative_marking",),
        )


def _passing(programme: Programme) -> Written:
    thresholds = programme.thresholds
    least = {block.minimum for block in programme.blocks}
    names = tuple(f"block.{block.act}.minimum" for block in programme.blocks)
    yield (
        gettext(
            "You pass with at least %(minimum)s right answers of %(questions)s in total.",
            minimum=thresholds.total_minimum,
            questions=thresholds.total_questions,
        ),
        ("thresholds.total_minimum",),
    )
    if len(least) == 1:
        yield gettext("In addition, each act needs at least %(minimum)s right answers.", minimum=least.pop()), names
    else:
        yield gettext("In addition, each act needs its own minimum, which stands beside it."), names


def _result(programme: Programme) -> Written:
    result = programme.result
    if result.on_screen_at_once:
        yield gettext("You see the result on the screen as soon as you have finished."), ("result.on_screen_at_once",)
    yield (
        ngettext(
            "It stands in your account within %(num)d minute.",
            "It stands in your account within %(num)d minutes.",
            result.in_account_minutes,
        ),
        ("result.in_account_minutes",),
    )
    months = programme.certificate.valid_months
    yield (
        ngettext(
            "Who passes gets an electronic certificate. It is valid for %(num)d month from the day of the test.",
            "Who passes gets an electronic certificate. It is valid for %(num)d months from the day of the test.",
            months,
        ),
        ("certificate.valid_months",),
    )


def _retest(programme: Programme) -> Written:
    retest = programme.retest
    yield (
        gettext(
            "After a result below the threshold you may sit again after %(wait)s, counted from the day of the test.",
            wait=wait_in_words(retest.after_fail),
        ),
        ("retest.after_fail",),
    )
    if retest.after_pass is AfterPass.NOT_WHILE_CERTIFICATE_IS_VALID:
        yield (
            gettext("Who has passed does not sit again while the certificate is valid."),
            ("retest.after_pass",),
        )
    yield (
        gettext(
            "Who breaks the rules is led out of the room, and may sit again only after %(wait)s.",
            wait=wait_in_words(retest.violation_ban),
        ),
        ("retest.violation_ban",),
    )


def _booking(programme: Programme) -> Written:
    booking = programme.booking
    yield (
        gettext(
            "You choose a place from %(first)s to %(last)s days ahead.",
            first=booking.first_day_ahead,
            last=booking.last_day_ahead,
        ),
        ("booking.first_day_ahead", "booking.last_day_ahead"),
    )
    yield (
        ngettext(
            "Booking, moving and cancelling end %(num)d hour before the session.",
            "Booking, moving and cancelling end %(num)d hours before the session.",
            booking.closes_hours_before,
        ),
        ("booking.closes_hours_before",),
    )
    if not booking.no_show_uses_the_attempt:
        yield (
            gettext("Who does not come loses no attempt."),
            ("booking.no_show_uses_the_attempt",),
        )
    yield (
        gettext(
            "Who has not come %(limit)s times within %(days)s days has to wait before booking again.",
            limit=booking.no_show_limit,
            days=booking.no_show_window_days,
        ),
        ("booking.no_show_limit", "booking.no_show_window_days"),
    )
    eligibility = programme.eligibility
    yield (
        gettext(
            "The test is open from %(age)s years of age up to the pension age: %(men)s for men, %(women)s for women.",
            age=eligibility.minimum_age,
            men=eligibility.pension_age_men,
            women=eligibility.pension_age_women,
        ),
        ("eligibility.minimum_age", "eligibility.pension_age_men", "eligibility.pension_age_women"),
    )


def _conduct(programme: Programme) -> Written:
    conduct, booking = programme.conduct, programme.booking
    yield (
        ngettext(
            "Admission begins %(num)d minute before the start.",
            "Admission begins %(num)d minutes before the start.",
            booking.admission_minutes,
        ),
        ("booking.admission_minutes",),
    )
    if booking.late_rule is LateRule.NO_ENTRY_AFTER_START:
        yield gettext("Nobody is let in after the start of the session."), ("booking.late_rule",)
    if conduct.bring:
        yield gettext("Bring: %(things)s.", things=_listed(BRING, conduct.bring)), ("conduct.bring",)
    if conduct.kept_outside:
        yield (
            gettext("Stays outside of the room: %(things)s.", things=_listed(KEPT_OUTSIDE, conduct.kept_outside)),
            ("conduct.kept_outside",),
        )
    if conduct.forbidden:
        yield gettext("Forbidden: %(things)s.", things=_listed(FORBIDDEN, conduct.forbidden)), ("conduct.forbidden",)
    if programme.records.video_retention_months:
        yield (
            ngettext(
                "The room is filmed. The recording is kept for %(num)d month.",
                "The room is filmed. The recording is kept for %(num)d months.",
                programme.records.video_retention_months,
            ),
            ("records.video_retention_months",),
        )


def _help(programme: Programme) -> Written:
    sitting = programme.sitting
    yield (
        gettext(
            "Who needs it because of a disability gets %(percent)s %% more time, rounded up to %(minutes)s minutes. "
            "Ask for it when you book.",
            percent=sitting.extra_time_percent - 100,
            minutes=sitting.extra_time_rounding_minutes,
        ),
        ("sitting.extra_time_percent", "sitting.extra_time_rounding_minutes"),
    )
    if sitting.technical_failure is TechnicalFailure.RESUME_SAME_PAPER:
        yield (
            gettext(
                "If the computer or the connection fails, you go on with the same questions and your saved answers."
            ),
            ("sitting.technical_failure",),
        )
        yield (
            ngettext(
                "The operator may give back up to %(num)d minute of lost time; more needs two people.",
                "The operator may give back up to %(num)d minutes of lost time; more needs two people.",
                sitting.credit_cap_minutes,
            ),
            ("sitting.credit_cap_minutes",),
        )
        yield (
            gettext(
                "If a whole room is cut off, the lost time is added by itself within this limit, less %(seconds)s "
                "seconds for each failure. Your page says so.",
                seconds=sitting.outage_tolerance_seconds,
            ),
            ("sitting.room_gap_percent", "sitting.room_gap_sittings", "sitting.outage_tolerance_seconds"),
        )
    yield (
        ngettext(
            "After %(num)d failure the attempt does not count, and you book again at once.",
            "After %(num)d failures the attempt does not count, and you book again at once.",
            sitting.failures_until_void,
        ),
        ("sitting.failures_until_void",),
    )


def _appeals(programme: Programme) -> Written:
    appeals = programme.appeals
    if appeals.content_window is AppealWindow.END_OF_TEST_DAY:
        yield (
            gettext("A question, or a technical failure, may be contested until the end of the day of the test."),
            ("appeals.content_window",),
        )
    yield (
        ngettext(
            "An act on a violation may be contested within %(num)d working day.",
            "An act on a violation may be contested within %(num)d working days.",
            appeals.violation_window_working_days,
        ),
        ("appeals.violation_window_working_days",),
    )
    yield (
        ngettext(
            "The commission decides within %(num)d working day.",
            "The commission decides within %(num)d working days.",
            appeals.decision_working_days,
        ),
        ("appeals.decision_working_days",),
    )
    yield (
        ngettext(
            "It has at least %(num)d member, who had no part in the session.",
            "It has at least %(num)d members, none of whom had a part in the session.",
            appeals.commission_minimum,
        ),
        ("appeals.commission_minimum",),
    )


SECTIONS: tuple[tuple[str, Words, Callable[[Programme], Written], bool], ...] = (
    ("paper", lazy_gettext("The test"), _paper, True),
    ("passing", lazy_gettext("What you need to pass"), _passing, True),
    ("booking", lazy_gettext("Who may come, and booking"), _booking, False),
    ("conduct", lazy_gettext("What to bring, and what is forbidden"), _conduct, False),
    ("result", lazy_gettext("Result and certificate"), _result, False),
    ("retest", lazy_gettext("Sitting again"), _retest, False),
    ("help", lazy_gettext("Extra time and technical failures"), _help, False),
    ("appeals", lazy_gettext("Appeals"), _appeals, False),
)
"""Heading, its sentences, and whether they hold for a practice test too."""


def _language(code: str) -> str:
    """Name a language in the middle of a sentence."""
    names = {
        "kk": pgettext("in a sentence", "Kazakh"),
        "ru": pgettext("in a sentence", "Russian"),
        "en": pgettext("in a sentence", "English"),
    }
    return str(names[code])


def _listed(names: Mapping[str, LazyString], codes: tuple[str, ...]) -> str:
    return ", ".join(things(names, codes))
