"""Which service checks GOST for a test? A stand-in with the interface of NCANode 3."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.kit.eds import IIN, Holder


class CheckingService:
    """Finds every signature good and says that ``holder`` made it, unless ``status``, ``body`` or ``told`` differ."""

    def __init__(self) -> None:
        self.url = ""
        self.holder: Holder | None = None
        self.status = 200
        self.body: bytes | None = None
        self.told: dict[str, Any] = {}
        """By field of the answer; ``certificate`` and ``subject`` change fields within."""
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @property
    def signature(self) -> bytes:
        """Return the signature that was asked about last."""
        return base64.b64decode(self.asked[-1][1]["cms"])

    def answer(self, path: str, question: bytes) -> tuple[int, bytes]:
        self.asked.append((path, json.loads(question)))
        if path != "/cms/verify":
            return 404, b"{}"
        return self.status, self.body if self.body is not None else json.dumps(self._verdict()).encode()

    def _verdict(self) -> dict[str, Any]:
        assert self.holder is not None
        subject = {
            "commonName": "ТЕСТОВ ТЕСТ",
            "lastName": "ТЕСТОВИЧ",
            "surName": "ТЕСТОВ",
            "iin": IIN,
            "country": "KZ",
        }
        certificate = {
            "valid": True,
            "revocations": [{"revoked": False, "by": "OCSP", "revocationTime": None, "reason": None}],
            "notBefore": "2026-05-02T08:38:13.000+00:00",
            "notAfter": "2027-05-02T08:38:13.000+00:00",
            "keyUsage": "AUTH",
            "serialNumber": f"{self.holder.certificate.serial_number:x}",
            "signAlg": "ECGOST3410-2015-512",
            "keyUser": ["INDIVIDUAL"],
            "subject": subject | self.told.get("subject", {}),
        } | self.told.get("certificate", {})
        verdict = {"status": 200, "message": "OK", "valid": True, "signers": [{"certificates": [certificate]}]}
        return verdict | {name: value for name, value in self.told.items() if name in verdict}


@contextmanager
def checking_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckingService]:
    """Serve it on the loopback, past any proxy of this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    service = CheckingService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = service.answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
