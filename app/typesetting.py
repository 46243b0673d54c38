"""How does a document become a PDF? Typst sets a template of ours; what it says comes in as data, never as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
import typst

TEMPLATES = Path(__file__).parent / "templates"

log = structlog.get_logger()


def typeset(template: str, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """Return a PDF that screen readers can read too (PDF/UA-1). The same data at the same moment give the same bytes.

    Somebody whose name has a letter that our fonts lack gets the file too, without the promise of that standard.

    Args:
        template: Name of a ``.typ`` file below ``app/templates``, which reads ``json(bytes(sys.inputs.data))``.
        data: What the document says, in the reader's language.
        now: The moment that the file names as its own.
    """
    words = json.dumps(data, ensure_ascii=False)
    try:
        return _compiled(template, words, now, ["ua-1"])
    except typst.TypstError as error:
        log.warning("typesetting.not_accessible", template=template, reason=type(error).__name__)
        return _compiled(template, words, now, [])


def _compiled(template: str, words: str, now: datetime, standards: list[typst.PDFStandard]) -> bytes:
    made = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        ignore_system_fonts=True,  # the embedded fonts have every letter of ours, and are the same on every machine
        sys_inputs={"data": words},
        format="pdf",
        pdf_standards=standards,
        timestamp=now.replace(microsecond=0),  # Typst knows nothing finer than a second
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made
