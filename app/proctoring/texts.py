"""How do pages name why the clock of a test was stopped, or time was added?"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.sittings.rules import CreditCause, Reason

REASONS: Mapping[Reason, LazyString] = {
    Reason.CONNECTION: _l("Connection lost"),
    Reason.POWER: _l("Power failure"),
    Reason.EQUIPMENT: _l("Failure of equipment"),
    Reason.DISTURBANCE: _l("Disturbance in the room"),
    Reason.ALARM: _l("Alarm"),
    Reason.HEALTH: _l("State of health"),
    Reason.MISTAKE: _l("Mistake of the staff"),
    Reason.OTHER: _l("Something else"),
}

CAUSES: Mapping[CreditCause, LazyString] = {
    CreditCause.PAUSE: _l("Pause"),
    CreditCause.EXTENSION: _l("Extension"),
    CreditCause.OUTAGE: _l("Time lost through a failure"),
}
