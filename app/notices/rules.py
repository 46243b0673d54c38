"""Which letters and notices are there, and what does each tell? Pure: standard library only."""

from __future__ import annotations

import enum

MAIL_JOB = "notices.mail"
"""Kind of the job that sends a letter."""


class LetterKind(enum.Enum):
    """What is said by letter only. One value per template ``notices/<value>.txt``."""

    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a letter
    REGISTRATION_CODE = "registration_code"
    REGISTRATION_HAS_ACCOUNT = "registration_has_account"
    REGISTRATION_REFUSED = "registration_refused"


class NoticeKind(enum.Enum):
    """What a person is told in their inbox and by letter. One value per template ``notices/<value>.txt``.

    Facts know no language: a name is ``{"kk": …, "ru": …, "en": …}``, a fact in ``_at`` or ``_until`` is an aware
    moment, one in ``_on`` is a day, ``path`` is a page of this site. The template gets the name in the reader's
    language, moments and days as such, and ``link(endpoint, **ids)``. No IIN and no answer is ever a fact.

    =====================  ===================================================================================
    kind                   facts; one with ``?`` may be None or left out
    =====================  ===================================================================================
    booking_made           programme, centre, address?, opens_at, booking_id
    booking_moved          programme, centre, address?, opens_at, booking_id, reason?
    booking_cancelled      programme, centre, address?, opens_at, booking_id, reason?
    booking_reminder       programme, centre, address?, opens_at, booking_id
    session_changed        programme, centre, address?, opens_at, booking_id, reason?: it does not take place
    place_offered          programme, centre, address?, opens_at, offered_until, path
    accommodation_decided  granted (bool), what (name), reason?
    result_ready           programme, passed (bool), sitting_id, retest_opens_at?
    certificate_ready      number
    retest_open            programme
    missed                 programme, centre, address?, opens_at, booking_id, retest_opens_at?
    ban_imposed            starts_on, ends_at, reference (of the violation act)
    ban_lifted             reference
    appeal_filed           appeal_id, ground (name), path
    appeal_decided         appeal_id, ground (name), granted (bool), path
    =====================  ===================================================================================

    ``processes.telling.facts_of`` gives what all notices about a session share.
    """

    BOOKING_MADE = "booking_made"
    BOOKING_MOVED = "booking_moved"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_REMINDER = "booking_reminder"
    SESSION_CHANGED = "session_changed"
    PLACE_OFFERED = "place_offered"
    ACCOMMODATION_DECIDED = "accommodation_decided"
    RESULT_READY = "result_ready"
    CERTIFICATE_READY = "certificate_ready"
    RETEST_OPEN = "retest_open"
    MISSED = "missed"
    BAN_IMPOSED = "ban_imposed"
    BAN_LIFTED = "ban_lifted"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DECIDED = "appeal_decided"
