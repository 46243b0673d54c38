"""Which codes does the second factor give and take, and what does a seal keep?"""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from app.accounts import totp
from app.accounts.errors import DisplayNameUnusable
from app.accounts.rules import HALF_LIFE, HalfSignedIn, read_display_name, role_over
from app.accounts.sealing import seal, unseal
from tests.kit.outside import MORNING, CountedEntropy

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""That of RFC 6238, appendix B, for SHA-1."""
KEY = b"the secret of an installation"


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, eight_digits: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_of_step(SECRET, totp.step_at(moment)) == eight_digits[-6:]
    assert totp.matching_step(SECRET, eight_digits[-6:], moment) == seconds // 30


@pytest.mark.parametrize(("drift", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_of_the_telephone_may_be_one_step_off(drift: int, taken: bool) -> None:
    step = totp.step_at(MORNING)
    code = totp.code_of_step(SECRET, step + drift)

    assert totp.matching_step(SECRET, code, MORNING) == (step + drift if taken else None)


def test_code_is_not_taken_again_nor_one_before_it() -> None:
    step = totp.step_at(MORNING)
    used, before, next_one = (totp.code_of_step(SECRET, step + drift) for drift in (0, -1, 1))

    assert totp.matching_step(SECRET, used, MORNING, after=step) is None
    assert totp.matching_step(SECRET, before, MORNING, after=step) is None
    assert totp.matching_step(SECRET, next_one, MORNING, after=step) == step + 1


def test_secret_is_twenty_bytes_in_groups_of_four() -> None:
    secret = totp.new_secret(CountedEntropy().token(totp.SECRET_BYTES))

    assert len(base64.b32decode(secret)) == 20
    assert [len(group) for group in totp.in_groups(secret).split(" ")] == [4] * 8
    assert f"secret={secret}" in totp.address_of(secret, "dana@example.kz")


def test_recovery_codes_are_ten_clear_signs() -> None:
    entropy = CountedEntropy()
    codes = {totp.new_recovery_code(entropy.token(totp.RECOVERY_BYTES)) for _ in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 11 and code[5] == "-" and not set("01IO") & set(code) for code in codes)
    assert not any(totp.is_of_the_app(totp.as_typed(code)) for code in codes)


@pytest.mark.parametrize("typed", ["k7qwa-3m2px", " K7QWA 3M2PX ", "K7QWA3M2PX"])
def test_codes_are_read_however_they_are_typed(typed: str) -> None:
    assert totp.as_typed(typed) == "K7QWA3M2PX"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"])
def test_other_texts_are_no_code_of_the_app(typed: str) -> None:
    assert not totp.is_of_the_app(totp.as_typed(typed))


def test_seal_opens_for_its_purpose_and_key_alone() -> None:
    sealed = seal(SECRET, purpose="factor of A", key=KEY, entropy=CountedEntropy())

    assert unseal(sealed, purpose="factor of A", key=KEY) == SECRET
    assert unseal(sealed, purpose="factor of B", key=KEY) is None
    assert unseal(sealed, purpose="factor of A", key=b"another") is None
    assert SECRET not in sealed


@pytest.mark.parametrize("broken", ["", "x", "not base 64 at all!", "AAAA", "é"])
def test_what_is_no_seal_opens_for_nobody(broken: str) -> None:
    assert unseal(broken, purpose="factor of A", key=KEY) is None


def test_half_session_lasts_five_minutes() -> None:
    half = HalfSignedIn(account_id=uuid.UUID(int=1), epoch=0, at=MORNING)

    assert not half.over_at(MORNING + HALF_LIFE - timedelta(microseconds=1))
    assert half.over_at(MORNING + HALF_LIFE)


def test_role_is_over_from_its_last_day_on() -> None:
    day = date(2026, 11, 24)

    assert role_over(day, day)
    assert not role_over(day, day - timedelta(days=1))
    assert not role_over(None, day)


def test_shown_name_is_composed_and_has_single_spaces() -> None:
    assert read_display_name("  Дана \t Асқар\u043a\u0438\u0306зы ") == "Дана Асқаркйзы"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\u200bb", "a\u202eb"])
def test_other_texts_are_no_shown_name(name: str) -> None:
    with pytest.raises(DisplayNameUnusable):
        read_display_name(name)
