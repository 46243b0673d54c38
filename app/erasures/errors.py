"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ErasureNotFound(DomainError):
    """There is no such request."""

    code = "erasures.not_found"
    status = 404


class AlreadyAsked(DomainError):
    """The person has asked before, and the request waits."""

    code = "erasures.already_asked"
    status = 409


class AlreadyDecided(DomainError):
    """The request was carried out or refused before."""

    code = "erasures.already_decided"
    status = 409


class NothingAsked(DomainError):
    """No request of this person waits."""

    code = "erasures.nothing_asked"
    status = 409


class ErasureWaits(DomainError):
    """The person has asked to be erased: no place is booked for somebody who is about to be gone."""

    code = "erasures.waits"
    status = 409


class SittingRuns(DomainError):
    """The person sits a test at this moment."""

    code = "erasures.sitting_runs"
    status = 409


class BookingOpen(DomainError):
    """A place is booked for the person, and its session is not over."""

    code = "erasures.booking_open"
    status = 409
