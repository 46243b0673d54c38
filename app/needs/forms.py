"""What may be typed when somebody asks for special conditions, and when that is decided?"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.accommodations.rules import (
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_TEXT,
    MOST_EXTRA_PERCENT,
    Granted,
    Wish,
)

_TOO_LONG = _l("Write at most %(max)d characters.")


def _plain(text: str | None) -> str:
    """Return what was typed without what cannot be seen; a browser sends two characters for a new line."""
    lines = (text or "").replace("\r\n", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign == "\n").strip()


class AskForm(FlaskForm):
    """What do you need?"""

    accessible = BooleanField(
        _l("An accessible seat"), description=_l("For a wheelchair, with room around it, or with a larger screen.")
    )
    extra_time = BooleanField(_l("Extra time"))
    reader = BooleanField(
        _l("A reader"),
        description=_l("Reads the questions to you and marks what you say; nobody who knows the subject."),
    )
    words = TextAreaField(
        _l("Anything else that you need"),
        [Optional(), Length(max=LONGEST_TEXT, message=_TOO_LONG)],
        filters=[_plain],
        description=_l("For example: a seat near the door. Please write no diagnosis."),
        render_kw={"rows": "3"},
    )
    document = StringField(
        _l("Document that you will show at the centre"),
        [Optional(), Length(max=LONGEST_NOTE, message=_TOO_LONG)],
        filters=[_plain],
        description=_l("Its name and number are enough. Send no copy: it is looked at in the centre and not kept."),
    )

    @property
    def wish(self) -> Wish:
        """What is asked for. Only after a successful validation."""
        return Wish(
            accessible=self.accessible.data,
            extra_time=self.extra_time.data,
            reader=self.reader.data,
            words=self.words.data or "",
            document=self.document.data or "",
        )


class GrantForm(FlaskForm):
    """Under which conditions does this person sit?"""

    extra_percent = IntegerField(
        _l("Extra time, in percent of the ordinary time"),
        [
            InputRequired(_l("Write a whole number; 0 for no extra time.")),
            NumberRange(0, MOST_EXTRA_PERCENT, message=_l("Write a whole number from %(min)s to %(max)s.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    accessible = BooleanField(_l("An accessible seat"))
    reader = BooleanField(_l("A reader"))
    until = DateField(
        _l("Holds until"), [Optional()], description=_l("The last day on which it holds. Leave it empty: for good.")
    )
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Write the reason: the applicant reads it.")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
        filters=[_plain],
        description=_l("For example: the document was seen. Please write no diagnosis."),
        render_kw={"rows": "3"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep its ids apart from those of the other form on the page."""
        super().__init__(*args, **{"prefix": "grant-", **kwargs})

    @property
    def granted(self) -> Granted:
        """What is granted. Only after a successful validation."""
        return Granted(
            extra_percent=self.extra_percent.data or 0, accessible=self.accessible.data, reader=self.reader.data
        )


class RefuseForm(FlaskForm):
    """Why is it not granted?"""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Write the reason: the applicant reads it.")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
        filters=[_plain],
        render_kw={"rows": "3"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep its ids apart from those of the other form on the page."""
        super().__init__(*args, **{"prefix": "refuse-", **kwargs})
