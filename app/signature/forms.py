"""How does a signature come to us? As a file, or as text that was pasted or that a script put in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField

from app.eds.cms import LARGEST_SIGNATURE


class SignatureForm(FlaskForm):
    """Which signature?"""

    file = FileField(
        _l("File with the signature"),
        description=_l("It mostly ends in .cms, .p7s or .sig."),
    )
    pasted = TextAreaField(
        _l("Or the signature as text"),
        render_kw={"rows": "4", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "none"},
    )

    @property
    def signature(self) -> bytes:
        """Return what came, no more than can be a signature and one byte; nothing if nothing came."""
        if self.file.data:
            return bytes(self.file.data.read(2 * LARGEST_SIGNATURE + 1))
        return (self.pasted.data or "").strip().encode()
