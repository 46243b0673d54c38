"""Which fields does an application have?"""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.bookings.service import Competition

FOR_ONE, FOR_NONE = "competition", "none"
LONGEST_REFERENCE = 200


class ApplicationForm(FlaskForm):
    """For a competition, or for none."""

    purpose = RadioField(
        _l("What do you need the test for?"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(FOR_NONE, _l("For no competition yet")),
            SelectChoice(FOR_ONE, _l("For a competition that has been announced")),
        ],
    )
    deadline = DateField(
        _l("Last day on which the competition takes documents"),
        [Optional()],
        description=_l("It stands in the announcement. Leave it empty if there is no competition."),
    )
    reference = StringField(
        _l("Number or name of the competition"),
        [Optional(), Length(max=LONGEST_REFERENCE, message=_l("This is too long."))],
        filters=[lambda text: text.strip() if text else text],
        description=_l("May be left empty."),
    )

    @property
    def competition(self) -> Competition | None:
        """Return the competition. Only after a successful validation."""
        if self.purpose.data != FOR_ONE:
            return None
        day: date = self.deadline.data
        return Competition(deadline=day, reference=self.reference.data or None)

    def validate_purpose(self, field: RadioField) -> None:
        """A competition has a last day for documents."""
        if field.data == FOR_ONE and not self.deadline.data and not self.deadline.errors:
            raise ValidationError(_l("Write the last day on which the competition takes documents."))
