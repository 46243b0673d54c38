"""Which letters and notices are there, what do they tell, what shows of an address? Pure: standard library only."""

from __future__ import annotations

import enum
from datetime import timedelta

MAIL_JOB = "notices.mail"
"""Kind of the job that sends a letter."""
SMS_JOB = "notices.sms"
"""Kind of the job that sends a short message."""
FAILED_KEPT_FOR = timedelta(days=30)
"""So long an address stays with a letter that was given up, and it can be tried again."""
LONGEST_SMS = 3 * 67
"""Characters of three joined messages in UCS-2, which Kazakh and Russian letters need."""


class LetterKind(enum.Enum):
    """What is said by letter only. One value per template ``notices/<value>.txt``."""

    EMAIL_CHANGED = "email_changed"
    EMAIL_CODE = "email_code"
    FACTOR_RESET = "factor_reset"
    INVITATION = "invitation"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_DONE = "erasure_done"
    ERASURE_REFUSED = "erasure_refused"
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
    booking_moved          programme, centre, address?, opens_at, booking_id, reason?, by_us?
    booking_cancelled      programme, centre, address?, opens_at, booking_id, reason?
    booking_reminder       programme, centre, address?, opens_at, booking_id
    session_changed        programme, centre, address?, opens_at, booking_id, reason?, in_line?: it does not take place
    place_offered          programme, centre, address?, opens_at, offered_until, path
    accommodation_decided  granted (bool), extra_percent?, accessible?, reader?, until_on?, ordinary_seat?, reason?:
                           ordinary_seat says that a booking keeps one
    result_ready           programme, passed (bool), sitting_id, retest_opens_at?, days? (until then), places?
    certificate_ready      number
    certificate_changed    number, state (``revoked``, ``suspended`` or ``valid``), reason
    retest_open            programme, places?
    missed                 programme, centre, address?, opens_at, booking_id, retest_opens_at?
    ban_imposed            starts_on, ends_at, reference (of the violation act), given_back?: cancelled bookings
    ban_lifted             reference
    appeal_filed           appeal_id, ground (name), path
    appeal_decided         appeal_id, ground (name), granted (bool), path
    =====================  ===================================================================================

    ``places`` and ``given_back`` are lists of ``centre`` (name) and ``opens_at``.

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
    CERTIFICATE_CHANGED = "certificate_changed"
    RETEST_OPEN = "retest_open"
    MISSED = "missed"
    BAN_IMPOSED = "ban_imposed"
    BAN_LIFTED = "ban_lifted"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DECIDED = "appeal_decided"


ON_PHONE = frozenset(
    {
        NoticeKind.BOOKING_MOVED,
        NoticeKind.BOOKING_CANCELLED,
        NoticeKind.BOOKING_REMINDER,
        NoticeKind.SESSION_CHANGED,
        NoticeKind.PLACE_OFFERED,
        NoticeKind.RESULT_READY,
    }
)
"""What cannot wait until somebody reads their letters: it is told by a short message too."""


def short_text(subject: str) -> str:
    """Return what a short message says: the subject alone, cut where it would be too long."""
    return subject if len(subject) <= LONGEST_SMS else subject[: LONGEST_SMS - 1] + "…"


def masked(address: str) -> str:
    """Return an address so that its owner is not told by it: ``a***@d***.kz``, ``+7***67``."""
    name, at, host = address.rpartition("@")
    if not at:
        return f"{address[:2]}***{address[-2:]}"
    domain, _, top = host.rpartition(".")
    return f"{name[:1]}***@{domain[:1]}***.{top}" if domain else f"{name[:1]}***@***"
