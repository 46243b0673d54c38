"""What may be typed into the forms of accounts?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.rules import LEAST_PASSWORD_LENGTH, LONGEST_NAME, LONGEST_PASSWORD

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
