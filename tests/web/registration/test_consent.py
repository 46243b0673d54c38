"""Is the text to which people agreed the one of the version that is stored with them?"""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from flask_babel import force_locale

from app.registration.consent import PARAGRAPHS, VERSION
from app.web import LANGUAGES
from tests.kit.factories.registrations import Newcomer

DIGESTS = {
    "2026-11": {"kk": "21e82ec7821daaa8", "ru": "53afcf65b5caf768", "en": "a2b4062134c9d9cc"},
}
"""By version and language. A line is added for a new text, and none is ever changed."""

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_is_the_one_of_its_version(app: Flask, language: str) -> None:
    with app.app_context(), force_locale(language):
        text = "\n".join(str(paragraph) for paragraph in PARAGRAPHS)

    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert DIGESTS[VERSION][language] == digest, (
        "the text of the consent changed: give it a new VERSION in app/registration/consent.py and its digests here"
    )


def test_text_stands_in_full_on_the_page(newcomer: Newcomer) -> None:
    words = newcomer.browser.get("registration.start").words(".//details")

    assert all(str(paragraph) in words for paragraph in PARAGRAPHS)
    assert VERSION in words
