"""How is a report about a receipt told at a prompt, for people and for programs?

Pure: standard library only, but for the report.
"""

from collections.abc import Mapping
from typing import Final

from certs.receipt import Receipt
from certs.receipt_verification import ReceiptCheck, ReceiptFinding, ReceiptReport, ReceiptVerdict
from certs.verification import Outcome

SENTENCES: Final = {
    ReceiptVerdict.GENUINE: "The receipt is genuine. Give the response sheet too to check the answers against it.",
    ReceiptVerdict.SHEET_FITS: "The receipt is genuine, and these are the answers that it was given for.",
    ReceiptVerdict.SHEET_DIFFERS: "The receipt is genuine, but the sheet is NOT what it was given for.",
    ReceiptVerdict.NOT_GENUINE: "Do not rely on it as a receipt.",
}
HOLDS: Final[Mapping[ReceiptCheck, str]] = {
    ReceiptCheck.LENGTH: "The text is not longer than a code of ours.",
    ReceiptCheck.HOST: "It leads to no other address than the official one.",
    ReceiptCheck.FORM: "It has the form of a receipt.",
    ReceiptCheck.KEY: "Its key is listed for receipts.",
    ReceiptCheck.SIGNATURE: "The signature holds.",
    ReceiptCheck.KEY_PERIOD: "The key could sign when the receipt was made.",
    ReceiptCheck.REGISTER: "The issuer has a record of it.",
    ReceiptCheck.SHEET_FORM: "The sheet has the known form.",
    ReceiptCheck.SITTING: "Sheet and receipt are about the same test and its same end.",
    ReceiptCheck.ROWS: "No row is missing, added, twice or out of place.",
    ReceiptCheck.HEADS: "Each row is as it was saved.",
    ReceiptCheck.SEAL: "The rows are those that the receipt was made over.",
    ReceiptCheck.COUNTS: "As many questions were answered in each act as the receipt says.",
    ReceiptCheck.LATE: "No answer that came too late is missing.",
}
FAILS: Final[Mapping[str, str]] = {
    "too-long": "The text is longer than any receipt.",
    "foreign-host": "It leads to another address than the official one. Nothing was opened.",
    "a-certificate": "This is the code of a certificate, not of a receipt.",
    "malformed": "It is no receipt, or it is damaged.",
    "unknown-key": "Its key is not one that the issuer uses for receipts.",
    "bad-signature": "It was changed after it was signed, or signed by somebody else.",
    "other-issuer": "It names another issuer than the owner of the key.",
    "key-not-valid-then": "Its key could not sign at the time that it states.",
    "not-registered": "The issuer has no record of it.",
    "sheet-malformed": "The file is no response sheet, or it is damaged.",
    "other-sitting": "The sheet is about another test than the receipt.",
    "other-end": "The sheet tells the test otherwise than the receipt: {about}.",
    "row-twice": "A row number occurs twice: {row}.",
    "row-added": "The sheet has more rows than the receipt; too many: {row}.",
    "row-missing": "The sheet has fewer rows than the receipt; missing: {row}.",
    "row-out-of-place": "Rows are not in their order: {row}.",
    "row-changed": "A row is not as it was saved, or what stood before it was taken away: {row}.",
    "seal-differs": "The answers are not those that the receipt was made over.",
    "question-unknown": "A row answers a question that the paper does not have: {row}.",
    "counts-differ": "Other numbers of answers: {receipt} by the receipt, {sheet} by the sheet.",
    "late-missing": "The receipt knows of {receipt} answers that came too late, the sheet of {sheet}.",
}


def report_text(name: str, report: ReceiptReport) -> str:
    """Give a report for reading: the answer first, then what the receipt states, then one sentence for each check."""
    lines = [f"{name}: {report.verdict.replace('-', ' ').upper()}", f"  {SENTENCES[report.verdict]}"]
    if report.demonstration:
        lines.append("  DEMONSTRATION KEYS: this proves nothing about anybody.")
    if report.receipt is not None:
        lines += [f"    {label:<16}{value}" for label, value in fields_of(report.receipt).items()]
    lines.append(f"  Checks (trust list {report.trust_list_number} of {report.issuer}):")
    return "\n".join(lines + [f"    {finding.number:>2} {sentence(finding)}" for finding in report.findings])


def sentence(finding: ReceiptFinding) -> str:
    """Say in one sentence what a check found."""
    if finding.outcome is Outcome.NOT_CHECKED:
        return f"not checked: {HOLDS[finding.check]}"
    if finding.outcome is Outcome.OK:
        return f"ok: {HOLDS[finding.check]}"
    return f"FAILED: {FAILS[finding.code].format_map(finding.evidence)} [{finding.code}]"


def report_record(name: str, report: ReceiptReport) -> dict[str, object]:
    """Give a report for programs."""
    return {
        "item": name,
        "verdict": str(report.verdict),
        "demonstration": report.demonstration,
        "fields": fields_of(report.receipt) if report.receipt else None,
        "findings": [
            {
                "number": finding.number,
                "check": finding.check.name,
                "outcome": str(finding.outcome),
                "code": finding.code,
                "evidence": finding.evidence,
            }
            for finding in report.findings
        ],
    }


def fields_of(receipt: Receipt) -> dict[str, str]:
    """Give what a receipt states, in the order of the printed page."""
    return {
        "code": receipt.code,
        "sitting": str(receipt.sitting),
        "programme": f"{receipt.programme_code}, version {receipt.programme_version}",
        "answered": f"{receipt.answered} of {receipt.asked}",
        "by act": ", ".join(f"{count.answered}/{count.asked}" for count in receipt.counts),
        "rows": str(receipt.rows),
        "ended": f"{receipt.ended_at.isoformat()}, by {receipt.cause}",
        "too late": str(receipt.late),
        "credited": f"{receipt.credit_seconds} s",
        "seal": receipt.seal.hex(),
        "made": receipt.issued_at.isoformat(),
        "issuer": receipt.issuer,
    }
