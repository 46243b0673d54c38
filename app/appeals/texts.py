"""How do the pages of a commission name what is decided, and why somebody may not decide?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.appeals.rules import Part

PART_WORDS = {
    Part.ROLE: _l("has no role that decides about appeals, or a closed account"),
    Part.APPOINTER: _l("appoints this commission"),
    Part.OWN_CENTRE: _l("works at the centre where the test was held"),
    Part.RECORDED_VIOLATION: _l("recorded the violation"),
    Part.PLANNING: _l("took part in planning the session, or in its bookings"),
    Part.DRAW: _l("took part in the draw of this session"),
    Part.CONDUCT: _l("took part in holding the test"),
    Part.RESULT: _l("took part in the result"),
    Part.TWO_PERSON_ACT: _l("asked for, or agreed to, an act about this session"),
}
"""Each after the name of a person."""
