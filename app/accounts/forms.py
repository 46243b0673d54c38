"""What may be typed into the forms of accounts?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.rules import LEAST_PASSWORD_LENGTH, LONGEST_NAME, LONGEST_PASSWORD
from app.web import LANGUAGES

_FILL_IN = InputRequired(_l("Fill in this field."))
_NAME_LENGTH = Length(max=LONGEST_NAME, message=_l("This is too long for a sign-in name."))
_PASSWORD_LENGTH = Length(max=LONGEST_PASSWORD, message=_l("This is too long for a password."))


class SignInForm(FlaskForm):
    """Who are you?"""

    sign_in_name = StringField(
        _l("IIN or e-mail address"),
        [_FILL_IN, _NAME_LENGTH],
        description=_l("Applicants sign in with their 12-digit IIN, staff with their e-mail address."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"), [_FILL_IN, _PASSWORD_LENGTH], render_kw={"autocomplete": "current-password"}
    )


class ForgottenForm(FlaskForm):
    """Whose password is forgotten?"""

    sign_in_name = StringField(
        _l("IIN or e-mail address"),
        [_FILL_IN, _NAME_LENGTH],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(FlaskForm):
    """Which password from now on?"""

    password = PasswordField(
        _l("New password"),
        [_FILL_IN],
        description=_l("At least %(length)s characters. A few words in a row are good.", length=LEAST_PASSWORD_LENGTH),
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        _l("New password again"),
        [_FILL_IN, EqualTo("password", _l("The two entries differ. Type the same password twice."))],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    """The old password, and which from now on?"""

    current = PasswordField(
        _l("Present password"), [_FILL_IN, _PASSWORD_LENGTH], render_kw={"autocomplete": "current-password"}
    )


class PresentPasswordForm(FlaskForm):
    """Is it still you?"""

    current = PasswordField(
        _l("Present password"), [_FILL_IN, _PASSWORD_LENGTH], render_kw={"autocomplete": "current-password"}
    )


class AddressForm(PresentPasswordForm):
    """Which e-mail address from now on?"""

    email = StringField(
        _l("New e-mail address"),
        [_FILL_IN, _NAME_LENGTH],
        description=_l("We send a code to this address."),
        render_kw={"type": "email", "autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class MailCodeForm(FlaskForm):
    """Which code did the letter bring?"""

    code = StringField(
        _l("Code from the letter"),
        [_FILL_IN, Length(max=40, message=_l("The code has six digits."))],
        description=_l("Six digits."),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


class LanguageForm(FlaskForm):
    """In which language do we write to you?"""

    language = RadioField(
        _l("Language of letters"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


_CODE_LENGTH = Length(max=40, message=_l("This is too long for a code."))


class FactorCodeForm(FlaskForm):
    """Which code does your app show now?"""

    code = StringField(
        _l("Code from the app"),
        [_FILL_IN, _CODE_LENGTH],
        description=_l("Six digits. The app shows another code every 30 seconds."),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


class SecondStepForm(FlaskForm):
    """Which code does your app show now, or which recovery code have you left?"""

    code = StringField(
        _l("Code from the app, or a recovery code"),
        [_FILL_IN, _CODE_LENGTH],
        description=_l("Six digits from the app. If it is not at hand, a recovery code that you kept."),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )


class ChosenPasswordForm(FlaskForm):
    """Which password, and which code does your app show now?"""

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
    code = FactorCodeForm.code
