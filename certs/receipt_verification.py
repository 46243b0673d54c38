"""Is this receipt genuine, and are these the answers that it was given for?

``verify_receipt`` answers with a report and never raises for a bad receipt or sheet, however bad. It opens no network
connection and no file: the trust list and the register are handed in.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from certs.cose import RECEIPT_PURPOSE, Algorithm, Envelope, parse_envelope, signature_holds
from certs.encoding import RECEIPT_PAGE, verifier_address
from certs.errors import MalformedError
from certs.keys import KeyUse
from certs.moments import whole_seconds
from certs.receipt import Receipt, receipt_from_payload, seal_of
from certs.sheet import Sheet, parse_sheet
from certs.trust import TrustEntry, TrustList
from certs.verification import LONGEST_TEXT, Outcome, split_address, token_of

Register = Callable[[Receipt, bytes], bool]
"""Asked with the receipt and the token; False where no such receipt was recorded."""

_OK: Final = "ok"
_NOT_CHECKED: Final = "not-checked"
_NAMED_AT_MOST: Final = 5


class ReceiptCheck(IntEnum):
    """The numbered checks, in the order in which they are made."""

    LENGTH = 1
    HOST = 2
    FORM = 3
    KEY = 4
    SIGNATURE = 5
    KEY_PERIOD = 6
    REGISTER = 7
    SHEET_FORM = 8
    SITTING = 9
    ROWS = 10
    HEADS = 11
    SEAL = 12
    COUNTS = 13
    LATE = 14


LAST_OF_RECEIPT: Final = ReceiptCheck.REGISTER
"""The checks after this one are about the sheet."""


class ReceiptVerdict(StrEnum):
    """The four answers."""

    GENUINE = "genuine"
    """The receipt is; no sheet was given."""
    SHEET_FITS = "sheet-fits"
    SHEET_DIFFERS = "sheet-differs"
    NOT_GENUINE = "not-genuine"


@dataclass(frozen=True, kw_only=True)
class ReceiptFinding:
    """What one check found. ``code`` names a failure; ``evidence`` holds what was looked at, by name."""

    check: ReceiptCheck
    outcome: Outcome
    code: str
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Give the number of the check, as the report and the page show it."""
        return int(self.check)


@dataclass(frozen=True, kw_only=True)
class ReceiptReport:
    """All findings; the verdict follows from them. ``receipt`` is there only if the issuer's key vouches for it."""

    findings: tuple[ReceiptFinding, ...]
    receipt: Receipt | None
    sheet_given: bool
    issuer: str
    trust_list_number: int
    demonstration: bool

    @property
    def failures(self) -> tuple[ReceiptFinding, ...]:
        """Give the checks that failed, in their order."""
        return tuple(finding for finding in self.findings if finding.outcome is Outcome.FAILED)

    @property
    def verdict(self) -> ReceiptVerdict:
        """Compute the answer from the findings alone."""
        if any(finding.check <= LAST_OF_RECEIPT for finding in self.failures):
            return ReceiptVerdict.NOT_GENUINE
        if not self.sheet_given:
            return ReceiptVerdict.GENUINE
        return ReceiptVerdict.SHEET_DIFFERS if self.failures else ReceiptVerdict.SHEET_FITS

    def finding(self, check: ReceiptCheck) -> ReceiptFinding:
        """Give what one check found."""
        return self.findings[check - 1]


@dataclass(kw_only=True)
class _Case:
    """What is being verified, and what the checks so far have taken out of it."""

    given: str | bytes
    sheet_bytes: bytes | None
    trust: TrustList
    host: str | None
    register: Register | None
    encoded: str | None = None
    token: bytes = b""
    envelope: Envelope | None = None
    entry: TrustEntry | None = None
    stated: Receipt | None = None
    read: Sheet | None = None

    @property
    def receipt(self) -> Receipt:
        if self.stated is None:
            raise RuntimeError("check 3 comes first")
        return self.stated

    @property
    def sheet(self) -> Sheet:
        if self.read is None:
            raise RuntimeError("check 8 comes first")
        return self.read


def verify_receipt(
    text_or_bytes: str | bytes,
    trust: TrustList,
    *,
    sheet: bytes | None = None,
    host: str | None = None,
    registered: Register | None = None,
) -> ReceiptReport:
    """Verify a receipt, and the response sheet if there is one, by these checks:

    1. the text is not longer than a QR code of ours ever is;
    2. it leads to the official page for receipts, character for character, or is a bare token;
    3. it is base 32 of a receipt in the one known form;
    4. its key is listed for receipts;
    5. the signature holds;
    6. the key could sign at the time of issue, for this issuer;
    7. the register knows it;
    8. the sheet has the known form;
    9. it is about the same sitting, with the same end;
    10. its rows are numbered from 1 without a gap, as many as the receipt says, and stand in their order;
    11. each row's head follows from the row and the head before it;
    12. the last head is the one that the receipt was made over;
    13. it has as many answers in each act as the receipt says;
    14. no answer that came too late is missing from it.

    A failure among 1-6 ends the checks: nothing beyond is known. So does a failure of 8. A receipt has no term.

    Args:
        text_or_bytes: The text of the QR code, a bare base 32 token, or the token's bytes.
        trust: The trust list, already loaded against the pinned root.
        sheet: The file of the response sheet.
        host: The official host; None to leave check 2 out, for a tool that follows no links.
        registered: Where to ask whether the receipt was recorded (online only).
    """
    case = _Case(given=text_or_bytes, sheet_bytes=sheet, trust=trust, host=host, register=registered)
    findings = _run(case)
    vouched = not any(f.outcome is Outcome.FAILED for f in findings if f.check <= LAST_OF_RECEIPT)
    return ReceiptReport(
        findings=findings,
        receipt=case.stated if vouched else None,
        sheet_given=sheet is not None,
        issuer=trust.issuer,
        trust_list_number=trust.number,
        demonstration=trust.demonstration,
    )


def check_length(case: _Case) -> ReceiptFinding:
    """1: a longer text is not even looked at."""
    length = len(case.given)
    evidence = {"length": str(length), "limit": str(LONGEST_TEXT)}
    if length > LONGEST_TEXT:
        return _failed(ReceiptCheck.LENGTH, "too-long", **evidence)
    return _passed(ReceiptCheck.LENGTH, **evidence)


def check_host(case: _Case) -> ReceiptFinding:
    """2: the address before the ``#`` is exactly the official one; nothing is ever opened to find out."""
    address, case.encoded = split_address(case.given)
    if address is None:
        return _passed(ReceiptCheck.HOST, address="none")
    if case.host is None:
        return _unchecked(ReceiptCheck.HOST, address=address)
    official = verifier_address(case.host, RECEIPT_PAGE)
    if address == verifier_address(case.host):
        return _failed(ReceiptCheck.HOST, "a-certificate", address=address, official=official)
    if address != official:
        return _failed(ReceiptCheck.HOST, "foreign-host", address=address, official=official)
    return _passed(ReceiptCheck.HOST, address=address)


def check_form(case: _Case) -> ReceiptFinding:
    """3: base 32, deterministic CBOR, the exact headers, and claims as this package writes them."""
    try:
        case.token = case.given if isinstance(case.given, bytes) and case.encoded is None else token_of(case.encoded)
        case.envelope = parse_envelope(case.token, algorithm=Algorithm.ES256)
        case.stated = receipt_from_payload(case.envelope.payload)
    except MalformedError as error:
        return _failed(ReceiptCheck.FORM, error.code, found=error.detail)
    return _passed(ReceiptCheck.FORM, bytes=str(len(case.token)))


def check_key(case: _Case) -> ReceiptFinding:
    """4: the key is in the trust list, for receipts and nothing else."""
    kid = _envelope(case).kid
    evidence = {"kid": kid.hex(), "trust-list": str(case.trust.number)}
    case.entry = case.trust.find(kid, KeyUse.RECEIPT)
    if case.entry is None:
        return _failed(ReceiptCheck.KEY, "unknown-key", **evidence)
    return _passed(ReceiptCheck.KEY, **evidence)


def check_signature(case: _Case) -> ReceiptFinding:
    """5: this key signed these bytes as a receipt."""
    key = _entry(case).public_key
    algorithm = {"algorithm": _envelope(case).algorithm.name}
    if isinstance(key, ec.EllipticCurvePublicKey) and signature_holds(key, _envelope(case), RECEIPT_PURPOSE):
        return _passed(ReceiptCheck.SIGNATURE, **algorithm)
    return _failed(ReceiptCheck.SIGNATURE, "bad-signature", **algorithm)


def check_key_period(case: _Case) -> ReceiptFinding:
    """6: the issuer is the one of the list, and the key could sign when the receipt says it was made."""
    receipt, entry = case.receipt, _entry(case)
    if receipt.issuer != case.trust.issuer:
        return _failed(ReceiptCheck.KEY_PERIOD, "other-issuer", issuer=receipt.issuer, listed=case.trust.issuer)
    evidence = {
        "issued": receipt.issued_at.isoformat(),
        "from": entry.window.opens.isoformat(),
        "to": entry.window.closes.isoformat(),
    }
    if not entry.could_sign_at(receipt.issued_at):
        return _failed(ReceiptCheck.KEY_PERIOD, "key-not-valid-then", **evidence)
    return _passed(ReceiptCheck.KEY_PERIOD, **evidence)


def check_register(case: _Case) -> ReceiptFinding:
    """7: it was recorded; a stolen key can sign, but it cannot write into the register."""
    if case.register is None:
        return _unchecked(ReceiptCheck.REGISTER)
    evidence = {"receipt-code": case.receipt.code}
    if not case.register(case.receipt, case.token):
        return _failed(ReceiptCheck.REGISTER, "not-registered", **evidence)
    return _passed(ReceiptCheck.REGISTER, **evidence)


def check_sheet_form(case: _Case) -> ReceiptFinding:
    """8: JSON with the members that are described, and no others."""
    given = case.sheet_bytes or b""
    try:
        case.read = parse_sheet(given)
    except MalformedError as error:
        return _failed(ReceiptCheck.SHEET_FORM, "sheet-malformed", found=error.detail)
    return _passed(ReceiptCheck.SHEET_FORM, bytes=str(len(given)))


def check_sitting(case: _Case) -> ReceiptFinding:
    """9: both are about one sitting, under one programme, that ended alike."""
    receipt, sheet = case.receipt, case.sheet
    pairs = {
        "sitting": (str(receipt.sitting), str(sheet.sitting)),
        "programme": (
            f"{receipt.programme_code} {receipt.programme_version}",
            f"{sheet.programme_code} {sheet.programme_version}",
        ),
        "ended": (receipt.ended_at.isoformat(), whole_seconds(sheet.ended_at).isoformat()),
        "ended-by": (receipt.cause, sheet.cause),
        "credit": (str(receipt.credit_seconds), str(sheet.credit_seconds)),
    }
    for name, (stated, found) in pairs.items():
        if stated != found:
            code = "other-sitting" if name == "sitting" else "other-end"
            return _failed(ReceiptCheck.SITTING, code, about=name, receipt=stated, sheet=found)
    return _passed(ReceiptCheck.SITTING, sitting=str(sheet.sitting))


def check_rows(case: _Case) -> ReceiptFinding:
    """10: the numbers are 1, 2, 3 … to the number of rows that the receipt states, in this order."""
    stated, numbers = case.receipt.rows, [row.number for row in case.sheet.rows]
    evidence = {"receipt": str(stated), "sheet": str(len(numbers))}
    twice = [number for number, times in Counter(numbers).items() if times > 1]
    added = [number for number in numbers if not 1 <= number <= stated]
    held = set(numbers)
    missing = [number for number in range(1, min(stated, len(numbers) + _NAMED_AT_MOST) + 1) if number not in held]
    for code, rows in (("row-twice", twice), ("row-added", added), ("row-missing", missing)):
        if rows:
            return _failed(ReceiptCheck.ROWS, code, row=_named(rows), **evidence)
    out_of_place = [number for place, number in enumerate(numbers, 1) if number != place]
    if out_of_place:
        return _failed(ReceiptCheck.ROWS, "row-out-of-place", row=_named(out_of_place), **evidence)
    return _passed(ReceiptCheck.ROWS, **evidence)


def check_heads(case: _Case) -> ReceiptFinding:
    """11: SHA-256 over the head before and the row gives the head that stands beside it."""
    wrong = case.sheet.rows_out_of_chain()
    if wrong:
        return _failed(ReceiptCheck.HEADS, "row-changed", row=_named(wrong))
    return _passed(ReceiptCheck.HEADS, rows=str(len(case.sheet.rows)))


def check_seal(case: _Case) -> ReceiptFinding:
    """12: the secret of the sheet opens the receipt's commitment to the last head."""
    sheet = case.sheet
    seal = seal_of(sheet.secret, sheet.sitting, len(sheet.rows), sheet.last_head)
    if seal != case.receipt.seal:
        return _failed(ReceiptCheck.SEAL, "seal-differs", receipt=case.receipt.seal.hex(), sheet=seal.hex())
    return _passed(ReceiptCheck.SEAL, seal=seal.hex())


def check_counts(case: _Case) -> ReceiptFinding:
    """13: asked and answered are the same in every act."""
    sheet = case.sheet
    stated = [(count.asked, count.answered) for count in case.receipt.counts]
    asked = [act.last - act.first + 1 for act in sheet.acts]
    found = list(zip(asked, sheet.answered_by_act(), strict=True))
    evidence = {"receipt": _pairs(stated), "sheet": _pairs(found)}
    unknown = [row.number for row in sheet.rows if not 1 <= row.question <= sum(asked)]
    if unknown:
        return _failed(ReceiptCheck.COUNTS, "question-unknown", row=_named(unknown))
    if stated != found:
        return _failed(ReceiptCheck.COUNTS, "counts-differ", **evidence)
    return _passed(ReceiptCheck.COUNTS, **evidence)


def check_late(case: _Case) -> ReceiptFinding:
    """14: as many answers that came too late as the receipt knew of, or more: some may have come after it."""
    stated, found = case.receipt.late, len(case.sheet.late)
    evidence = {"receipt": str(stated), "sheet": str(found)}
    if found < stated:
        return _failed(ReceiptCheck.LATE, "late-missing", **evidence)
    return _passed(ReceiptCheck.LATE, **evidence)


# A failure here leaves nothing to be said about the rest.
_GATES: Final = (check_length, check_host, check_form, check_key, check_signature, check_key_period)
_JUDGEMENTS: Final = (check_sitting, check_rows, check_heads, check_seal, check_counts, check_late)


def _run(case: _Case) -> tuple[ReceiptFinding, ...]:
    findings: list[ReceiptFinding] = []
    for gate in _GATES:
        findings.append(gate(case))
        if findings[-1].outcome is Outcome.FAILED:
            return _with_the_rest_unchecked(findings)
    findings.append(check_register(case))
    if case.sheet_bytes is None:
        return _with_the_rest_unchecked(findings)
    findings.append(check_sheet_form(case))
    if case.read is None:
        return _with_the_rest_unchecked(findings)
    findings.extend(judge(case) for judge in _JUDGEMENTS)
    return tuple(findings)


def _with_the_rest_unchecked(findings: Sequence[ReceiptFinding]) -> tuple[ReceiptFinding, ...]:
    rest = [check for check in ReceiptCheck if check > findings[-1].check]
    return (*findings, *(_unchecked(check) for check in rest))


def _named(rows: Sequence[int]) -> str:
    """Name the first rows; of many, how many more there are."""
    named = ", ".join(str(row) for row in rows[:_NAMED_AT_MOST])
    more = len(rows) - _NAMED_AT_MOST
    return f"{named} (+{more})" if more > 0 else named


def _pairs(counts: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{answered}/{asked}" for asked, answered in counts)


def _envelope(case: _Case) -> Envelope:
    if case.envelope is None:
        raise RuntimeError("check 3 comes first")
    return case.envelope


def _entry(case: _Case) -> TrustEntry:
    if case.entry is None:
        raise RuntimeError("check 4 comes first")
    return case.entry


def _passed(check: ReceiptCheck, **evidence: str) -> ReceiptFinding:
    return ReceiptFinding(check=check, outcome=Outcome.OK, code=_OK, evidence=evidence)


def _failed(check: ReceiptCheck, code: str, **evidence: str) -> ReceiptFinding:
    return ReceiptFinding(check=check, outcome=Outcome.FAILED, code=code, evidence=evidence)


def _unchecked(check: ReceiptCheck, **evidence: str) -> ReceiptFinding:
    return ReceiptFinding(check=check, outcome=Outcome.NOT_CHECKED, code=_NOT_CHECKED, evidence=evidence)
