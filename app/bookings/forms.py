"""What may be typed about rooms, seats and hours?"""

from __future__ import annotations

import re
from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from app.bookings.calendar import DayException, ExceptionKind, Hours, parse_hours
from app.bookings.service import NUMBER
from app.bookings.timetable import ROOM_CODE

MOST_SEATS = 200
"""Workstations entered in one go."""
TOO_LONG = _l("Write at most %(max)d characters.")
HOURS_HINT = _l("For example: 09:00–13:00, 14:00–18:30. Leave it empty if the centre is closed.")
NOT_HOURS = _l("Write the hours as 09:00–13:00, with a comma between two times that do not overlap.")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"(\d{1,6})\s*[-–—]\s*(\d{1,6})")


def _trimmed(text: str | None) -> str:
    """Return what was typed on one line, without what cannot be seen."""
    return "".join(sign for sign in " ".join((text or "").split()) if sign.isprintable())


class RoomForm(FlaskForm):
    """A new room."""

    code = StringField(
        _l("Code of the room"),
        [
            DataRequired(_l("Give the room a code.")),
            Regexp(f"{ROOM_CODE.pattern}$", message=_l("One to eight Latin letters and digits.")),
        ],
        filters=[_trimmed],
        description=_l("It stands in the codes of its sessions, for example: 1 or A2"),
    )
    name = StringField(
        _l("Name of the room"),
        [DataRequired(_l("Give the room a name.")), Length(max=100, message=TOO_LONG)],
        filters=[_trimmed],
    )


class WorkstationsForm(FlaskForm):
    """New workstations."""

    numbers = StringField(
        _l("Numbers of the workstations"),
        [DataRequired(_l("Give at least one number.")), Length(max=2000, message=TOO_LONG)],
        filters=[_trimmed],
        description=_l("For example: 01–20, or 01, 02, A-3"),
    )
    accessible = BooleanField(_l("They are accessible to people with disabilities"))

    @property
    def chosen(self) -> list[str]:
        """The numbers one by one. Only after a successful validation."""
        return numbers_in(self.numbers.data)

    def validate_numbers(self, field: StringField) -> None:
        """Say in words what is wrong with the numbers."""
        try:
            found = numbers_in(field.data or "")
        except ValueError as error:
            raise ValidationError(
                _l("Write numbers or ranges of numbers with commas between them, each once, 200 at most.")
            ) from error
        if not all(NUMBER.fullmatch(number) for number in found):
            raise ValidationError(_l("A number has up to 16 Latin letters, digits, points and hyphens."))


class StopForm(FlaskForm):
    """Why is it out of service?"""

    reason = StringField(
        _l("Reason"),
        [DataRequired(_l("Write the reason: it stands in the log.")), Length(max=300, message=TOO_LONG)],
        filters=[_trimmed],
        description=_l("For example: the screen is broken"),
    )


class HoursForm(FlaskForm):
    """The hours of a week, a day a line."""

    monday = StringField(validators=[Optional()], description=HOURS_HINT)
    tuesday = StringField(validators=[Optional()])
    wednesday = StringField(validators=[Optional()])
    thursday = StringField(validators=[Optional()])
    friday = StringField(validators=[Optional()])
    saturday = StringField(validators=[Optional()])
    sunday = StringField(validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the days as the reader's language does."""
        super().__init__(*args, **kwargs)
        for number, field in enumerate(self.days):
            field.label.text = weekday_name(number + 1)

    @property
    def days(self) -> list[Field]:
        """The seven fields, Monday first."""
        return [self[name] for name in WEEK]

    @property
    def weekly(self) -> dict[int, Hours]:
        """Hours by weekday. Only after a successful validation."""
        return {number: parse_hours(field.data or "") for number, field in enumerate(self.days, start=1)}

    def validate(self, extra_validators: Any = None) -> bool:
        """Say beside each day what is wrong with its hours."""
        sound: bool = super().validate(extra_validators)
        for field in self.days:
            if not _are_hours(field.data):
                field.errors = [NOT_HOURS]
                sound = False
        return sound


class ExceptionForm(FlaskForm):
    """A day that differs."""

    day = DateField(_l("Day"), [InputRequired(_l("Choose a day."))])
    kind = RadioField(
        _l("What is different?"),
        [InputRequired(_l("Choose what is different."))],
        choices=[
            SelectChoice(ExceptionKind.CLOSED.value, _l("The centre is closed")),
            SelectChoice(ExceptionKind.EXTRA.value, _l("The centre is open at further hours")),
        ],
    )
    hours = StringField(
        _l("Further hours"),
        filters=[_trimmed],
        description=_l("For example: 10:00–14:00. Leave it empty if the centre is closed."),
    )
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Write the reason: it stands in the log.")), Length(max=300, message=TOO_LONG)],
        filters=[_trimmed],
        render_kw={"rows": "2"},
    )

    @property
    def exception(self) -> DayException:
        """The day as it is to be. Only after a successful validation."""
        kind = ExceptionKind(self.kind.data)
        extra = parse_hours(self.hours.data)[0] if kind is ExceptionKind.EXTRA else None
        return DayException(day=self.day.data, kind=kind, extra=extra)

    def validate_hours(self, field: StringField) -> None:
        """Extra hours are one time of the day."""
        if self.kind.data == ExceptionKind.EXTRA.value and (not _are_hours(field.data) or "," in (field.data or "")):
            raise ValidationError(_l("Write one time, as 10:00–14:00."))
        if self.kind.data == ExceptionKind.EXTRA.value and not field.data:
            raise ValidationError(_l("Write one time, as 10:00–14:00."))


def weekday_name(number: int) -> str:
    """Return the name of a weekday, 1 Monday to 7 Sunday, as a line begins with it."""
    locale = get_locale() or Locale("kk")
    name: str = locale.days["stand-alone"]["wide"][number - 1]
    return name[:1].upper() + name[1:]


def numbers_in(text: str) -> list[str]:
    """Read ``01–20, A-3`` number by number.

    Raises:
        ValueError: A range runs backwards, a number stands twice, or they are too many.
    """
    found: list[str] = []
    joined = re.sub(r"\s*[–—]\s*|\s+-\s+", "–", text)
    for part in (part for part in re.split(r"[,;\s]+", joined) if part):
        span = _RANGE.fullmatch(part)
        if span is None or (span[2][0] == "0" and len(span[1]) != len(span[2])):  # 1-01 is one number
            found.append(part)
            continue
        first, last = int(span[1]), int(span[2])
        if not 0 <= last - first < MOST_SEATS:
            raise ValueError(part)
        found += [f"{number:0{len(span[1])}d}" for number in range(first, last + 1)]
    if len(found) > MOST_SEATS or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def _are_hours(text: str | None) -> bool:
    try:
        parse_hours(text or "")
    except ValueError:
        return False
    return True
