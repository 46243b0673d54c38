"""Why may a result be voided? Pure: standard library only."""

from __future__ import annotations

import enum

LONGEST_REASON = 2000
LONGEST_GROUND = 20


class VoidGround(enum.Enum):
    """On what a result is void.

    Basis:
        Grounds of annulment: technical voiding, a violation or an act on one that did not hold, identity, decision.
    """

    TECHNICAL = "technical"
    VIOLATION_APPEAL = "violation_appeal"
    IDENTITY = "identity"
    ADMINISTRATIVE = "administrative"
