"""What may be typed by those who hold a test?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.accounts.rules import LONGEST_PASSWORD
from app.applicants.rules import LONGEST_DESCRIPTION, LONGEST_REFERENCE
from app.proctoring.texts import CAUSES, REASONS
from app.sittings.rules import LONGEST_NOTE, MOST_MINUTES, CreditCause

_TOO_LONG = _l("Write at most %(max)d characters.")
_LONGEST_CODE = 64


def _line(text: str | None) -> str:
    """Return what was typed on one line, without what cannot be seen."""
    return "".join(sign for sign in " ".join((text or "").split()) if sign.isprintable())


def _lines(text: str | None) -> str:
    """Return what was typed without what cannot be seen; a browser sends two characters for a new line."""
    lines = (text or "").replace("\r\n", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign == "\n").strip()


class ActForm(FlaskForm):
    """A button that acts on one sitting."""


class ViolationForm(FlaskForm):
    """What does the act on a violation say?"""

    iin = StringField(
        _l("IIN of the person"),
        [DataRequired(_l("Enter the IIN: twelve digits."))],
        filters=[_line],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reference = StringField(
        _l("Number of the act"),
        [DataRequired(_l("Enter the number of the act.")), Length(max=LONGEST_REFERENCE, message=_TOO_LONG)],
        filters=[_line],
    )
    act_on = DateField(_l("Date of the act"), [InputRequired(_l("Choose the date of the act."))])
    description = TextAreaField(
        _l("What was seen"),
        [
            DataRequired(_l("Write what was seen: the person reads it, and a commission may have to judge it.")),
            Length(max=LONGEST_DESCRIPTION, message=_TOO_LONG),
        ],
        filters=[_lines],
        description=_l("Do not name the person: the appeal commission reads this without knowing who it is."),
        render_kw={"rows": "5"},
    )
    session_code = StringField(
        _l("Exam session"),
        [Length(max=_LONGEST_CODE, message=_TOO_LONG)],
        filters=[_line],
        description=_l("Its code, if the violation was in a session or before its door. It may be left empty."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )


def _reason() -> SelectField:
    choices = [SelectChoice("", _l("Choose one")), *(SelectChoice(code.value, text) for code, text in REASONS.items())]
    return SelectField(_l("Reason"), [InputRequired(_l("Choose the reason."))], choices=choices)


class PauseForm(FlaskForm):
    """Why does the clock stop?"""

    reason = _reason()


class TimeForm(FlaskForm):
    """How much time is added, and for what?"""

    cause = RadioField(
        _l("For what"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(cause.value, CAUSES[cause]) for cause in (CreditCause.OUTAGE, CreditCause.EXTENSION)],
    )
    minutes = IntegerField(
        _l("Minutes"),
        [
            InputRequired(_l("Enter whole minutes.")),
            NumberRange(1, MOST_MINUTES, _l("Enter %(min)s to %(max)s minutes.")),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    gap = SelectField(
        _l("Which silence it gives back"),
        choices=[],
        description=_l("What is chosen here is not given back a second time by the rule."),
    )
    reason = _reason()
    note = TextAreaField(
        _l("What happened"),
        [
            DataRequired(_l("Write what happened: whoever checks it later reads this.")),
            Length(max=LONGEST_NOTE, message=_TOO_LONG),
        ],
        filters=[_lines],
        description=_l("Name no people and no IIN."),
        render_kw={"rows": "3"},
    )


class AskTimeForm(TimeForm):
    """The same, for two people to decide."""

    password = PasswordField(
        _l("Your password"),
        [
            InputRequired(_l("Enter your password once more.")),
            Length(max=LONGEST_PASSWORD, message=_l("This is too long for a password.")),
        ],
        description=_l("It is asked for again, so that nobody can act in your place at a computer that you left open."),
        render_kw={"autocomplete": "current-password"},
    )
