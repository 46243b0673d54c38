"""What may administrators type about people and bodies?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.accounts.rules import LONGEST_DISPLAY_NAME, LONGEST_NAME, STAFF
from app.accounts.texts import ROLE_NAMES
from app.bodies.rules import LONGEST_BODY_NAME
from app.people.rules import LONGEST_REASON
from app.web import LANGUAGES

_FILL_IN = DataRequired(_l("Fill in this field."))
_TOO_LONG = _l("This is too long.")
_NAME_LENGTH = Length(max=LONGEST_DISPLAY_NAME, message=_TOO_LONG)
_NO_NAMES = _l("It is kept in the log. Name no people and no IIN; the number of a decision is enough.")
_ROLES = [SelectChoice(role.value, ROLE_NAMES[role]) for role in STAFF]


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _reason() -> TextAreaField:
    return TextAreaField(
        _l("Reason"),
        [_FILL_IN, Length(max=LONGEST_REASON, message=_TOO_LONG)],
        filters=[_plain],
        description=_NO_NAMES,
        render_kw={"rows": "2"},
    )


class InviteForm(FlaskForm):
    """Who is to work here, and as what?"""

    role = RadioField(_l("Role"), [InputRequired(_l("Choose one."))], choices=_ROLES)
    display_name = StringField(
        _l("Name"), [_FILL_IN, _NAME_LENGTH], description=_l("Given name and family name, as pages show them.")
    )
    email = StringField(
        _l("E-mail address"),
        [_FILL_IN, Length(max=LONGEST_NAME, message=_TOO_LONG)],
        description=_l("The invitation goes there, and the person signs in with it."),
        render_kw={"type": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    language = RadioField(
        _l("Language of letters"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()], default="kk"
    )
    centre = SelectField(
        _l("Testing centre"), choices=[], description=_l("For operators only: the one centre where they work.")
    )
    body = SelectField(
        _l("Hiring body"), choices=[], description=_l("For people of hiring bodies only: the one for which they act.")
    )
    ends_on = DateField(
        _l("The role ends on"),
        [Optional()],
        description=_l("The first day on which the role is over. Leave it empty if no end is known."),
    )


class SearchForm(FlaskForm):
    """Whom do you look for?"""

    class Meta:
        """It only reads, so it needs no token."""

        csrf = False

    role = SelectField(_l("Role"), choices=[SelectChoice("", _l("All roles")), *_ROLES], default="")
    name = StringField(_l("Name or e-mail address"), [Length(max=LONGEST_NAME, message=_TOO_LONG)], filters=[_plain])
    page = StringField(default="1")


class NameForm(FlaskForm):
    """How is the person shown?"""

    display_name = StringField(_l("Name"), [_FILL_IN, _NAME_LENGTH])


class EndDateForm(FlaskForm):
    """From which day on is the role over?"""

    ends_on = DateField(
        _l("The role ends on"),
        [Optional()],
        description=_l("The first day on which the role is over. Leave it empty if no end is known."),
    )


class EndForm(FlaskForm):
    """Why does the role end now?"""

    reason = _reason()
    sure = BooleanField(_l("End the role of this person for good"), [InputRequired(_l("Tick this if you mean it."))])


class ResetForm(FlaskForm):
    """Why is the second factor reset?"""

    reason = _reason()


class BodyForm(FlaskForm):
    """Which state body hires?"""

    bin = StringField(
        _l("BIN"),
        [_FILL_IN, Length(max=40, message=_TOO_LONG)],
        description=_l("The 12 digits of the business identification number."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    name_kk = StringField(_l("Name in Kazakh"), [_FILL_IN, Length(max=LONGEST_BODY_NAME, message=_TOO_LONG)])
    name_ru = StringField(_l("Name in Russian"), [_FILL_IN, Length(max=LONGEST_BODY_NAME, message=_TOO_LONG)])
    name_en = StringField(_l("Name in English"), [_FILL_IN, Length(max=LONGEST_BODY_NAME, message=_TOO_LONG)])
