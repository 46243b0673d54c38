"""Is "valid" said of genuine, registered certificates only, and is guessing stopped?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.certificates.models import Certificate
from app.certificates.queries import CertificateFacts
from app.db import unit_of_work
from app.verification import service
from app.verification.errors import TooManyLookups
from app.verification.models import FailedLookup
from app.verification.rules import PAUSE, TRIES
from app.verification.service import LookUp
from app.wiring import Tools
from certs.authority import Authority, create
from certs.cose import Algorithm, assemble, bytes_to_sign, parse_envelope, protected_header
from certs.document import CertificateDocument, Section, StatusPointer, document_from_payload
from certs.encoding import qr_text, to_base32
from certs.keys import KeyUse, key_id
from certs.number import CertificateNumber, parse_number
from certs.signing import complete, prepare
from certs.verification import Check, Outcome, Verdict, VerificationReport
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.sittings import at_once
from tests.kit.outside import HandClock

HOST = "synaq.example.kz"
CheckText = Callable[[str], VerificationReport]
CheckNumber = Callable[[str, str], VerificationReport | None]


@pytest.fixture
def certificate(make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate()


@pytest.fixture
def token(certificate: CertificateFacts) -> bytes:
    assert certificate.token is not None
    return certificate.token


@pytest.fixture
def check_text(session: Session, tools: Tools) -> CheckText:
    def act(text: str) -> VerificationReport:
        session.rollback()
        trust, now = tools.keys.trust, tools.clock.now()
        return service.check_text(text, trust=trust, host=HOST, session=session, now=now)

    return act


@pytest.fixture
def check_number(session: Session, tools: Tools) -> CheckNumber:
    """A look-up as the page does it: what was counted is committed."""

    def act(number: str, ending: str) -> VerificationReport | None:
        session.rollback()
        trust, now = tools.keys.trust, tools.clock.now()
        look_up = LookUp(number=number, iin_ending=ending)
        report = service.check_number(look_up, trust=trust, host=HOST, session=session, now=now)
        session.commit()
        return report

    return act


def ending_of(certificate: CertificateFacts) -> str:
    return certificate.document.iin[-4:]


def wrong_ending(certificate: CertificateFacts) -> str:
    return f"{(int(ending_of(certificate)) + 1) % 10_000:04d}"


# --- by the code


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda token: qr_text(HOST, token), id="the text of the code"),
        pytest.param(to_base32, id="the bare token"),
        pytest.param(lambda token: to_base32(token).lower(), id="in small letters"),
        pytest.param(lambda token: " \n".join(to_base32(token)), id="broken over lines"),
    ],
)
def test_genuine_token_is_valid_and_shows_what_was_signed(
    certificate: CertificateFacts, token: bytes, check_text: CheckText, shape: Callable[[bytes], str]
) -> None:
    report = check_text(shape(token))

    assert report.verdict is Verdict.VALID
    assert report.document == certificate.document


def forged(token: bytes, **facts: object) -> str:
    """Change fields and keep the signature, as one would who has no key."""
    envelope = parse_envelope(token, algorithm=Algorithm.ES256)
    payload = replace(document_from_payload(envelope.payload), **facts).payload()
    return to_base32(assemble(envelope.protected, payload, envelope.signature))


@pytest.mark.parametrize(
    "facts",
    [
        {"issuer": "SYNAQ-OTHER"},
        {"number": CertificateNumber(year=2026, serial=2)},
        {"family": "Басқа"},
        {"given": "Басқа"},
        {"patronymic": None},
        {"birth_date": date(1990, 5, 16)},
        {"iin": "950821499918"},
        {"programme_code": "corps-a-legislation"},
        {"programme_version": "2026.2"},
        {"sections": (Section(maximum=15, correct=15),) * 4},
        {"total": 55},
        {"threshold": 20},
        {"language": "ru"},
        {"centre_code": "ALA-02"},
        {"sitting": "A" * 26},
        {"photo_hash": bytes(16)},
        {"status": StatusPointer(list_number=1, index=7)},
        {"version": 2},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_changed_field_breaks_the_signature(token: bytes, check_text: CheckText, facts: dict[str, object]) -> None:
    report = check_text(forged(token, **facts))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "bad-signature")
    assert report.failures[0].check is Check.SIGNATURE
    assert report.document is None


@pytest.mark.parametrize("name", ["tested_at", "issued_at", "expires_at"])
def test_changed_time_breaks_the_signature(
    certificate: CertificateFacts, token: bytes, check_text: CheckText, name: str
) -> None:
    moment = getattr(certificate.document, name) + timedelta(seconds=1)

    report = check_text(forged(token, **{name: moment}))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "bad-signature")


def test_any_changed_byte_of_a_token_is_noticed(token: bytes, check_text: CheckText) -> None:
    places = range(0, len(token), 7)

    taken = [
        place
        for place in places
        if check_text(to_base32(token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :])).verdict
        is not Verdict.NOT_VALID
    ]

    assert taken == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "malformed"),
        ("hello", "malformed"),
        ("0" * 4000, "too-long"),
        (f"https://{HOST}/v#", "malformed"),
        ("https://evil.example/v#AAAA", "foreign-host"),
    ],
)
@pytest.mark.usefixtures("keys")
def test_other_texts_are_answered_not_raised(check_text: CheckText, text: str, reason: str) -> None:
    report = check_text(text)

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, reason)


def test_code_that_leads_elsewhere_is_not_valid_though_its_token_is_genuine(
    token: bytes, check_text: CheckText
) -> None:
    report = check_text(qr_text(f"{HOST}.evil.example", token))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "foreign-host")


@pytest.mark.parametrize(
    "address",
    [
        "https://synaq.example.kz.evil.example/v#{}",
        "https://evil.example/synaq.example.kz/v#{}",
        "https://synaq.example.kz@evil.example/v#{}",
        "https://user:word@synaq.example.kz/v#{}",
        "https://synaq.example.kz:444/v#{}",
        "http://synaq.example.kz/v#{}",
        "HTTPS://SYNAQ.EXAMPLE.KZ./v#{}",
        "https://ѕynaq.example.kz/v#{}",
        "https://synaq.example.kz/w#{}",
        "https://synaq.example.kz/v?next=//evil.example#{}",
        "https://www.synaq.example.kz/v#{}",
        "//synaq.example.kz/v#{}",
    ],
)
def test_genuine_token_behind_another_address_is_never_valid(token: bytes, check_text: CheckText, address: str) -> None:
    report = check_text(address.format(to_base32(token)))

    assert report.verdict is Verdict.NOT_VALID
    assert report.reason in {"foreign-host", "malformed"}
    assert report.document is None


def test_back_dated_token_of_a_stolen_key_is_not_registered(
    certificate: CertificateFacts, keys: Authority, check_text: CheckText, clock: HandClock
) -> None:
    earlier = clock.now() - timedelta(hours=3)
    number = CertificateNumber(year=2026, serial=4242)
    forged_document = replace(certificate.document, number=number, tested_at=earlier, issued_at=earlier)
    ring = keys.ring()

    report = check_text(to_base32(complete(prepare(forged_document, ring, earlier), ring).token))

    assert report.verdict is Verdict.NOT_VALID
    assert report.finding(Check.SIGNATURE).outcome is Outcome.OK
    assert report.finding(Check.REGISTER).code == "not-registered"


@pytest.mark.parametrize("use", [KeyUse.STATUS, KeyUse.TOKEN])
def test_token_signed_with_another_key_of_the_issuer_is_not_valid(
    certificate: CertificateFacts, keys: Authority, check_text: CheckText, use: KeyUse
) -> None:
    """The key of the status list under its own name, and under the name of the token key."""
    ring = keys.ring()
    protected = protected_header(Algorithm.ES256, key_id(ring.certificate(use)))
    body = bytes_to_sign(protected, certificate.payload, b"")
    token = assemble(protected, certificate.payload, ring.sign(KeyUse.STATUS, body).raw)

    report = check_text(to_base32(token))

    assert (report.verdict, report.document) == (Verdict.NOT_VALID, None)


def test_expired_certificate_is_not_valid(
    certificate: CertificateFacts, token: bytes, check_text: CheckText, clock: HandClock
) -> None:
    clock.set(certificate.expires_at - timedelta(seconds=1))
    assert check_text(to_base32(token)).verdict is not Verdict.NOT_VALID

    clock.set(certificate.expires_at)
    report = check_text(to_base32(token))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "expired")
    assert report.document == certificate.document


def test_lapsed_list_of_keys_dates_the_answer(
    certificate: CertificateFacts, token: bytes, check_text: CheckText, clock: HandClock
) -> None:
    clock.set(certificate.expires_at - timedelta(seconds=1))

    report = check_text(to_base32(token))

    assert report.verdict is Verdict.GENUINE_AS_OF
    assert report.document == certificate.document


@pytest.fixture
def sign_beside_the_register(keys: Authority, clock: HandClock) -> Callable[[CertificateDocument], str]:
    """Someone who has the key signs what the register never recorded."""
    ring = keys.ring()
    return lambda document: to_base32(complete(prepare(document, ring, clock.now()), ring).token)


def test_genuine_token_that_is_not_in_the_register_is_not_valid(
    certificate: CertificateFacts,
    check_text: CheckText,
    sign_beside_the_register: Callable[[CertificateDocument], str],
) -> None:
    unknown = CertificateNumber(year=2026, serial=777)

    report = check_text(sign_beside_the_register(replace(certificate.document, number=unknown)))

    assert report.verdict is Verdict.NOT_VALID
    assert "not-registered" in {finding.code for finding in report.failures}


def test_genuine_token_that_differs_from_the_register_is_not_valid(
    certificate: CertificateFacts,
    check_text: CheckText,
    sign_beside_the_register: Callable[[CertificateDocument], str],
) -> None:
    sections = tuple(replace(section, correct=section.maximum) for section in certificate.document.sections)

    report = check_text(sign_beside_the_register(replace(certificate.document, sections=sections, total=55)))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "not-registered")


def test_token_of_another_issuer_is_not_valid(
    certificate: CertificateFacts, check_text: CheckText, clock: HandClock
) -> None:
    other = create("SYNAQ-TEST", clock.now() - timedelta(days=1), demonstration=True).ring()
    token = complete(prepare(certificate.document, other, clock.now()), other).token

    report = check_text(to_base32(token))

    assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "unknown-key")


# --- by number


def test_number_with_the_right_ending_is_valid(certificate: CertificateFacts, check_number: CheckNumber) -> None:
    report = check_number(certificate.number, ending_of(certificate))

    assert report is not None
    assert report.verdict is Verdict.VALID
    assert report.document == certificate.document


def test_number_may_be_typed_as_people_type_it(certificate: CertificateFacts, check_number: CheckNumber) -> None:
    typed = certificate.number.lower().replace("-", " ").replace("t", "т")

    report = check_number(typed, ending_of(certificate))

    assert report is not None


def unknown_number(certificate: CertificateFacts) -> str:
    known = parse_number(certificate.number)
    return str(CertificateNumber(year=known.year, serial=known.serial + 1))


def test_unknown_number_and_wrong_ending_get_the_same_answer(
    certificate: CertificateFacts, check_number: CheckNumber
) -> None:
    assert check_number(unknown_number(certificate), ending_of(certificate)) is None
    assert check_number(certificate.number, wrong_ending(certificate)) is None
    assert check_number("T26-0000001-X", ending_of(certificate)) is None
    assert check_number("no number", ending_of(certificate)) is None


def test_unknown_number_is_barred_after_as_many_tries_as_a_known_one(
    certificate: CertificateFacts, check_number: CheckNumber
) -> None:
    for number in (unknown_number(certificate), certificate.number):
        for _ in range(TRIES):
            assert check_number(number, wrong_ending(certificate)) is None
        with pytest.raises(TooManyLookups):
            check_number(number, wrong_ending(certificate))


@pytest.mark.parametrize("right", [True, False])
def test_sixth_try_is_refused_even_with_the_right_ending(
    certificate: CertificateFacts, check_number: CheckNumber, session: Session, right: bool
) -> None:
    for _ in range(TRIES):
        check_number(certificate.number, wrong_ending(certificate))

    with pytest.raises(TooManyLookups):
        check_number(certificate.number, ending_of(certificate) if right else wrong_ending(certificate))

    session.rollback()
    row = session.scalars(select(FailedLookup)).one()
    assert (row.number, row.failures) == (certificate.number, TRIES)


def test_bar_is_logged_once(certificate: CertificateFacts, check_number: CheckNumber, session: Session) -> None:
    for attempt in range(TRIES + 2):
        if attempt < TRIES:
            check_number(certificate.number, wrong_ending(certificate))
            continue
        with pytest.raises(TooManyLookups):
            check_number(certificate.number, wrong_ending(certificate))
        session.rollback()

    kinds = [entry.kind for entry in audit.about(session, certificate.number)]
    assert kinds == ["verification.number.barred"]


def test_bar_is_lifted_after_an_hour(
    certificate: CertificateFacts, check_number: CheckNumber, clock: HandClock
) -> None:
    for _ in range(TRIES):
        check_number(certificate.number, wrong_ending(certificate))
    clock.advance(seconds=PAUSE.total_seconds() - 1)
    with pytest.raises(TooManyLookups):
        check_number(certificate.number, ending_of(certificate))

    clock.advance(seconds=1)

    assert check_number(certificate.number, ending_of(certificate)) is not None


def test_old_failures_are_forgotten_before_the_next_one_counts(
    certificate: CertificateFacts, check_number: CheckNumber, clock: HandClock, session: Session
) -> None:
    for _ in range(TRIES):
        check_number(certificate.number, wrong_ending(certificate))
    clock.advance(seconds=PAUSE.total_seconds())

    assert check_number(certificate.number, wrong_ending(certificate)) is None

    assert session.scalars(select(FailedLookup)).one().failures == 1


def test_right_ending_clears_the_count(
    certificate: CertificateFacts, check_number: CheckNumber, session: Session
) -> None:
    for _ in range(TRIES - 1):
        check_number(certificate.number, wrong_ending(certificate))

    assert check_number(certificate.number, ending_of(certificate)) is not None

    assert session.scalars(select(FailedLookup)).all() == []


def test_certificate_that_is_not_signed_yet_looks_unknown(
    certificate: CertificateFacts, check_number: CheckNumber, session: Session
) -> None:
    session.execute(update(Certificate).values(token=None, signed_at=None))
    session.commit()

    assert check_number(certificate.number, ending_of(certificate)) is None


def test_tries_at_the_same_moment_are_counted_one_by_one(
    app: Flask, certificate: CertificateFacts, session: Session, tools: Tools
) -> None:
    look_up = LookUp(number=certificate.number, iin_ending=wrong_ending(certificate))
    trust, now = tools.keys.trust, tools.clock.now()

    def act() -> object:
        with app.app_context(), unit_of_work() as own:
            return service.check_number(look_up, trust=trust, host=HOST, session=own, now=now)

    answers = at_once(*[act] * 12)

    assert answers.count(None) == TRIES, answers
    assert sum(isinstance(answer, TooManyLookups) for answer in answers) == 12 - TRIES
    assert session.scalars(select(FailedLookup)).one().failures == TRIES
