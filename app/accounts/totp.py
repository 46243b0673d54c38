"""Which code does the second factor give, and when? RFC 6238: SHA-1, six digits, steps of 30 seconds. Pure: pyotp."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp

SECRET_BYTES = 20
"""As long as the hash. Basis: RFC 4226, section 4, R6."""
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A telephone's clock may be so many steps early or late. Basis: RFC 6238, section 5.2."""
CODE_DIGITS = 6
ISSUER = "Synaq"

RECOVERY_CODES = 10
RECOVERY_BYTES = 8
_RECOVERY_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RECOVERY_LENGTH = 10


def new_secret(chance: bytes) -> str:
    """Write 20 bytes of chance as authenticator apps want a secret: in base 32."""
    return base64.b32encode(chance).decode("ascii")


def in_groups(secret: str) -> str:
    """Return a secret as people copy it: in groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def address_of(secret: str, sign_in_name: str) -> str:
    """Return the ``otpauth:`` address that the QR code holds."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=sign_in_name, issuer_name=ISSUER))


def step_at(moment: datetime) -> int:
    """Return the number of the step in which ``moment`` (aware) lies."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_of_step(secret: str, step: int) -> str:
    """Return the code of one step."""
    return str(pyotp.TOTP(secret, digits=CODE_DIGITS, digest=hashlib.sha1, interval=STEP_SECONDS).generate_otp(step))


def matching_step(secret: str, code: str, now: datetime, *, after: int = -1) -> int | None:
    """Return the step whose code was typed, or None.

    Args:
        secret: In base 32.
        code: Six digits.
        now: The present moment.
        after: The step of the last code that was taken; this one and earlier ones are not taken again.
    """
    present = step_at(now)
    steps = range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
    found = [step for step in steps if hmac.compare_digest(code_of_step(secret, step), code)]
    return next((step for step in found if step > after), None)


def new_recovery_code(chance: bytes) -> str:
    """Make a code of ten signs that nobody confuses, from eight bytes of chance: 50 bits, no code likelier."""
    number = int.from_bytes(chance, "big")
    base = len(_RECOVERY_SIGNS)
    signs = [_RECOVERY_SIGNS[number // base**place % base] for place in range(_RECOVERY_LENGTH)]
    return "".join(signs[:5]) + "-" + "".join(signs[5:])


def as_typed(text: str) -> str:
    """Return a code without what people put between its signs."""
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())


def is_of_the_app(code: str) -> bool:
    """Say whether a code has the form of those that the app gives; any other is taken for a recovery code."""
    return len(code) == CODE_DIGITS and code.isdigit()
