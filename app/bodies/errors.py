"""What is refused about state bodies? Each with a stable code. Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class BinInvalid(DomainError):
    """The number is no business identification number: wrong length or check digit."""

    code = "bodies.bin_invalid"
    status = 422


class BodyThere(DomainError):
    """A body with this number is entered already."""

    code = "bodies.there_already"
    status = 409


class BodyNotFound(DomainError):
    """There is no body of this id."""

    code = "bodies.not_found"
    status = 404


class BodyEnded(DomainError):
    """The body does not hire any more."""

    code = "bodies.ended"
    status = 409
