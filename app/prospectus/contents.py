"""What stands on the page of a programme? Acts with their editions, the syllabus, thresholds, rules in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext

from app.kernel.clock import start_of_local_day
from app.kernel.rulebook import register
from app.prospectus.picture import Bar, bars_of
from app.prospectus.words import Section, sections_of
from question_bank.acts import Act, Subtopic
from question_bank.programme import Block, Clause, Confidence, Kind, Programme


@dataclass(frozen=True, kw_only=True)
class SubtopicLine:
    """A part of an act with the number of its questions."""

    title: str
    where: str
    questions: int


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """An act that is asked about; ``address`` is empty where we are not sure of the official one."""

    code: str
    title: str
    number: str
    adopted: datetime
    edition: datetime | None
    address: str
    address_language: str
    questions: int
    minimum: int
    subtopics: tuple[SubtopicLine, ...]


@dataclass(frozen=True, kw_only=True)
class ProgrammeInWords:
    """The rules of a version, as everybody reads them."""

    title: str
    practice: bool
    in_force: bool
    from_day: datetime
    last_day: datetime | None
    acts: tuple[ActLine, ...]
    bars: tuple[Bar, ...]
    bar_titles: Mapping[str, str]
    sections: tuple[Section, ...]
    confirmed: int
    values: int


def listed_programmes(versions: Iterable[Programme], today: date) -> list[Programme]:
    """Return the programmes in force, those that lead to a certificate first."""
    found = [programme for programme in versions if programme.is_in_force(today)]
    return sorted(found, key=lambda programme: (programme.kind is not Kind.CERTIFYING, programme.code))


def programme_in_words(programme: Programme, today: date, *, language: str) -> ProgrammeInWords:
    """Return the page of a version; acts stand in the edition of today, or of the last day of a past version."""
    ended = programme.in_force_to <= today
    last_day = None if programme.in_force_to == date.max else programme.in_force_to - timedelta(days=1)
    day = last_day if ended and last_day else max(today, programme.in_force_from)
    acts = {block.act: register().act(block.act) for block in programme.blocks}
    sections = sections_of(programme)
    sure = _confidences(sections)
    return ProgrammeInWords(
        title=programme.title[language],
        practice=programme.kind is Kind.PRACTICE,
        in_force=programme.is_in_force(today),
        from_day=start_of_local_day(programme.in_force_from),
        last_day=start_of_local_day(last_day) if last_day else None,
        acts=tuple(_act_line(acts[block.act], block, day, language=language) for block in programme.blocks),
        bars=bars_of(programme),
        bar_titles={code: act.short[language] for code, act in acts.items()},
        sections=sections,
        confirmed=sure[Confidence.SURE],
        values=sum(sure.values()),
    )


def _confidences(sections: Iterable[Section]) -> Counter[Confidence]:
    clauses: dict[str, Clause] = {
        clause.name: clause for section in sections for rule in section.rules for clause in rule.clauses
    }
    return Counter(clause.confidence for clause in clauses.values())


def _act_line(act: Act, block: Block, day: date, *, language: str) -> ActLine:
    edition = act.edition_on(day)
    address, address_language = act.official_text(language)
    return ActLine(
        code=act.code,
        title=act.title[language],
        number=act.number,
        adopted=start_of_local_day(act.adopted),
        edition=start_of_local_day(edition.in_force_from) if edition else None,
        address=address,
        address_language=address_language,
        questions=block.questions,
        minimum=block.minimum,
        subtopics=tuple(
            SubtopicLine(
                title=act.subtopic(code).title[language],
                where=_where(act, act.subtopic(code)),
                questions=sum(quotas),
            )
            for code, quotas in block.blueprint.items()
        ),
    )


def _where(act: Act, subtopic: Subtopic) -> str:
    """Name the articles or points of a sub-topic."""
    stretches = act.stretches(subtopic)
    numbers = ", ".join(first if first == last else f"{first}–{last}" for first, last in stretches)
    if act.unit == "point":
        return str(gettext("Points %(numbers)s", numbers=numbers))
    return str(gettext("Articles %(numbers)s", numbers=numbers))
