"""What may be typed when something is contested, and when it is decided?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.appeals.rules import LONGEST_ARGUMENT, LONGEST_REASON, LONGEST_STATEMENT, MOST_QUESTIONS, Ballot

TOO_LONG = _l("Write at most %(max)d characters.")
UNNAMED = _l("The commission decides without knowing who you are. Do not write your name or your IIN.")
GRANT, REFUSE = "grant", "refuse"


def _plain(text: str | None) -> str:
    """Return what was typed without what cannot be seen; a browser sends two characters for a new line."""
    lines = (text or "").replace("\r\n", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign == "\n").strip()


class StatementForm(FlaskForm):
    """What happened?"""

    statement = TextAreaField(
        _l("What happened, in your words"),
        [
            DataRequired(_l("Write what happened: the commission decides about what you write.")),
            Length(max=LONGEST_STATEMENT, message=TOO_LONG),
        ],
        filters=[_plain],
        description=UNNAMED,
        render_kw={"rows": "8"},
    )


class QuestionsForm(FlaskForm):
    """What is wrong with which question? One field for each question of the paper, see ``questions_form``."""

    @property
    def arguments(self) -> dict[int, str]:
        """What was written, by position; empty fields are left out."""
        return {_position(field): field.data for field in self if _position(field) and field.data}

    def field_of(self, position: int) -> Field:
        """Return the field of one question."""
        return self[f"question_{position}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for at least one question, and for no more than a commission reads."""
        sound: bool = super().validate(extra_validators)
        count = len(self.arguments)
        if not count:
            self.form_errors.append(gettext("Write under at least one question what is wrong with it."))
        if count > MOST_QUESTIONS:
            self.form_errors.append(
                gettext("You can contest at most %(count)s questions in one appeal.", count=MOST_QUESTIONS)
            )
        return sound and 0 < count <= MOST_QUESTIONS


def questions_form(positions: Iterable[int]) -> QuestionsForm:
    """Return a form with a field for each of these questions."""
    fields = {
        f"question_{position}": TextAreaField(
            _l("What is wrong with question %(position)s", position=position),
            [Length(max=LONGEST_ARGUMENT, message=TOO_LONG)],
            filters=[_plain],
            render_kw={"rows": "4"},
        )
        for position in positions
    }
    form: QuestionsForm = type("QuestionsOfPaper", (QuestionsForm,), fields)()
    return form


class AppointForm(FlaskForm):
    """Who decides? One field for each place, see ``appoint_form``."""

    @property
    def members(self) -> list[uuid.UUID]:
        """Who was chosen, the chair first. Only after a successful validation."""
        return [uuid.UUID(field.data) for field in self if field.name.startswith("place_") and field.data]


def appoint_form(least: int, further: int, choices: list[SelectChoice]) -> AppointForm:
    """Return a form with ``least`` places that must be filled and some ``further`` ones."""
    fields: dict[str, Any] = {}
    for place in range(1, least + further + 1):
        label = _l("Chair") if place == 1 else _l("Member %(place)s", place=place)
        needed = [InputRequired(_l("Choose a person."))] if place <= least else []
        fields[f"place_{place}"] = SelectField(
            label, needed, choices=[SelectChoice("", _l("Nobody chosen")), *choices], default=""
        )
    form: AppointForm = type("AppointCommission", (AppointForm,), fields)()
    return form


class ReplaceForm(FlaskForm):
    """Who leaves, and who comes?"""

    leaving = SelectField(_l("Who leaves"), [InputRequired(_l("Choose a person."))])
    coming = SelectField(_l("Who comes"), [InputRequired(_l("Choose a person."))])


class VoteForm(FlaskForm):
    """How do you decide, and why?"""

    reason = TextAreaField(
        _l("Why"),
        [
            DataRequired(_l("Give your reasons: the applicant reads them if your side decides.")),
            Length(max=LONGEST_REASON, message=TOO_LONG),
        ],
        filters=[_plain],
        description=_l("Write in the language of the applicant. Do not write which answer is the right one."),
        render_kw={"rows": "6"},
    )

    @property
    def ballot(self) -> Ballot:
        """The vote. Only after a successful validation."""
        upheld = frozenset(_position(field) for field in self if _position(field) and field.data)
        if "decision" in self:
            return Ballot(granted=self["decision"].data == GRANT)
        return Ballot(granted=bool(upheld), upheld=upheld)

    @property
    def question_fields(self) -> list[Field]:
        """The ticks of the contested questions."""
        return [field for field in self if _position(field)]


def vote_form(positions: Iterable[int]) -> VoteForm:
    """Return a form with a tick for each contested question; with one decision where no question is contested."""
    contested = list(positions)
    fields: dict[str, Any] = {
        f"question_{position}": BooleanField(_l("Question %(position)s is faulty", position=position))
        for position in contested
    }
    if not contested:
        fields["decision"] = RadioField(
            _l("Your decision"),
            [InputRequired(_l("Choose one of the two."))],
            choices=[
                SelectChoice(GRANT, _l("The appeal is granted")),
                SelectChoice(REFUSE, _l("The appeal is not granted")),
            ],
        )
    form: VoteForm = type("VoteOnAppeal", (VoteForm,), fields)()
    return form


def _position(field: Field) -> int:
    """Return the question that a field is about; 0 for the other fields."""
    return int(field.name.removeprefix("question_")) if field.name.startswith("question_") else 0
