"""How does a letter read? The first line of its template is the subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import force_locale

from app.mail import Letter
from app.notices.rules import LetterKind


def letter(kind: LetterKind, *, to: str, language: str, context: Mapping[str, Any]) -> Letter:
    """Make a letter in ``language``. Needs an application context, no request: what pages share is not in reach."""
    with force_locale(language):
        text = current_app.jinja_env.get_template(f"notices/{kind.value}.txt").render(**context)
    subject, _, body = text.strip().partition("\n")
    return Letter(to=to, subject=subject.strip(), body=body.strip() + "\n")
