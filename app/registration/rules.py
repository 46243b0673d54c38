"""What may a person say of themselves, and which code is taken? Pure: standard library, and other rules."""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TypeVar

from app.accounts.rules import LONGEST_NAME
from app.applicants.errors import IinInvalid, NameUnusable
from app.applicants.rules import ReadIin, read_iin, read_name, require_printable
from app.kernel.errors import DomainError
from app.registration.errors import (
    AlphabetsMixed,
    BirthDateContradicts,
    BirthDateUnreadable,
    CodeExpired,
    CodeRefused,
    CodeUsedUp,
    DetailsRefused,
    MailUnusable,
    NamesTooLong,
    PhoneUnusable,
    SexContradicts,
    TooManyCodes,
    WrongCode,
)

Read = TypeVar("Read")

PENDING_LIFE = timedelta(hours=1)
"""What was typed is kept so long after the last code was sent or confirmed."""
CODE_LIFE = timedelta(minutes=15)
CODE_DIGITS = 6
TRIES = 5
"""Codes that may be typed for one that was sent."""
CODES_AN_HOUR = 3
"""Letters with a code, for one address and for one IIN."""
COUNTED_FOR = timedelta(hours=1)
LONGEST_PHONE = 16
"""A plus sign and the 15 digits that ITU-T E.164 allows."""

# The form of WHATWG HTML for <input type=email>, with a point in the domain: no comma or bracket reaches a mailer.
_MAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_DATE = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)
_FOREIGN_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_HOME_PHONE = re.compile(r"(?:\+?7|8)?(7[0-9]{9})")
_SIGNS_OF_PHONES = re.compile(r"[\s()\-.\u00a0\u2010-\u2014]")
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


@dataclass(frozen=True, kw_only=True)
class SentCode:
    """What is kept of a code that was sent."""

    code_hash: str
    expires_at: datetime
    wrong_tries: int = 0


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


def read_mail_address(text: str) -> str:
    """Return an e-mail address as accounts keep it.

    Raises:
        MailUnusable: It is none, or has letters other than Latin ones.
    """
    address = text.strip().lower()
    if len(address) > LONGEST_NAME or not _MAIL.fullmatch(address):
        raise MailUnusable
    return address


def read_phone(text: str) -> str:
    """Return a phone number with its country code. People of the country write it with +7, 7, 8 or none.

    Raises:
        PhoneUnusable: It is none.
    """
    number = _SIGNS_OF_PHONES.sub("", text)
    at_home = _HOME_PHONE.fullmatch(number)
    if at_home:
        return "+7" + at_home[1]
    if not _FOREIGN_PHONE.fullmatch(number) or number.startswith("+7"):
        raise PhoneUnusable
    return number


def new_code(chance: bytes) -> str:
    """Make a code of six digits; with eight bytes of chance no code is likelier than another by more than 10^-13."""
    return f"{int.from_bytes(chance, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def hash_of_code(code: str, registration_id: uuid.UUID, key: bytes) -> str:
    """Return what is kept of a code: without the key, a million tries would find it."""
    return keyed_hash(f"registration code {registration_id} {code}", key)


def keyed_hash(text: str, key: bytes) -> str:
    """Return what stands for ``text`` where it need not be read again."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def judge_code(sent: SentCode, typed_hash: str, now: datetime) -> CodeRefused | None:
    """Say why a code is not taken, or None. The last moment of its life is over."""
    if sent.wrong_tries >= TRIES:
        return CodeUsedUp()
    if now >= sent.expires_at:
        return CodeExpired()
    if hmac.compare_digest(sent.code_hash, typed_hash):
        return None
    left = TRIES - sent.wrong_tries - 1
    return WrongCode(left=left) if left else CodeUsedUp()


def letters_with_one_more(sent: Iterable[datetime], now: datetime) -> list[datetime]:
    """Return the letters of the last hour with one of this moment.

    Raises:
        TooManyCodes: There were three within the hour; an hour after the first of them the next may be sent.
    """
    counted = sorted(moment for moment in sent if moment > now - COUNTED_FOR)
    if len(counted) >= CODES_AN_HOUR:
        raise TooManyCodes(again_at=counted[-CODES_AN_HOUR] + COUNTED_FOR)
    return [*counted, now]


def is_same_person(kept: object, details: Details) -> bool:
    """Say whether ``kept`` holds what ``details`` say: the same form, sent again."""
    return all(getattr(kept, field.name) == getattr(details, field.name) for field in fields(details))
