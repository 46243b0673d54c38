"""Does a text keep the typography of its language? Pure: standard library only."""

import re
import unicodedata
from collections.abc import Iterator

from question_bank.items import LANGUAGES

# Marks around a quotation, and around one inside it.
QUOTES = {
    "kk": (("«", "»"), ("„", "“")),
    "ru": (("«", "»"), ("„", "“")),
    "en": (("“", "”"), ("‘", "’")),
}
_QUOTE_MARKS = frozenset("«»‹›„“”‟‚‘’‛\"'`´ʼʹ′″")
_UNITS = (
    "дн|лет|год|мес|рабоч|календар|час|мин|процент|тенге|МРП|"
    "күн|жыл|ай|сағат|жұмыс|пайыз|теңге|АЕК|"
    "day|year|month|hour|minute|working|calendar|per ?cent|tenge|MCI"
)

_Rules = tuple[tuple[str, str], ...]
_EVERYWHERE: _Rules = (
    (r"^\s|\s$|\s{2,}", "a superfluous space"),
    (r"[^\S ]", "a space that is not a plain one"),
    (r" [,.;:?!)\]]", "a space before a mark"),
    (r"[(\[] ", "a space after an opening bracket"),
    (r",(?=[^\W\d])|;(?=\w)", "no space after a comma or a semicolon"),
    (r"[—―‒−]", "a dash is written as a spaced en dash ( – )"),
    (r"(?:^| )-(?= |$)", "a dash is written as a spaced en dash ( – ), not as a hyphen"),
    (rf"\d-\d+ (?:{_UNITS})", "a range of numbers takes an en dash (5–10)"),
    (r"\d – \d", "the en dash in a range of numbers has no spaces (5–10)"),
    (r"(?<=[^\s\dIVXLC])–(?! )|(?<! )–(?=[^\s\dIVXLC])|(?<! )– | –(?! )|^–|–$", "an en dash has a space on each side"),
    (r"\.\.", "three dots are one sign (…)"),
)
_CYRILLIC_TEXT: _Rules = (
    (r"№(?! \d)", "№ is followed by a space and a number"),
    (r"\bN(?:o\.?|\.)? ?(?=\d)|#(?=\d)", "the sign of a number is №"),
    (r"[«„] | [»“]", "a space inside quotes"),
    (r"(?<![A-Za-z])[aceopxyiABEHKOPTY](?![A-Za-z])", "a Latin letter that looks like a Cyrillic one"),
)
_RULES: dict[str, _Rules] = {
    "kk": (*_EVERYWHERE, *_CYRILLIC_TEXT),
    "ru": (*_EVERYWHERE, *_CYRILLIC_TEXT),
    "en": (
        *_EVERYWHERE,
        (r"№", "the sign of a number is No."),
        (r"\bNos?\.?(?=\d)|\bNos? (?=\d)|\bN ?(?=\d)|#(?=\d)", "write No. with a space: No. 5"),
        (r"“ | ”", "a space inside quotes"),
        (r"[\u0400-\u052f]+", "Cyrillic letters"),
    ),
}
_COMPILED = {language: [(re.compile(pattern), told) for pattern, told in _RULES[language]] for language in LANGUAGES}
_WORD = re.compile(r"[^\W\d_]+")
# A dot after a single letter belongs to an abbreviation or to initials.
_NEXT_SENTENCE = re.compile(r"(?:(?<!\b\w)\.|[!?…])[»”“)]*\s+(?=[«„“(]?[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ])")
_AROUND = 12


def complaints(text: str, language: str) -> Iterator[str]:
    """Go through what is wrong with the signs of a text, each with the words around it."""
    for pattern, told in _COMPILED[language]:
        if (found := pattern.search(text)) is not None:
            yield _beside(told, text, found.start())
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in ("Cc", "Cf", "Mn", "Co", "Cn") and not sign.isspace():
            yield _beside(f"the sign U+{ord(sign):04X}, which nobody sees", text, place)
            break
    for word in _WORD.finditer(text):
        if len({_script(letter) for letter in word[0]}) > 1:
            yield f"Latin and Cyrillic letters in one word: {word[0]!r}"
    yield from _quote_complaints(text, language)


def option_complaints(option: str) -> Iterator[str]:
    """Go through what is wrong with the end of an option."""
    if option.rstrip().endswith((".", ",", ";", ":")):
        yield "an option has no mark at its end"


def why_complaints(why: str) -> Iterator[str]:
    """Go through what is wrong with an explanation as a sentence."""
    if not why.rstrip().endswith("."):
        yield "the explanation ends with a full stop"
    if (found := _NEXT_SENTENCE.search(why)) is not None:
        yield _beside("the explanation is one sentence", why, found.start())


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]


def _quote_complaints(text: str, language: str) -> Iterator[str]:
    (outer, outer_end), (inner, inner_end) = QUOTES[language]
    own = {outer, outer_end, inner, inner_end}
    shown = f"{outer}…{outer_end}, inside it {inner}…{inner_end}" + (", apostrophe ’" if language == "en" else "")
    opened: list[str] = []
    for place, sign in enumerate(text):
        if sign not in _QUOTE_MARKS:
            continue
        if sign not in own:
            yield _beside(f"the mark {sign} is not of this language ({shown})", text, place)
        elif sign in (outer, inner):
            if opened != ([] if sign == outer else [outer]):
                yield _beside(f"the quotes are not nested well ({shown})", text, place)
            opened.append(sign)
        elif opened and sign == (outer_end if opened[-1] == outer else inner_end):
            opened.pop()
        elif sign != "’":
            yield _beside(f"the quote {sign} ends nothing ({shown})", text, place)
    if opened:
        yield f"the quote {opened[-1]} is not ended ({shown})"


def _beside(told: str, text: str, place: int) -> str:
    return f"{told}: {text[max(0, place - _AROUND) : place + _AROUND]!r}"
