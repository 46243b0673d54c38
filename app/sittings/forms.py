"""What may be typed on the pages of a sitting?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

LONGEST_CODE = 32
"""Six digits, with whatever people put between them."""


class MoveForm(FlaskForm):
    """The code that the proctor reads out; with it the test goes on at this computer."""

    code = StringField(
        _("Code from the operator"),
        validators=[
            DataRequired(_("Type the code: six digits.")),
            Length(max=LONGEST_CODE, message=_("Type the code: six digits.")),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "autofocus": True},
    )


class FinishForm(FlaskForm):
    """Ends the sitting; ``reason`` tells a click from the page's own clock and decides nothing."""

    reason = HiddenField(default="click")
