"""What may be typed on the pages of a sitting?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired


class StartForm(FlaskForm):
    """The last page before the clock: the language is fixed here. The view fills the languages of the programme."""

    language = RadioField(_("Language of the test"), validators=[InputRequired(_("Choose the language of the test."))])
    rules_read = BooleanField(
        _("I have read the rules"), validators=[InputRequired(_("Confirm that you have read the rules."))]
    )


class FinishForm(FlaskForm):
    """Ends the sitting; ``reason`` tells a click from the page's own clock and decides nothing."""

    reason = HiddenField(default="click")
