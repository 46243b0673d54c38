"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class AccommodationNotFound(DomainError):
    """No such request for this person; another's looks absent."""

    code = "accommodations.not_found"
    status = 404


class NothingAsked(DomainError):
    """A request asks for something, or a decision gives something."""

    code = "accommodations.nothing_asked"
    status = 422


class AlreadyAsked(DomainError):
    """The person has a request that waits for its decision."""

    code = "accommodations.already_asked"
    status = 409


class AlreadySettled(DomainError):
    """The request was decided or withdrawn meanwhile."""

    code = "accommodations.already_settled"
    status = 409


class TooMuchTime(DomainError):
    """The sitting would outlast the sessions: they are planned for ``most`` minutes, not for ``minutes``."""

    code = "accommodations.too_much_time"
    status = 422


class EndsInThePast(DomainError):
    """What is granted holds at least until the day of the decision."""

    code = "accommodations.ends_in_the_past"
    status = 422
