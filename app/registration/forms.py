"""What may be typed in the three steps of registering?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from app.accounts.rules import LEAST_PASSWORD_LENGTH
from app.applicants.rules import Sex
from app.registration.consent import VERSION
from app.web import LANGUAGES

_FILL_IN = InputRequired(_l("Fill in this field."))
_CHOOSE = InputRequired(_l("Choose one."))
_LENGTH = Length(max=254, message=_l("This is too long."))
_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


class DetailsForm(FlaskForm):
    """Who are you, and how are you reached?"""

    iin = StringField(
        _l("IIN"),
        [_FILL_IN, _LENGTH],
        description=_l("The 12 digits on your identity document."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    birth_date = StringField(
        _l("Birth date"),
        [_FILL_IN, _LENGTH],
        description=_l("Day, month, year, for example 15.05.1990. It must agree with the IIN."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    sex = RadioField(
        _l("Sex"),
        [_CHOOSE],
        choices=[SelectChoice(Sex.FEMALE.value, _l("Female")), SelectChoice(Sex.MALE.value, _l("Male"))],
        description=_l("It is asked only to find a mistyped IIN."),
    )
    family_name = StringField(
        _l("Family name"),
        [_FILL_IN, _LENGTH],
        description=_l("As in the document; this is how the certificate will name you."),
        render_kw={"autocomplete": "family-name", "spellcheck": "false"},
    )
    given_name = StringField(
        _l("Given name"), [_FILL_IN, _LENGTH], render_kw={"autocomplete": "given-name", "spellcheck": "false"}
    )
    patronymic = StringField(
        _l("Patronymic"),
        [_LENGTH],
        description=_l("Leave it empty if the document has none."),
        render_kw={"autocomplete": "additional-name", "spellcheck": "false"},
    )
    email = StringField(
        _l("E-mail address"),
        [_FILL_IN, _LENGTH],
        description=_l("We send a code to this address."),
        render_kw={"type": "email", "autocomplete": "email", **_PLAIN},
    )
    phone = StringField(
        _l("Phone number"),
        [_FILL_IN, _LENGTH],
        description=_l("For example +7 701 123 45 67."),
        render_kw={"type": "tel", "autocomplete": "tel"},
    )
    language = RadioField(
        _l("Language of letters"), [_CHOOSE], choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )
    consent = BooleanField(
        _l("I have read the consent to the processing of personal data and agree"),
        [InputRequired(_l("Without this consent nobody can be registered."))],
    )
    consent_version = HiddenField(default=VERSION)

    def validate_consent(self, field: BooleanField) -> None:
        """Take a consent only to the text that is stored with it."""
        if self.consent_version.data != VERSION:
            self.consent_version.data, field.data = VERSION, False
            raise ValidationError(_l("The text of the consent has changed meanwhile. Read it again and agree."))


class CodeForm(FlaskForm):
    """Which code did the letter bring?"""

    code = StringField(
        _l("Code from the letter"),
        [_FILL_IN, Length(max=40, message=_l("The code has six digits."))],
        description=_l("Six digits."),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


class FirstPasswordForm(FlaskForm):
    """Which password?"""

    password = PasswordField(
        _l("Password"),
        [_FILL_IN],
        description=_l("At least %(length)s characters. A few words in a row are good.", length=LEAST_PASSWORD_LENGTH),
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        _l("Password again"),
        [_FILL_IN, EqualTo("password", _l("The two entries differ. Type the same password twice."))],
        render_kw={"autocomplete": "new-password"},
    )
