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


class SessionFull(DomainError):
    """All places that fit are taken; ``accessible`` tells whether an accessible one was asked for."""

    code = "bookings.session_full"
    status = 409


class SessionWithdrawn(DomainError):
    """It was decided that the exam session does not take place."""

    code = "bookings.session_withdrawn"
    status = 409


class CentreNotFound(DomainError):
    """No such centre, or no such thing at it."""

    code = "bookings.centre_not_found"
    status = 404


class AlreadyThere(DomainError):
    """A room with the code, a workstation with the number or an exception on the day is there already."""

    code = "bookings.already_there"
    status = 409


class ClosedThatDay(DomainError):
    """There are no extra hours on a holiday, and nothing changes on a day that is over."""

    code = "bookings.closed_that_day"
    status = 422


class BookingsStruck(DomainError):
    """A change would strike bookings, and nobody has agreed to just these; ``strikes`` names them."""

    code = "bookings.bookings_struck"
    status = 409


class RosterFixed(DomainError):
    """A change would strike bookings of ``sessions``, whose draw is committed."""

    code = "bookings.roster_fixed"
    status = 409


class ApplicationNotFound(DomainError):
    """No such application of this person; another's looks absent."""

    code = "bookings.application_not_found"
    status = 404


class ProgrammeNotOpen(DomainError):
    """No test of this programme can be booked."""

    code = "bookings.programme_not_open"
    status = 404


class NotEligible(DomainError):
    """The person may not sit the test at that time; ``decision`` says why, and until when."""

    code = "bookings.not_eligible"
    status = 409


class OutsideWindow(DomainError):
    """The session is on a day for which the programme, or the competition applied for, lets nobody book now."""

    code = "bookings.outside_window"
    status = 409


class BookingCancelled(DomainError):
    """The booking was cancelled or moved before."""

    code = "bookings.booking_cancelled"
    status = 409


class ChangeTooLate(DomainError):
    """A place may be moved or given back only until the roster is fixed."""

    code = "bookings.change_too_late"
    status = 409


class OtherProgramme(DomainError):
    """The session is of another programme than the booking or the application."""

    code = "bookings.other_programme"
    status = 409


class TooLate(DomainError):
    """Entry to the session is over; nobody begins any more."""

    code = "bookings.too_late"
    status = 409


class CompetitionOver(DomainError):
    """The days within which a test is sat for the competition have gone by; ``last`` was the last of them."""

    code = "bookings.competition_over"
    status = 422


class CompetitionTooEarly(DomainError):
    """The days for the competition cannot be booked yet; ``opens_on`` is the first on which they can."""

    code = "bookings.competition_too_early"
    status = 422


class WaitingNotFound(DomainError):
    """No such waiting of this person; another's looks absent."""

    code = "bookings.waiting_not_found"
    status = 404


class AlreadyInLine(DomainError):
    """The person waits for a place of this programme at this centre already."""

    code = "bookings.already_in_line"
    status = 409


class OfferGone(DomainError):
    """No place is held for the person, or not any more."""

    code = "bookings.offer_gone"
    status = 409


class WrongDays(DomainError):
    """The last day is before the first, or none of them can be booked."""

    code = "bookings.wrong_days"
    status = 422
