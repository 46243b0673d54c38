"""Which numbers are a BIN, how does an invitation stand, and which end is ahead?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.accounts.rules import Role
from app.bodies.errors import BinInvalid
from app.bodies.rules import read_bin
from app.people.errors import EndNotAhead, RoleNotInvited
from app.people.rules import Standing, require_ahead, require_invitable, standing_at
from tests.kit.outside import MORNING

BIN = "940740000911"
DAY = timedelta(days=1)


@pytest.mark.parametrize("typed", [BIN, "9407 4000 0911", f" {BIN}\n"])
def test_bin_is_kept_in_one_form(typed: str) -> None:
    assert read_bin(typed) == BIN


@pytest.mark.parametrize("place", [*range(10), 11])
def test_mistyped_digit_is_no_bin(place: int) -> None:
    others = [BIN[:place] + digit + BIN[place + 1 :] for digit in "0123456789" if digit != BIN[place]]
    taken = []
    for other in others:
        try:
            taken.append(read_bin(other))
        except BinInvalid:
            continue

    assert not taken  # the eleventh digit has the weight 11: a slip there may pass


@pytest.mark.parametrize("text", ["", "94074000091", "9407400009110", "950821499918", "a40740000911", "941340000916"])
def test_other_texts_are_no_bin(text: str) -> None:
    with pytest.raises(BinInvalid):
        read_bin(text)


@pytest.mark.parametrize(
    ("expires_at", "accepted_at", "withdrawn_at", "standing"),
    [
        (None, None, None, Standing.WAITING),
        (None, None, MORNING, Standing.WITHDRAWN),
        (MORNING + DAY, None, None, Standing.OPEN),
        (MORNING, None, None, Standing.EXPIRED),
        (MORNING - DAY, None, None, Standing.EXPIRED),
        (MORNING - DAY, MORNING - 2 * DAY, None, Standing.ACCEPTED),
        (MORNING - DAY, None, MORNING, Standing.WITHDRAWN),
    ],
)
def test_invitation_stands_by_what_became_of_it(
    expires_at: datetime | None, accepted_at: datetime | None, withdrawn_at: datetime | None, standing: Standing
) -> None:
    found = standing_at(expires_at=expires_at, accepted_at=accepted_at, withdrawn_at=withdrawn_at, now=MORNING)

    assert found is standing


def test_applicants_are_not_invited() -> None:
    with pytest.raises(RoleNotInvited):
        require_invitable(Role.APPLICANT)


def test_end_is_tomorrow_at_the_soonest() -> None:
    today = date(2026, 11, 24)

    require_ahead(None, today)
    require_ahead(today + DAY, today)
    with pytest.raises(EndNotAhead):
        require_ahead(today, today)
