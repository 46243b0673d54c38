"""What does registration refuse? Each with a stable code. Pure: standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from app.kernel.errors import DomainError


class DetailsRefused(DomainError):
    """Something that was typed cannot be so; ``problems`` has one refusal for each field."""

    code = "registration.details_refused"
    status = 422

    def __init__(self, problems: Mapping[str, DomainError] | None = None) -> None:
        super().__init__()
        self.problems = dict(problems or {})


class BirthDateUnreadable(DomainError):
    """What was typed is no day of the calendar."""

    code = "registration.birth_date_unreadable"
    status = 422


class BirthDateContradicts(DomainError):
    """The IIN states another birth date."""

    code = "registration.birth_date_contradicts"
    status = 422


class SexContradicts(DomainError):
    """The IIN states the other sex."""

    code = "registration.sex_contradicts"
    status = 422


class AlphabetsMixed(DomainError):
    """A name has letters of two alphabets that look alike, or of one that no document of the country has."""

    code = "registration.alphabets_mixed"
    status = 422


class NamesTooLong(DomainError):
    """The parts of the name are longer together than a certificate can print."""

    code = "registration.names_too_long"
    status = 422


class CodeNotConfirmed(DomainError):
    """A password comes after the code."""

    code = "registration.code_not_confirmed"
    status = 409


class IinHasAccount(DomainError):
    """There is an account of this IIN. Said only to who confirmed an address and chose a password. Returned."""

    code = "registration.iin_has_account"
    status = 409


class RegistrationOver(DomainError):
    """This browser has begun no registration, or its time is over."""

    code = "registration.over"
    status = 410
