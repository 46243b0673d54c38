"""Does the verifier judge the published vectors as they say, and are they what their script makes?"""

import importlib.util
import json
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from certs.encoding import from_base32
from certs.status import StatusAnswer, StatusSource, StatusState
from certs.trust import TrustList, load_trust_list, pin_root
from certs.verification import Outcome, verify

FOLDER = Path(__file__).parents[2] / "vectors" / "certs"
CONTENT: dict[str, Any] = json.loads((FOLDER / "vectors.json").read_text())


@pytest.fixture(scope="module")
def published_trust() -> TrustList:
    return load_trust_list((FOLDER / "trust-list.cose").read_bytes(), pin_root((FOLDER / "root.pem").read_bytes()))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_vectors", FOLDER / "make_vectors.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _source(status: dict[str, Any] | None) -> StatusSource | None:
    if status is None:
        return None
    state, as_of = StatusState(status["state"]), datetime.fromisoformat(status["as_of"])
    return lambda _document, _now: StatusAnswer(state=state, as_of=as_of, fresh=status["fresh"])


@pytest.mark.parametrize("vector", CONTENT["vectors"], ids=lambda vector: str(vector["name"]))
def test_vector_is_judged_as_published(published_trust: TrustList, vector: dict[str, Any]) -> None:
    now = datetime.fromisoformat(vector["now"])

    report = verify(vector["text"], published_trust, now, host=CONTENT["host"], status_list=_source(vector["status"]))

    failed = [finding.number for finding in report.findings if finding.outcome is Outcome.FAILED]
    assert (str(report.verdict), report.reason) == (vector["verdict"], vector["reason"])
    assert failed[:1] == ([vector["failed_check"]] if vector["failed_check"] else [])
    assert report.demonstration


def test_every_failure_of_a_token_has_a_vector() -> None:
    reasons = {vector["reason"] for vector in CONTENT["vectors"]}

    assert reasons == {
        None,
        "too-long",
        "foreign-host",
        "malformed",
        "unknown-key",
        "bad-signature",
        "other-issuer",
        "key-not-valid-then",
        "expired",
        "not-yet-valid",
        "revoked",
        "suspended",
    }


def test_another_library_signs_the_same_bytes(script: ModuleType) -> None:
    theirs = from_base32((FOLDER / "made-by-cwt.txt").read_text().strip())
    ours = script.signed(script.read_keys()["token"], script.DOCUMENT)

    assert theirs[:-64] == ours[:-64]


def test_script_makes_the_published_vectors_again(script: ModuleType) -> None:
    made_by_cwt = (FOLDER / "made-by-cwt.txt").read_text().strip()

    assert script.vectors_text(script.read_keys(), made_by_cwt) == (FOLDER / "vectors.json").read_text()
