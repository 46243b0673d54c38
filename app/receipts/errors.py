"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ReceiptNotReady(DomainError):
    """The test is over, and its receipt is not signed yet."""

    code = "receipts.not_ready"
    status = 404


class StillRuns(DomainError):
    """Receipt and response sheet are for a test that is over."""

    code = "receipts.not_over"
    status = 409
