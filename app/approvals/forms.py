"""What may be typed when one person asks, and another decides?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.rules import LONGEST_PASSWORD
from app.approvals.rules import LONGEST_REASON


def _plain(text: str | None) -> str:
    """Return what was typed without what cannot be seen; a browser sends two characters for a new line."""
    lines = (text or "").replace("\r\n", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign == "\n").strip()


_REASON_LENGTH = Length(max=LONGEST_REASON, message=_l("Write at most %(max)d characters."))
_NO_NAMES = _l(
    "It is kept in the log, and for a draw shown to all. Name no people and no IIN; the number of a decision is enough."
)


class PasswordForm(FlaskForm):
    """Is it still you?"""

    password = PasswordField(
        _l("Your password"),
        [
            InputRequired(_l("Enter your password once more.")),
            Length(max=LONGEST_PASSWORD, message=_l("This is too long for a password.")),
        ],
        description=_l("It is asked for again, so that nobody can act in your place at a computer that you left open."),
        render_kw={"autocomplete": "current-password"},
    )


class AskForm(PasswordForm):
    """Why is it to be done?"""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why, so that the other person can decide.")), _REASON_LENGTH],
        filters=[_plain],
        description=_NO_NAMES,
        render_kw={"rows": "4"},
    )


class RefuseForm(FlaskForm):
    """Why is it not to be done?"""

    note = TextAreaField(
        _l("Why you refuse"),
        [DataRequired(_l("Say why, so that the person who asked knows what to do.")), _REASON_LENGTH],
        filters=[_plain],
        description=_NO_NAMES,
        render_kw={"rows": "3"},
    )
