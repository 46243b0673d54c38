"""What does the printed receipt say? Labelled values in the reader's language; times in UTC+5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.receipts.pages import ReceiptPage
from app.typesetting import typeset
from app.web import local_time
from certs.encoding import RECEIPT_PAGE
from certs.qr import qr_svg

TEMPLATE = "receipts/receipt.typ"


def as_pdf(page: ReceiptPage, *, host: str, language: str) -> bytes:
    """Return the receipt as a PDF, dated as it was signed: the same each time that it is fetched."""
    return typeset(TEMPLATE, document(page, host=host, language=language), now=page.facts.signed_at)


def document(page: ReceiptPage, *, host: str, language: str) -> Mapping[str, Any]:
    """Return what the template sets."""
    stated = page.facts.stated
    return {
        "language": language,
        "title": _("Receipt of answers"),
        "code": page.facts.code,
        "demonstration": _("DEMONSTRATION – not a receipt") if page.demonstration else "",
        "rows": [
            (_("Test"), page.programme_title),
            (_("Programme"), f"{stated.programme_code}, {stated.programme_version}"),
            (_("Sitting"), str(stated.sitting)),
            (_("Finished"), f"{local_time(stated.ended_at)} ({page.cause})"),
            (_("Saved changes of answers"), str(stated.rows)),
            (_("Arrived too late, not counted"), str(stated.late)),
            (_("Time given back"), page.credit),
            (_("Receipt made"), local_time(stated.issued_at)),
            (_("Issuer"), stated.issuer),
            (_("Seal"), stated.seal.hex()),
        ],
        "heads": [_("Legal act"), _("Answered"), _("Left blank"), _("Questions")],
        "acts": [[line.title, str(line.answered), str(line.blank), str(line.asked)] for line in page.acts],
        "total": [_("Total"), str(stated.answered), str(stated.asked - stated.answered), str(stated.asked)],
        "qr": qr_svg(host, page.facts.token, title=page.facts.code, page=RECEIPT_PAGE),
        "qr_words": _("QR code with the signed text of receipt %(code)s", code=page.facts.code),
        "foot": [
            _("The receipt says how much you answered, and nothing of which answers you gave or which were right."),
            _("Anyone can check it, and a response sheet by it, at %(address)s.", address=page.check_address),
            _("All times are UTC+5 (Astana time)."),
        ],
    }
