"""What may a proctor send? Buttons only, each with a CSRF token."""

from __future__ import annotations

from flask_wtf import FlaskForm


class ActForm(FlaskForm):
    """A button that acts on one sitting."""
