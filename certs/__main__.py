"""Is this certificate genuine, is this log what it was? Asked at a prompt, with no network and without the exam engine.

    python -m certs verify FILE_OR_TEXT... --trust trust-list.cose --root root.pem [--status status-1.cose]...
    python -m certs receipt FILE_OR_TEXT [--sheet FILE] --trust trust-list.cose --root root.pem
    python -m certs verify-log FOLDER [--key KEY] [--checkpoint NOTE_KEPT_ELSEWHERE]...
    python -m certs keys init FOLDER --issuer KZ-GS [--demonstration]
    python -m certs keys add FOLDER receipt
    python -m certs show-number T26-0001234-U
    python -m certs show-number 2026 1234

The exit status of ``verify`` is 0 if every certificate is valid or genuine, 1 if one is not; that of ``receipt`` is 0
if it is genuine and the sheet fits, 1 if not; that of ``verify-log`` is 0 if the log is what it was, 1 if it is not.
All three give 2 if the question was wrong.
"""

import argparse
import base64
import getpass
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from certs import receipt_words
from certs.authority import add_key, initialise
from certs.document import CertificateDocument
from certs.errors import CertsError, KeyStoreError
from certs.keys import KeyUse
from certs.log import Fault, Walk
from certs.log_export import read_export
from certs.note import parse_verifier_key
from certs.number import CertificateNumber, parse_number
from certs.receipt_verification import ReceiptVerdict, verify_receipt
from certs.sheet import MAX_SHEET_BYTES
from certs.status_list import MAX_STATUS_LIST_BYTES, StatusLists, load_status_list
from certs.trust import TrustList, load_trust_list, pin_root
from certs.verification import Finding, Outcome, Verdict, VerificationReport, verify

GENUINE, NOT_VALID, USAGE = 0, 1, 2
# One byte more than any certificate has lets the length check see that a file is too long.
READ_AT_MOST: Final = 4_096

SENTENCES: Final = {
    Verdict.VALID: "Genuine, in force, and neither revoked nor suspended.",
    Verdict.GENUINE_AS_OF: "Genuine and in force; not revoked when its status was last stated.",
    Verdict.GENUINE_STATUS_UNKNOWN: "Genuine and in force; whether it was revoked is NOT known here.",
    Verdict.NOT_VALID: "Do not accept it as a certificate.",
}
REASONS: Final = {
    "too-long": "The text is longer than any certificate.",
    "foreign-host": "It leads to another site than the official one. Nothing was opened.",
    "malformed": "It is no certificate of this kind, or it is damaged.",
    "unknown-key": "Its key is not one of the issuer's.",
    "bad-signature": "It was changed after it was signed, or signed by somebody else.",
    "other-issuer": "It names another issuer than the owner of the key.",
    "key-not-valid-then": "Its key could not sign at the time that it states.",
    "expired": "It is genuine, and its term is over.",
    "not-yet-valid": "It is dated in the future; check the clock of this computer.",
    "revoked": "It was revoked.",
    "suspended": "It is suspended.",
    "not-registered": "The issuer has no record of it.",
}


class UsageError(Exception):
    """The question cannot be answered as it was put."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question and give the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.answer(asked))
    except (UsageError, CertsError, OSError) as error:
        print(f"certs: {error}", file=sys.stderr)
        return USAGE


def answer_verify(asked: argparse.Namespace) -> int:
    """Verify each file or text and print a report for each."""
    trust = _trust(asked)
    contents = (_read(path, MAX_STATUS_LIST_BYTES) for path in asked.status)
    lists = StatusLists((load_status_list(content, trust) for content in contents), dated=True)
    items = [(text, _material(text)) for text in asked.items]
    reports = [
        (text, verify(material, trust, asked.now, host=asked.host, status_list=lists)) for text, material in items
    ]
    if asked.json:
        print(json.dumps([report_record(name, report) for name, report in reports], ensure_ascii=False, indent=2))
    else:
        print("\n\n".join(report_text(name, report) for name, report in reports))
    return NOT_VALID if any(report.verdict is Verdict.NOT_VALID for _, report in reports) else GENUINE


def answer_receipt(asked: argparse.Namespace) -> int:
    """Verify a receipt, with its response sheet if that is at hand, and print one sentence for each check."""
    sheet = _read(asked.sheet, MAX_SHEET_BYTES) if asked.sheet else None
    report = verify_receipt(_material(asked.item), _trust(asked), sheet=sheet, host=asked.host)
    name = _short(asked.item)
    if asked.json:
        print(json.dumps(receipt_words.report_record(name, report), ensure_ascii=False, indent=2))
    else:
        print(receipt_words.report_text(name, report))
    return GENUINE if report.verdict in (ReceiptVerdict.GENUINE, ReceiptVerdict.SHEET_FITS) else NOT_VALID


def answer_verify_log(asked: argparse.Namespace) -> int:
    """Go through an exported log once and print what it is, or the first thing that is not as it was."""
    export = read_export(asked.folder)
    elsewhere = [path.read_bytes().decode(errors="replace") for path in asked.checkpoint]
    keys = tuple(parse_verifier_key(text) for text in asked.key) or export.verifier_keys
    walk = Walk(
        head=None,
        checkpoints=export.checkpoints,
        erased=export.erased,
        verifier_keys=keys,
        kept_elsewhere=elsewhere,
    )
    fault = next(walk.faults(export.entries()), None)
    print(f"{asked.folder}: {'NOT ' if fault else ''}WHAT IT WAS")
    print(fault_text(fault) if fault else log_text(walk, len(export.checkpoints) + len(elsewhere), len(export.erased)))
    if not asked.key:
        print("  The keys were taken from the folder itself; compare them with those that the log publishes:")
        print("\n".join(f"    {key}" for key in keys))
    return NOT_VALID if fault else GENUINE


def answer_keys_init(asked: argparse.Namespace) -> int:
    """Make the keys of an issuer in a new folder."""
    passphrase = _passphrase(asked.passphrase_fd)
    initialise(asked.folder, passphrase, asked.issuer, asked.now, demonstration=asked.demonstration)
    print(f"Keys written to {asked.folder}. Read README.txt there: root.p12 belongs offline.")
    return GENUINE


def answer_keys_add(asked: argparse.Namespace) -> int:
    """Add a key for a use to the keys of an issuer, and sign the trust list that names it."""
    use = KeyUse(asked.use)
    number = add_key(asked.folder, _passphrase(asked.passphrase_fd, new=False), use, asked.now)
    print(f"A key for {use} was added in {asked.folder}. Publish trust list {number}; take root.p12 offline again.")
    return GENUINE


def answer_show_number(asked: argparse.Namespace) -> int:
    """Print a certificate number in its one form, from a year and a serial or from what somebody typed."""
    match asked.number:
        case [text]:
            print(parse_number(text))
        case [year, serial] if year.isdecimal() and serial.isdecimal():
            print(CertificateNumber(year=int(year), serial=int(serial)))
        case _:
            raise UsageError("give one number, or a year and a serial")
    return GENUINE


def report_text(name: str, report: VerificationReport) -> str:
    """Give a report for reading: the answer first, then the fields, then every check."""
    lines = [f"{_short(name)}: {report.verdict.replace('-', ' ').upper()}", f"  {SENTENCES[report.verdict]}"]
    if report.reason is not None:
        lines.append(f"  {REASONS[report.reason]} [{report.reason}]")
    if report.demonstration:
        lines.append("  DEMONSTRATION KEYS: this proves nothing about anybody.")
    if report.document is not None:
        lines.append("  Compare these fields with the paper and with the identity document:")
        lines += [f"    {label:<16}{value}" for label, value in fields_of(report.document).items()]
    lines.append(f"  Checks (trust list {report.trust_list_number} of {report.issuer}):")
    return "\n".join(lines + [_finding_line(finding) for finding in report.findings])


def fault_text(fault: Fault) -> str:
    """Give the first fault of a log for reading."""
    return f"  {fault.sentence} [{fault.code}]"


def log_text(walk: Walk, checkpoints: int, erased: int) -> str:
    """Give what was found of a log without a fault, for reading."""
    size, signed = walk.frontier.size, walk.agreed_size
    facts = {
        "acts": f"{size}, of which {erased} without their facts",
        "root": base64.b64encode(walk.frontier.root).decode(),
        "checkpoints": str(checkpoints),
        "signed": f"{signed} acts"
        if size == signed
        else f"{signed} acts; nothing vouches for the {size - signed} after",
    }
    return "\n".join(f"  {label:<16}{value}" for label, value in facts.items())


def report_record(name: str, report: VerificationReport) -> dict[str, object]:
    """Give a report for programs."""
    return {
        "item": name,
        "verdict": str(report.verdict),
        "reason": report.reason,
        "demonstration": report.demonstration,
        "checked_at": report.checked_at.isoformat(),
        "status_as_of": report.status_as_of.isoformat() if report.status_as_of else None,
        "fields": fields_of(report.document) if report.document else None,
        "findings": [
            {
                "number": f.number,
                "check": f.check.name,
                "outcome": str(f.outcome),
                "code": f.code,
                "evidence": f.evidence,
            }
            for f in report.findings
        ],
    }


def fields_of(document: CertificateDocument) -> dict[str, str]:
    """Give what the token says, in the order of the printed page; an absent field is left out."""
    fields = {
        "number": str(document.number),
        "version": str(document.version),
        "family": document.family,
        "given": document.given,
        "patronymic": document.patronymic,
        "birth date": document.birth_date.isoformat(),
        "IIN": document.iin,
        "programme": f"{document.programme_code}, version {document.programme_version}",
        "sections": ", ".join(f"{section.correct}/{section.maximum}" for section in document.sections),
        "total": f"{document.total}, threshold {document.threshold}",
        "language": document.language,
        "centre": document.centre_code,
        "sitting": document.sitting,
        "tested": document.tested_at.isoformat(),
        "issued": document.issued_at.isoformat(),
        "expires": document.expires_at.isoformat(),
        "photo hash": document.photo_hash.hex() if document.photo_hash else None,
        "issuer": document.issuer,
    }
    return {label: value for label, value in fields.items() if value is not None}


def _finding_line(finding: Finding) -> str:
    evidence = " ".join(f"{name}={value!r}" for name, value in finding.evidence.items())
    said = finding.code if finding.outcome is Outcome.FAILED else str(finding.outcome)
    return f"    {finding.number:>2} {finding.check.name.lower():<11} {said:<18} {evidence}".rstrip()


def _trust(asked: argparse.Namespace) -> TrustList:
    root = pin_root(asked.root.read_bytes(), sha256=asked.root_sha256)
    return load_trust_list(asked.trust.read_bytes(), root, highest_seen=asked.highest_seen)


def _material(item: str) -> str | bytes:
    # isfile() answers "no" to a text too long to name a file, where Path.is_file() raises.
    if os.path.isfile(item):
        with open(item, "rb") as file:
            return file.read(READ_AT_MOST)
    if "#" not in item and not item.strip().isalnum():
        raise UsageError(f"{_short(item)!r} is neither a file nor the text of a certificate")
    return item


def _read(path: Path, limit: int) -> bytes:
    """Read a file, and of one that is too long no more than shows it."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _passphrase(descriptor: int | None, *, new: bool = True) -> bytes:
    if descriptor is not None:
        with os.fdopen(descriptor, "rb") as file:
            return file.readline().rstrip(b"\r\n")
    if not new:
        return getpass.getpass("Passphrase of the keys: ").encode()
    first = getpass.getpass("Passphrase for the new keys: ")
    if first != getpass.getpass("Once more: "):
        raise KeyStoreError("no-passphrase", "the two passphrases differ")
    return first.encode()


def _short(name: str) -> str:
    longest = 60
    return name if len(name) <= longest else f"{name[:longest]}..."


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m certs", description="Certificates that prove themselves.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_verify(commands.add_parser("verify", help="verify certificates, offline"))
    _add_receipt(commands.add_parser("receipt", help="verify a receipt and a response sheet, offline"))
    _add_verify_log(commands.add_parser("verify-log", help="verify an exported log, offline"))
    keys = commands.add_parser("keys", help="keys of an issuer").add_subparsers(required=True, metavar="COMMAND")
    _add_keys_init(keys.add_parser("init", help="make the keys of an issuer in a new folder"))
    _add_keys_add(keys.add_parser("add", help="add a key for a use that the folder lacks"))
    number = commands.add_parser("show-number", help="check or make a certificate number")
    number.add_argument("number", nargs="+", help="a number as typed, or a year and a serial")
    number.set_defaults(answer=answer_show_number)
    return parser


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("items", nargs="+", metavar="FILE_OR_TEXT", help="a token file, or the text of a QR code")
    _add_trust(parser)
    parser.add_argument(
        "--status", type=Path, action="append", default=[], help="a status list of the issuer; without it no status"
    )
    parser.add_argument(
        "--now", type=_moment, default=datetime.now(UTC), help="another time of verification (ISO 8601)"
    )
    parser.set_defaults(answer=answer_verify)


def _add_receipt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="FILE_OR_TEXT", help="a token file, or the text of a QR code")
    parser.add_argument("--sheet", type=Path, help="the response sheet to check against it")
    _add_trust(parser)
    parser.set_defaults(answer=answer_receipt)


def _add_trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--trust", type=Path, required=True, help="the issuer's trust list")
    parser.add_argument("--root", type=Path, required=True, help="the pinned root certificate, PEM or DER")
    parser.add_argument("--root-sha256", help="its published fingerprint, to compare")
    parser.add_argument("--highest-seen", type=int, default=0, help="refuse a trust list with a lower number")
    parser.add_argument("--host", help="the official host; without it the address is not checked and never opened")
    parser.add_argument("--json", action="store_true", help="for programs")


def _add_verify_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the export of the log")
    parser.add_argument("--key", action="append", default=[], help="a key of the log as published, NAME+ID+KEY")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint that was kept elsewhere: a signed note",
    )
    parser.set_defaults(answer=answer_verify_log)


def _add_keys_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--issuer", required=True, help="the issuer code, such as KZ-GS")
    parser.add_argument("--demonstration", action="store_true", help="mark every key and every verification")
    parser.add_argument("--passphrase-fd", type=int, help="read the passphrase from this open file descriptor")
    parser.add_argument("--now", type=_moment, default=datetime.now(UTC), help="when the signing windows open")
    parser.set_defaults(answer=answer_keys_init)


def _add_keys_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("use", choices=[str(use) for use in KeyUse], metavar="USE", help="such as receipt")
    parser.add_argument("--passphrase-fd", type=int, help="read the passphrase from this open file descriptor")
    parser.add_argument("--now", type=_moment, default=datetime.now(UTC), help="when the signing window opens")
    parser.set_defaults(answer=answer_keys_add)


if __name__ == "__main__":
    sys.exit(main())
