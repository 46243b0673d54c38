"""What may be typed before practice?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import InputRequired


class BeginForm(FlaskForm):
    """The view fills the languages of the programme."""

    language = RadioField(_("Language of the test"), validators=[InputRequired(_("Choose the language of the test."))])
