"""Which tokens must every verifier of these certificates judge alike, and how?

    PYTHONPATH=. python tests/vectors/certs/make_vectors.py              write vectors.json again, byte for byte
    PYTHONPATH=. python tests/vectors/certs/make_vectors.py --new-keys   make new test keys first, then the rest

The keys are made here, serve nothing else, and are published on purpose. Signatures are deterministic (RFC 6979), so
that making the vectors again changes nothing; the product's own are not.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from certs.authority import create
from certs.cose import CERTIFICATE_PURPOSE, STATUS_LIST_PURPOSE, Algorithm, assemble, bytes_to_sign, protected_header
from certs.document import CertificateDocument, Section, StatusPointer
from certs.encoding import Tagged, encode, qr_text, to_base32
from certs.keys import KeyUse, SigningKey, key_id, public_pem
from certs.number import CertificateNumber

FOLDER = Path(__file__).parent
HOST = "synaq.example.kz"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WINDOW_OPENS = NOW - timedelta(days=30)
WINDOW_CLOSES = datetime(2027, 10, 22, 9, 30, tzinfo=UTC)

DOCUMENT = CertificateDocument(
    issuer="KZ-GS",
    number=CertificateNumber(year=2026, serial=1234),
    family="Сейітова",
    given="Айгүл",
    patronymic="Ерланқызы",
    birth_date=date(1995, 8, 21),
    iin="950821499918",
    programme_code="b-general",
    programme_version="2026-1",
    sections=(
        Section(maximum=15, correct=12),
        Section(maximum=20, correct=17),
        Section(maximum=10, correct=8),
        Section(maximum=10, correct=9),
    ),
    total=46,
    threshold=39,
    language="kk",
    centre_code="ALA-01",
    sitting="7KQ2M9XW",
    tested_at=NOW - timedelta(hours=1),
    issued_at=NOW,
    expires_at=NOW + timedelta(days=365),
    photo_hash=bytes(range(16)),
    status=StatusPointer(list_number=3, index=70_001),
)
FRESH = {"state": "valid", "as_of": NOW.isoformat(), "fresh": True}
DATED = {"state": "valid", "as_of": (NOW - timedelta(days=1)).isoformat(), "fresh": False}


def make_keys() -> None:
    """Make the test issuer, a stranger with the same names, and the trust list of the issuer."""
    issuer = create("KZ-GS", WINDOW_OPENS, demonstration=True, uses=(KeyUse.TOKEN, KeyUse.STATUS, KeyUse.PDF))
    fallen = create("KZ-GS", WINDOW_OPENS, demonstration=True, uses=(KeyUse.TOKEN,)).leaves[0]
    stranger = create("KZ-GS", WINDOW_OPENS, demonstration=True, uses=(KeyUse.TOKEN,)).leaves[0]
    listed = replace(issuer, leaves=(*issuer.leaves, fallen))
    keys = {str(leaf.use): _written(leaf) for leaf in issuer.leaves}
    keys |= {"fallen": _written(fallen), "stranger": _written(stranger)}
    (FOLDER / "keys.json").write_text(json.dumps(keys, indent=1) + "\n")
    (FOLDER / "root.pem").write_bytes(public_pem(issuer.root.certificate))
    fall = {key_id(fallen.certificate): NOW - timedelta(days=1)}
    (FOLDER / "trust-list.cose").write_bytes(listed.trust_list(1, NOW - timedelta(hours=2), fall))


def vectors_text(keys: dict[str, SigningKey], made_by_cwt: str) -> str:
    """Give the whole content of vectors.json."""
    content = {"host": HOST, "purpose": CERTIFICATE_PURPOSE.decode(), "vectors": _vectors(keys, made_by_cwt)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_keys() -> dict[str, SigningKey]:
    """Read the published test keys."""
    return {name: _read(parts) for name, parts in json.loads((FOLDER / "keys.json").read_text()).items()}


def _vectors(keys: dict[str, SigningKey], made_by_cwt: str) -> list[dict[str, Any]]:
    token = signed(keys["token"], DOCUMENT)
    address = qr_text(HOST, token)
    before, after = WINDOW_OPENS - timedelta(seconds=1), WINDOW_CLOSES + timedelta(seconds=1)
    vector = _vector
    return [
        vector("valid", address, "valid", status=FRESH),
        vector("valid-made-by-cwt-3.3.0", made_by_cwt, "valid", status=FRESH),
        vector("valid-lower-case", address.lower(), "valid", status=FRESH),
        vector("valid-bare-token", to_base32(token), "valid", status=FRESH),
        vector(
            "valid-without-patronymic-and-photo",
            _text(keys["token"], replace(DOCUMENT, patronymic=None, photo_hash=None)),
            "valid",
            status=FRESH,
        ),
        vector("dated-status", address, "genuine-as-of", status=DATED),
        vector("no-status", address, "genuine-status-unknown"),
        vector(
            "last-second-and-overdue-trust-list",
            address,
            "genuine-as-of",
            status=FRESH,
            now=DOCUMENT.expires_at - timedelta(seconds=1),
        ),
        vector("expired", address, "not-valid", "expired", 7, status=FRESH, now=DOCUMENT.expires_at),
        vector("dated-in-the-future", address, "not-valid", "not-yet-valid", 7, now=NOW - timedelta(minutes=6)),
        vector("revoked", address, "not-valid", "revoked", 8, status={**FRESH, "state": "revoked"}),
        vector("revoked-says-a-dated-list", address, "not-valid", "revoked", 8, status={**DATED, "state": "revoked"}),
        vector("suspended", address, "not-valid", "suspended", 8, status={**FRESH, "state": "suspended"}),
        vector("too-long", f"https://{HOST}/v#" + "A" * 1_000, "not-valid", "too-long", 1),
        vector("other-host", qr_text("synaq.example.com", token), "not-valid", "foreign-host", 2),
        vector("look-alike-host", qr_text("synaq.ex\u0430mple.kz", token), "not-valid", "foreign-host", 2),
        vector("host-with-port", qr_text(f"{HOST}:443", token), "not-valid", "foreign-host", 2),
        vector("host-as-user-name", qr_text(f"{HOST}@evil.example", token), "not-valid", "foreign-host", 2),
        vector("plain-http", address.replace("https", "http"), "not-valid", "foreign-host", 2),
        *(
            vector(name, to_base32(malformed), "not-valid", "malformed", 3)
            for name, malformed in _malformed(token, keys["token"]).items()
        ),
        vector("no-base32", f"https://{HOST}/v#0189", "not-valid", "malformed", 3),
        vector("stray-bits", f"{to_base32(token)[:-1]}{_next(to_base32(token)[-1])}", "not-valid", "malformed", 3),
        vector("unknown-issuer", _text(keys["stranger"], DOCUMENT), "not-valid", "unknown-key", 4),
        vector("status-key", _text(keys["status"], DOCUMENT), "not-valid", "unknown-key", 4),
        vector("pdf-key", _text(keys["pdf"], DOCUMENT), "not-valid", "unknown-key", 4),
        vector("tampered-name", _tampered(token), "not-valid", "bad-signature", 5),
        vector("tampered-signature", to_base32(token[:-1] + bytes([token[-1] ^ 1])), "not-valid", "bad-signature", 5),
        vector(
            "right-key-id-wrong-key",
            _text(keys["stranger"], DOCUMENT, kid=key_id(keys["token"].certificate)),
            "not-valid",
            "bad-signature",
            5,
        ),
        vector(
            "signed-as-a-status-list",
            _text(keys["token"], DOCUMENT, purpose=STATUS_LIST_PURPOSE),
            "not-valid",
            "bad-signature",
            5,
        ),
        vector("other-issuer", _text(keys["token"], replace(DOCUMENT, issuer="KZ-XX")), "not-valid", "other-issuer", 6),
        vector("before-the-window", _dated(keys["token"], before), "not-valid", "key-not-valid-then", 6),
        vector("first-second-of-the-window", _dated(keys["token"], WINDOW_OPENS), "valid", status=FRESH),
        vector("after-the-window", _dated(keys["token"], after), "not-valid", "key-not-valid-then", 6, now=after),
        vector("fallen-key", _text(keys["fallen"], DOCUMENT), "not-valid", "key-not-valid-then", 6),
    ]


def signed(
    key: SigningKey, document: CertificateDocument, *, kid: bytes | None = None, purpose: bytes = CERTIFICATE_PURPOSE
) -> bytes:
    """Sign as RFC 6979 says: the same bytes give the same signature."""
    protected = protected_header(Algorithm.ES256, kid or key_id(key.certificate))
    return assemble(
        protected, document.payload(), _signature(key, bytes_to_sign(protected, document.payload(), purpose))
    )


def _signature(key: SigningKey, data: bytes) -> bytes:
    private = key.private
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the vectors hold P-256 keys only")
    r, s = decode_dss_signature(private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _malformed(token: bytes, key: SigningKey) -> dict[str, bytes]:
    kid, payload = key_id(key.certificate), DOCUMENT.payload()
    right = protected_header(Algorithm.ES256, kid)
    signature = token[-64:]

    def message(protected: bytes, unprotected: object, body: bytes = payload) -> bytes:
        return encode(Tagged(18, [protected, unprotected, body, signature]))

    doubled = bytes([payload[0] + 1]) + payload[1:8] + payload[1:]
    return {
        "algorithm-eddsa": message(encode({1: -8, 4: kid}), {}),
        "algorithm-hs256": message(encode({1: 5, 4: kid}), {}),
        "algorithm-none": message(encode({4: kid}), {}),
        "algorithm-unprotected": message(encode({4: kid}), {1: -7}),
        "more-headers": message(encode({1: -7, 4: kid, 33: b"certificate"}), {}),
        "key-id-unprotected-too": message(right, {4: kid}),
        "claim-twice": message(right, {}, doubled),
        "unknown-claim": message(right, {}, encode({**DOCUMENT.claims(), 7: b"id"})),
        "other-tag": encode(Tagged(17, [right, {}, payload, signature])),
        "bytes-after-the-end": token + b"\x00",
        "cut-short": token[:-1],
        "indefinite-length": b"\xd2\x9f" + token[2:] + b"\xff",
        "deeply-nested": b"\x81" * 300 + b"\x00",
    }


def _text(key: SigningKey, document: CertificateDocument, **options: Any) -> str:
    return qr_text(HOST, signed(key, document, **options))


def _dated(key: SigningKey, issued: datetime) -> str:
    return _text(key, replace(DOCUMENT, issued_at=issued, tested_at=issued, expires_at=issued + timedelta(days=365)))


def _tampered(token: bytes) -> str:
    return qr_text(HOST, token.replace("Айгүл".encode(), "Айгул".encode()))


def _next(letter: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return alphabet[(alphabet.index(letter) + 1) % 32]


def _vector(
    name: str,
    text: str,
    verdict: str,
    reason: str | None = None,
    finding: int | None = None,
    *,
    status: dict[str, Any] | None = None,
    now: datetime = NOW,
) -> dict[str, Any]:
    asked = {"name": name, "text": text, "now": now.isoformat(), "status": status}
    return asked | {"verdict": verdict, "reason": reason, "failed_check": finding}


def _written(key: SigningKey) -> dict[str, str]:
    public = key.private.public_key()
    return {
        "kid": key_id(key.certificate).hex(),
        "private_key": key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public_key": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "certificate": public_pem(key.certificate).decode(),
    }


def _read(parts: dict[str, str]) -> SigningKey:
    private = load_pem_private_key(parts["private_key"].encode(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the vectors hold P-256 keys only")
    return SigningKey(private=private, certificate=x509.load_pem_x509_certificate(parts["certificate"].encode()))


def main(arguments: list[str]) -> None:
    """Write what was asked for."""
    if "--new-keys" in arguments:
        make_keys()
    (FOLDER / "payload.hex").write_text(DOCUMENT.payload().hex() + "\n")
    made_by_cwt = (FOLDER / "made-by-cwt.txt").read_text().strip() if (FOLDER / "made-by-cwt.txt").exists() else ""
    (FOLDER / "vectors.json").write_text(vectors_text(read_keys(), made_by_cwt))


if __name__ == "__main__":
    main(sys.argv[1:])
