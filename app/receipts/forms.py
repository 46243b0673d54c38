"""What may be given to the page that checks a receipt?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

LONGEST_TEXT = 4000


class CheckForm(FlaskForm):
    """What a scanner read or a person copied, and the response sheet if it is at hand."""

    token = TextAreaField(
        _("Text of the QR code, or the code of the receipt"),
        description=_("The code has sixteen letters and digits, for example %(code)s.", code="KYVQ-YCAD-ZPER-6GVP"),
        validators=[InputRequired(_("Enter the code, or paste the text of the QR code.")), Length(max=LONGEST_TEXT)],
    )
    sheet = FileField(
        _("Response sheet (not needed)"),
        description=_("The file that its owner gave you. It is read for this answer and not kept."),
    )
