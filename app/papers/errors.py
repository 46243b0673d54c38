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
