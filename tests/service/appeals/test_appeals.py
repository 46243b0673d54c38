"""Is an appeal filed once, decided by people who had no part, and carried out?"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rules import Person, Role
from app.appeals import service
from app.appeals.errors import (
    AlreadyFiled,
    AlreadyVoted,
    AppealEnded,
    AppealNotFound,
    BanOver,
    CaseUnread,
    CommissionAppointed,
    CommissionTooSmall,
    MemberHasVoted,
    MemberNotImpartial,
    NotContestable,
    NothingContested,
    PassedAlready,
    SheetClosed,
    SittingRuns,
    WindowClosed,
)
from app.appeals.evidence import record_of
from app.appeals.impartiality import candidates
from app.appeals.queries import AppealFacts, appeal_with_id, appeals_of
from app.appeals.rules import Ballot, Part, State
from app.appeals.windows import contestable_bans, require_sheet, ways_of_sitting
from app.applicants import service as applicants
from app.applicants.queries import ban_with_id, running_ban
from app.audit import queries as audit
from app.audit import service as log
from app.bookings.queries import SessionFacts, booking_with_id
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.kernel.rulebook import programmes
from app.notices.models import Notice
from app.papers.queries import paper_with_id
from app.processes import eligibility
from app.processes.eligibility import Because
from app.scoring.queries import latest_retest_date, result_of_sitting, void_of_result
from app.scoring.rules import VoidGround
from app.sittings.queries import SittingFacts, sitting_with_id
from app.sittings.rules import Cause
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.appeals import Appoint, CastVote, FileAppeal
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.audit import CheckLog
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import EndSitting, StartSitting, at_once
from tests.kit.outside import HandClock


@pytest.fixture
def failed(make_result: MakeResult, session: Session) -> SittingFacts:
    """A sitting that ended today below the threshold."""
    return sitting_with_id(make_result(FAILING).sitting_id, session=session)


@pytest.fixture
def administrator(make_account: MakeAccount) -> Person:
    return make_account(role=Role.ADMINISTRATOR)


@pytest.fixture
def reviewers(make_account: MakeAccount) -> list[Person]:
    return [make_account(role=Role.REVIEWER) for _ in range(4)]


def kinds_about(subject: uuid.UUID, session: Session) -> list[str]:
    return [entry.kind for entry in audit.about(session, str(subject))]


# --- filing


def test_appeal_gets_a_number_and_three_working_days(
    failed: SittingFacts, file_appeal: FileAppeal, make_ban: MakeBan, clock: HandClock
) -> None:
    first, second = file_appeal(failed), file_appeal(make_ban(failed.applicant_id))

    assert (first.number, second.number) == ("A-2026-000001", "A-2026-000002")
    assert first.due_at == datetime(2026, 11, 27, 19, tzinfo=UTC)
    assert not first.is_late(first.due_at - timedelta(microseconds=1))
    assert first.is_late(first.due_at)


def test_numbers_begin_anew_with_the_year(
    make_applicant: MakeApplicant, make_ban: MakeBan, file_appeal: FileAppeal, clock: HandClock
) -> None:
    file_appeal(make_ban(make_applicant().facts.id))
    clock.set(datetime(2026, 12, 31, 19, tzinfo=UTC))

    assert file_appeal(make_ban(make_applicant().facts.id)).number == "A-2027-000001"


def test_several_questions_are_contested_in_one_appeal_and_their_items_are_known(
    failed: SittingFacts, file_appeal: FileAppeal, session: Session
) -> None:
    made = file_appeal(failed, questions={7: "Two options are right.", 3: "The law was amended."})

    drawn = {each.position: each for each in paper_with_id(failed.paper_id, session=session).questions}
    assert [(each.position, each.argument, each.upheld) for each in made.questions] == [
        (3, "The law was amended.", None),
        (7, "Two options are right.", None),
    ]
    assert [(each.item_id, each.item_version) for each in made.questions] == [
        (drawn[position].item_id, drawn[position].version) for position in (3, 7)
    ]


@pytest.mark.parametrize("questions", [{}, {0: "x"}, {56: "x"}, dict.fromkeys(range(1, 22), "x")])
def test_appeal_names_one_to_twenty_questions_of_the_paper(
    failed: SittingFacts, file_appeal: FileAppeal, questions: dict[int, str]
) -> None:
    with pytest.raises(NothingContested):
        file_appeal(failed, questions=questions)


def test_test_is_contested_to_the_last_moment_of_its_day(
    failed: SittingFacts, file_appeal: FileAppeal, clock: HandClock, session: Session
) -> None:
    midnight = datetime(2026, 11, 24, 19, tzinfo=UTC)
    clock.set(midnight)

    for questions in (None, {1: "x"}):
        with pytest.raises(WindowClosed) as refused:
            file_appeal(failed, questions=questions)
        assert refused.value.parameters == {"closed_at": midnight}
    with pytest.raises(SheetClosed):
        require_sheet(failed, session=session, now=midnight)

    clock.set(midnight - timedelta(microseconds=1))
    require_sheet(failed, session=session, now=clock.now())
    file_appeal(failed, questions={1: "x"})
    require_sheet(failed, session=session, now=midnight + timedelta(days=1))


def test_test_over_midnight_is_contested_on_the_day_on_which_it_ended(
    start_sitting: StartSitting, end: EndSitting, file_appeal: FileAppeal, clock: HandClock, session: Session
) -> None:
    clock.set(datetime(2026, 11, 24, 18, 40, tzinfo=UTC))
    sitting = start_sitting()
    clock.advance(minutes=40)
    end(sitting)
    clock.advance(hours=2)

    file_appeal(sitting_with_id(sitting.id, session=session))


def test_act_is_contested_for_three_working_days(
    make_applicant: MakeApplicant, make_ban: MakeBan, file_appeal: FileAppeal, clock: HandClock, session: Session
) -> None:
    ban = make_ban(make_applicant().facts.id)
    clock.set(datetime(2026, 11, 27, 19, tzinfo=UTC))

    assert contestable_bans(ban.applicant_id, session=session, now=clock.now()) == []
    with pytest.raises(WindowClosed):
        file_appeal(ban)
    clock.advance(microseconds=-1)
    assert contestable_bans(ban.applicant_id, session=session, now=clock.now()) == [ban]
    file_appeal(ban)
    assert contestable_bans(ban.applicant_id, session=session, now=clock.now()) == []


def test_what_cannot_be_contested(
    start_sitting: StartSitting,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_result: MakeResult,
    file_appeal: FileAppeal,
    make_ban: MakeBan,
    administrator: Person,
    clock: HandClock,
    session: Session,
) -> None:
    running = start_sitting()
    practice = make_result(FAILING, booking=make_booking(exam_session=make_exam_session(PRACTICE)), language="en")
    practised = sitting_with_id(practice.sitting_id, session=session)
    passed = sitting_with_id(make_result(PASSING).sitting_id, session=session)
    ban = make_ban(passed.applicant_id)
    applicants.lift_ban(ban.id, "Granted.", actor=administrator.id, session=session, now=clock.now())

    for questions in (None, {1: "x"}):
        with pytest.raises(SittingRuns):
            file_appeal(running, questions=questions)
        with pytest.raises(NotContestable):
            file_appeal(practised, questions=questions)
    with pytest.raises(SittingRuns):
        require_sheet(running, session=session, now=clock.now())
    with pytest.raises(SheetClosed):
        require_sheet(practised, session=session, now=clock.now())
    with pytest.raises(PassedAlready):
        file_appeal(passed)
    with pytest.raises(BanOver):
        file_appeal(ban_with_id(ban.id, session=session))
    assert (ways_of_sitting(running, session=session), ways_of_sitting(practised, session=session)) == ([], [])
    file_appeal(passed, questions={1: "Wrong, though I passed."})


def test_appeal_filed_twice_at_once_is_filed_once(
    app: Flask, failed: SittingFacts, session: Session, clock: HandClock
) -> None:
    session.commit()

    def file() -> AppealFacts:
        with app.app_context(), unit_of_work() as own:
            return service.contest_questions(
                failed, {3: "Wrong."}, language="kk", session=own, now=clock.now(), entropy=SystemEntropy()
            )

    outcomes = at_once(file, file)

    (made,) = [each for each in outcomes if isinstance(each, AppealFacts)]
    (refused,) = [each for each in outcomes if not isinstance(each, AppealFacts)]
    assert isinstance(refused, AlreadyFiled), refused
    assert refused.parameters == {"appeal_id": made.id}
    assert appeals_of(failed.applicant_id, session=session) == [made]
    assert made.number == "A-2026-000001"


def test_each_ground_has_its_own_appeal_and_a_withdrawn_one_may_be_filed_again(
    failed: SittingFacts, file_appeal: FileAppeal, session: Session, clock: HandClock
) -> None:
    first = file_appeal(failed)
    file_appeal(failed, questions={1: "x"})
    with pytest.raises(AlreadyFiled):
        file_appeal(failed)

    service.withdraw(first.id, failed.applicant_id, session=session, now=clock.now())

    second = file_appeal(failed)
    assert appeal_with_id(first.id, session=session).state is State.WITHDRAWN
    assert second.state is State.OPEN
    with pytest.raises(AppealEnded):
        service.withdraw(first.id, failed.applicant_id, session=session, now=clock.now())
    with pytest.raises(AppealNotFound):
        service.withdraw(second.id, first.id, session=session, now=clock.now())
    with pytest.raises(AppealNotFound):
        service.withdraw(failed.id, failed.applicant_id, session=session, now=clock.now())


# --- the commission


def test_people_who_had_a_part_are_refused_and_the_part_is_named(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    make_account: MakeAccount,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    exam_session = _session_of(failed, session)
    acted = {
        Part.PLANNING: ("bookings.session.opened", exam_session.id, {}),
        Part.DRAW: ("papers.salt.thrown", exam_session.id, {}),
        Part.CONDUCT: ("sittings.move_code.made", failed.id, {}),
        Part.RESULT: ("scoring.result.recorded", result_of_sitting(failed.id, session=session).id, {}),
        Part.TWO_PERSON_ACT: ("approvals.request.approved", uuid.uuid4(), {"about": exam_session.code}),
    }
    people = {part: make_account(role=Role.ADMINISTRATOR) for part in acted}
    for part, (kind, subject, facts) in acted.items():
        log.record(kind, session=session, at=clock.now(), actor=people[part].id, subject=subject, **facts)
    people[Part.OWN_CENTRE] = make_account(role=Role.REVIEWER, centre_id=exam_session.centre_id)
    people[Part.ROLE] = make_account(role=Role.AUDITOR)
    people[Part.APPOINTER] = administrator
    session.commit()

    for part, person in people.items():
        with pytest.raises(MemberNotImpartial) as refused:
            service.appoint(
                appeal.id,
                [person.id, reviewers[0].id, reviewers[1].id],
                actor=administrator.id,
                session=session,
                now=clock.now(),
            )
        assert refused.value.parameters["account_id"] == person.id
        assert refused.value.parameters["part"].part is part
    assert appeal_with_id(appeal.id, session=session).members == ()

    told = {
        each.person.id: each.part and each.part.part
        for each in candidates(appeal, appointer=administrator.id, session=session, now=clock.now())
    }
    assert told == {
        **{person.id: part for part, person in people.items() if part is not Part.ROLE},
        **dict.fromkeys((reviewer.id for reviewer in reviewers), None),
    }


def _session_of(sitting: SittingFacts, session: Session) -> SessionFacts:
    return booking_with_id(sitting.booking_id, session=session).session


def test_act_on_another_session_keeps_nobody_from_deciding(
    failed: SittingFacts,
    make_exam_session: MakeExamSession,
    file_appeal: FileAppeal,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal, other = file_appeal(failed), make_exam_session()
    who = reviewers[0]
    log.record("papers.salt.thrown", session=session, at=clock.now(), actor=who.id, subject=other.id)
    log.record(
        "approvals.request.made", session=session, at=clock.now(), actor=who.id, subject=who.id, about=other.code
    )
    session.commit()

    service.appoint(
        appeal.id, [each.id for each in reviewers[:3]], actor=administrator.id, session=session, now=clock.now()
    )


def test_who_recorded_the_violation_does_not_judge_it(
    failed: SittingFacts,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    ban = make_ban(failed.applicant_id, sitting_id=failed.id)
    appeal = file_appeal(ban)

    with pytest.raises(MemberNotImpartial) as refused:
        service.appoint(
            appeal.id,
            [reviewers[0].id, reviewers[1].id, ban.imposed_by],
            actor=administrator.id,
            session=session,
            now=clock.now(),
        )
    assert refused.value.parameters["part"].part is Part.RECORDED_VIOLATION


def test_closed_account_is_no_member(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    session.execute(update(Account).where(Account.id == reviewers[0].id).values(active=False))

    with pytest.raises(MemberNotImpartial):
        service.appoint(
            appeal.id, [each.id for each in reviewers], actor=administrator.id, session=session, now=clock.now()
        )


def test_commission_has_at_least_three_different_people_and_is_appointed_once(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    one, two, three, four = (each.id for each in reviewers)

    for members in ([], [one, two], [one, two, one]):
        with pytest.raises(CommissionTooSmall):
            service.appoint(appeal.id, members, actor=administrator.id, session=session, now=clock.now())
    service.appoint(appeal.id, [two, one, three], actor=administrator.id, session=session, now=clock.now())
    with pytest.raises(CommissionAppointed):
        service.appoint(appeal.id, [one, two, four], actor=administrator.id, session=session, now=clock.now())

    found = appeal_with_id(appeal.id, session=session)
    assert [(member.account_id, member.place) for member in found.members] == [(two, 1), (one, 2), (three, 3)]


def test_whoever_appointed_the_commission_is_not_brought_into_it_by_another(
    failed: SittingFacts, file_appeal: FileAppeal, make_account: MakeAccount, session: Session, clock: HandClock
) -> None:
    appeal = file_appeal(failed)
    first, second = (make_account(role=Role.ADMINISTRATOR) for _ in range(2))
    members = [make_account(role=Role.REVIEWER).id for _ in range(3)]
    service.appoint(appeal.id, members, actor=first.id, session=session, now=clock.now())
    session.commit()

    with pytest.raises(MemberNotImpartial) as refused:
        service.replace_member(appeal.id, members[0], first.id, actor=second.id, session=session, now=clock.now())

    assert refused.value.parameters["part"].part is Part.APPOINTER


def test_member_who_has_not_voted_is_replaced_in_the_same_place(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    chair, second, third = appoint(appeal)
    cast_vote(appeal, second)

    def replace(leaving: uuid.UUID, coming: uuid.UUID) -> None:
        service.replace_member(appeal.id, leaving, coming, actor=administrator.id, session=session, now=clock.now())

    with pytest.raises(MemberHasVoted):
        replace(second.id, reviewers[0].id)
    with pytest.raises(CommissionTooSmall):
        replace(chair.id, third.id)
    with pytest.raises(AppealNotFound):
        replace(reviewers[0].id, reviewers[1].id)
    with pytest.raises(MemberNotImpartial):
        replace(chair.id, administrator.id)
    replace(chair.id, reviewers[0].id)

    members = appeal_with_id(appeal.id, session=session).members
    assert [member.account_id for member in members] == [reviewers[0].id, second.id, third.id]
    with pytest.raises(CaseUnread):
        cast_vote(appeal, reviewers[0])


def test_vote_needs_membership_and_the_case_read_and_is_cast_once(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    administrator: Person,
    reviewers: list[Person],
    cast_vote: CastVote,
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    service.appoint(
        appeal.id, [each.id for each in reviewers[:3]], actor=administrator.id, session=session, now=clock.now()
    )

    with pytest.raises(AppealNotFound):
        cast_vote(appeal, administrator)
    with pytest.raises(AppealNotFound):
        service.open_case(appeal.id, reviewers[3], session=session, now=clock.now())
    with pytest.raises(CaseUnread):
        cast_vote(appeal, reviewers[0])
    service.open_case(appeal.id, reviewers[0], session=session, now=clock.now())
    service.open_case(appeal.id, reviewers[0], session=session, now=clock.now())
    assert cast_vote(appeal, reviewers[0]) is None
    with pytest.raises(AlreadyVoted):
        cast_vote(appeal, reviewers[0], granted=False)
    assert kinds_about(appeal.id, session) == [
        "appeals.appeal.filed",
        "appeals.commission.appointed",
        "appeals.case.opened",
        "appeals.vote.cast",
    ]


def test_two_votes_of_one_member_at_once_are_one(
    app: Flask, failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, session: Session, clock: HandClock
) -> None:
    appeal = file_appeal(failed)
    member = appoint(appeal)[0]
    vote = service.Vote(ballot=Ballot(granted=True), reason="Seen.")

    def act() -> str:
        with app.app_context(), unit_of_work() as own:
            service.cast_vote(appeal.id, vote, member, session=own, now=clock.now(), entropy=SystemEntropy())
        return "voted"

    assert sorted(str(each) for each in at_once(act, act)) == sorted(["voted", str(AlreadyVoted())])


def test_last_two_votes_at_once_decide_once(
    app: Flask,
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    first, second, third = appoint(appeal)
    cast_vote(appeal, first)
    vote = service.Vote(ballot=Ballot(granted=True), reason="Seen.")

    def act(member: Person) -> object:
        with app.app_context(), unit_of_work() as own:
            return service.cast_vote(appeal.id, vote, member, session=own, now=clock.now(), entropy=SystemEntropy())

    outcomes = at_once(lambda: act(second), lambda: act(third))

    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "Outcome"]
    assert kinds_about(appeal.id, session).count("appeals.appeal.decided") == 1


# --- what follows


def decide(appeal: AppealFacts, members: list[Person], cast_vote: CastVote, *, granted: bool) -> None:
    outcomes = [cast_vote(appeal, member, granted=granted) for member in members]
    assert outcomes[:-1] == [None, None]
    assert outcomes[-1] is not None
    assert outcomes[-1].granted is granted


def test_granted_failure_voids_the_result_and_leaves_no_wait(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    check_log: CheckLog,
) -> None:
    appeal = file_appeal(failed)
    members = appoint(appeal)

    decide(appeal, members, cast_vote, granted=True)

    result = result_of_sitting(failed.id, session=session)
    void = void_of_result(result.id, session=session)
    assert void is not None
    assert (void.ground, void.reason, void.voided_by) == (VoidGround.TECHNICAL, appeal.number, members[-1].id)
    assert latest_retest_date(failed.applicant_id, result.programme_code, session=session) is None
    assert appeal_with_id(appeal.id, session=session).state is State.GRANTED
    assert ways_of_sitting(sitting_with_id(failed.id, session=session), session=session) == []
    session.commit()
    assert check_log() is None


def test_granted_appeals_leave_no_ground_against_a_new_booking(
    failed: SittingFacts,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    clock: HandClock,
) -> None:
    programme = programmes().latest("corps-b-legislation")
    appeals = [file_appeal(failed), file_appeal(make_ban(failed.applicant_id))]
    before = eligibility.decide(failed.applicant_id, programme, session=session, now=clock.now())
    assert {ground.code for ground in before.grounds} == {Because.RETEST_WAIT, Because.BAN}

    for appeal in appeals:
        decide(appeal, appoint(appeal), cast_vote, granted=True)

    assert eligibility.decide(failed.applicant_id, programme, session=session, now=clock.now()).eligible


def test_refused_appeal_changes_nothing(
    failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote, session: Session
) -> None:
    before = result_of_sitting(failed.id, session=session)
    appeal = file_appeal(failed)

    decide(appeal, appoint(appeal), cast_vote, granted=False)

    assert result_of_sitting(failed.id, session=session) == before
    assert appeal_with_id(appeal.id, session=session).state is State.REFUSED
    with pytest.raises(AlreadyFiled):
        file_appeal(failed)


def test_granted_violation_lifts_the_ban_and_voids_what_the_operator_ended(
    start_sitting: StartSitting,
    end: EndSitting,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    clock: HandClock,
    check_log: CheckLog,
) -> None:
    sitting = start_sitting()
    end(sitting, Cause.PROCTOR)
    appeal = file_appeal(make_ban(sitting.applicant_id, sitting_id=sitting.id))

    decide(appeal, appoint(appeal), cast_vote, granted=True)

    assert running_ban(sitting.applicant_id, session=session, now=clock.now()) is None
    void = void_of_result(result_of_sitting(sitting.id, session=session).id, session=session)
    assert void is not None
    assert void.ground is VoidGround.VIOLATION_APPEAL
    session.commit()
    assert check_log() is None


def test_granted_violation_leaves_a_result_that_the_person_ended(
    failed: SittingFacts,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
) -> None:
    ban = make_ban(failed.applicant_id, sitting_id=failed.id)
    appeal = file_appeal(ban)

    decide(appeal, appoint(appeal), cast_vote, granted=True)

    assert ban_with_id(ban.id, session=session).lifted_reason == appeal.number
    assert result_of_sitting(failed.id, session=session).voided_at is None


def test_faulty_questions_are_on_record_with_their_items(
    failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote, session: Session
) -> None:
    appeal = file_appeal(failed, questions={3: "Amended.", 7: "Two are right."})
    first, second, third = appoint(appeal)
    with pytest.raises(NothingContested):
        cast_vote(appeal, first, upheld=(4,))

    cast_vote(appeal, first, upheld=(3, 7))
    cast_vote(appeal, second, granted=False)
    outcome = cast_vote(appeal, third, upheld=(3,))

    assert outcome is not None
    assert (outcome.granted, outcome.upheld) == (True, (3,))
    found = appeal_with_id(appeal.id, session=session)
    assert [(each.position, each.upheld) for each in found.questions] == [(3, True), (7, False)]
    assert result_of_sitting(failed.id, session=session).voided_at is None


def test_nothing_is_voted_on_that_was_withdrawn(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    administrator: Person,
    reviewers: list[Person],
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    first, second, _ = appoint(appeal)
    cast_vote(appeal, first)
    service.withdraw(appeal.id, failed.applicant_id, session=session, now=clock.now())
    session.commit()

    with pytest.raises(AppealEnded):
        cast_vote(appeal, second)
    with pytest.raises(AppealEnded):
        service.open_case(appeal.id, second, session=session, now=clock.now())
    with pytest.raises(AppealEnded):
        service.replace_member(
            appeal.id, second.id, reviewers[0].id, actor=administrator.id, session=session, now=clock.now()
        )
    assert result_of_sitting(failed.id, session=session).voided_at is None


def test_member_who_took_a_part_since_votes_no_more(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    clock: HandClock,
) -> None:
    appeal = file_appeal(failed)
    member = appoint(appeal)[0]
    log.record("sittings.move_code.made", session=session, at=clock.now(), actor=member.id, subject=failed.id)
    session.commit()

    with pytest.raises(MemberNotImpartial):
        cast_vote(appeal, member)


def test_who_decided_one_appeal_about_a_session_may_decide_another(
    failed: SittingFacts,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    administrator: Person,
    session: Session,
    clock: HandClock,
) -> None:
    appeal, other = file_appeal(failed), file_appeal(make_ban(failed.applicant_id, sitting_id=failed.id))
    members = appoint(appeal)
    decide(appeal, members, cast_vote, granted=True)

    service.appoint(other.id, [each.id for each in members], actor=administrator.id, session=session, now=clock.now())


def test_decision_is_whole_or_not_at_all(
    failed: SittingFacts,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    appeal = file_appeal(failed)
    first, second, third = appoint(appeal)
    cast_vote(appeal, first)
    cast_vote(appeal, second)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the telling fails")

    monkeypatch.setattr(service, "tell", fail)
    with pytest.raises(RuntimeError, match="telling"):
        cast_vote(appeal, third)
    session.rollback()

    found = appeal_with_id(appeal.id, session=session)
    assert (found.state, [bool(member.ballot) for member in found.members]) == (State.OPEN, [True, True, False])
    assert result_of_sitting(failed.id, session=session).voided_at is None


def test_applicant_is_told_of_filing_and_decision(
    failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote, session: Session
) -> None:
    appeal = file_appeal(failed)
    decide(appeal, appoint(appeal), cast_vote, granted=True)

    told = {notice.kind: notice.facts for notice in session.query(Notice)}
    assert told["appeal_filed"]["path"] == f"/appeals/{appeal.id}"
    assert told["appeal_decided"]["granted"] is True
    assert told["appeal_decided"]["ground"]["kk"] == "техникалық ақау"


def test_log_of_an_appeal_has_no_word_that_was_written(
    failed: SittingFacts, file_appeal: FileAppeal, appoint: Appoint, cast_vote: CastVote, session: Session
) -> None:
    appeal = file_appeal(failed, questions={3: "I am Aigul."})
    for member in appoint(appeal):
        cast_vote(appeal, member, upheld=(3,))

    entries = audit.about(session, str(appeal.id))
    assert "Aigul" not in str(entries)
    assert "record shows" not in str(entries)
    assert entries[0].facts == {
        "number": appeal.number,
        "ground": "content",
        "sitting": str(failed.id),
        "ban": None,
        "questions": [3],
    }
    assert entries[-1].facts == {"granted": True, "upheld": [3]}


def test_record_of_a_sitting_tells_what_the_system_noted(
    start_sitting: StartSitting, answer, end: EndSitting, session: Session, clock: HandClock
) -> None:
    sitting = start_sitting()
    clock.advance(minutes=1)
    answer(sitting, 1)
    clock.advance(minutes=12)
    answer(sitting, 2)
    clock.advance(minutes=3)
    end(sitting, Cause.PROCTOR)

    record = record_of(sitting_with_id(sitting.id, session=session), session=session)

    assert (record.saved, record.late, record.ended_by) == (2, 0, "proctor")
    assert record.longest_silence == timedelta(minutes=12)
    assert (record.released_at, record.resumed_at) == ((), ())
