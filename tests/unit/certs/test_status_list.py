"""Does a status list tell what the issuer knew, and is nothing else believed?"""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from certificate_sample import NOW, ORDINARY
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.authority import Authority, create
from certs.cose import (
    CERTIFICATE_PURPOSE,
    STATUS_LIST_PURPOSE,
    Algorithm,
    assemble,
    bytes_to_sign,
    parse_envelope,
    protected_header,
)
from certs.document import StatusPointer
from certs.encoding import decode, encode
from certs.keys import KeyUse, MemoryKeyStore, key_id
from certs.profile import STATUS_LIST_ENTRIES
from certs.signing import SignedCertificate
from certs.status import StatusState
from certs.status_list import (
    LIFE,
    MAX_STATUS_LIST_BYTES,
    StatusList,
    StatusListError,
    StatusLists,
    load_status_list,
    sign_status_list,
)
from certs.trust import TrustList
from certs.verification import Verdict, verify

LIST, PLACE = ORDINARY.status.list_number, ORDINARY.status.index
MINUTE = timedelta(minutes=1)


@pytest.fixture
def make_list(ring: MemoryKeyStore, trust: TrustList) -> Callable[..., StatusList]:
    def make(states: dict[int, StatusState] | None = None, number: int = LIST, at: datetime = NOW) -> StatusList:
        return load_status_list(sign_status_list(number, states or {}, ring, at), trust)

    return make


@given(st.dictionaries(st.integers(0, STATUS_LIST_ENTRIES - 1), st.sampled_from(StatusState), max_size=50))
@settings(max_examples=20, deadline=None)
def test_every_place_is_read_back(ring: MemoryKeyStore, trust: TrustList, states: dict[int, StatusState]) -> None:
    found = load_status_list(sign_status_list(LIST, states, ring, NOW), trust)

    assert {index: found.state_at(index) for index in states} == states
    neighbours = {index + step for index in states for step in (-1, 1)} - set(states)
    assert all(found.state_at(index) in {StatusState.VALID, None} for index in neighbours)
    assert found.state_at(-1) is found.state_at(STATUS_LIST_ENTRIES) is None


def test_list_says_whose_which_and_until_when(make_list: Callable[..., StatusList]) -> None:
    found = make_list(number=7)

    assert (found.issuer, found.number, found.issued_at) == ("KZ-GS", 7, NOW)
    assert (found.next_due, found.expires_at) == (NOW + timedelta(hours=1), NOW + timedelta(hours=24))


def test_full_list_of_noise_still_fits(ring: MemoryKeyStore, trust: TrustList) -> None:
    order = list(StatusState)
    noise = {index: order[(index * index + index // 7) % 3] for index in range(STATUS_LIST_ENTRIES)}

    signed = sign_status_list(LIST, noise, ring, NOW)

    assert len(signed) <= MAX_STATUS_LIST_BYTES
    assert load_status_list(signed, trust).state_at(12_345) is noise[12_345]


def test_place_beyond_the_list_is_not_written(ring: MemoryKeyStore) -> None:
    with pytest.raises(StatusListError, match="no-such-place"):
        sign_status_list(LIST, {STATUS_LIST_ENTRIES: StatusState.REVOKED}, ring, NOW)


def test_key_outside_its_window_signs_no_list(ring: MemoryKeyStore) -> None:
    with pytest.raises(StatusListError, match="key-not-valid-now"):
        sign_status_list(LIST, {}, ring, NOW + timedelta(days=3_000))


def test_changed_byte_is_refused(ring: MemoryKeyStore, trust: TrustList) -> None:
    signed = sign_status_list(LIST, {PLACE: StatusState.REVOKED}, ring, NOW)

    for position in range(len(signed)):
        spoiled = bytearray(signed)
        spoiled[position] ^= 1
        with pytest.raises(StatusListError):
            load_status_list(bytes(spoiled), trust)


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(trust: TrustList, noise: bytes) -> None:
    with pytest.raises(StatusListError, match="malformed"):
        load_status_list(noise, trust)


def resigned(ring: MemoryKeyStore, payload: bytes, *, use: KeyUse = KeyUse.STATUS, purpose: bytes) -> bytes:
    protected = protected_header(Algorithm.ES256, key_id(ring.certificate(use)))
    return assemble(protected, payload, ring.sign(use, bytes_to_sign(protected, payload, purpose)).raw)


def payload_with(ring: MemoryKeyStore, **body: Any) -> bytes:
    """Return the claims of a list with some members of the body replaced."""
    signed = sign_status_list(LIST, {}, ring, NOW)
    payload = parse_envelope(signed, algorithm=Algorithm.ES256, limit=MAX_STATUS_LIST_BYTES).payload
    claims: Any = decode(payload, limit=MAX_STATUS_LIST_BYTES)
    claims[-65537] |= {int(name[1:]): value for name, value in body.items()}
    return encode(claims)


def test_status_list_of_a_token_key_is_refused(ring: MemoryKeyStore, trust: TrustList) -> None:
    forged = resigned(ring, payload_with(ring), use=KeyUse.TOKEN, purpose=STATUS_LIST_PURPOSE)

    with pytest.raises(StatusListError, match="unknown-key"):
        load_status_list(forged, trust)


def test_signature_for_another_purpose_is_refused(ring: MemoryKeyStore, trust: TrustList) -> None:
    forged = resigned(ring, payload_with(ring), purpose=CERTIFICATE_PURPOSE)

    with pytest.raises(StatusListError, match="bad-signature"):
        load_status_list(forged, trust)


def test_look_alike_issuer_is_refused(trust: TrustList) -> None:
    stranger = create("KZ-GS", NOW - timedelta(days=30), demonstration=False)

    with pytest.raises(StatusListError, match="unknown-key"):
        load_status_list(sign_status_list(LIST, {}, stranger.ring(), NOW), trust)


def test_list_that_would_grow_is_refused(ring: MemoryKeyStore, trust: TrustList) -> None:
    bomb = zlib.compress(bytes(10_000_000), level=9)

    with pytest.raises(StatusListError, match="malformed"):
        load_status_list(resigned(ring, payload_with(ring, _3=bomb), purpose=STATUS_LIST_PURPOSE), trust)


@pytest.mark.parametrize("body", [{"_0": 2}, {"_2": 1}, {"_3": b"no"}, {"_4": 0}, {"_9": 1}])
def test_list_of_another_form_is_refused(ring: MemoryKeyStore, trust: TrustList, body: dict[str, object]) -> None:
    with pytest.raises(StatusListError, match="malformed"):
        load_status_list(resigned(ring, payload_with(ring, **body), purpose=STATUS_LIST_PURPOSE), trust)


def test_list_of_a_fallen_key_is_refused(authority: Authority, ring: MemoryKeyStore) -> None:
    fallen = {key_id(ring.certificate(KeyUse.STATUS)): NOW}
    trust = _loaded(authority, fallen)

    with pytest.raises(StatusListError, match="key-not-valid-then"):
        load_status_list(sign_status_list(LIST, {}, ring, NOW), trust)


def _loaded(authority: Authority, fallen: dict[bytes, datetime]) -> TrustList:
    from certs.trust import load_trust_list  # noqa: PLC0415  # beside the fixture of the same name

    return load_trust_list(authority.trust_list(2, NOW, fallen), authority.pinned_root())


@pytest.mark.parametrize(
    ("state", "verdict", "reason"),
    [
        (StatusState.VALID, Verdict.VALID, None),
        (StatusState.REVOKED, Verdict.NOT_VALID, "revoked"),
        (StatusState.SUSPENDED, Verdict.NOT_VALID, "suspended"),
    ],
)
def test_verification_follows_the_list(
    certificate: SignedCertificate,
    trust: TrustList,
    make_list: Callable[..., StatusList],
    state: StatusState,
    verdict: Verdict,
    reason: str | None,
) -> None:
    lists = StatusLists([make_list({PLACE: state})])

    report = verify(certificate.token, trust, NOW + MINUTE, host=None, status_list=lists)

    assert (report.verdict, report.reason, report.status_as_of) == (verdict, reason, NOW)


def test_replayed_code_of_a_revoked_certificate_is_revoked(
    certificate: SignedCertificate, trust: TrustList, make_list: Callable[..., StatusList]
) -> None:
    """Attack row: replayed QR of a revoked certificate. With yesterday's list past its time nothing is known."""
    yesterday, today = make_list(at=NOW), make_list({PLACE: StatusState.REVOKED}, at=NOW + LIFE)

    def verdict(lists: StatusLists) -> Verdict:
        return verify(certificate.token, trust, NOW + LIFE + MINUTE, host=None, status_list=lists).verdict

    assert verdict(StatusLists([yesterday, today])) is Verdict.NOT_VALID
    assert verdict(StatusLists([today, yesterday])) is Verdict.NOT_VALID, "a list rolled back is not the newest"
    assert verdict(StatusLists([yesterday])) is Verdict.GENUINE_STATUS_UNKNOWN
    assert verdict(StatusLists([yesterday], dated=True)) is Verdict.GENUINE_AS_OF


def test_what_was_revoked_stays_revoked_however_old_the_list(
    certificate: SignedCertificate, trust: TrustList, make_list: Callable[..., StatusList]
) -> None:
    lists = StatusLists([make_list({PLACE: StatusState.REVOKED})])

    report = verify(certificate.token, trust, NOW + timedelta(days=90), host=None, status_list=lists)

    assert report.reason == "revoked"


@pytest.mark.parametrize("other", [{"number": LIST + 1}, {"at": NOW + timedelta(hours=2)}])
def test_other_list_or_one_of_the_future_tells_nothing(
    certificate: SignedCertificate, trust: TrustList, make_list: Callable[..., StatusList], other: dict[str, Any]
) -> None:
    """Attack row: status list rolled back or of another list number."""
    lists = StatusLists([make_list({PLACE: StatusState.REVOKED}, **other)], dated=True)

    report = verify(certificate.token, trust, NOW + MINUTE, host=None, status_list=lists)

    assert report.verdict is Verdict.GENUINE_STATUS_UNKNOWN


def test_place_that_no_list_has_tells_nothing(make_list: Callable[..., StatusList]) -> None:
    beyond = replace(ORDINARY, status=StatusPointer(list_number=LIST, index=STATUS_LIST_ENTRIES))

    assert StatusLists([make_list()])(beyond, NOW) is None
