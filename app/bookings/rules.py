"""Why does a booking end before its time, and how is its receipt numbered? Pure: standard library only."""

from __future__ import annotations

import enum
import uuid

RECEIPT_DIGITS = 5


class CancelReason(enum.Enum):
    """Why a place was given back."""

    OWN_CHOICE = "own_choice"
    MOVED = "moved"
    ADMINISTRATOR = "administrator"
    SESSION_WITHDRAWN = "session_withdrawn"


def receipt_number(booking_id: uuid.UUID) -> str:
    """Return the number under which people speak of a booking: ``3F2A9-0B71C``, from what is chance in its id."""
    digits = booking_id.hex[-2 * RECEIPT_DIGITS :].upper()
    return f"{digits[:RECEIPT_DIGITS]}-{digits[RECEIPT_DIGITS:]}"
