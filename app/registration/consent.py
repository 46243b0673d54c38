"""To what does a person agree who registers? Another text has another version; a test holds the two together."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

VERSION = "2026-11"
"""Stored with each consent. The texts of all versions are in the history of this file and of the catalogs."""

PARAGRAPHS = (
    _l(
        "I agree that the body which holds this testing collects and processes my personal data: IIN, names, birth "
        "date and sex, phone number, e-mail address, bookings, answers, results and certificates."
    ),
    _l(
        "The data serve to register me, to book a place, to hold the test, to give its result and certificate, to "
        "consider appeals, and to let a certificate be verified."
    ),
    _l(
        "Whoever has my certificate can verify it; whoever has only its number needs the end of my IIN as well. The "
        "data are given to other bodies only as a law demands. They are not published and do not leave the country."
    ),
    _l(
        "The consent holds as long as the records of my tests are kept. I can withdraw it in writing at a testing "
        "centre; within 15 days the data are then deleted, except those that a law obliges to keep."
    ),
)
"""Basis: Law No. 94-V of 21 May 2013 on personal data, the articles on consent and on its withdrawal."""
