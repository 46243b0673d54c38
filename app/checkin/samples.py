"""Which questions does one try the page with? They count for nothing, and nothing in them is of the law or the pool."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "samples.toml"


@cache
def sample_paper(language: str) -> dict[str, Any]:
    """Return the sample questions in the form in which the exam page takes a paper."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    texts = [(question[language]["stem"], question[language]["options"]) for question in read["question"]]
    return {
        "language": language,
        "blocks": [{"code": "samples", "title": read["title"][language], "first": 1, "last": len(texts), "minimum": 0}],
        "questions": [
            {
                "position": position,
                "block": "samples",
                "stem": stem,
                "options": [{"number": number, "text": option} for number, option in enumerate(options, 1)],
            }
            for position, (stem, options) in enumerate(texts, 1)
        ],
    }
