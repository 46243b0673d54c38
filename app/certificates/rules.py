"""How may the standing of a certificate change? Pure: standard library, and ``certs`` for the states."""

from __future__ import annotations

from app.certificates.errors import RevokedForGood, StandsSo
from certs.status import StatusState

LONGEST_REASON = 500


def require_change(now: StatusState, then: StatusState) -> None:
    """Refuse a change that is none, or that would bring a revoked certificate back.

    Raises:
        RevokedForGood, StandsSo: See above.
    """
    if now is StatusState.REVOKED:
        raise RevokedForGood
    if now is then:
        raise StandsSo(state=now.value)
