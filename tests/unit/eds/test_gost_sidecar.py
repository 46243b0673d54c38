"""Is the service that checks GOST asked as its documents say, and believed no more than it has to be?"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.eds.cms import read_signature
from app.eds.errors import (
    CertificateNotValidNow,
    CertificateRevoked,
    CheckerAway,
    NotForSignIn,
    NotPersonal,
    OtherTextSigned,
    SignatureRefused,
    SignatureWrong,
)
from app.eds.revocation import Revocation
from app.eds.sidecar import Sidecar
from app.eds.verifier import PinnedVerifier, verifier_for
from tests.kit.eds import (
    ACTS_FOR_ORGANISATION,
    DAY,
    IIN,
    LOGIN,
    PERSON,
    SIGNING,
    Holder,
    NationalAuthority,
    gost_signature,
    national_authority,
    person,
    sign,
)
from tests.kit.ncanode import CheckingService, checking_service
from tests.kit.outside import MORNING

TEXT = "Осы мәтінге қол қойыңыз.\n".encode()


@pytest.fixture
def national(tmp_path: Path) -> NationalAuthority:
    return national_authority(tmp_path / "anchors")


@pytest.fixture
def asel(national: NationalAuthority) -> Holder:
    return person(national.issuing)


@pytest.fixture
def service(asel: Holder, monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckingService]:
    with checking_service(monkeypatch) as service:
        service.holder = asel
        yield service


@pytest.fixture
def verifier(national: NationalAuthority, service: CheckingService) -> PinnedVerifier:
    made = verifier_for(national.folder, None, service.url)
    assert isinstance(made, PinnedVerifier)
    return made


def test_service_is_asked_as_documented_and_its_word_is_taken(
    verifier: PinnedVerifier, service: CheckingService, asel: Holder
) -> None:
    signatory = verifier.signatory(gost_signature(TEXT, asel), TEXT, now=MORNING)

    assert signatory.person.iin == IIN
    assert signatory.revocation is Revocation.BY_ANSWER
    ((path, question),) = service.asked
    assert path == "/cms/verify"
    assert question.keys() == {"cms", "data", "revocationCheck"}
    assert base64.b64decode(question["data"]) == TEXT
    assert question["revocationCheck"] == ["OCSP"]


def test_service_gets_the_text_from_us_and_one_certificate(
    verifier: PinnedVerifier, service: CheckingService, national: NationalAuthority, asel: Holder
) -> None:
    verifier.signatory(gost_signature(TEXT, asel, attached=True, also=(national.root,)), TEXT, now=MORNING)

    assert TEXT not in service.signature
    bare = read_signature(service.signature)
    assert bare.content is None
    assert bare.certificate == asel.certificate
    assert national.root.raw.dump() not in service.signature


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        pytest.param({"valid": False}, SignatureWrong, id="not valid"),
        pytest.param({"valid": False, "signers": []}, SignatureWrong, id="not valid, without signers"),
        pytest.param({"certificate": {"valid": False}}, SignatureWrong, id="certificate not valid"),
        pytest.param({"certificate": {"valid": "true"}}, SignatureWrong, id="valid in letters within"),
        pytest.param(
            {"certificate": {"revocations": [{"revoked": True, "by": "OCSP"}]}}, CertificateRevoked, id="revoked"
        ),
        pytest.param({"valid": "true"}, CheckerAway, id="valid in letters"),
        pytest.param({"valid": 1}, CheckerAway, id="valid as a number"),
        pytest.param({"valid": None}, CheckerAway, id="no verdict"),
        pytest.param({"status": 500}, CheckerAway, id="status within"),
        pytest.param({"signers": []}, CheckerAway, id="no signer"),
        pytest.param({"signers": None}, CheckerAway, id="null for signers"),
        pytest.param({"signers": [{}]}, CheckerAway, id="signer without certificate"),
        pytest.param({"signers": [{"certificates": []}] * 2}, CheckerAway, id="two signers"),
        pytest.param({"subject": {"iin": "900515399990"}}, CheckerAway, id="another IIN"),
        pytest.param({"subject": {"iin": None}}, CheckerAway, id="no IIN"),
        pytest.param({"certificate": {"serialNumber": "01"}}, CheckerAway, id="another certificate"),
        pytest.param({"certificate": {"serialNumber": None}}, CheckerAway, id="no serial number"),
        pytest.param({"certificate": {"serialNumber": "xyz"}}, CheckerAway, id="serial number of letters"),
        pytest.param({"certificate": {"subject": None}}, CheckerAway, id="no subject"),
        pytest.param({"certificate": {"revocations": []}}, CheckerAway, id="revocation not checked"),
        pytest.param({"certificate": {"revocations": None}}, CheckerAway, id="revocation unknown"),
        pytest.param(
            {"certificate": {"revocations": [{"revoked": False, "by": "CRL"}]}}, CheckerAway, id="revocation by a list"
        ),
        pytest.param(
            {"certificate": {"revocations": [{"revoked": "no", "by": "OCSP"}]}}, CheckerAway, id="revoked in letters"
        ),
    ],
)
def test_answer_that_is_no_clear_yes_lets_nobody_in(
    verifier: PinnedVerifier,
    service: CheckingService,
    asel: Holder,
    told: dict[str, Any],
    refusal: type[SignatureRefused],
) -> None:
    service.told = told

    with capture_logs() as logs, pytest.raises(refusal):
        verifier.signatory(gost_signature(TEXT, asel), TEXT, now=MORNING)

    assert [line["event"] for line in logs] == (["eds.checker_away"] if refusal is CheckerAway else [])
    assert IIN not in json.dumps(logs, default=str)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 404, 500, 503])
def test_answer_with_another_status_lets_nobody_in(
    verifier: PinnedVerifier, service: CheckingService, asel: Holder, status: int
) -> None:
    service.status = status
    if status == 204:
        service.body = b""

    with pytest.raises(CheckerAway):
        verifier.signatory(gost_signature(TEXT, asel), TEXT, now=MORNING)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"true", b'{"valid": true}', b"{" * 300_000, b"\xff"])
def test_answer_of_another_kind_lets_nobody_in(
    verifier: PinnedVerifier, service: CheckingService, asel: Holder, body: bytes
) -> None:
    service.body = body

    with pytest.raises(CheckerAway):
        verifier.signatory(gost_signature(TEXT, asel), TEXT, now=MORNING)


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_service_that_is_away_lets_nobody_in(
    verifier: PinnedVerifier, asel: Holder, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.eds.sidecar.TIMEOUT_SECONDS", 0.1)
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if how == "silent":
            port.listen()
        away = replace(verifier, sidecar=Sidecar(f"http://127.0.0.1:{port.getsockname()[1]}"))

        with pytest.raises(CheckerAway):
            away.signatory(gost_signature(TEXT, asel), TEXT, now=MORNING)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"until": MORNING - DAY}, CertificateNotValidNow),
        ({"purposes": (SIGNING, PERSON)}, NotForSignIn),
        ({"purposes": (LOGIN, PERSON, ACTS_FOR_ORGANISATION)}, NotPersonal),
    ],
)
def test_certificate_is_read_here_whatever_the_service_says(
    verifier: PinnedVerifier,
    service: CheckingService,
    national: NationalAuthority,
    facts: dict[str, Any],
    refusal: type[SignatureRefused],
) -> None:
    with pytest.raises(refusal):
        verifier.signatory(gost_signature(TEXT, person(national.issuing, **facts)), TEXT, now=MORNING)

    assert service.asked == []


def test_another_text_within_is_refused_here(verifier: PinnedVerifier, service: CheckingService, asel: Holder) -> None:
    with pytest.raises(OtherTextSigned):
        verifier.signatory(gost_signature(b"else", asel, attached=True), TEXT, now=MORNING)

    assert service.asked == []


def test_service_is_not_asked_about_rsa(verifier: PinnedVerifier, service: CheckingService, asel: Holder) -> None:
    service.told = {"valid": True}

    assert verifier.signatory(sign(TEXT, asel), TEXT, now=MORNING).revocation is Revocation.NOT_CHECKED
    assert service.asked == []
