"""How does a document become a PDF? Typst sets a template of ours; what it says comes in as data, never as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"


def typeset(template: str, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """Return a PDF that screen readers can read too (PDF/UA-1). The same data at the same moment give the same bytes.

    Args:
        template: Name of a ``.typ`` file below ``app/templates``, which reads ``json(bytes(sys.inputs.data))``.
        data: What the document says, in the reader's language.
        now: The moment that the file names as its own.
    """
    made = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        ignore_system_fonts=True,  # the embedded fonts have every letter of ours, and are the same on every machine
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
        pdf_standards="ua-1",
        timestamp=now,
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made
