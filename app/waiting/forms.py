"""What may be typed by who waits for a place?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField
from wtforms.validators import InputRequired, Length, Optional, Regexp

_DAY = InputRequired(_l("Choose a day."))
_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class WaitForm(FlaskForm):
    """For which days would you come?"""

    programme = HiddenField(validators=[InputRequired(), Length(max=64)])
    centre = HiddenField(validators=[InputRequired(), Length(max=32)])
    application = HiddenField(validators=[Optional(), Regexp(_ID)])
    from_day = DateField(_l("First day that suits you"), [_DAY])
    to_day = DateField(_l("Last day that suits you"), [_DAY])
