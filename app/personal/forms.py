"""What may be typed where people look after their own data?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.approvals.forms import PasswordForm


class ExportForm(PasswordForm):
    """In which form, and is it still you?"""

    form = RadioField(
        _l("Form of the copy"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("pdf", _l("To read and to print (PDF)")),
            SelectChoice("json", _l("For programs, with every detail (JSON)")),
        ],
        default="pdf",
    )


class ErasureForm(PasswordForm):
    """Is it understood what is lost, and is it still you?"""

    understood = BooleanField(
        _l("I withdraw my consent. I know that my account will be closed and that this cannot be taken back."),
        [InputRequired(_l("Tick this if you want your data to be erased."))],
    )
