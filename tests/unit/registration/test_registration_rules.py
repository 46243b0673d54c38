"""What may a person say of themselves, and which code is taken?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.accounts.codes import SentCode, judge_code, letters_with_one_more, new_code
from app.accounts.errors import CodeExpired, CodeUsedUp, MailUnusable, TooManyCodes, WrongCode
from app.applicants.errors import IinInvalid, NameUnusable, PhoneUnusable
from app.applicants.rules import check_digit, read_phone
from app.kernel.errors import DomainError
from app.registration import rules
from app.registration.errors import (
    AlphabetsMixed,
    BirthDateContradicts,
    BirthDateUnreadable,
    DetailsRefused,
    NamesTooLong,
    SexContradicts,
)
from app.registration.rules import Typed

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TYPED = Typed(
    iin="950821499918",
    birth_date="21.08.1995",
    sex="female",
    family_name="Әбенова",
    given_name="Айгүл",
    patronymic="",
    email="aigul@example.kz",
    phone="+77011234567",
)


def problems(**typed: str) -> dict[str, type[DomainError]]:
    try:
        rules.read_details(replace(TYPED, **typed), today=TODAY)
    except DetailsRefused as refusal:
        return {field: type(problem) for field, problem in refusal.problems.items()}
    return {}


def test_details_are_kept_in_one_form() -> None:
    typed = replace(TYPED, iin=" 950821 499918", email=" Aigul@Example.KZ ", phone="8 (701) 123-45-67")

    details = rules.read_details(typed, today=TODAY)

    assert (details.iin, details.email, details.phone) == ("950821499918", "aigul@example.kz", "+77011234567")
    assert details.patronymic is None


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        pytest.param({"iin": "950821499917"}, {"iin": IinInvalid}, id="a wrong digit in the IIN"),
        pytest.param({"iin": "95082149991"}, {"iin": IinInvalid}, id="eleven digits"),
        pytest.param({"birth_date": "21.08.1996"}, {"birth_date": BirthDateContradicts}, id="another birth date"),
        pytest.param({"birth_date": "30.02.1995"}, {"birth_date": BirthDateUnreadable}, id="no such day"),
        pytest.param({"sex": "male"}, {"sex": SexContradicts}, id="the other sex"),
        pytest.param({"given_name": "A1"}, {"given_name": NameUnusable}, id="a digit in a name"),
        pytest.param({"email": "aigul"}, {"email": MailUnusable}, id="no address"),
        pytest.param({"phone": "12"}, {"phone": PhoneUnusable}, id="no number"),
        pytest.param(
            {"family_name": "а" * 60, "given_name": "б" * 31}, {"family_name": NamesTooLong}, id="too long together"
        ),
        pytest.param(
            {"iin": "1", "email": "", "phone": ""},
            {"iin": IinInvalid, "email": MailUnusable, "phone": PhoneUnusable},
            id="several at once",
        ),
    ],
)
def test_every_problem_is_named_by_its_field(typed: dict[str, str], wrong: dict[str, type[DomainError]]) -> None:
    assert problems(**typed) == wrong


@pytest.mark.parametrize(("digit", "sex"), [("1", "male"), ("2", "female"), ("3", "male"), ("4", "female")])
def test_sex_and_century_are_read_from_the_seventh_digit(digit: str, sex: str) -> None:
    eleven = f"900515{digit}9991"
    born = "15.05.1890" if digit in "12" else "15.05.1990"

    assert problems(iin=eleven + str(check_digit(eleven)), birth_date=born, sex=sex) == {}


def test_nobody_is_born_tomorrow() -> None:
    today, tomorrow = ("26112459991", "24.11.2026"), ("26112559991", "25.11.2026")
    assert [
        problems(iin=eleven + str(check_digit(eleven)), birth_date=born, sex="male")
        for eleven, born in (today, tomorrow)
    ] == [{}, {"iin": IinInvalid}]


@pytest.mark.parametrize("text", ["21.08.1995", "21/8/1995", "21 08 1995", " 21-08-1995 ", "21081995"])
def test_birth_date_is_read_as_people_write_it(text: str) -> None:
    assert rules.read_birth_date(text) == date(1995, 8, 21)


@pytest.mark.parametrize("text", ["", "1995-08-21", "21.08.95", "210895", "21.13.1995", "٢١.٠٨.١٩٩٥", "yesterday"])
def test_other_texts_are_no_birth_date(text: str) -> None:
    with pytest.raises(BirthDateUnreadable):
        rules.read_birth_date(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ізтілеуұлы", "Ізтілеуұлы"),
        ("Һәңғөүқі", "Һәңғөүқі"),
        ("Мамин–Сибиряк", "Мамин-Сибиряк"),
        ("О`Коннор", "О'Коннор"),
        ("О\u2018Коннор", "О'Коннор"),
        ("O\u2019Neill", "O\u2019Neill"),
        ("Müller", "Müller"),
        ("  де  Ла Круз ", "де Ла Круз"),
        ("Щёголева", "Щёголева"),
        ("Айтмағамбеи\u0306", "Айтмағамбей"),
    ],
)
def test_names_with_apostrophes_and_hyphens_are_taken(text: str, name: str) -> None:
    assert rules.read_document_name(text) == name


@pytest.mark.parametrize("text", ["Aйгүл", "Iзтілеуұлы", "Νίκος", "王", "محمد"])
def test_mixed_and_other_alphabets_are_refused(text: str) -> None:
    with pytest.raises(AlphabetsMixed):
        rules.read_document_name(text)


@pytest.mark.parametrize("text", ["a.b+c@sub.example.kz", "a_b@example-mail.kz", "1@e.kz"])
def test_addresses_are_taken(text: str) -> None:
    assert rules.read_mail_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a@b", "a@b.", "a b@example.kz", "a,b@example.kz", "<a@example.kz>", "a@example.kz,b@example.kz"),
        *("a@-example.kz", "аигуль@example.kz", "a@мысал.қаз", "a@example.kz\nBcc: b@example.kz", "a" * 250 + "@b.kz"),
    ],
)
def test_what_a_mailer_could_misread_is_no_address(text: str) -> None:
    with pytest.raises(MailUnusable):
        rules.read_mail_address(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+7 701 123 45 67", "+77011234567"),
        ("77011234567", "+77011234567"),
        ("8-701-123-45-67", "+77011234567"),
        ("(701) 1234567", "+77011234567"),
        ("+7 (7172) 12-34-56", "+77172123456"),
        ("+998 90 123 45 67", "+998901234567"),
    ],
)
def test_phone_numbers_are_kept_with_their_country(text: str, number: str) -> None:
    assert read_phone(text) == number


@pytest.mark.parametrize("text", ["", "7", "1234567", "+7 701 123 45 6", "+7 701 123 45 678", "+0 123 456 789", "?"])
def test_other_texts_are_no_phone_number(text: str) -> None:
    with pytest.raises(PhoneUnusable):
        read_phone(text)


def test_codes_have_six_digits() -> None:
    assert [new_code(bytes(7) + bytes([last])) for last in (0, 7, 255)] == ["000000", "000007", "000255"]


SENT = SentCode(code_hash="right", expires_at=NOW + 15 * MINUTE)


@pytest.mark.parametrize(
    ("sent", "typed", "later", "refusal"),
    [
        (SENT, "right", 0 * MINUTE, None),
        (SENT, "right", 15 * MINUTE - timedelta(microseconds=1), None),
        (SENT, "right", 15 * MINUTE, CodeExpired),
        (SENT, "wrong", 15 * MINUTE, CodeExpired),
        (SENT, "wrong", 0 * MINUTE, WrongCode),
        (replace(SENT, wrong_tries=4), "right", 0 * MINUTE, None),
        (replace(SENT, wrong_tries=4), "wrong", 0 * MINUTE, CodeUsedUp),
        (replace(SENT, wrong_tries=5), "right", 0 * MINUTE, CodeUsedUp),
        (replace(SENT, wrong_tries=5), "right", 15 * MINUTE, CodeUsedUp),
    ],
)
def test_code_is_good_for_five_tries_and_fifteen_minutes(
    sent: SentCode, typed: str, later: timedelta, refusal: type[DomainError] | None
) -> None:
    judged = judge_code(sent, typed, NOW + later)

    assert (type(judged) if judged else None) is refusal


def test_wrong_code_says_how_many_tries_are_left() -> None:
    judged = [judge_code(replace(SENT, wrong_tries=tries), "wrong", NOW) for tries in range(4)]

    assert [refusal.parameters["left"] for refusal in judged if refusal] == [4, 3, 2, 1]


def test_three_letters_an_hour_and_the_next_an_hour_after_the_first() -> None:
    sent: list[datetime] = []
    for minute in (0, 10, 20):
        sent = letters_with_one_more(sent, NOW + minute * MINUTE)

    with pytest.raises(TooManyCodes) as refusal:
        letters_with_one_more(sent, NOW + 60 * MINUTE - timedelta(microseconds=1))
    assert refusal.value.parameters["again_at"] == NOW + 60 * MINUTE

    sent = letters_with_one_more(sent, NOW + 60 * MINUTE)
    assert len(sent) == 3
    with pytest.raises(TooManyCodes):
        letters_with_one_more(sent, NOW + 70 * MINUTE - timedelta(microseconds=1))
