"""Do the rules of accounts hold at their edges?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.errors import (
    PasswordIsName,
    PasswordRefused,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    UnusableName,
)
from app.accounts.rules import (
    Role,
    Throttle,
    after_failure,
    check_password,
    normalised_name,
    session_over,
    sign_in_name_for,
)

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures_before", "wait_minutes"),
    [(0, None), (3, None), (4, 1), (5, 2), (6, 4), (7, 8), (8, 15), (9, 15), (500, 15)],
)
def test_wait_grows_from_the_fifth_failure(failures_before: int, wait_minutes: int | None) -> None:
    before = Throttle(failures=failures_before, failed_at=NOW - timedelta(seconds=1))

    after = after_failure(before, NOW)

    assert after.failures == failures_before + 1
    assert after.locked_until == (wait_minutes and NOW + timedelta(minutes=wait_minutes))


@pytest.mark.parametrize(("quiet_minutes", "counted"), [(0, 5), (14.9, 5), (15, 1), (60, 1)])
def test_failures_are_forgotten_after_fifteen_quiet_minutes(quiet_minutes: float, counted: int) -> None:
    before = Throttle(failures=4, failed_at=NOW)

    assert after_failure(before, NOW + timedelta(minutes=quiet_minutes)).failures == counted


def test_quiet_minutes_begin_after_the_wait() -> None:
    waiting = Throttle(failures=9, failed_at=NOW, locked_until=NOW + timedelta(minutes=15))

    assert not waiting.stale_at(NOW + timedelta(minutes=29))
    assert waiting.stale_at(NOW + timedelta(minutes=30))


def test_end_of_the_wait_is_free_again() -> None:
    waiting = Throttle(failures=5, failed_at=NOW, locked_until=NOW + timedelta(minutes=1))

    assert waiting.locked_at(NOW + timedelta(seconds=59))
    assert not waiting.locked_at(NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("role", "typed", "stored"),
    [
        (Role.APPLICANT, "880101300123", "880101300123"),
        (Role.APPLICANT, " 880101 300 123 ", "880101300123"),
        (Role.EDITOR, " Aigul@Example.KZ", "aigul@example.kz"),
        (Role.PROCTOR, "aigul\u200b@example.kz\x00", "aigul@example.kz"),
    ],
)
def test_names_are_stored_in_one_form(role: Role, typed: str, stored: str) -> None:
    assert sign_in_name_for(role, typed) == stored
    assert normalised_name(typed) == stored


@pytest.mark.parametrize(
    ("role", "typed"),
    [
        (Role.APPLICANT, "aigul@example.kz"),
        (Role.APPLICANT, "88010130012"),
        (Role.APPLICANT, "٨٨٠١٠١٣٠٠١٢٣"),
        (Role.EDITOR, "880101300123"),
        (Role.EDITOR, "aigul@"),
        (Role.EDITOR, "a" * 250 + "@b.kz"),
    ],
)
def test_name_that_does_not_fit_the_role_is_refused(role: Role, typed: str) -> None:
    with pytest.raises(UnusableName):
        sign_in_name_for(role, typed)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("nine char", PasswordTooShort),
        ("x" * 201, PasswordTooLong),
        ("Aigul@Example.kz", PasswordIsName),
        ("1234567890", PasswordTooCommon),
        ("QwertyUiop", PasswordTooCommon),
        ("aaaaaaaaaaaa", PasswordTooCommon),
        ("abababababab", PasswordTooCommon),
    ],
)
def test_weak_password_is_refused_with_its_reason(password: str, refusal: type[PasswordRefused]) -> None:
    with pytest.raises(refusal):
        check_password(password, "aigul@example.kz")


def test_ten_characters_are_enough() -> None:
    check_password("tulip bell", "aigul@example.kz")


def test_sign_in_lasts_twelve_hours() -> None:
    assert not session_over(NOW, NOW + timedelta(hours=11, minutes=59))
    assert session_over(NOW, NOW + timedelta(hours=12))
