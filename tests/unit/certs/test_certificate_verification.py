"""Is "valid" never said of anything but a genuine certificate, and is each attack called by its name?"""

import random
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from certificate_sample import HOST, NOW, ORDINARY
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.authority import Authority, create
from certs.cose import CERTIFICATE_PURPOSE, Algorithm, assemble, bytes_to_sign, parse_envelope, protected_header
from certs.document import CertificateDocument
from certs.encoding import Tagged, encode, qr_text, to_base32
from certs.keys import KeyUse, SigningKey, key_id, signing_window
from certs.signing import SignedCertificate
from certs.status import StatusAnswer, StatusState
from certs.trust import TrustList, load_trust_list
from certs.verification import Check, Outcome, Verdict, VerificationReport, verify

Answers = Callable[[CertificateDocument, datetime], StatusAnswer | None]


def status(state: StatusState = StatusState.VALID, *, fresh: bool = True, as_of: datetime = NOW) -> Answers:
    return lambda _document, _now: StatusAnswer(state=state, as_of=as_of, fresh=fresh)


def leaf(authority: Authority, use: KeyUse) -> SigningKey:
    return next(key for key in authority.leaves if key.use is use)


def forge(key: SigningKey, payload: bytes, *, kid: bytes | None = None, purpose: bytes = CERTIFICATE_PURPOSE) -> bytes:
    """Sign whatever is asked, as somebody with the key could; the profile is not asked."""
    protected = protected_header(Algorithm.ES256, kid or key_id(key.certificate))
    return assemble(protected, payload, key.sign(bytes_to_sign(protected, payload, purpose)))


@pytest.fixture
def check(trust: TrustList) -> Callable[..., VerificationReport]:
    def run(given: str | bytes, now: datetime = NOW, **options: Any) -> VerificationReport:
        asked: dict[str, Any] = {"host": HOST, "status_list": status()} | options
        return verify(given, asked.pop("trust", trust), now, **asked)

    return run


# The four answers


def test_genuine_certificate_with_fresh_status_is_valid(check: Any, certificate: SignedCertificate) -> None:
    report = check(certificate.qr_text(HOST), registered=lambda _document, token: token == certificate.token)

    assert report.verdict is Verdict.VALID
    assert report.document == ORDINARY
    assert report.reason is None
    assert [finding.number for finding in report.findings] == list(range(1, 11))
    assert {finding.outcome for finding in report.findings} == {Outcome.OK}


def test_without_status_it_is_genuine_and_never_valid(check: Any, certificate: SignedCertificate) -> None:
    for source in (None, lambda _document, _now: None):
        report = check(certificate.qr_text(HOST), status_list=source)

        assert report.verdict is Verdict.GENUINE_STATUS_UNKNOWN
        assert report.finding(Check.STATUS).code == "status-unknown"
        assert report.finding(Check.STATUS).outcome is Outcome.NOT_CHECKED
        assert report.document == ORDINARY


def test_dated_status_is_genuine_as_of_its_time(check: Any, certificate: SignedCertificate) -> None:
    yesterday = NOW - timedelta(days=1)

    report = check(certificate.qr_text(HOST), status_list=status(fresh=False, as_of=yesterday))

    assert (report.verdict, report.status_as_of) == (Verdict.GENUINE_AS_OF, yesterday)


def test_overdue_trust_list_takes_the_certainty_away(
    check: Any, trust: TrustList, certificate: SignedCertificate
) -> None:
    overdue = replace(trust, next_update=NOW - timedelta(seconds=1))

    report = check(certificate.qr_text(HOST), trust=overdue)

    assert (report.verdict, report.status_as_of) == (Verdict.GENUINE_AS_OF, trust.issued_at)


@pytest.mark.parametrize("state", [StatusState.REVOKED, StatusState.SUSPENDED])
@pytest.mark.parametrize("fresh", [True, False])
def test_revoked_or_suspended_is_not_valid(
    check: Any, certificate: SignedCertificate, state: StatusState, fresh: bool
) -> None:
    report = check(certificate.qr_text(HOST), status_list=status(state, fresh=fresh))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, str(state))
    assert report.document == ORDINARY


def test_status_is_asked_for_the_place_in_the_token(check: Any, certificate: SignedCertificate) -> None:
    asked: list[tuple[int, int]] = []

    def source(document: CertificateDocument, now: datetime) -> None:
        asked.append((document.status.list_number, document.status.index))

    check(certificate.qr_text(HOST), status_list=source)

    assert asked == [(3, 70_001)]


def test_issue_that_nobody_recorded_is_not_valid(check: Any, certificate: SignedCertificate) -> None:
    report = check(certificate.qr_text(HOST), registered=lambda _document, _token: False)

    assert (report.verdict, report.reason, report.document) == (Verdict.NOT_VALID, "not-registered", None)


def test_demonstration_is_said_by_every_verification(check: Any, certificate: SignedCertificate) -> None:
    demonstration = create("KZ-GS", NOW - timedelta(days=1), demonstration=True)
    shown = load_trust_list(demonstration.trust_list(1, NOW), demonstration.pinned_root())

    assert check(certificate.qr_text(HOST), trust=shown).demonstration
    assert check("nonsense", trust=shown).demonstration
    assert not check(certificate.qr_text(HOST)).demonstration


# What may be handed in


def test_token_is_read_in_every_form_it_is_handed_on(check: Any, certificate: SignedCertificate) -> None:
    text = certificate.base32
    for form in (
        certificate.token,
        text,
        text.lower(),
        f" {text}\n",
        text.encode(),
        f"https://{HOST}/v#{text.lower()}",
        certificate.qr_text(HOST).encode() + b"\r\n",
    ):
        assert check(form).verdict is Verdict.VALID


def test_without_a_host_the_address_is_not_judged(check: Any, certificate: SignedCertificate) -> None:
    report = check(certificate.qr_text("elsewhere.example"), host=None)

    assert report.verdict is Verdict.VALID
    assert report.finding(Check.HOST).outcome is Outcome.NOT_CHECKED


def test_time_of_verification_needs_a_zone(check: Any, certificate: SignedCertificate) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check(certificate.token, now=NOW.replace(tzinfo=None))


# Changed bytes


def test_every_flipped_byte_is_named(check: Any, certificate: SignedCertificate) -> None:
    token = certificate.token
    envelope = parse_envelope(token, algorithm=Algorithm.ES256)
    kid, payload = token.index(envelope.kid), token.index(envelope.payload)
    signature = len(token) - 64

    for place in range(len(token)):
        for mask in (0x01, 0x80):
            flipped = token[:place] + bytes([token[place] ^ mask]) + token[place + 1 :]
            report = check(to_base32(flipped))
            assert report.verdict is Verdict.NOT_VALID
            assert report.document is None
            if place >= signature:
                assert report.reason == "bad-signature"
            elif kid <= place < kid + 8:
                assert report.reason == "unknown-key"
            elif payload <= place < signature - 2:
                assert report.reason in {"bad-signature", "malformed"}
            else:
                assert report.reason == "malformed"


@pytest.mark.parametrize(
    "facts",
    [
        {"family": "Иванова"},
        {"total": 47},
        {"iin": "900515399919"},
        {"expires_at": NOW + timedelta(days=3650)},
        {"issuer": "KZ-XX"},
        {"photo_hash": bytes(16)},
        {"version": 2},
    ],
)
def test_changed_field_breaks_the_signature(check: Any, certificate: SignedCertificate, facts: dict[str, Any]) -> None:
    envelope = parse_envelope(certificate.token, algorithm=Algorithm.ES256)
    changed = assemble(envelope.protected, replace(ORDINARY, **facts).payload(), envelope.signature)

    report = check(changed)

    assert (report.reason, report.document) == ("bad-signature", None)
    assert report.finding(Check.KEY_PERIOD).outcome is Outcome.NOT_CHECKED


def test_shortened_and_lengthened_tokens_are_malformed(check: Any, certificate: SignedCertificate) -> None:
    token = certificate.token
    for cut in range(len(token)):
        assert check(to_base32(token[:cut])).reason == "malformed"
    for tail in (b"\x00", b"\xa0", token):
        assert check(token + tail).reason == "malformed"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=1_100) | st.binary(max_size=1_100))
def test_no_text_makes_the_verifier_raise(trust: TrustList, given_text: str | bytes) -> None:
    assert verify(given_text, trust, NOW, host=HOST).verdict is Verdict.NOT_VALID


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_no_mutation_is_accepted(trust: TrustList, certificate: SignedCertificate, data: st.DataObject) -> None:
    token = bytearray(certificate.token)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(token)))
        what = data.draw(st.binary(max_size=3))
        token[place : place + data.draw(st.integers(0, 3))] = what
    if bytes(token) != certificate.token:
        assert verify(to_base32(bytes(token)), trust, NOW, host=HOST).verdict is Verdict.NOT_VALID


def test_ten_thousand_damaged_tokens_are_refused_at_once(trust: TrustList, certificate: SignedCertificate) -> None:
    damage = random.Random(20_261_121)
    slowest = 0.0
    for _ in range(10_000):
        token = bytearray(certificate.token)
        for _ in range(damage.randint(1, 6)):
            token[damage.randrange(len(token))] = damage.randrange(256)
        if damage.random() < 0.3:
            start = damage.randrange(len(token))
            del token[start : start + damage.randint(1, 40)]
        if bytes(token) == certificate.token:
            continue
        started = time.perf_counter()
        assert verify(bytes(token), trust, NOW, host=HOST).verdict is Verdict.NOT_VALID
        slowest = max(slowest, time.perf_counter() - started)
    # One token takes a tenth of a millisecond or two; the rest is patience with a busy machine.
    assert slowest < 0.5


# Headers and algorithms


def _with_headers(certificate: SignedCertificate, protected: bytes, unprotected: dict[int, object]) -> bytes:
    envelope = parse_envelope(certificate.token, algorithm=Algorithm.ES256)
    return encode(Tagged(18, [protected, unprotected, envelope.payload, envelope.signature]))


@pytest.mark.parametrize(
    "algorithm",
    [-8, 5, -257, -35, -19, 0, None, "ES256"],
    ids=["EdDSA", "HS256", "RS256", "ES384", "Ed25519", "zero", "none", "text"],
)
def test_another_algorithm_is_malformed(check: Any, certificate: SignedCertificate, algorithm: object) -> None:
    token = _with_headers(certificate, encode({1: algorithm, 4: certificate.kid}), {})

    assert check(token).reason == "malformed"


def test_algorithm_outside_the_signature_is_malformed(check: Any, certificate: SignedCertificate) -> None:
    kid = certificate.kid
    headers: tuple[tuple[dict[int, object], dict[int, object]], ...] = (
        ({4: kid}, {1: -7}),
        ({1: -7}, {4: kid}),
        ({1: -7, 4: kid}, {1: -7}),
        ({1: -7, 4: kid}, {4: kid}),
        ({1: -7, 4: kid, 33: b"x5chain"}, {}),
        ({1: -7, 4: kid[:7]}, {}),
        ({1: -7, 4: kid + b"\x00"}, {}),
    )
    for protected, unprotected in headers:
        assert check(_with_headers(certificate, encode(protected), unprotected)).reason == "malformed"
    assert check(_with_headers(certificate, b"", {})).reason == "malformed"


def test_public_key_used_as_a_secret_is_malformed(
    check: Any, authority: Authority, certificate: SignedCertificate
) -> None:
    protected = encode({1: 5, 4: certificate.kid})
    mac = hmac.HMAC(leaf(authority, KeyUse.TOKEN).certificate.public_bytes(serialization.Encoding.DER), hashes.SHA256())
    mac.update(bytes_to_sign(protected, ORDINARY.payload(), CERTIFICATE_PURPOSE))

    assert check(assemble(protected, ORDINARY.payload(), mac.finalize() * 2)).reason == "malformed"


def test_ed25519_signature_under_a_listed_key_id_is_no_signature(check: Any, certificate: SignedCertificate) -> None:
    envelope = parse_envelope(certificate.token, algorithm=Algorithm.ES256)
    signed = bytes_to_sign(envelope.protected, envelope.payload, CERTIFICATE_PURPOSE)
    signature = ed25519.Ed25519PrivateKey.generate().sign(signed)

    assert check(assemble(envelope.protected, envelope.payload, signature)).reason == "bad-signature"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63), bytes(65), b""])
def test_degenerate_signature_is_refused(check: Any, certificate: SignedCertificate, signature: bytes) -> None:
    envelope = parse_envelope(certificate.token, algorithm=Algorithm.ES256)

    reason = check(assemble(envelope.protected, envelope.payload, signature)).reason

    assert reason == ("bad-signature" if len(signature) == 64 else "malformed")


# Keys


def test_key_of_a_look_alike_issuer_is_unknown(check: Any) -> None:
    impostor = create("KZ-GS", NOW - timedelta(days=30), demonstration=False)
    token = forge(leaf(impostor, KeyUse.TOKEN), ORDINARY.payload())

    report = check(token)

    assert report.reason == "unknown-key"
    assert report.finding(Check.SIGNATURE).outcome is Outcome.NOT_CHECKED


def test_right_key_id_with_another_key_is_a_bad_signature(check: Any, certificate: SignedCertificate) -> None:
    impostor = create("KZ-GS", NOW - timedelta(days=30), demonstration=False)

    assert check(forge(leaf(impostor, KeyUse.TOKEN), ORDINARY.payload(), kid=certificate.kid)).reason == "bad-signature"


@pytest.mark.parametrize("use", [KeyUse.PDF, KeyUse.STATUS])
def test_key_for_another_use_is_unknown(check: Any, authority: Authority, use: KeyUse) -> None:
    assert check(forge(leaf(authority, use), ORDINARY.payload())).reason == "unknown-key"


@pytest.mark.parametrize("purpose", [b"kz-gs-status-v1", b"kz-gs-trust-v1", b"", b"kz-gs-cert-v2"])
def test_signature_for_another_purpose_does_not_count(check: Any, authority: Authority, purpose: bytes) -> None:
    token = forge(leaf(authority, KeyUse.TOKEN), ORDINARY.payload(), purpose=purpose)

    assert check(token).reason == "bad-signature"


def test_token_of_another_issuer_under_our_key_is_refused(check: Any, authority: Authority) -> None:
    token = forge(leaf(authority, KeyUse.TOKEN), replace(ORDINARY, issuer="KZ-XX").payload())

    report = check(token)

    assert (report.reason, report.document) == ("other-issuer", None)


@pytest.mark.parametrize(
    ("end", "seconds", "accepted"),
    [("opens", -1, False), ("opens", 0, True), ("closes", 0, True), ("closes", 1, False)],
)
def test_token_dated_outside_the_window_of_its_key_is_refused(
    check: Any, authority: Authority, end: str, seconds: int, accepted: bool
) -> None:
    key = leaf(authority, KeyUse.TOKEN)
    issued = getattr(signing_window(key.certificate), end) + timedelta(seconds=seconds)
    later = issued + timedelta(days=300)
    token = forge(key, replace(ORDINARY, issued_at=issued, tested_at=issued, expires_at=later).payload())

    report = check(token, now=issued + timedelta(days=1))

    assert report.reason == (None if accepted else "key-not-valid-then")
    assert (report.document is not None) is accepted


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, False), (0, False), (1, True)])
def test_token_dated_after_the_fall_of_its_key_is_refused(
    check: Any, authority: Authority, certificate: SignedCertificate, seconds: int, accepted: bool
) -> None:
    fallen = authority.trust_list(2, NOW, {certificate.kid: NOW + timedelta(seconds=seconds)})

    report = check(certificate.token, trust=load_trust_list(fallen, authority.pinned_root()))

    assert report.reason == (None if accepted else "key-not-valid-then")


# Its own term


@pytest.mark.parametrize(("seconds", "reason"), [(-1, None), (0, "expired"), (1, "expired")])
def test_certificate_ends_at_its_second(
    check: Any, certificate: SignedCertificate, seconds: int, reason: str | None
) -> None:
    report = check(certificate.token, now=ORDINARY.expires_at + timedelta(seconds=seconds), status_list=None)

    assert report.reason == reason
    assert report.document == ORDINARY


@pytest.mark.parametrize(("minutes", "reason"), [(-5, None), (-6, "not-yet-valid")])
def test_slow_clock_is_forgiven_a_little(
    check: Any, certificate: SignedCertificate, minutes: int, reason: str | None
) -> None:
    assert check(certificate.token, now=NOW + timedelta(minutes=minutes)).reason == reason


def test_expired_and_revoked_are_both_reported(check: Any, certificate: SignedCertificate) -> None:
    report = check(certificate.token, now=ORDINARY.expires_at, status_list=status(StatusState.REVOKED))

    assert [finding.code for finding in report.failures] == ["expired", "revoked"]


# Phishing

FOREIGN = [
    "https://synaq.example.com/v#",
    "https://synaq.example.kz.evil.kz/v#",
    "https://synaq.example.kz@evil.kz/v#",
    "https://user:word@synaq.example.kz/v#",
    "https://synaq.example.kz:443/v#",
    "https://synaq.example.kz:8443/v#",
    "http://synaq.example.kz/v#",
    "https://synaq.ex\u0430mple.kz/v#",  # a Cyrillic a
    "https://synaq.example.kz./v#",
    "https://synaq.example.kz/v/#",
    "https://synaq.example.kz/V#",
    "https://synaq.example.kz/v?next=//evil.kz#",
    "https://synaq.example.kz\\@evil.kz/v#",
    "https:///synaq.example.kz/v#",
    "//synaq.example.kz/v#",
    "HTTPS://SYNAQ.EXAMPLE.KZ/V#",
    "javascript:alert(1)//#",
    "https://xn--synaq-example.kz/v#",
    "#",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_foreign_address_stops_before_anything_is_opened(
    check: Any, certificate: SignedCertificate, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", opened)
    monkeypatch.setattr(socket, "getaddrinfo", opened)

    report = check(address + certificate.base32)

    assert (report.reason, report.document) == ("foreign-host", None)
    assert {f.outcome for f in report.findings if f.number > 2} == {Outcome.NOT_CHECKED}


@pytest.mark.parametrize("text", ["https://evil.kz/", "mailto:a@b.kz", "evil.kz/v"])
def test_address_without_a_token_is_foreign(check: Any, text: str) -> None:
    assert check(text).reason == "foreign-host"


# Floods


@pytest.mark.parametrize("given", ["A" * 1_001, b"\xd2" + bytes(1_000), "https://" + "a" * 10_000_000])
def test_longer_text_is_not_looked_at(check: Any, given: str | bytes) -> None:
    report = check(given)

    assert report.reason == "too-long"
    assert {f.outcome for f in report.findings if f.number > 1} == {Outcome.NOT_CHECKED}


@pytest.mark.parametrize(
    "data",
    [
        b"\x81" * 600,
        b"\xd2" * 600,
        b"\xa1\x00" * 300,
        bytes.fromhex("d29b7fffffffffffffff"),
        bytes.fromhex("d284 5b7fffffffffffffff"),
        bytes.fromhex("d284 a0 a0 40 40"),
        bytes.fromhex("d1 84 40 a0 40 40"),
        bytes.fromhex("d2 83 40 a0 40"),
        bytes.fromhex("d284 43a10126 a0 40 40"),
        b"",
    ],
)
def test_hostile_cbor_is_malformed_at_once(check: Any, data: bytes) -> None:
    started = time.perf_counter()
    reason = check(to_base32(data)).reason

    assert reason == "malformed"
    assert time.perf_counter() - started < 0.05


def test_signed_nonsense_is_malformed_all_the_same(check: Any, authority: Authority) -> None:
    key = leaf(authority, KeyUse.TOKEN)
    for payload in (
        b"",
        b"\xa0",
        encode({1: "KZ-GS"}),
        ORDINARY.payload() + b"\x00",
        encode({**ORDINARY.claims(), 9: 1}),
    ):
        assert check(forge(key, payload)).reason == "malformed"


def test_text_of_the_official_host_without_a_token_is_malformed(check: Any) -> None:
    for text in (qr_text(HOST, b""), f"https://{HOST}/v", "", "  "):
        assert check(text).reason == "malformed"
