"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class SittingNotFound(DomainError):
    """No such sitting for this person; another's looks absent."""

    code = "sittings.not_found"
    status = 404


class SittingEnded(DomainError):
    """The sitting is over: nothing more is saved."""

    code = "sittings.ended"
    status = 409


class SittingPaused(DomainError):
    """The clock stands: nothing is saved and nothing ended until the test goes on."""

    code = "sittings.paused"
    status = 409


class NothingToPause(DomainError):
    """The time of this sitting is up; a pause would not stop anything."""

    code = "sittings.nothing_to_pause"
    status = 409


class CreditAboveLimit(DomainError):
    """One person may not add so much to a sitting; ``left`` is how many seconds they may."""

    code = "sittings.credit_above_limit"
    status = 409

    def __init__(self, *, left: int = 0) -> None:
        super().__init__(left=left)
        self.left = left


class SittingElsewhere(DomainError):
    """Another browser holds the live session of this sitting."""

    code = "sittings.elsewhere"
    status = 409


class AlreadySat(DomainError):
    """This booking has been used for a sitting."""

    code = "sittings.already_sat"
    status = 409


class AnotherSittingRuns(DomainError):
    """One person sits one test at a time."""

    code = "sittings.another_runs"
    status = 409


class LanguageNotOffered(DomainError):
    """The programme is not sat in this language."""

    code = "sittings.language_not_offered"
    status = 422


class SequenceGap(DomainError):
    """An answer came before the one that precedes it; ``expected`` is the number to send next."""

    code = "sittings.sequence_gap"
    status = 409


class AnswerMalformed(DomainError):
    """No such question or option on this paper."""

    code = "sittings.answer_malformed"
    status = 422


class NotYetOver(DomainError):
    """The time of the sitting is not up."""

    code = "sittings.not_yet_over"
    status = 409


class NotPrepared(DomainError):
    """This browser is not the one that is ready to start; something has changed meanwhile, or another one is."""

    code = "sittings.not_prepared"
    status = 409


class MoveCodeRefused(DomainError):
    """This is not the code that the proctor reads out."""

    code = "sittings.move_code_refused"
    status = 422


class MoveCodeMissing(DomainError):
    """No code is good for this sitting: none was made, it has been used, or its time is over."""

    code = "sittings.move_code_missing"
    status = 409


class TooManyMoveCodes(DomainError):
    """Too many wrong codes; the next one is looked at ``again_at``."""

    code = "sittings.too_many_move_codes"
    status = 429
