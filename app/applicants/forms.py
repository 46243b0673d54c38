"""What may be typed to change a phone number?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class PhoneForm(FlaskForm):
    """How are you reached by phone?"""

    phone = StringField(
        _l("Phone number"),
        [InputRequired(_l("Fill in this field.")), Length(max=254, message=_l("This is too long."))],
        description=_l("For example +7 701 123 45 67."),
        render_kw={"type": "tel", "autocomplete": "tel"},
    )
