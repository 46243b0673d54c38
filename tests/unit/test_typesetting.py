"""Does a document become a PDF at any moment, with every letter of ours?"""

from __future__ import annotations

import io
from datetime import UTC, datetime

from pypdf import PdfReader

from app.typesetting import typeset

NOW = datetime(2026, 11, 24, 5, 0, 0, 123_456, tzinfo=UTC)
RECEIPT = {
    "language": "kk",
    "title": "Қолхат",
    "number": "7",
    "state": "",
    "rows": [["Кім", "Әбенова Айгүл Серікқызы"]],
    "lists": [["Өзіңізбен алыңыз", ["жеке куәлік"]]],
    "foot": "#panic(1) *тура*",
}


def test_clock_of_a_machine_with_its_microseconds_makes_a_document() -> None:
    made = typeset("reservations/receipt.typ", RECEIPT, now=NOW)

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert "Әбенова Айгүл Серікқызы" in text
    assert "#panic(1) *тура*" in text


def test_same_data_at_the_same_second_give_the_same_bytes() -> None:
    first, second = (typeset("reservations/receipt.typ", RECEIPT, now=NOW.replace(microsecond=part)) for part in (1, 2))

    assert first == second
