"""Does the verifier judge the published receipts and sheets as they say, and are they what their script makes?"""

import hashlib
import hmac
import importlib.util
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from certs.receipt_verification import verify_receipt
from certs.receipt_words import FAILS
from certs.trust import TrustList, load_trust_list, pin_root

FOLDER = Path(__file__).parents[2] / "vectors" / "receipt"
CONTENT: dict[str, Any] = json.loads((FOLDER / "vectors.json").read_text())
SHEET: dict[str, Any] = json.loads((FOLDER / "sheet.json").read_text())


@pytest.fixture(scope="module")
def published_trust() -> TrustList:
    return load_trust_list((FOLDER / "trust-list.cose").read_bytes(), pin_root((FOLDER / "root.pem").read_bytes()))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_receipt_vectors", FOLDER / "make_vectors.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("vector", CONTENT["vectors"], ids=lambda vector: str(vector["name"]))
def test_vector_is_judged_as_published(published_trust: TrustList, vector: dict[str, Any]) -> None:
    sheet = vector["sheet"].encode() if vector["sheet"] is not None else None

    report = verify_receipt(vector["text"], published_trust, sheet=sheet, host=CONTENT["host"])

    found = {finding.code: finding.evidence.get("row") for finding in report.failures}
    assert str(report.verdict) == vector["verdict"]
    assert (vector["code"] in found) if vector["code"] else not found
    assert found.get(vector["code"]) == vector["row"]
    assert report.demonstration


def test_script_makes_the_published_vectors_again(script: ModuleType) -> None:
    assert script.vectors_text() == (FOLDER / "vectors.json").read_text()
    assert script.chained(script.CHANGES).to_json() == (FOLDER / "sheet.json").read_bytes()


def test_stranger_re_computes_heads_and_seal_with_the_standard_library_alone() -> None:
    """As README.md tells it, without a line of ours."""
    sitting = uuid.UUID(SHEET["sitting"]).bytes
    head = hashlib.sha256(b"synaq-journal-v1\x00" + sitting + bytes.fromhex(SHEET["paper"])).digest()
    assert head.hex() == CONTENT["first_head"]

    for row in SHEET["rows"]:
        since = datetime.fromisoformat(row["saved_at"]) - datetime(1970, 1, 1, tzinfo=UTC)
        head = hashlib.sha256(
            head
            + sitting
            + row["row"].to_bytes(4, "big")
            + row["question"].to_bytes(2, "big")
            + (row["option"] or 0).to_bytes(2, "big")
            + (since // timedelta(microseconds=1)).to_bytes(8, "big")
        ).digest()
        assert head.hex() == row["head"]

    message = b"synaq-receipt-v1\x00" + sitting + len(SHEET["rows"]).to_bytes(4, "big") + head
    seal = hmac.new(bytes.fromhex(SHEET["secret"]), message, "sha256").hexdigest()
    assert seal == CONTENT["seal"]
    assert seal in CONTENT["payload"]


def test_every_code_of_the_vectors_has_its_sentence() -> None:
    assert {vector["code"] for vector in CONTENT["vectors"]} - {None} <= FAILS.keys()
