"""What does a proctor type in at the ceremony?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from question_bank.throw import LEAST_BALLS, LEAST_DICE, MOST_THROWS, ThrowRefused, balls_salt, dice_salt

DICE, BALLS = "dice", "balls"
TOO_LONG = _l("Write at most %(max)d characters.")

REFUSALS: Mapping[str, LazyString] = {
    "few": _l("These are too few: throw %(dice)d dice or draw %(balls)d balls.", dice=LEAST_DICE, balls=LEAST_BALLS),
    "many": _l("These are too many: %(most)d are enough.", most=MOST_THROWS),
    "not-dice": _l("A die shows a number from 1 to 6. Compare with the table."),
    "not-balls": _l("A ball has a number from 1 to 99. Compare with the table."),
    "ball-twice": _l("One ball stands here twice. A ball that was drawn is not put back."),
}


class DrawForm(FlaskForm):
    """For which draw? The one whose commitment the page has shown."""

    number = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class ThrowForm(DrawForm):
    """What lies on the table, and who saw it fall. Nothing is ever filled in beforehand."""

    what = RadioField(
        _l("What was used?"),
        [InputRequired(_l("Choose dice or numbered balls."))],
        choices=[SelectChoice(DICE, _l("Dice")), SelectChoice(BALLS, _l("Numbered balls"))],
    )
    numbers = StringField(
        _l("The numbers, in the order in which they fell"),
        [InputRequired(_l("Type the numbers that lie on the table.")), Length(max=300, message=TOO_LONG)],
        description=_l("Dice: 3162453416, at least ten. Balls: 7 31 90 12 55 68, at least six."),
    )
    first_witness = SelectField(_l("First applicant who watched"), [InputRequired(_l("Choose an applicant."))])
    second_witness = SelectField(_l("Second applicant who watched"), [InputRequired(_l("Choose an applicant."))])
    watched = BooleanField(
        _l("Both saw the numbers fall, and have compared them with what is typed here"),
        [InputRequired(_l("Let both compare the numbers, then tick this."))],
    )

    def __init__(self, *args: Any, roster: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """Offer the names of the roster, nobody chosen."""
        super().__init__(*args, **kwargs)
        choices = [SelectChoice("", ""), *(SelectChoice(booking, name) for booking, name in roster)]
        self.first_witness.choices = choices
        self.second_witness.choices = choices

    @property
    def salt(self) -> str:
        """What was thrown, as the draw takes it. Only after a successful validation."""
        return _salt(self.what.data, self.numbers.data)

    @property
    def witnesses(self) -> tuple[str, str]:
        return self.first_witness.data, self.second_witness.data

    def validate_numbers(self, field: StringField) -> None:
        """Say in words what is wrong with the numbers."""
        if self.what.data not in {DICE, BALLS}:
            return
        if not re.fullmatch(r"[0-9\s,;.–-]+", field.data or ""):
            raise ValidationError(_l("Only numbers are taken here, with spaces between them."))
        try:
            _salt(self.what.data, field.data)
        except ThrowRefused as refused:
            raise ValidationError(REFUSALS[refused.code]) from refused

    def validate_second_witness(self, field: SelectField) -> None:
        """Two people watch, not one twice."""
        if field.data and field.data == self.first_witness.data:
            raise ValidationError(_l("Choose another applicant: two people watch."))


class SkipForm(DrawForm):
    """Going on without a throw."""

    reason = TextAreaField(
        _l("Why is nothing thrown?"),
        [
            DataRequired(_l("Write the reason: it stands in the log.")),
            Length(min=10, message=_l("Write a few words more: the reason stands in the log.")),
            Length(max=300, message=TOO_LONG),
        ],
        filters=[lambda text: (text or "").strip()],
        description=_l("For example: nobody has come but one applicant. Write no names: the log keeps it for good."),
    )
    understood = BooleanField(
        _l("I understand that this draw will be marked as weak on every page and document"),
        [InputRequired(_l("Tick this, or throw the dice."))],
    )


def _salt(what: str, typed: str) -> str:
    """Read dice digit by digit, balls number by number."""
    if what == DICE:
        return dice_salt([int(digit) for digit in re.findall(r"[0-9]", typed)])
    return balls_salt([int(number[:9]) for number in re.findall(r"[0-9]+", typed)])
