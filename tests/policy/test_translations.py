"""Are the catalogs complete? English is the text in the source; Kazakh and Russian stand in ``messages.po``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

from app.web import LANGUAGES
from tests.policy.tree import APP, ROOT, listed

TRANSLATIONS = APP / "translations"
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")

PLACEHOLDER = re.compile(r"%\((\w+)\)([a-z])|\{(\w+)\}")

Key = tuple[str | None, str]
Singular = str
Forms = tuple[str, ...]


@cache
def extracted() -> Mapping[Key, Forms]:
    """Return every message of the sources by context and English text, as its one or two English forms."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    options = {pattern: {**given, "silent": "false"} for pattern, given in options.items()}
    keywords = DEFAULT_KEYWORDS | parse_keywords(_keywords_of_make())
    found = extract_from_dir(ROOT, methods, options, keywords=keywords, directory_filter=_is_ours)
    messages: dict[Key, Forms] = {}
    for _, _, message, _, context in found:
        forms = message if isinstance(message, tuple) else (message,)
        key = (context, forms[0])
        messages[key] = max(messages.get(key, ()), forms, key=len)
    return messages


def _keywords_of_make() -> list[str]:
    """Return what ``make extract`` looks for beyond gettext's own names."""
    return re.findall(r"-k (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"))


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return path == ROOT or APP in (path, *path.parents)


@cache
def catalog(language: str) -> Catalog:
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    assert path.exists(), (
        f"{path.relative_to(ROOT)} is missing: make it with `pybabel init -i app/translations/messages.pot "
        f"-d app/translations -l {language}` after `make extract`, and translate it"
    )
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(language: str) -> dict[Key, Message]:
    return {(message.context, _forms(message)[0]): message for message in catalog(language) if message.id}


def _forms(message: Message) -> Forms:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def _texts(message: Message) -> Forms:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string or "",)


def _pairs(language: str) -> Iterator[tuple[Forms, Forms]]:
    """Return English forms and translated forms of what is both in the sources and in the catalog."""
    known = translated(language)
    return ((forms, _texts(known[key])) for key, forms in extracted().items() if key in known)


def test_sources_have_messages() -> None:
    assert len(extracted()) > 1, "nothing was extracted: does babel.cfg still name the sources?"


def test_english_needs_no_catalog() -> None:
    assert not (TRANSLATIONS / "en").exists(), "the text in the source is the English one; take the catalog out"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_message_is_missing(language: str) -> None:
    missing = sorted(text for context, text in extracted().keys() - translated(language).keys())

    assert not missing, f"run `make extract` and translate these into {language}:{listed(map(repr, missing))}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_entry_is_stale(language: str) -> None:
    stale = sorted(text for context, text in translated(language).keys() - extracted().keys())
    obsolete = sorted(_forms(message)[0] for message in catalog(language).obsolete.values())

    assert not stale, f"no source says these any more; `make extract` takes them out of {language}:{listed(stale)}"
    assert not obsolete, f"take the lines with #~ out (pybabel update --ignore-obsolete), {language}:{listed(obsolete)}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_entry_is_empty(language: str) -> None:
    plurals = catalog(language).num_plurals
    empty = sorted(
        forms[0]
        for forms, texts in _pairs(language)
        if not all(text.strip() for text in texts) or len(texts) != (plurals if len(forms) > 1 else 1)
    )

    assert not empty, f"translate these into {language}, each of {plurals} forms where they count:{listed(empty)}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_entry_is_fuzzy(language: str) -> None:
    fuzzy = sorted(_forms(message)[0] for message in translated(language).values() if message.fuzzy)

    assert not catalog(language).fuzzy, f"take `#, fuzzy` from the head of the {language} catalog: it is not compiled"
    assert not fuzzy, f"look these over and take `fuzzy` away: they are not compiled, {language}:{listed(fuzzy)}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_english_text(language: str) -> None:
    differing = [
        f"{forms[0]!r}: {text!r}"
        for forms, texts in _pairs(language)
        for text in texts
        if text and placeholders(text) != placeholders(forms[-1])
    ]

    assert not differing, f"keep the placeholders letter for letter in {language}:{listed(sorted(differing))}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_can_be_filled_in(language: str) -> None:
    broken = [
        repr(text)
        for _, texts in _pairs(language)
        for text in texts
        if any(name for name, _, _ in PLACEHOLDER.findall(text)) and not _can_be_filled(text)
    ]

    assert not broken, f"a lone % is written %% in {language}:{listed(sorted(broken))}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_spaces_at_the_ends_are_those_of_the_english_text(language: str) -> None:
    differing = [
        repr(text) for forms, texts in _pairs(language) for text in texts if text and _ends(text) != _ends(forms[0])
    ]

    assert not differing, (
        f"begin and end with the same spaces and line breaks in {language}:{listed(sorted(differing))}"
    )


def placeholders(text: str) -> list[tuple[str, str, str]]:
    return sorted(set(PLACEHOLDER.findall(text)))


def _can_be_filled(text: str) -> bool:
    try:
        text % {name: 1 for name, _, _ in PLACEHOLDER.findall(text)}
    except (TypeError, ValueError, KeyError):
        return False
    return True


def _ends(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
