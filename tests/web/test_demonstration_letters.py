"""Are letters shown in a demonstration, and nowhere else?"""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.mail import FolderMailer, Letter
from app.sms import FolderTexter, ShortMessage
from app.wiring import Tools
from config import Settings
from tests.kit.client import ClientRequest

REFERENCE = uuid.UUID("019a0000-0000-7000-8000-000000000001")
LINK = "Letters of this demonstration"

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def mailer_of_folder(app: Flask, tools: Tools, tmp_path: Path) -> FolderMailer:
    mailer = FolderMailer(tmp_path / "mail", "synaq@localhost")
    app.extensions["synaq_tools"] = replace(tools, mailer=mailer, texter=FolderTexter(tmp_path / "sms"))
    return mailer


@pytest.fixture
def english(client_request: ClientRequest) -> ClientRequest:
    client_request.get("pages.choose_language", 303, code="en")
    return client_request


@pytest.mark.usefixtures("mailer_of_folder")
def test_folder_without_letters_says_so(english: ClientRequest) -> None:
    assert "No letter was written yet." in english.get("demonstration.letters").words()
    assert LINK in english.get("pages.home").words()


def test_letters_are_shown_as_text(english: ClientRequest, mailer_of_folder: FolderMailer, tmp_path: Path) -> None:
    body = "Сәлем <b>.\n\nhttp://localhost/password/new/abc\n"
    mailer_of_folder.send(Letter(to="aigul@example.kz", subject="Жаңа құпиясөз", body=body, reference=REFERENCE))
    FolderTexter(tmp_path / "sms").send(ShortMessage(to="+77011234567", text="Еске саламыз", reference=REFERENCE))

    page = english.get("demonstration.letters")

    assert "aigul@example.kz · Жаңа құпиясөз" in page.words()
    assert "Сәлем <b>." in page.words()
    assert "http://localhost/password/new/abc" in [link.get("href") for link in page.all(".//main//a")]
    assert "+77011234567 Еске саламыз" in page.words()


def test_letters_that_are_really_sent_are_not_shown(english: ClientRequest) -> None:
    english.get("demonstration.letters", 404)

    assert LINK not in english.get("pages.home").words()


@pytest.mark.usefixtures("mailer_of_folder")
def test_production_shows_no_letters(english: ClientRequest, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = app.extensions["synaq_settings"]
    monkeypatch.setitem(app.extensions, "synaq_settings", replace(settings, mode="production"))

    english.get("demonstration.letters", 404)

    assert LINK not in english.get("pages.home").words()
