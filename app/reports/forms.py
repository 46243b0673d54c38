"""How is the log narrowed, and an erasure refused?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.erasures.rules import LONGEST_REASON
from certs.errors import NumberError
from certs.number import parse_number


class LogForm(FlaskForm):
    """Read from the address of the page: it changes nothing."""

    class Meta:
        """A search has no CSRF token: it would stand in the address."""

        csrf = False

    kind = StringField(
        _l("Kind of act begins with"),
        [
            Optional(),
            Length(max=80),
            Regexp(r"[a-z_]+(\.[a-z_]*){0,2}$", message=_l("Write it as area.object.verb, or only its beginning.")),
        ],
        description=_l("For example: accounts, or accounts.password"),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    about = StringField(
        _l("Who did it, or what it was done to"),
        [Optional(), Length(max=80)],
        description=_l("An id, such as one shown below"),
        filters=[lambda typed: typed and typed.strip()],
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    before = IntegerField(validators=[Optional(), NumberRange(min=1, max=2**62)])


class CertificateForm(FlaskForm):
    """Which certificate?"""

    class Meta:
        """A search has no CSRF token: it would stand in the address."""

        csrf = False

    number = StringField(
        _l("Number of the certificate"),
        [InputRequired(_l("Enter the number of the certificate."))],
        filters=[lambda text: (text or "").strip().upper()],
        description=_l("For example: T26-0000019-L"),
    )

    def validate_number(self, field: StringField) -> None:
        """Bring the number into its one form, or say that it is none."""
        try:
            field.data = str(parse_number(field.data))
        except NumberError as error:
            raise ValidationError(_l("This is no number of a certificate. Compare it with the document.")) from error


class RefuseErasureForm(FlaskForm):
    """Why are the data not erased?"""

    reason = TextAreaField(
        _l("Why you refuse"),
        [
            DataRequired(_l("Say why: the person reads it.")),
            Length(max=LONGEST_REASON, message=_l("Write at most %(max)d characters.")),
        ],
        filters=[lambda typed: typed and typed.strip()],
        description=_l("The person reads it in a letter. Name the law that obliges us to keep the data."),
        render_kw={"rows": "4"},
    )
