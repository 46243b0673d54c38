"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class PaperNotFound(DomainError):
    """No paper was drawn for this booking."""

    code = "papers.not_found"
    status = 404


class DrawNotCommitted(DomainError):
    """The exam session has no committed draw, so nothing may be drawn."""

    code = "papers.draw_not_committed"
    status = 409


class DrawNotRevealed(DomainError):
    """The secret of a draw is shown only after the last sitting of its session has ended."""

    code = "papers.draw_not_revealed"
    status = 409


class ItemVersionChanged(DomainError):
    """A stored item version and the file of the same version differ: raise the version number in the file."""

    code = "papers.item_version_changed"
    status = 409


class DrawNotMade(DomainError):
    """The draw is committed, but nothing has been thrown and drawn yet."""

    code = "papers.draw_not_made"
    status = 409


class DrawAlreadyCommitted(DomainError):
    """The exam session has a committed draw; another one is a redraw, which two people decide."""

    code = "papers.draw_already_committed"
    status = 409


class DrawAlreadyMade(DomainError):
    """Something was thrown for this draw before; it cannot be thrown again."""

    code = "papers.draw_already_made"
    status = 409


class DrawReplaced(DomainError):
    """Another draw was committed after this throw: what fell before a commitment proves nothing about it."""

    code = "papers.draw_replaced"
    status = 409


class DrawTampered(DomainError):
    """What is stored is not what was committed to: nothing is drawn from it."""

    code = "papers.draw_tampered"
    status = 409


class PaperTampered(DomainError):
    """A question of a paper is not the item that was committed to; nothing is shown of it and nothing scored by it."""

    code = "papers.paper_tampered"
    status = 409


class ThrowNotUsable(DomainError):
    """What was typed is not a throw; ``reason`` says why: few, many, not-dice, not-balls, ball-twice."""

    code = "papers.throw_not_usable"
    status = 422


class TooFewSeats(DomainError):
    """Fewer workstations are in service than there are bookings; ``needed``, ``found``, ``accessible`` say of which."""

    code = "papers.too_few_seats"
    status = 409


class PoolTooThin(DomainError):
    """A stratum of the pool cannot fill its part of every paper; ``stratum`` names it."""

    code = "papers.pool_too_thin"
    status = 409


class RedrawTooLate(DomainError):
    """Somebody has seen their paper already."""

    code = "papers.redraw_too_late"
    status = 409
