"""Is this certificate genuine, in force, and what does it say?

``verify`` answers with a report and never raises for a bad certificate, however bad. It opens no network connection and
no file: the trust list, the status and the register are handed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from certs.cose import CERTIFICATE_PURPOSE, SIGN1_TAG, Algorithm, Envelope, parse_envelope, signature_holds
from certs.document import CertificateDocument, document_from_payload
from certs.encoding import from_base32, verifier_address
from certs.errors import MalformedError
from certs.keys import KeyUse
from certs.status import StatusSource, StatusState
from certs.trust import TrustEntry, TrustList

LONGEST_TEXT: Final = 1_000
# A verifier's clock may run behind the issuer's.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)

# RFC 8949 section 3.4: the first byte of a message under tag 18. It is no ASCII character, so no text begins with it.
_FIRST_BYTE_OF_TOKEN: Final = 0xC0 | SIGN1_TAG
_NOT_CHECKED: Final = "not-checked"
_OK: Final = "ok"
_AS_OF: Final = "as-of"
_STATUS_UNKNOWN: Final = "status-unknown"

# Asked with the document and the token; False where no such issue was recorded.
Register = Callable[[CertificateDocument, bytes], bool]


class Check(IntEnum):
    """The numbered checks, in the order in which they are made."""

    LENGTH = 1
    HOST = 2
    FORM = 3
    KEY = 4
    SIGNATURE = 5
    KEY_PERIOD = 6
    TERM = 7
    STATUS = 8
    FIELDS = 9
    REGISTER = 10


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not-checked"


class Verdict(StrEnum):
    """The four answers."""

    VALID = "valid"
    GENUINE_AS_OF = "genuine-as-of"
    GENUINE_STATUS_UNKNOWN = "genuine-status-unknown"
    NOT_VALID = "not-valid"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found. ``code`` names a failure; ``evidence`` holds what was looked at, by name."""

    check: Check
    outcome: Outcome
    code: str
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Give the number of the check, as the report and the page show it."""
        return int(self.check)


@dataclass(frozen=True, kw_only=True)
class VerificationReport:
    """All findings; the verdict follows from them. ``document`` is there only if the issuer's key vouches for it."""

    findings: tuple[Finding, ...]
    document: CertificateDocument | None
    checked_at: datetime
    status_as_of: datetime | None
    issuer: str
    trust_list_number: int
    demonstration: bool

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Give the checks that failed, in their order."""
        return tuple(finding for finding in self.findings if finding.outcome is Outcome.FAILED)

    @property
    def reason(self) -> str | None:
        """Give the code of the first failure, which is why a certificate is not valid."""
        return self.failures[0].code if self.failures else None

    @property
    def verdict(self) -> Verdict:
        """Compute the answer from the findings alone; without news of the status it is never "valid"."""
        if self.failures:
            return Verdict.NOT_VALID
        by_status = {_OK: Verdict.VALID, _AS_OF: Verdict.GENUINE_AS_OF}
        return by_status.get(self.finding(Check.STATUS).code, Verdict.GENUINE_STATUS_UNKNOWN)

    def finding(self, check: Check) -> Finding:
        """Give what one check found."""
        return self.findings[check - 1]


@dataclass(kw_only=True)
class _Case:
    """What is being verified, and what the checks so far have taken out of it."""

    given: str | bytes
    trust: TrustList
    now: datetime
    host: str | None
    status_source: StatusSource | None
    register: Register | None
    encoded: str | None = None
    token: bytes = b""
    envelope: Envelope | None = None
    entry: TrustEntry | None = None
    document: CertificateDocument | None = None
    status_as_of: datetime | None = None


def verify(
    text_or_bytes: str | bytes,
    trust: TrustList,
    now: datetime,
    *,
    host: str | None,
    status_list: StatusSource | None = None,
    registered: Register | None = None,
) -> VerificationReport:
    """Verify a certificate token by these checks, each of which has its number in the report:

    1. the text is not longer than a QR code of ours ever is;
    2. it leads to the official host, character for character, or is a bare token;
    3. it is base 32 of a token in the one known form;
    4. its key is listed for tokens;
    5. the signature holds;
    6. the key could sign at the time of issue, for this issuer;
    7. the certificate's own term has begun and not ended;
    8. it is neither revoked nor suspended;
    9. the fields are shown, from the token alone;
    10. the register knows it.

    A failure among 1-6 stops the checks: nothing beyond is known. The caller still owes one check: that the fields are
    those of the person, on paper and in the identity document.

    Args:
        text_or_bytes: The text of the QR code, a bare base 32 token, or the token's bytes.
        trust: The trust list, already loaded against the pinned root.
        now: The time of verification, aware.
        host: The official host; None to leave check 2 out, for a tool that follows no links.
        status_list: Where to ask for the status; without it no certificate is called valid.
        registered: Where to ask whether the issue was recorded (online only).
    """
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    case = _Case(given=text_or_bytes, trust=trust, now=now, host=host, status_source=status_list, register=registered)
    findings = _run(case)
    vouched = not any(f.outcome is Outcome.FAILED for f in findings if f.check not in _LEAVE_THE_FIELDS)
    return VerificationReport(
        findings=findings,
        document=case.document if vouched else None,
        checked_at=now,
        status_as_of=case.status_as_of,
        issuer=trust.issuer,
        trust_list_number=trust.number,
        demonstration=trust.demonstration,
    )


def check_length(case: _Case) -> Finding:
    """1: a longer text is not even looked at."""
    length = len(case.given)
    evidence = {"length": str(length), "limit": str(LONGEST_TEXT)}
    if length > LONGEST_TEXT:
        return _failed(Check.LENGTH, "too-long", **evidence)
    return _passed(Check.LENGTH, **evidence)


def check_host(case: _Case) -> Finding:
    """2: the address before the ``#`` is exactly the official one; nothing is ever opened to find out."""
    address, case.encoded = split_address(case.given)
    if address is None:
        return _passed(Check.HOST, address="none")
    if case.host is None:
        return _unchecked(Check.HOST, address=address)
    if address != verifier_address(case.host):
        return _failed(Check.HOST, "foreign-host", address=address, official=verifier_address(case.host))
    return _passed(Check.HOST, address=address)


def check_form(case: _Case) -> Finding:
    """3: base 32, deterministic CBOR, the exact headers, and claims as this package writes them."""
    try:
        case.token = case.given if isinstance(case.given, bytes) and case.encoded is None else token_of(case.encoded)
        case.envelope = parse_envelope(case.token, algorithm=Algorithm.ES256)
        case.document = document_from_payload(case.envelope.payload)
    except MalformedError as error:
        return _failed(Check.FORM, error.code, found=error.detail)
    return _passed(Check.FORM, bytes=str(len(case.token)))


def check_key(case: _Case) -> Finding:
    """4: the key is in the trust list, for tokens and nothing else."""
    kid = _envelope(case).kid
    evidence = {"kid": kid.hex(), "trust-list": str(case.trust.number)}
    case.entry = case.trust.find(kid, KeyUse.TOKEN)
    if case.entry is None:
        return _failed(Check.KEY, "unknown-key", **evidence)
    return _passed(Check.KEY, **evidence)


def check_signature(case: _Case) -> Finding:
    """5: this key signed these bytes as a certificate."""
    key = _entry(case).public_key
    algorithm = {"algorithm": _envelope(case).algorithm.name}
    if isinstance(key, ec.EllipticCurvePublicKey) and signature_holds(key, _envelope(case), CERTIFICATE_PURPOSE):
        return _passed(Check.SIGNATURE, **algorithm)
    return _failed(Check.SIGNATURE, "bad-signature", **algorithm)


def check_key_period(case: _Case) -> Finding:
    """6: the issuer is the one of the list, and the key could sign when the token says it was issued."""
    document, entry = _document(case), _entry(case)
    if document.issuer != case.trust.issuer:
        return _failed(Check.KEY_PERIOD, "other-issuer", issuer=document.issuer, listed=case.trust.issuer)
    evidence = {
        "issued": document.issued_at.isoformat(),
        "from": entry.window.opens.isoformat(),
        "to": entry.window.closes.isoformat(),
    }
    if entry.revoked_from is not None:
        evidence["revoked-from"] = entry.revoked_from.isoformat()
    if not entry.could_sign_at(document.issued_at):
        return _failed(Check.KEY_PERIOD, "key-not-valid-then", **evidence)
    return _passed(Check.KEY_PERIOD, **evidence)


def check_term(case: _Case) -> Finding:
    """7: validity has begun, give or take a slow clock, and has not ended."""
    document = _document(case)
    evidence = {"issued": document.issued_at.isoformat(), "until": document.expires_at.isoformat()}
    if case.now >= document.expires_at:
        return _failed(Check.TERM, "expired", **evidence)
    if case.now + CLOCK_TOLERANCE < document.issued_at:
        return _failed(Check.TERM, "not-yet-valid", **evidence)
    return _passed(Check.TERM, **evidence)


def check_status(case: _Case) -> Finding:
    """8: neither revoked nor suspended; "ok" only on fresh knowledge and under a trust list that is not overdue."""
    document = _document(case)
    place = {"list": str(document.status.list_number), "index": str(document.status.index)}
    answer = case.status_source(document, case.now) if case.status_source else None
    if answer is None:
        return Finding(check=Check.STATUS, outcome=Outcome.NOT_CHECKED, code=_STATUS_UNKNOWN, evidence=place)
    case.status_as_of = answer.as_of
    evidence = place | {"state": str(answer.state), "as-of": answer.as_of.isoformat()}
    if answer.state is not StatusState.VALID:
        return _failed(Check.STATUS, str(answer.state), **evidence)
    if case.trust.is_stale(case.now):
        case.status_as_of = min(answer.as_of, case.trust.issued_at)
        return _dated(**evidence, **{"trust-list-due": case.trust.next_update.isoformat()})
    return _passed(Check.STATUS, **evidence) if answer.fresh else _dated(**evidence)


def check_fields(case: _Case) -> Finding:
    """9: the fields come from the token, and the reader compares them with paper and identity document."""
    return _passed(Check.FIELDS, number=str(_document(case).number), source="token")


def check_register(case: _Case) -> Finding:
    """10: the issue was recorded; a stolen key can sign, but it cannot write into the register."""
    if case.register is None:
        return _unchecked(Check.REGISTER)
    number = str(_document(case).number)
    if not case.register(_document(case), case.token):
        return _failed(Check.REGISTER, "not-registered", number=number)
    return _passed(Check.REGISTER, number=number)


# A failure here leaves nothing to be said about the rest.
_GATES: Final = (check_length, check_host, check_form, check_key, check_signature, check_key_period)
_JUDGEMENTS: Final = (check_term, check_status, check_fields, check_register)
# What is expired or revoked was issued all the same, and the reader may see what it said.
_LEAVE_THE_FIELDS: Final = frozenset({Check.TERM, Check.STATUS})


def _run(case: _Case) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    for gate in _GATES:
        findings.append(gate(case))
        if findings[-1].outcome is Outcome.FAILED:
            return _with_the_rest_unchecked(findings)
    findings.extend(judge(case) for judge in _JUDGEMENTS)
    return tuple(findings)


def _with_the_rest_unchecked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rest = [check for check in Check if check > findings[-1].check]
    return (*findings, *(_unchecked(check) for check in rest))


def split_address(given: str | bytes) -> tuple[str | None, str | None]:
    """Give the address, if there is one, and the base 32 text; bytes of a token have neither."""
    if isinstance(given, bytes):
        if given[:1] == bytes([_FIRST_BYTE_OF_TOKEN]):
            return None, None
        given = given.decode("utf-8", errors="replace")
    text = given.strip()
    if not any(mark in text for mark in "#/:"):
        return None, text
    address, _, encoded = text.partition("#")
    return address, encoded


def _envelope(case: _Case) -> Envelope:
    if case.envelope is None:
        raise RuntimeError("check 3 comes first")
    return case.envelope


def _document(case: _Case) -> CertificateDocument:
    if case.document is None:
        raise RuntimeError("check 3 comes first")
    return case.document


def _entry(case: _Case) -> TrustEntry:
    if case.entry is None:
        raise RuntimeError("check 4 comes first")
    return case.entry


def token_of(encoded: str | None) -> bytes:
    """Read the token from its base 32 text. Raises ``MalformedError``."""
    if not encoded:
        raise MalformedError("no token")
    return from_base32(encoded)


def _dated(**evidence: str) -> Finding:
    return Finding(check=Check.STATUS, outcome=Outcome.OK, code=_AS_OF, evidence=evidence)


def _passed(check: Check, **evidence: str) -> Finding:
    return Finding(check=check, outcome=Outcome.OK, code=_OK, evidence=evidence)


def _failed(check: Check, code: str, **evidence: str) -> Finding:
    return Finding(check=check, outcome=Outcome.FAILED, code=code, evidence=evidence)


def _unchecked(check: Check, **evidence: str) -> Finding:
    return Finding(check=check, outcome=Outcome.NOT_CHECKED, code=_NOT_CHECKED, evidence=evidence)
