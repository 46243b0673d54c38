"""What may a person say of themselves, and which code is taken? Pure: standard library, and other rules."""

from __future__ import annotations

import enum
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TypeVar

from app.accounts.codes import keyed_hash, read_mail_address
from app.applicants.errors import IinInvalid, NameUnusable
from app.applicants.rules import ReadIin, read_iin, read_name, read_phone, require_printable
from app.kernel.errors import DomainError
from app.registration.errors import (
    AlphabetsMixed,
    BirthDateContradicts,
    BirthDateUnreadable,
    DetailsRefused,
    NamesTooLong,
    SexContradicts,
)

Read = TypeVar("Read")

PENDING_LIFE = timedelta(hours=1)
"""What was typed is kept so long after the last code was sent or confirmed."""
_DATE = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)
_APOSTROPHES = dict.fromkeys(map(ord, "`\u00b4\u2018\u2032\u02b9"), "'")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_ALPHABETS = ("CYRILLIC", "LATIN")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The form of the first step, as it was typed."""

    iin: str
    birth_date: str
    sex: str
    family_name: str
    given_name: str
    patronymic: str
    email: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Details:
    """The same, as it is kept. Birth date and sex stand in the IIN."""

    iin: str
    family_name: str
    given_name: str
    patronymic: str | None
    email: str
    phone: str


class Stage(enum.Enum):
    """What a registration waits for."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105  # the name of a step
    NOTHING = "nothing"


def read_details(typed: Typed, *, today: date) -> Details:
    """Return what a person says of themselves, as it is kept.

    Raises:
        DetailsRefused: Something cannot be so; every problem at once, by field.
    """
    problems: dict[str, DomainError] = {}

    def read(field: str, reader: Callable[[str], Read]) -> Read | None:
        try:
            return reader(getattr(typed, field))
        except DomainError as problem:
            problems[field] = problem
            return None

    number = read("iin", lambda text: read_own_iin(text, today=today))
    born = read("birth_date", read_birth_date)
    if number and born and number.birth_date != born:
        problems["birth_date"] = BirthDateContradicts()
    if number and number.sex.value != typed.sex:
        problems["sex"] = SexContradicts()
    family, given = read("family_name", read_document_name), read("given_name", read_document_name)
    patronymic = read("patronymic", read_document_name) if typed.patronymic.strip() else None
    email, phone = read("email", read_mail_address), read("phone", read_phone)
    if family and given and "patronymic" not in problems:
        try:
            require_printable(family, given, patronymic or "")
        except NameUnusable:
            problems["family_name"] = NamesTooLong()
    if problems or not (number and family and given and email and phone):
        raise DetailsRefused(problems)
    return Details(
        iin=number.iin, family_name=family, given_name=given, patronymic=patronymic, email=email, phone=phone
    )


def read_own_iin(text: str, *, today: date) -> ReadIin:
    """Read the IIN of somebody who is alive; people type it in groups.

    Raises:
        IinInvalid: It is none, or its birth date is still to come.
    """
    number = read_iin("".join(sign for sign in text if sign.isprintable() and not sign.isspace()))
    if number.birth_date > today:
        raise IinInvalid
    return number


def read_birth_date(text: str) -> date:
    """Read day, month and year as documents print them, with any sign between them, or none.

    Raises:
        BirthDateUnreadable: It is no day.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise BirthDateUnreadable
    day, month, year = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError as impossible:
        raise BirthDateUnreadable from impossible


def read_document_name(text: str) -> str:
    """Return a part of a name in one written form, whichever apostrophe and hyphen the keyboard has.

    Raises:
        NameUnusable: It is no name, or too long.
        AlphabetsMixed: It has Latin letters among Cyrillic ones, which look alike, or letters of other scripts.
    """
    name = read_name(text.translate(_APOSTROPHES | _HYPHENS))
    alphabets = {
        unicodedata.name(sign).partition(" ")[0] for sign in name if unicodedata.category(sign) in {"Lu", "Ll", "Lo"}
    }
    if len(alphabets) != 1 or not alphabets <= set(_ALPHABETS):
        raise AlphabetsMixed
    return name


def hash_of_code(code: str, registration_id: uuid.UUID, key: bytes) -> str:
    """Return what is kept of a code: without the key, a million tries would find it."""
    return keyed_hash(f"registration code {registration_id} {code}", key)


def is_same_person(kept: object, details: Details) -> bool:
    """Say whether ``kept`` holds what ``details`` say: the same form, sent again."""
    return all(getattr(kept, field.name) == getattr(details, field.name) for field in fields(details))
