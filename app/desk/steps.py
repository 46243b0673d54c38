"""What is an applicant's next step, and what does their result page say?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from app.accommodations.rules import Granted
from app.applicants.queries import ApplicantFacts, BanFacts, running_ban
from app.bookings.queries import BookingFacts, bookings_of_applicant
from app.certificates.queries import certificate_of_result
from app.kernel.rulebook import programme_version, register
from app.papers.queries import awaits_throw, items_of, paper_of_booking, paper_with_id
from app.processes.before_sitting import entry_is_over
from app.receipts.queries import receipts_of
from app.scoring.queries import ResultFacts, latest_retest_date, results_of_sittings, void_of_result
from app.sittings.credit import RULE, credits_of_sitting
from app.sittings.queries import SittingFacts, answers_of, count_late, sittings_of_bookings
from question_bank.programme import Kind, Programme

IIN_SHOWN = 4
"""Digits of the number that its owner sees."""
TO_DO = ("running", "ready", "undrawn")
TO_COME = ("waiting", "barred", "banned", "withdrawn")
"""States of a booking that stand before those that are over."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A booking with its state and its one next step."""

    booking_id: uuid.UUID
    programme_title: str
    centre_name: str
    starts_at: datetime
    state: str
    """``waiting``, ``barred`` (until the retest), ``banned`` (after a violation), ``undrawn`` (before the throw),
    ``ready``, ``running``, ``passed``, ``below``, ``voided`` (the result counts for nothing), ``missed`` or
    ``withdrawn`` (the session does not take place)."""
    url: str | None
    method: str
    """``post`` where the step may claim a running sitting for this browser, else ``get``."""
    retest_opens_at: datetime | None
    certificate_url: str | None
    seat: str | None
    draw_url: str
    may_change: bool
    """Whether the booking can still be moved or cancelled."""


@dataclass(frozen=True, kw_only=True)
class BlockLine:
    """One act on the pages before the clock."""

    code: str
    title: str
    questions: int
    minimum: int


@dataclass(frozen=True, kw_only=True)
class ProgrammePage:
    """The rules of a test as its pages show them."""

    title: str
    blocks: tuple[BlockLine, ...]
    minutes: int
    total_questions: int
    total_minimum: int
    languages: tuple[str, ...]
    negative_marking: bool


@dataclass(frozen=True, kw_only=True)
class StartPage:
    """Who is about to sit what, where."""

    applicant_name: str
    iin_ending: str
    """Enough to know one's own number by, for whoever looks over a shoulder too little."""
    centre_name: str
    session_code: str
    seat: str | None
    """Once it is drawn."""
    starts_at: datetime
    closes_at: datetime
    programme: ProgrammePage
    """With the minutes that this person has."""
    extra_minutes: int
    """How many of them were granted to this person."""
    reader: bool


@dataclass(frozen=True, kw_only=True)
class SectionLine:
    """One act of a result."""

    title: str
    correct: int
    asked: int
    minimum: int
    reached: bool


@dataclass(frozen=True, kw_only=True)
class ToRead:
    """What to read again of one act; ``unit`` says whether the numbers are of articles or of points."""

    title: str
    unit: str
    numbers: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A question of a practice test that was not answered rightly, with what the act rules."""

    position: int
    act: str
    stem: str
    given: str | None
    right: str
    why: str
    provision: str


@dataclass(frozen=True, kw_only=True)
class Added:
    """Time that was added to the test."""

    cause: str
    """``pause``, ``extension``, ``outage``, or ``room`` where the rule for outages gave it back."""
    minutes: str
    """Written as 2:35."""


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """A result in the reader's language, with the next step."""

    sitting_id: uuid.UUID
    passed: bool
    total_correct: int
    total_questions: int
    total_minimum: int
    total_reached: bool
    blocks: tuple[SectionLine, ...]
    failed: tuple[str, ...]
    practice: bool
    voided_at: datetime | None
    void_ground: str
    retest_opens_at: datetime | None
    certificate_url: str | None
    certificate_ready: bool
    ended_at: datetime | None
    ended_by: str
    receipt_code: str | None
    """None while the receipt is not signed."""
    counts: Mapping[str, int]
    added: Sequence[Added]
    articles: Sequence[ToRead]
    explained: Sequence[Explained]
    """After a practice test only: a real one never tells which answers were wrong."""
    language: str
    """In which the test was sat, and in which its questions are shown."""


def steps_of(applicant_id: uuid.UUID, *, language: str, session: Session, now: datetime) -> list[Step]:
    """Return the applicant's bookings, each with its next step: what is to be done, what comes, then what was."""
    bookings = bookings_of_applicant(applicant_id, session=session)
    sittings = sittings_of_bookings([booking.id for booking in bookings], session=session)
    results = results_of_sittings([sitting.id for sitting in sittings.values()], session=session)
    ban = running_ban(applicant_id, session=session, now=now)
    barred = {
        code: latest_retest_date(applicant_id, code, session=session)
        for code in {booking.session.programme_code for booking in bookings}
    }
    steps = [
        _step(
            booking,
            sittings.get(booking.id),
            results,
            ban=ban,
            retest_from=barred[booking.session.programme_code],
            certificate_url=_certificate_url(results, sittings.get(booking.id), session=session),
            seat=_seat(booking, session=session),
            awaits_throw=awaits_throw(booking.session.id, session=session),
            entry_over=entry_is_over(booking.session, session=session, now=now),
            language=language,
            now=now,
        )
        for booking in bookings
    ]
    return sorted(steps, key=_rank)


def _rank(step: Step) -> tuple[int, float]:
    if step.state in TO_DO:
        return TO_DO.index(step.state), 0
    return (len(TO_DO), step.starts_at.timestamp()) if step.state in TO_COME else (len(TO_DO) + 1, 0)


def _step(
    booking: BookingFacts,
    sitting: SittingFacts | None,
    results: Mapping[uuid.UUID, ResultFacts],
    *,
    ban: BanFacts | None,
    retest_from: datetime | None,
    certificate_url: str | None,
    seat: str | None,
    awaits_throw: bool,
    entry_over: bool,
    language: str,
    now: datetime,
) -> Step:
    result = results.get(sitting.id) if sitting else None
    would_begin = max(now, booking.session.opens_at)
    waits_until = retest_from if sitting is None and retest_from and would_begin < retest_from else None
    if sitting is None and ban and would_begin < ban.ends_at and _programme(booking).kind is Kind.CERTIFYING:
        state, url, method = "banned", None, "get"
    elif waits_until:
        state, url, method = "barred", None, "get"
    else:
        state, url, method = _next(booking, sitting, result, now, awaits_throw=awaits_throw, entry_over=entry_over)
    exam_session = booking.session
    return Step(
        booking_id=booking.id,
        programme_title=_programme(booking).title[language],
        centre_name=exam_session.centre_names[language],
        starts_at=exam_session.opens_at,
        state=state,
        url=url,
        method=method,
        retest_opens_at=_retest_opens_at(result, now) if result else waits_until,
        certificate_url=certificate_url,
        seat=seat,
        draw_url=url_for("ceremony.own", booking_id=booking.id),
        may_change=sitting is None and booking.may_change(now),
    )


def _retest_opens_at(result: ResultFacts, now: datetime) -> datetime | None:
    """Return the end of a waiting time that still runs; a void result sets none."""
    opens_at = None if result.voided_at else result.retest_opens_at
    return opens_at if opens_at and now < opens_at else None


def _certificate_url(
    results: Mapping[uuid.UUID, ResultFacts], sitting: SittingFacts | None, *, session: Session
) -> str | None:
    """Return where the certificate of a passed sitting stands, once it is signed."""
    result = results.get(sitting.id) if sitting else None
    found = certificate_of_result(result.id, session=session) if result and result.earns_certificate else None
    return url_for("certificates.show", number=found.number) if found and found.token else None


def _seat(booking: BookingFacts, *, session: Session) -> str | None:
    """Return the seat that was drawn, if one was; the page shows it from the opening of the session on."""
    paper = paper_of_booking(booking.id, session=session)
    return paper.seat if paper else None


def _next(
    booking: BookingFacts,
    sitting: SittingFacts | None,
    result: ResultFacts | None,
    now: datetime,
    *,
    awaits_throw: bool,
    entry_over: bool,
) -> tuple[str, str | None, str]:
    if sitting and result:
        return result.came_to, url_for("desk.result", sitting_id=sitting.id), "get"
    if sitting:
        return "running", url_for("desk.resume", sitting_id=sitting.id), "post"
    if booking.session.withdrawn_at:
        return "withdrawn", None, "get"
    if booking.session.is_open(now) and awaits_throw:
        return "undrawn", None, "get"
    if booking.session.is_open(now) and not entry_over:
        return "ready", url_for("way_in.start", booking_id=booking.id), "get"
    return "waiting" if now < booking.session.opens_at else "missed", None, "get"


def start_page(
    booking: BookingFacts, applicant: ApplicantFacts, conditions: Granted, *, seat: str | None, language: str
) -> StartPage:
    """Return what the pages before the clock show."""
    exam_session, programme = booking.session, _programme(booking)
    minutes = programme.sitting.minutes_with(conditions.extra_percent)
    return StartPage(
        applicant_name=applicant.full_name,
        iin_ending=applicant.iin[-IIN_SHOWN:],
        seat=seat,
        centre_name=exam_session.centre_names[language],
        session_code=exam_session.code,
        starts_at=exam_session.opens_at,
        closes_at=exam_session.closes_at,
        programme=replace(programme_page(programme, language=language), minutes=minutes),
        extra_minutes=minutes - programme.sitting.duration_minutes,
        reader=conditions.reader,
    )


def programme_page(programme: Programme, *, language: str) -> ProgrammePage:
    """Return the rules of a programme in the reader's language."""
    return ProgrammePage(
        title=programme.title[language],
        blocks=tuple(
            BlockLine(
                code=block.act,
                title=register().act(block.act).title[language],
                questions=block.questions,
                minimum=block.minimum,
            )
            for block in programme.blocks
        ),
        minutes=programme.sitting.duration_minutes,
        total_questions=programme.thresholds.total_questions,
        total_minimum=programme.thresholds.total_minimum,
        languages=programme.sitting.languages,
        negative_marking=programme.thresholds.negative_marking,
    )


def result_page(result: ResultFacts, sitting: SittingFacts, *, language: str, session: Session) -> ResultPage:
    """Return what the result page shows, with the articles to read again where the test was not passed."""
    certificate = certificate_of_result(result.id, session=session)
    void = void_of_result(result.id, session=session)
    receipt = receipts_of([sitting.id], session=session).get(sitting.id)
    titles = {section.block: register().act(section.block).title[language] for section in result.sections}
    return ResultPage(
        sitting_id=sitting.id,
        passed=result.passed,
        total_correct=result.total,
        total_questions=result.total_questions,
        total_minimum=result.total_minimum,
        total_reached=result.total >= result.total_minimum,
        blocks=tuple(
            SectionLine(
                title=titles[section.block],
                correct=section.correct,
                asked=section.questions,
                minimum=section.minimum,
                reached=section.reached,
            )
            for section in result.sections
        ),
        failed=tuple(titles.get(code, code) for code in result.failed),
        practice=_is_practice(result),
        voided_at=result.voided_at,
        void_ground=void.ground.value if void else "",
        retest_opens_at=result.retest_opens_at,
        certificate_url=url_for("certificates.show", number=certificate.number) if certificate else None,
        certificate_ready=bool(certificate and certificate.token),
        ended_at=sitting.ended_at,
        ended_by=sitting.ended_by.value if sitting.ended_by else "",
        receipt_code=receipt.code if receipt else None,
        counts={
            "answered": result.answered,
            "blank": result.total_questions - result.answered,
            "late": count_late(sitting.id, session=session),
        },
        added=_added(sitting, session=session),
        articles=[] if result.passed or _is_practice(result) else _articles(sitting, titles, session=session),
        explained=_explained(sitting, titles, session=session) if _is_practice(result) else [],
        language=sitting.language,
    )


def _added(sitting: SittingFacts, *, session: Session) -> list[Added]:
    return [
        Added(
            cause="room" if credit.decided_by == RULE else credit.cause.value,
            minutes=f"{credit.seconds // 60}:{credit.seconds % 60:02}",
        )
        for credit in credits_of_sitting(sitting.id, session=session)
    ]


def _is_practice(result: ResultFacts) -> bool:
    return result.programme.kind is Kind.PRACTICE


def _explained(sitting: SittingFacts, titles: Mapping[str, str], *, session: Session) -> list[Explained]:
    """Return what was not answered rightly, in the order of the paper and the language of the test."""
    paper = paper_with_id(sitting.paper_id, session=session)
    items, answers = items_of(paper, session=session), answers_of(sitting.id, session=session)
    found = []
    for question in paper.questions:
        item, given = items[question.position], answers.get(question.position)
        text = item.texts[sitting.language]
        if given == question.key_option(item):
            continue
        found.append(
            Explained(
                position=question.position,
                act=titles[question.block],
                stem=text.stem,
                given=text.options[question.order[given - 1]] if given else None,
                right=text.options[item.key_index],
                why=text.why,
                provision=str(item.cites[0]),
            )
        )
    return found


def _articles(sitting: SittingFacts, titles: Mapping[str, str], *, session: Session) -> list[ToRead]:
    """Name the provisions that the paper asked about: all of them, so that nothing tells which answers were wrong."""
    cited: dict[str, set[tuple[int, str]]] = {}
    for item in items_of(paper_with_id(sitting.paper_id, session=session), session=session).values():
        article = item.cites[0].article
        cited.setdefault(item.act, set()).add((int(article.split("-")[0]), article))
    return [
        ToRead(
            title=titles[act],
            unit=register().act(act).unit,
            numbers=", ".join(article for _, article in sorted(found)),
        )
        for act, found in cited.items()
    ]


def _programme(booking: BookingFacts) -> Programme:
    return programme_version(booking.session.programme_code, booking.session.programme_version)
