"""What may be typed on the verification page?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

LONGEST_TOKEN_TEXT = 4000


class NumberForm(FlaskForm):
    """The printed number and what the holder knows."""

    number = StringField(
        _("Certificate number"),
        description=_("As printed under the code, for example T26-0000001-6."),
        validators=[InputRequired(_("Enter the number of the certificate.")), Length(max=40)],
    )
    iin_ending = StringField(
        _("Last four digits of the holder's IIN"),
        validators=[Regexp(r"[0-9]{4}\Z", message=_("Enter exactly four digits."))],
    )


class TokenForm(FlaskForm):
    """What a scanner read from the QR code."""

    token = TextAreaField(
        _("Text of the QR code"),
        validators=[InputRequired(_("Paste the text of the code.")), Length(max=LONGEST_TOKEN_TEXT)],
    )
