"""What is signed, and for how long is it good?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.signature.rules import CHALLENGE_LIFE, Challenge
from tests.kit.outside import MORNING

MOMENT = timedelta(microseconds=1)
CHALLENGE = Challenge(origin="https://test.gov.kz", nonce="ab" * 32, made_at=MORNING)


def test_text_names_site_moment_and_nonce_for_people() -> None:
    lines = CHALLENGE.text.decode().splitlines()

    assert "https://test.gov.kz" in lines
    assert "2026-11-24T10:00:00+05:00" in lines
    assert "ab" * 32 in lines
    assert len(lines) == 10


@pytest.mark.parametrize(
    "other",
    [{"origin": "https://test.gov.kz.example"}, {"nonce": "cd" * 32}, {"made_at": MORNING + timedelta(seconds=1)}],
)
def test_another_site_browser_or_moment_makes_another_text(other: dict[str, object]) -> None:
    assert replace(CHALLENGE, **other).text != CHALLENGE.text


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(0), True),
        (CHALLENGE_LIFE - MOMENT, True),
        (CHALLENGE_LIFE, False),
        (timedelta(days=1), False),
        (-MOMENT, False),
    ],
)
def test_text_is_good_for_five_minutes(after: timedelta, good: bool) -> None:
    assert CHALLENGE.is_good_at(MORNING + after) is good
