"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ActNotFound(DomainError):
    """There is no act of this number in the log, or its facts were erased before."""

    code = "audit.act_not_found"
    status = 404


class ActNotErasable(DomainError):
    """The facts of this act prove a draw, a sitting, a result or the log itself; they name nobody."""

    code = "audit.act_not_erasable"
    status = 409


class LogContradicted(DomainError):
    """The log does not begin with the ``size`` acts that were signed last: it was changed since."""

    code = "audit.log_contradicted"
    status = 409


class NoCheckpoint(DomainError):
    """Nothing has been signed yet, so nothing can be proved."""

    code = "audit.no_checkpoint"
    status = 409
