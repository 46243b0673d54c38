"""The typography of the three languages: each slip is told, good texts are not."""

import pytest

from question_bank import typography

GOOD = [
    ("kk", "«О порядке „Рассмотрения“ туралы» Заңның 5–10-баптары – № 290 Заң; I–III тараулар."),
    ("kk", "Қызметші әрекетінің салдары туралы не айтуға болады?"),
    ("ru", "Закон «О противодействии „коррупции“» от 2026 года – № 290-VIII, статья 26-1 (пункт 3)."),
    ("ru", "Срок – 5–10 рабочих дней, размер – 0,5 МРП; корпус «Б» и IT-служба, глава I."),
    ("ru", "Что обязан сделать служащий, если…"),
    ("en", "The organisation’s “Rules of ‘conduct’” – No. 5 of 1–3 May; the parties’ claims: Law No. 290-VIII."),
    ("en", "He answered: “No.” What follows?"),
    ("en", "A fine of 10 MCI or 2.5 per cent, whichever is higher…"),
]
BAD = [
    ("ru", 'Закон "О службе"', 'mark " is not of this language'),
    ("kk", "“Заң”", "mark ” is not of this language"),
    ("ru", "Закон «О «службе»", "not nested well"),
    ("ru", "Закон „О службе“", "not nested well"),
    ("ru", "Закон «О службе", "« is not ended"),
    ("ru", "Закон О службе»", "» ends nothing"),
    ("en", "The “law", "“ is not ended"),
    ("en", "The law”", "” ends nothing"),
    ("en", "A ‘law’", "not nested well"),
    ("en", "The «law»", "mark « is not of this language"),
    ("en", "a person's right", "mark ' is not of this language"),
    ("ru", "объ’явление", "mark ’ is not of this language"),
    ("ru", "Срок - день", "not as a hyphen"),
    ("ru", "Срок — день", "a dash is written"),
    ("ru", "Срок–день", "a space on each side"),
    ("ru", "Срок –день", "a space on each side"),
    ("ru", "Срок– день", "a space on each side"),
    ("ru", "5 – 10 дней", "has no spaces"),
    ("ru", "5-10 дней", "takes an en dash"),
    ("en", "5-10 working days", "takes an en dash"),
    ("kk", "5-10 күн", "takes an en dash"),
    ("ru", "Закон №5", "№ is followed"),
    ("ru", "Закон № ", "№ is followed"),
    ("ru", "Закон N 5", "sign of a number is №"),
    ("kk", "No. 5 заң", "sign of a number is №"),
    ("en", "Law № 5", "sign of a number is No."),
    ("en", "Law No.5", "with a space"),
    ("en", "Law No 5", "with a space"),
    ("en", "Law #5", "with a space"),
    ("ru", "служaщий", "Latin and Cyrillic letters in one word"),
    ("en", "lаw", "Latin and Cyrillic letters in one word"),
    ("ru", "Он c утра", "looks like a Cyrillic one"),
    ("en", "Corps “В”", "Cyrillic letters"),
    ("ru", "два  пробела", "superfluous space"),
    ("ru", " пробел", "superfluous space"),
    ("ru", "пробел ", "superfluous space"),
    ("ru", "строка\nдругая", "not a plain one"),
    ("ru", "№\u00a05", "not a plain one"),
    ("en", "zero\u200bwidth", "U+200B"),
    ("ru", "и\u0306", "U+0306"),
    ("ru", "да , нет", "space before a mark"),
    ("ru", "Что ?", "space before a mark"),
    ("ru", "да( нет )", "space after an opening bracket"),
    ("ru", "« Закон»", "space inside quotes"),
    ("en", "“Law ”", "space inside quotes"),
    ("ru", "да,нет", "no space after a comma"),
    ("ru", "если...", "three dots"),
]


@pytest.mark.parametrize(("language", "text"), GOOD)
def test_good_text_has_no_complaint(language, text):
    assert list(typography.complaints(text, language)) == []


@pytest.mark.parametrize(("language", "text", "told"), BAD)
def test_slip_is_told(language, text, told):
    assert told in " | ".join(typography.complaints(text, language))


@pytest.mark.parametrize("option", ["Три дня.", "Три дня;", "Три дня,"])
def test_option_has_no_mark_at_its_end(option):
    assert list(typography.option_complaints(option)) == ["an option has no mark at its end"]
    assert list(typography.option_complaints("Три дня")) == []


@pytest.mark.parametrize(
    "why",
    [
        "Срок – 3 дня (пункт 5); иной срок не назначается.",
        "Статья 5 Закона № 290 от 05.06.2023 действует.",
        "The Agency in the city of A. Nova decides under Law No. 5.",
        "Служащий корпуса «Б» обязан «молчать».",
    ],
)
def test_one_sentence_explains(why):
    assert list(typography.why_complaints(why)) == []


@pytest.mark.parametrize(
    "why", ["Срок – 3 дня", "Срок прошёл. Жалоба отклонена.", "It is late! Nobody asks.", "Мерзім өтті. Өтінім жоқ."]
)
def test_explanation_that_is_not_one_sentence_is_told(why):
    assert len(list(typography.why_complaints(why))) == 1
