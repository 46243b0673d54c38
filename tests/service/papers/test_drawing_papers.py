"""Is what a paper is drawn from fixed beforehand, and can the draw be checked afterwards?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings.queries import BookingFacts, SessionFacts
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from app.papers import service
from app.papers.errors import DrawNotCommitted, DrawNotRevealed, ItemVersionChanged, PaperNotFound
from app.papers.models import ItemVersion, Paper
from app.papers.queries import (
    PaperFacts,
    active_items,
    draw_of_session,
    exposure,
    inputs_of,
    items_for,
    items_of,
    key_of,
    manifest_of,
    newest_draw,
    paper_of_booking,
    paper_with_id,
    seen_items,
    text_of,
    transcript_of,
)
from app.processes.before_sitting import freeze_paper
from question_bank import verify_draw
from question_bank.draw import draw
from question_bank.items import Item
from question_bank.seeds import commitment, derive_seed
from question_bank.throw import NOT_THROWN
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.papers import content
from tests.kit.outside import CountedEntropy, HandClock

Freeze = Callable[[BookingFacts], PaperFacts]
Commit = Callable[[SessionFacts], None]


@pytest.fixture
def freeze(session: Session, clock: HandClock, entropy: CountedEntropy) -> Freeze:
    def act(booking: BookingFacts) -> PaperFacts:
        paper = freeze_paper(booking, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return paper

    return act


@pytest.fixture
def commit(session: Session, clock: HandClock, entropy: CountedEntropy) -> Commit:
    def act(exam_session: SessionFacts) -> None:
        service.commit_draw(exam_session, session=session, now=clock.now(), entropy=entropy)
        session.commit()

    return act


@pytest.fixture
def reveal(session: Session, clock: HandClock) -> Commit:
    def act(exam_session: SessionFacts) -> None:
        service.reveal_draw(exam_session, session=session, now=clock.now())
        session.commit()

    return act


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ItemVersion)) or 0


def edited(item: Item, version: int, stem: str = "Another question?") -> Item:
    texts = {code: replace(text, stem=f"{stem} ({code})") for code, text in item.texts.items()}
    return replace(item, version=version, texts=texts)


# --- import


def test_second_import_of_the_pool_stores_nothing(session: Session, clock: HandClock) -> None:
    assert service.import_items(content(), session=session, now=clock.now()) == len(content())

    assert service.import_items(content(), session=session, now=clock.now()) == 0
    assert stored(session) == len(content())
    assert len(audit.latest(session, limit=10, kind="papers.pool.imported")) == 1


def test_stored_items_are_read_back_as_they_were(session: Session, clock: HandClock) -> None:
    service.import_items(content(), session=session, now=clock.now())

    assert {item.id: item for item in active_items(session=session)} == {item.id: item for item in content()}


def test_changed_text_under_the_same_version_is_refused(
    pool: tuple[Item, ...], session: Session, clock: HandClock
) -> None:
    offered = [*pool[1:], edited(pool[0], pool[0].version), edited(pool[0], 99)]

    with pytest.raises(ItemVersionChanged) as refused:
        service.import_items(offered, session=session, now=clock.now())

    assert refused.value.parameters == {"item": pool[0].id, "version": pool[0].version}
    assert stored(session) == len(pool)


def test_next_version_of_an_item_replaces_it_in_later_draws(
    pool: tuple[Item, ...], session: Session, clock: HandClock
) -> None:
    newer = edited(pool[0], pool[0].version + 1)

    fresh = service.import_items([newer, *pool[1:]], session=session, now=clock.now())

    active = {item.id: item for item in active_items(session=session)}
    assert fresh == 1
    assert len(active) == len(pool)
    assert active[newer.id] == newer


def test_item_that_is_no_longer_offered_is_retired(pool: tuple[Item, ...], session: Session, clock: HandClock) -> None:
    service.import_items(pool[1:], session=session, now=clock.now())

    assert pool[0].id not in {item.id for item in active_items(session=session)}
    assert stored(session) == len(pool)


def test_item_that_is_offered_again_comes_back(pool: tuple[Item, ...], session: Session, clock: HandClock) -> None:
    service.import_items(pool[1:], session=session, now=clock.now())

    assert service.import_items(pool, session=session, now=clock.now()) == 0

    assert len(active_items(session=session)) == len(pool)


def test_secret_item_is_asked_in_earnest_and_never_practised(
    pool: tuple[Item, ...], session: Session, clock: HandClock
) -> None:
    """After practice everybody reads the keys, so only items that are published anyway are practised."""
    secret, changed = replace(pool[0], id=f"{pool[0].id}x"), edited(pool[1], pool[1].version + 1)
    service.import_items([*pool, secret, changed], session=session, now=clock.now())
    day = local_day(clock.now())
    real, practice = (programmes().on(code, day) for code in ("corps-b-legislation", "practice-legislation"))

    asked = {item.id: item for item in items_for(real, session=session)}
    practised = {item.id for item in items_for(practice, session=session)}

    assert asked[secret.id] == secret
    assert asked[changed.id] == changed
    assert practised == {item.id for item in pool} - {changed.id}


# --- commitment


@pytest.mark.usefixtures("pool")
def test_commitment_is_logged_before_any_paper_is_drawn(
    make_booking: MakeBooking, make_exam_session: MakeExamSession, commit: Commit, freeze: Freeze, session: Session
) -> None:
    exam_session = make_exam_session(committed=False)
    commit(exam_session)
    paper = freeze(make_booking(exam_session=exam_session))

    (committed,) = audit.about(session, str(exam_session.id))[1:]
    (frozen,) = audit.about(session, str(paper.id))
    row = newest_draw(exam_session.id, session=session)
    assert committed.kind == "papers.draw.committed"
    assert committed.seq < frozen.seq
    assert committed.facts["commitment"] == commitment(row.secret, exam_session.code, 1, inputs_of(row).digest).hex()
    assert committed.facts["manifest"] == manifest_of(row).digest.hex()
    assert row.secret.hex() not in json.dumps(dict(committed.facts))
    assert frozen.facts["fingerprint"] == paper.fingerprint.hex()


def test_draw_without_a_thrown_salt_is_marked_weak(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, commit: Commit, freeze: Freeze, session: Session
) -> None:
    exam_session = make_exam_session(committed=False)
    commit(exam_session)

    found = draw_of_session(exam_session.id, session=session)
    assert found is not None
    assert found.weak
    assert freeze(make_booking(exam_session=exam_session)).weak


def test_nothing_is_drawn_without_a_commitment(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, freeze: Freeze, session: Session
) -> None:
    exam_session = make_exam_session(committed=False)
    booking = make_booking(exam_session=exam_session)

    assert draw_of_session(exam_session.id, session=session) is None
    with pytest.raises(DrawNotCommitted):
        freeze(booking)
    assert paper_of_booking(booking.id, session=session) is None


def test_items_that_come_after_the_commitment_are_not_drawn(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    freeze: Freeze,
    session: Session,
    clock: HandClock,
) -> None:
    exam_session = make_exam_session()
    service.import_items([edited(item, item.version + 1) for item in content()], session=session, now=clock.now())
    session.commit()

    paper = freeze(make_booking(exam_session=exam_session))

    versions = {item.id: item.version for item in content()}
    assert all(question.version == versions[question.item_id] for question in paper.questions)


# --- paper


def test_paper_is_frozen_once(make_booking: MakeBooking, freeze: Freeze, session: Session, clock: HandClock) -> None:
    booking = make_booking()
    first = freeze(booking)
    clock.advance(minutes=30)

    second = freeze(booking)

    assert second == first == paper_with_id(first.id, session=session)
    assert session.scalar(select(func.count()).select_from(Paper)) == 1


def test_frozen_paper_is_found_even_after_the_session(
    make_booking: MakeBooking, freeze: Freeze, clock: HandClock
) -> None:
    booking = make_booking()
    paper = freeze(booking)
    clock.advance(days=1)

    assert freeze(booking) == paper


def test_paper_has_the_questions_of_each_act_in_their_order(make_booking: MakeBooking, freeze: Freeze) -> None:
    paper = freeze(make_booking())

    blocks = [question.block for question in paper.questions]
    assert [question.position for question in paper.questions] == list(range(1, 56))
    assert blocks == sorted(blocks, key=[block.act for block in paper.programme.blocks].index)
    assert [blocks.count(block.act) for block in paper.programme.blocks] == [15, 15, 15, 10]
    assert len({question.item_id for question in paper.questions}) == 55


def test_same_inputs_give_the_same_paper(make_booking: MakeBooking, freeze: Freeze, session: Session) -> None:
    booking = make_booking()
    paper = freeze(booking)

    row = newest_draw(booking.session.id, session=session)
    again = draw(
        derive_seed(row.secret, row.salt or NOT_THROWN, booking.session.code, str(booking.id)), manifest_of(row)
    )

    assert again.questions == paper.questions
    assert again.fingerprint() == paper.fingerprint


def test_papers_of_one_session_differ(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, freeze: Freeze
) -> None:
    exam_session = make_exam_session()

    papers = [freeze(make_booking(exam_session=exam_session)) for _ in range(10)]

    assert len({paper.fingerprint for paper in papers}) == 10


def test_second_paper_of_a_person_avoids_what_was_seen(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    commit: Commit,
    freeze: Freeze,
    session: Session,
) -> None:
    applicant = make_applicant()
    first = freeze(make_booking(applicant))
    later = make_exam_session(committed=False)
    commit(later)

    second = freeze(make_booking(applicant, later))

    seen, fresh = ({question.item_id for question in paper.questions} for paper in (first, second))
    assert not seen & fresh
    assert seen_items(applicant.facts.id, session=session) == seen | fresh


def test_exposure_counts_the_papers_of_each_item(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, freeze: Freeze, session: Session
) -> None:
    exam_session = make_exam_session()
    papers = [freeze(make_booking(exam_session=exam_session)) for _ in range(3)]

    counts = exposure(session=session)

    assert sum(counts.values()) == 3 * 55
    assert counts[papers[0].questions[0].item_id] == sum(
        papers[0].questions[0].item_id in {question.item_id for question in paper.questions} for paper in papers
    )


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_text_of_a_paper_shows_the_options_in_the_drawn_order(
    make_booking: MakeBooking, freeze: Freeze, session: Session, language: str
) -> None:
    paper = freeze(make_booking())

    text = text_of(paper, language, session=session)

    items = items_of(paper, session=session)
    for question, shown in zip(paper.questions, text.questions, strict=True):
        original = items[question.position].texts[language]
        assert shown.stem == original.stem
        assert shown.options == tuple(original.options[place] for place in question.order)
    assert [(block.first, block.last, block.minimum) for block in text.blocks] == [
        (1, 15, 5),
        (16, 30, 5),
        (31, 45, 5),
        (46, 55, 5),
    ]


def test_key_names_the_right_option_as_it_is_shown(make_booking: MakeBooking, freeze: Freeze, session: Session) -> None:
    paper = freeze(make_booking())

    shown = text_of(paper, "ru", session=session).questions
    items = items_of(paper, session=session)
    for keyed in key_of(paper, session=session):
        item = items[keyed.position]
        assert shown[keyed.position - 1].options[keyed.option - 1] == item.texts["ru"].options[item.key_index]


def test_key_does_not_stand_at_one_place(make_booking: MakeBooking, freeze: Freeze, session: Session) -> None:
    paper = freeze(make_booking())

    places = [keyed.option for keyed in key_of(paper, session=session)]

    assert set(places) == {1, 2, 3, 4}


def test_unknown_paper_is_not_found(make_booking: MakeBooking, session: Session) -> None:
    with pytest.raises(PaperNotFound):
        paper_with_id(make_booking().id, session=session)


# --- transcript


@pytest.fixture
def revealed(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    commit: Commit,
    freeze: Freeze,
    reveal: Commit,
    session: Session,
) -> dict[str, object]:
    """The transcript of a session in which one person has sat before, and one has not."""
    returning = make_applicant()
    freeze(make_booking(returning))
    exam_session = make_exam_session(committed=False)
    commit(exam_session)
    freeze(make_booking(returning, exam_session))
    freeze(make_booking(exam_session=exam_session))
    reveal(exam_session)
    return transcript_of(exam_session, session=session)


def test_revealed_transcript_passes_the_auditors_check(revealed: dict[str, object]) -> None:
    assert verify_draw.verify(json.loads(json.dumps(revealed))) == []


def leaves(value: object, path: tuple[object, ...] = ()):
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list):
        for index, child in list(enumerate(value))[:3]:
            yield from leaves(child, (*path, index))
    else:
        yield path, value


def test_one_changed_byte_of_the_transcript_is_refused(revealed: dict[str, object]) -> None:
    original = json.loads(json.dumps(revealed))
    unnoticed = []
    for path, value in leaves(original):
        forged = copy.deepcopy(original)
        place = forged
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = _changed(value)
        if not verify_draw.verify(forged):
            unnoticed.append(path)

    assert unnoticed == []


def _changed(value: object) -> object:
    if value is None:
        return "0"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    assert isinstance(value, str)
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


def test_transcript_is_refused_before_the_secret_is_revealed(
    make_booking: MakeBooking, freeze: Freeze, session: Session
) -> None:
    booking = make_booking()
    freeze(booking)

    with pytest.raises(DrawNotRevealed):
        transcript_of(booking.session, session=session)


def test_transcript_of_a_session_without_a_draw_is_refused(
    make_exam_session: MakeExamSession, session: Session
) -> None:
    with pytest.raises(DrawNotCommitted):
        transcript_of(make_exam_session(committed=False), session=session)


def test_secret_is_revealed_once_and_logged(
    make_booking: MakeBooking, freeze: Freeze, reveal: Commit, session: Session, clock: HandClock
) -> None:
    booking = make_booking()
    freeze(booking)
    reveal(booking.session)
    clock.advance(hours=1)
    reveal(booking.session)

    entries = [e for e in audit.about(session, str(booking.session.id)) if e.kind == "papers.draw.revealed"]
    row = newest_draw(booking.session.id, session=session)
    assert [entry.facts["secret"] for entry in entries] == [row.secret.hex()]
