"""What does each notice tell in a test? Facts as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.notices.rules import NoticeKind

ID = "019a0000-0000-7000-8000-000000000001"

SESSION: Mapping[str, Any] = {
    "programme": {"kk": "Заңнаманы білу", "ru": "Знание законодательства", "en": "Knowledge of legislation"},
    "centre": {"kk": "Астана орталығы", "ru": "Центр «Астана»", "en": "Astana Centre"},
    "address": {"kk": "Абай к., 1", "ru": "ул. Абая, 1", "en": "Abai Street 1"},
    "opens_at": "2026-11-24T05:00:00+00:00",
    "booking_id": ID,
}
PLACES = [{"centre": SESSION["centre"], "opens_at": "2026-11-28T04:00:00+00:00"}]
APPEAL: Mapping[str, Any] = {
    "appeal_id": ID,
    "ground": {"kk": "техникалық ақау", "ru": "техническая неисправность", "en": "a technical failure"},
    "path": f"/appeals/{ID}",
}
FACTS: Mapping[NoticeKind, Mapping[str, Any]] = {
    NoticeKind.BOOKING_MADE: SESSION,
    NoticeKind.BOOKING_MOVED: {**SESSION, "reason": "A pipe broke."},
    NoticeKind.BOOKING_CANCELLED: {**SESSION, "address": None},
    NoticeKind.BOOKING_REMINDER: SESSION,
    NoticeKind.SESSION_CHANGED: {**SESSION, "reason": "A pipe broke."},
    NoticeKind.PLACE_OFFERED: {**SESSION, "offered_until": "2026-11-23T13:00:00+00:00", "path": f"/offers/{ID}"},
    NoticeKind.ACCOMMODATION_DECIDED: {
        "granted": True,
        "extra_percent": 25,
        "accessible": True,
        "reader": True,
        "until_on": "2026-12-31",
        "ordinary_seat": True,
        "reason": "The document was seen.",
    },
    NoticeKind.RESULT_READY: {
        "programme": SESSION["programme"],
        "passed": False,
        "sitting_id": ID,
        "retest_opens_at": "2026-11-27T19:00:00+00:00",
        "days": 4,
        "places": PLACES,
    },
    NoticeKind.CERTIFICATE_READY: {"number": "26-000001-7"},
    NoticeKind.CERTIFICATE_CHANGED: {"number": "T26-0000019-L", "state": "revoked", "reason": "Decision 12-3."},
    NoticeKind.RETEST_OPEN: {"programme": SESSION["programme"], "places": PLACES},
    NoticeKind.MISSED: SESSION,
    NoticeKind.BAN_IMPOSED: {
        "starts_on": "2026-11-24",
        "ends_at": "2027-05-23T19:00:00+00:00",
        "reference": "A-17",
        "given_back": PLACES,
    },
    NoticeKind.BAN_LIFTED: {"reference": "A-17"},
    NoticeKind.APPEAL_FILED: APPEAL,
    NoticeKind.APPEAL_DECIDED: {**APPEAL, "granted": False},
}
