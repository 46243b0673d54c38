"""Has a genuine certificate been revoked or suspended since, and how fresh is that knowledge?

Here is the port only: the online register can answer through it as well as a signed status list.

Pure: standard library only, beside this package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certs.document import CertificateDocument


class StatusState(StrEnum):
    """What a register or a status list says about a certificate."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


@dataclass(frozen=True, kw_only=True)
class StatusAnswer:
    """A state, when it was stated, and whether that is recent enough to say "valid" today."""

    state: StatusState
    as_of: datetime
    fresh: bool


# Asked with the document and the time of verification; None where the source knows nothing of this certificate.
StatusSource = Callable[[CertificateDocument, datetime], StatusAnswer | None]
