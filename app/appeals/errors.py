"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class AppealNotFound(DomainError):
    """There is no such appeal for this person."""

    code = "appeals.not_found"
    status = 404


class SittingRuns(DomainError):
    """The test is not over: nothing of it can be contested yet."""

    code = "appeals.sitting_runs"
    status = 409


class NotContestable(DomainError):
    """Nothing of this test is contested: it is practice, or its result is void."""

    code = "appeals.not_contestable"
    status = 409


class WindowClosed(DomainError):
    """The time for an appeal on this ground is over; ``closed_at`` says since when."""

    code = "appeals.window_closed"
    status = 409


class PassedAlready(DomainError):
    """A failure is claimed for a test that was passed: to void it would take the pass away."""

    code = "appeals.passed_already"
    status = 409


class BanOver(DomainError):
    """The ban was lifted: there is nothing left to contest."""

    code = "appeals.ban_over"
    status = 409


class AlreadyFiled(DomainError):
    """There is an appeal on this ground about this test or act; ``appeal_id`` names it."""

    code = "appeals.already_filed"
    status = 409


class NothingContested(DomainError):
    """An appeal against questions names no question of the paper."""

    code = "appeals.nothing_contested"
    status = 422


class SheetClosed(DomainError):
    """The own answers are shown while they can be contested, and not for good: the questions are used again."""

    code = "appeals.sheet_closed"
    status = 409


class AppealEnded(DomainError):
    """The appeal was decided or withdrawn."""

    code = "appeals.ended"
    status = 409


class CommissionAppointed(DomainError):
    """The appeal has its commission."""

    code = "appeals.commission_appointed"
    status = 409


class CommissionTooSmall(DomainError):
    """Fewer different members than the rules ask for; ``least`` says how many."""

    code = "appeals.commission_too_small"
    status = 422


class MemberNotImpartial(DomainError):
    """Somebody who had a part in what is contested cannot decide about it; ``account_id`` and ``part`` say who, why."""

    code = "appeals.member_not_impartial"
    status = 409


class MemberHasVoted(DomainError):
    """Who has voted stays in the commission."""

    code = "appeals.member_has_voted"
    status = 409


class AlreadyVoted(DomainError):
    """A member votes once."""

    code = "appeals.already_voted"
    status = 409


class CaseUnread(DomainError):
    """A member votes after having opened the case."""

    code = "appeals.case_unread"
    status = 409
