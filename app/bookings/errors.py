"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class BookingNotFound(DomainError):
    """No such booking for this person; another's looks absent."""

    code = "bookings.not_found"
    status = 404


class SessionNotFound(DomainError):
    """No such exam session for this person."""

    code = "bookings.session_not_found"
    status = 404


class SessionNotOpen(DomainError):
    """The exam session has not opened yet, or is closed."""

    code = "bookings.session_not_open"
    status = 409


class RetestNotYet(DomainError):
    """A retest may be booked only from the date that the result names."""

    code = "bookings.retest_not_yet"
    status = 409


class UnusableCode(DomainError):
    """The code of a session or the number of a workstation has a character that a published draw must not hold."""

    code = "bookings.unusable_code"
    status = 422


class BookingClosed(DomainError):
    """The roster of the exam session is fixed: its draw rests on it."""

    code = "bookings.booking_closed"
    status = 409


class BookingStillOpen(DomainError):
    """People may still book until ``closes_at``: the roster cannot be fixed yet."""

    code = "bookings.booking_still_open"
    status = 409
