"""What may be typed on the way to a test?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired


class StepForm(FlaskForm):
    """A step that is done by a button alone."""


class LanguageForm(FlaskForm):
    """The language of the test; the view fills those of the programme."""

    language = RadioField(_("Language of the test"), validators=[InputRequired(_("Choose the language of the test."))])


class RulesForm(FlaskForm):
    """The tick under the rules."""

    rules_read = BooleanField(
        _("I have read the rules"), validators=[InputRequired(_("Confirm that you have read the rules."))]
    )


class EquipmentForm(FlaskForm):
    """What the page found on this computer; empty where its script did not run."""

    report = HiddenField(default="")
