"""What did a check find, how grave is it, and where does it stand? Pure: standard library only."""

import enum
import itertools
from collections.abc import Iterable
from dataclasses import dataclass


class Severity(enum.Enum):
    """An error keeps a pool from being used; a warning is for the editor's judgement; a note blames nothing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found; ``file`` is empty where it concerns a block or the pool as a whole."""

    check: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    item_id: str = ""

    def __str__(self) -> str:
        """Return one line, beginning with the place where there is one."""
        place = f"{self.file}:{self.line}: " if self.file else ""
        subject = f"{self.item_id}: " if self.item_id else ""
        return f"{place}{self.severity.value} {self.check}: {subject}{self.message}"


def listed(identities: Iterable[str]) -> str:
    """Return ids in their order on one line, a shared beginning written once: ``con-state-003 017, et-duties-001``."""
    split = (identity.rpartition("-") for identity in sorted(identities))
    groups = itertools.groupby(split, key=lambda parts: parts[0] + parts[1])
    return ", ".join(beginning + " ".join(ending for _, _, ending in group) for beginning, group in groups)
