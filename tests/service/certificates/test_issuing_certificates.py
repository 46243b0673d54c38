"""Does a pass become exactly one certificate, recorded before it is signed?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.queries import applicant_with_id
from app.audit import queries as audit
from app.certificates import service
from app.certificates.errors import CertificateNotFound
from app.certificates.models import Certificate, CertificateSerial
from app.certificates.queries import (
    CertificateFacts,
    access_certificate,
    certificate_of_result,
    certificate_with_number,
)
from app.jobs import queries as jobs
from app.jobs import worker
from app.jobs.rules import JobState
from app.jobs.service import enqueue
from app.kernel.entropy import SystemEntropy
from app.scoring.queries import ResultFacts, result_with_id
from app.sittings.queries import sitting_with_id
from app.wiring import Tools
from app.work import HANDLERS
from certs.authority import Authority
from certs.cose import Algorithm, parse_envelope
from certs.document import document_from_payload
from certs.keys import KeyUse, key_id
from certs.number import parse_number
from certs.verification import Check, Outcome, verify
from config import Settings
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import at_once
from tests.kit.outside import HandClock
from tests.kit.pki import cabinet, make_keys

RunJobs = Callable[..., int]
Register = Callable[[ResultFacts], CertificateFacts | None]


@pytest.fixture
def registered(session: Session) -> Register:
    """What the register holds of a result now."""

    def read(result: ResultFacts) -> CertificateFacts | None:
        session.rollback()
        found = certificate_of_result(result.id, session=session)
        session.rollback()
        return found

    return read


@pytest.fixture
def record(run_jobs: RunJobs, registered: Register) -> Register:
    """Do one job after the other until the register has an entry of a result, which is not signed then."""

    def act(result: ResultFacts) -> CertificateFacts | None:
        while (found := registered(result)) is None:
            assert run_jobs(HANDLERS, limit=1) == 1
        return found

    return act


def notes(session: Session, certificate: CertificateFacts) -> list[str]:
    return [entry.kind.rpartition(".")[2] for entry in audit.about(session, str(certificate.id))]


@pytest.mark.usefixtures("keys")
def test_bytes_are_recorded_before_they_are_signed(
    make_result: MakeResult, run_jobs: RunJobs, record: Register, registered: Register, session: Session
) -> None:
    result = make_result(PASSING)
    assert registered(result) is None

    between = record(result)
    run_jobs(HANDLERS)
    after = registered(result)

    assert between is not None
    assert after is not None
    assert between.token is None
    assert after.token is not None
    assert after.payload == between.payload == parse_envelope(after.token, algorithm=Algorithm.ES256).payload
    assert notes(session, after) == ["recorded", "issued"]


def test_certificate_says_what_was_sat(
    make_certificate: MakeCertificate, keys: Authority, session: Session, clock: HandClock
) -> None:
    certificate = make_certificate(counts=(15, 9, 6, 5), language="ru")

    result = result_with_id(certificate.result_id, session=session)
    sitting = sitting_with_id(result.sitting_id, session=session)
    person = applicant_with_id(result.applicant_id, session=session)
    document = certificate.document
    assert document.issuer == keys.issuer
    assert (document.family, document.given, document.patronymic, document.iin, document.birth_date) == (
        person.family_name,
        person.given_name,
        person.patronymic,
        person.iin,
        person.birth_date,
    )
    assert [(section.correct, section.maximum) for section in document.sections] == [
        (15, 15),
        (9, 15),
        (6, 15),
        (5, 10),
    ]
    assert (document.total, document.threshold, document.language) == (35, 30, "ru")
    assert (document.programme_code, document.programme_version) == ("corps-b-legislation", "2026.1")
    assert (document.centre_code, document.sitting) == ("AST-01", service.sitting_reference(sitting.id))
    assert (document.tested_at, document.issued_at) == (sitting.timing.started_at, clock.now())


@pytest.mark.parametrize(
    ("started", "expires"),
    [
        (datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2027, 11, 23, 19, tzinfo=UTC)),
        pytest.param(
            datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2027, 11, 24, 19, tzinfo=UTC), id="begun at local midnight"
        ),
    ],
)
def test_certificate_is_good_for_a_year_from_the_local_day_of_the_test(
    make_certificate: MakeCertificate, clock: HandClock, started: datetime, expires: datetime
) -> None:
    clock.set(started)

    certificate = make_certificate()

    assert certificate.expires_at == certificate.document.expires_at == expires


def test_token_is_genuine_by_the_trust_list_alone(
    make_certificate: MakeCertificate, tools: Tools, clock: HandClock
) -> None:
    certificate = make_certificate()

    report = verify(certificate.token, tools.keys.trust, clock.now(), host=None)

    assert report.failures == ()
    assert report.document == certificate.document


def test_serials_of_a_year_are_consecutive(make_certificate: MakeCertificate, session: Session) -> None:
    numbers = [parse_number(make_certificate().number) for _ in range(3)]

    assert [(number.year, number.serial) for number in numbers] == [(2026, 1), (2026, 2), (2026, 3)]
    assert session.get_one(CertificateSerial, 2026).last == 3


def test_number_carries_the_local_year_and_serials_begin_anew(
    make_certificate: MakeCertificate, clock: HandClock
) -> None:
    make_certificate()
    clock.set(datetime(2026, 12, 31, 18, 59, tzinfo=UTC))
    last = parse_number(make_certificate().number)
    clock.set(datetime(2026, 12, 31, 19, 0, tzinfo=UTC))
    first = parse_number(make_certificate().number)

    assert (last.year, last.serial) == (2026, 2)
    assert (first.year, first.serial) == (2027, 1)


def test_places_in_the_status_list_differ_and_do_not_count_up(
    make_certificate: MakeCertificate,
) -> None:
    places = [make_certificate().document.status for _ in range(3)]

    assert len({(place.list_number, place.index) for place in places}) == 3
    assert {place.list_number for place in places} == {1}
    assert [place.index for place in places] != [0, 1, 2]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("kind", [service.RECORD, service.SIGN])
def test_job_that_runs_twice_issues_once(
    make_result: MakeResult,
    run_jobs: RunJobs,
    registered: Register,
    session: Session,
    tools: Tools,
    kind: str,
) -> None:
    result = make_result(PASSING)
    run_jobs(HANDLERS)
    once = registered(result)

    payload = {"result": str(result.id)}
    enqueue(kind, payload, session=session, now=tools.clock.now(), entropy=tools.entropy)
    run_jobs(HANDLERS)

    assert registered(result) == once
    assert session.scalar(select(func.count()).select_from(Certificate)) == 1
    assert once is not None
    assert notes(session, once) == ["recorded", "issued"]
    assert jobs.counts(session)[JobState.FAILED] == 0


def test_key_that_changed_between_the_steps_gets_the_bytes_recorded_anew(
    app: Flask,
    keys: Authority,
    settings: Settings,
    make_result: MakeResult,
    record: Register,
    registered: Register,
    session: Session,
    tools: Tools,
    clock: HandClock,
) -> None:
    result = make_result(PASSING)
    first = record(result)
    clock.advance(minutes=10)
    shutil.rmtree(settings.keys_folder)
    newer = make_keys(settings, clock.now() - timedelta(minutes=5))
    fresh = replace(tools, keys=cabinet(settings))
    app.extensions["synaq_tools"] = fresh

    with app.app_context():
        while (between := registered(result)) == first:
            assert worker.run_due(HANDLERS, tools=fresh, limit=1) == 1
        worker.run_due(HANDLERS, tools=fresh, limit=10)
    after = registered(result)

    assert first is not None
    assert between is not None
    assert after is not None
    assert between.token is None
    assert between.payload != first.payload
    assert between.document == replace(first.document, issued_at=clock.now())
    assert after.number == first.number
    assert after.payload == between.payload
    assert verify(after.token, fresh.keys.trust, clock.now(), host=None).finding(Check.SIGNATURE).outcome is Outcome.OK
    assert key_id(newer.ring().certificate(KeyUse.TOKEN)) != key_id(keys.ring().certificate(KeyUse.TOKEN))
    assert notes(session, after) == ["recorded", "recorded", "issued"]


def test_pass_waits_for_keys_that_are_not_there_yet(
    settings: Settings,
    make_result: MakeResult,
    run_jobs: RunJobs,
    registered: Register,
    session: Session,
    clock: HandClock,
) -> None:
    result = make_result(PASSING)
    run_jobs(HANDLERS)
    assert registered(result) is None
    assert session.scalar(select(func.count()).select_from(CertificateSerial)) == 0
    make_keys(settings, clock.now() - timedelta(days=1))
    clock.advance(hours=1)

    run_jobs(HANDLERS)

    found = registered(result)
    assert found is not None
    assert parse_number(found.number).serial == 1
    assert found.token is not None


@pytest.mark.usefixtures("keys")
def test_result_below_the_threshold_leads_to_no_certificate(
    make_result: MakeResult, run_jobs: RunJobs, registered: Register
) -> None:
    result = make_result(FAILING)

    run_jobs(HANDLERS)

    assert registered(result) is None


@pytest.mark.usefixtures("keys")
def test_passed_practice_test_leads_to_no_certificate(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_result: MakeResult,
    run_jobs: RunJobs,
    registered: Register,
) -> None:
    result = make_result(PASSING, booking=make_booking(exam_session=make_exam_session(PRACTICE)), language="en")

    run_jobs(HANDLERS)

    assert registered(result) is None


def test_certificate_is_shown_to_its_holder_only(
    make_certificate: MakeCertificate, make_applicant: MakeApplicant, session: Session
) -> None:
    certificate = make_certificate()
    stranger = make_applicant().facts.id

    assert access_certificate(certificate.number, certificate.applicant_id, session=session) == certificate
    with pytest.raises(CertificateNotFound):
        access_certificate(certificate.number, stranger, session=session)
    with pytest.raises(CertificateNotFound):
        access_certificate("T26-9999999-0", certificate.applicant_id, session=session)


@pytest.mark.usefixtures("keys")
def test_unsigned_entry_is_not_shown_to_its_holder(make_result: MakeResult, record: Register, session: Session) -> None:
    entry = record(make_result(PASSING))
    assert entry is not None

    with pytest.raises(CertificateNotFound):
        access_certificate(entry.number, entry.applicant_id, session=session)


def test_register_reads_back_what_was_recorded(make_certificate: MakeCertificate, session: Session) -> None:
    certificate = make_certificate()

    found = certificate_with_number(certificate.number, session=session)

    assert found == certificate
    assert document_from_payload(certificate.payload).payload() == certificate.payload


@pytest.mark.usefixtures("keys")
def test_two_workers_at_once_give_each_pass_one_certificate_and_consecutive_serials(
    app: Flask,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_result: MakeResult,
    registered: Register,
    tools: Tools,
) -> None:
    exam_session = make_exam_session()
    results = [make_result(PASSING, booking=make_booking(exam_session=exam_session)) for _ in range(6)]

    def work() -> int:
        with app.app_context():
            return worker.run_due(HANDLERS, tools=replace(tools, entropy=SystemEntropy()), limit=100)

    done = at_once(work, work, work)

    certificates = [registered(result) for result in results]
    assert sum(count for count in done if isinstance(count, int)) >= 12, done
    assert all(certificate and certificate.token for certificate in certificates)
    serials = sorted(parse_number(certificate.number).serial for certificate in certificates if certificate)
    assert serials == [1, 2, 3, 4, 5, 6]
