"""What of an address is shown, and what fits into a short message?"""

from __future__ import annotations

import pytest

from app.notices.rules import LONGEST_SMS, masked, short_text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("aigul@domain.kz", "a***@d***.kz"),
        ("a@mail.gov.kz", "a***@m***.kz"),
        ("postmaster@localhost", "p***@***"),
        ("+77011234567", "+7***67"),
        ("", "***"),
    ],
)
def test_masked_address_does_not_name_its_owner(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_short_text_is_cut_where_it_would_be_too_long() -> None:
    fits, too_long = "ә" * LONGEST_SMS, "ә" * (LONGEST_SMS + 1)

    assert short_text(fits) == fits
    assert len(short_text(too_long)) == LONGEST_SMS
    assert short_text(too_long).endswith("ә…")
