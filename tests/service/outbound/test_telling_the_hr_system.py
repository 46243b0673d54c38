"""Does the HR system hear of each result and certificate, as the documents say, whatever goes wrong on the way?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.db import db
from app.jobs import queries as jobs
from app.jobs import service as job_service
from app.jobs.models import Job
from app.jobs.rules import MOST_ATTEMPTS, JobState
from app.outbound import delivery, queries, service
from app.outbound.models import OutboundEvent
from app.outbound.rules import RECORD_JOB, SEND_JOB, Event, EventKind
from app.processes.voiding import void_result
from app.scoring.queries import ResultFacts
from app.scoring.rules import VoidGround
from app.webhook import Webhook
from app.wiring import VERIFICATION_PATH, Tools
from app.work import HANDLERS
from certs.authority import Authority
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.outside import HandClock
from tests.kit.receiver import Received, Receiver, receiver

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs/webhooks/events.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
NEW, OLD = base64.b64encode(b"new" * 11).decode(), base64.b64encode(b"old" * 11).decode()


@pytest.fixture
def hr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The HR system of a test."""
    with receiver(monkeypatch) as made:
        yield made


@pytest.fixture
def secrets_file(tmp_path: Path) -> Path:
    path = tmp_path / "hr-webhook"
    path.write_text(f"whsec_{NEW}\n", encoding="ascii")
    return path


@pytest.fixture
def tools(tools: Tools, hr: Receiver, secrets_file: Path) -> Tools:
    webhook = Webhook(url=hr.url, secrets_file=secrets_file, verification_page="https://test.gov.kz/verify")
    return replace(tools, webhook=webhook)


@pytest.fixture
def work(run_jobs: Callable[..., int]) -> Callable[[], int]:
    """The worker, on every job that is due."""
    return lambda: run_jobs(HANDLERS)


def told(received: Received) -> dict[str, Any]:
    """Return what an event says; it has the form of the schema."""
    read: dict[str, Any] = json.loads(received.body)
    Draft202012Validator(SCHEMA).validate(read)
    return read


def is_signed(received: Received, secret: str) -> bool:
    """Check a signature by hand, as the page tells receivers to."""
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    wanted = base64.b64encode(hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def sent(session: Session) -> list[Job]:
    session.rollback()
    return list(session.query(Job).filter(Job.kind == SEND_JOB).order_by(Job.created_at, Job.id))


def events(session: Session) -> list[queries.EventFacts]:
    session.rollback()
    return queries.latest_events(limit=50, session=session)


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_examples_of_the_page_have_the_form_of_the_schema() -> None:
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]

    assert {example["type"] for example in examples} == {kind.value for kind in EventKind}
    for example in examples:
        Draft202012Validator(SCHEMA).validate(example)


@pytest.mark.parametrize("wrong", [{"type": "result.lost"}, {"version": 2}, {"timestamp": "yesterday"}, {"data": {}}])
def test_schema_refuses_what_is_no_event(wrong: dict[str, Any]) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])

    assert not Draft202012Validator(SCHEMA).is_valid(example | wrong)


def test_check_of_the_page_takes_what_we_sign_and_nothing_else(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict[str, Any] = {}
    exec(source, scope)  # the page's own lines
    monkeypatch.setattr(scope["time"], "time", lambda: clock.now().timestamp())
    make_result(FAILING)
    work()
    (came,) = hr.received

    assert scope["is_genuine"](came.headers, came.body, f"whsec_{NEW}")
    assert not scope["is_genuine"](came.headers, came.body + b" ", f"whsec_{NEW}")
    assert not scope["is_genuine"](came.headers, came.body, f"whsec_{OLD}")
    clock.advance(minutes=6)
    assert not scope["is_genuine"](came.headers, came.body, f"whsec_{NEW}")


def void(result: ResultFacts, who: Person, session: Session, tools: Tools) -> None:
    """Void a result for a failure."""
    void_result(
        result,
        VoidGround.TECHNICAL,
        "A-2026-000001",
        actor=who.id,
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )
    session.commit()


def test_void_result_is_told(
    hr: Receiver,
    make_result: MakeResult,
    make_account: MakeAccount,
    work: Callable[[], int],
    clock: HandClock,
    session: Session,
    tools: Tools,
) -> None:
    result = make_result(FAILING)
    work()
    clock.advance(days=1)
    void(result, make_account(role=Role.ADMINISTRATOR), session, tools)
    work()

    event = told(hr.received[-1])
    assert (event["type"], event["timestamp"]) == ("result.voided", "2026-11-25T05:00:00Z")
    assert event["data"]["result_id"] == str(result.id)
    assert event["data"]["voided_at"] == "2026-11-25T05:00:00Z"


def test_void_practice_is_told_to_nobody(
    hr: Receiver,
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_account: MakeAccount,
    work: Callable[[], int],
    session: Session,
    tools: Tools,
) -> None:
    result = make_result(FAILING, booking=make_booking(exam_session=make_exam_session(PRACTICE)), language="en")
    void(result, make_account(role=Role.ADMINISTRATOR), session, tools)
    work()

    assert hr.received == []


def test_result_below_the_threshold_is_told(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session
) -> None:
    result = make_result(FAILING)

    work()

    (came,) = hr.received
    event = told(came)
    assert event["type"] == "result.recorded"
    assert event["data"]["result_id"] == str(result.id)
    assert event["data"]["total"] == {"correct": 29, "asked": 55, "minimum": 30}
    assert [block["correct"] for block in event["data"]["blocks"]] == list(FAILING)
    assert (event["data"]["tested_on"], event["data"]["passed"]) == ("2026-11-24", False)
    assert event["data"]["retest_opens_on"] == "2026-11-27"
    assert is_signed(came, NEW)
    (noted,) = events(session)
    assert (noted.subject_id, noted.last_status) == (result.id, 204)
    assert noted.body_digest == hashlib.sha256(came.body).digest()
    assert noted.delivered_at is not None


def test_pass_is_told_with_its_certificate_and_no_name(
    hr: Receiver, make_certificate: MakeCertificate, session: Session
) -> None:
    certificate = make_certificate()

    by_type = {told(came)["type"]: told(came)["data"] for came in hr.received}

    assert set(by_type) == {"result.recorded", "certificate.issued"}
    issued, document = by_type["certificate.issued"], certificate.document
    assert issued["number"] == certificate.number
    assert issued["token_sha256"] == hashlib.sha256(certificate.token or b"").hexdigest()
    assert issued["iin"] == document.iin == by_type["result.recorded"]["iin"]
    assert issued["verify_at"] == "https://test.gov.kz/verify"
    assert issued["valid_until"] == "2027-11-23T19:00:00Z"
    assert by_type["result.recorded"]["retest_opens_on"] is None
    assert not any(document.family.encode() in came.body for came in hr.received)


def test_practice_is_not_told(
    hr: Receiver,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_result: MakeResult,
    work: Callable[[], int],
    session: Session,
) -> None:
    make_result(booking=make_booking(exam_session=make_exam_session(PRACTICE)))

    work()

    assert not hr.received
    assert not events(session)


def test_nothing_is_kept_where_nobody_is_to_be_told(
    app: Flask, tools: Tools, hr: Receiver, make_result: MakeResult, session: Session
) -> None:
    make_result(FAILING)
    with app.app_context():
        from app.jobs.worker import run_due  # noqa: PLC0415

        run_due(HANDLERS, tools=replace(tools, webhook=None), limit=100)

    assert not hr.received
    assert not events(session)
    assert not sent(session)


def test_refused_event_comes_again_with_the_same_id_and_bytes_and_a_fresh_signature(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session, clock: HandClock
) -> None:
    hr.status = 500
    make_result(FAILING)
    work()
    (noted,) = events(session)
    assert (noted.last_status, noted.delivered_at) == (500, None)

    hr.status = 200
    clock.advance(seconds=30)
    work()

    first, second = hr.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert is_signed(second, NEW)
    (noted,) = events(session)
    assert (noted.last_status, noted.delivered_at) == (200, clock.now())


def test_taken_event_leaves_nobody_in_the_job(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session
) -> None:
    hr.status = 503
    make_result(FAILING)
    work()
    (waiting,) = sent(session)
    assert '"iin"' in waiting.payload["body"]

    hr.status = 204
    waiting.run_at -= timedelta(hours=1)
    session.commit()
    work()

    (done,) = sent(session)
    assert (done.state, done.payload) == (JobState.DONE, {})


def test_worker_that_dies_after_sending_sends_the_same_again(
    app: Flask, hr: Receiver, make_result: MakeResult, tools: Tools, work: Callable[[], int], session: Session
) -> None:
    make_result(FAILING)
    hr.status = 500
    work()
    (job,) = sent(session)
    hr.status = 204
    with app.app_context():
        delivery.send(job.id, dict(job.payload), tools)  # taken, and then the machine dies before the job is finished
        db.session.remove()

    tools.clock.advance(minutes=5)  # type: ignore[attr-defined]  # the clock of tests
    work()

    assert len({(came.headers["webhook-id"], came.body) for came in hr.received}) == 1
    assert len(hr.received) == 3
    (done,) = sent(session)
    assert done.state is JobState.DONE


@pytest.mark.parametrize("status", [300, 302, 307, 400, 404, 429, 502])
def test_anything_but_2xx_is_not_taken_and_no_redirect_is_followed(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session, status: int
) -> None:
    hr.status, hr.location = status, hr.url.replace("/events", "/elsewhere")
    make_result(FAILING)

    work()

    assert [came.path for came in hr.received] == ["/events"]
    (job,) = sent(session)
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert str(status) in (job.last_error or "")


def test_receiver_that_is_gone_stops_the_event_until_somebody_tries_again(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session, clock: HandClock
) -> None:
    hr.status = 410
    make_result(FAILING)
    work()
    (job,) = sent(session)
    assert job.state is JobState.FAILED

    job_service.retry(job.id, session=session, now=clock.now())
    hr.status = 204
    work()

    assert sent(session)[0].state is JobState.DONE
    assert len({came.headers["webhook-id"] for came in hr.received}) == 1


def test_silent_receiver_is_tried_until_the_job_is_given_up(
    hr: Receiver,
    tools: Tools,
    make_result: MakeResult,
    run_jobs: Callable[..., int],
    session: Session,
    clock: HandClock,
) -> None:
    nobody = replace(tools.webhook, url="http://127.0.0.1:9/events")
    tools.__dict__["webhook"] = nobody  # a frozen record, and this test's own
    make_result(FAILING)
    for _ in range(MOST_ATTEMPTS + 1):
        run_jobs(HANDLERS)
        clock.advance(hours=2)

    (job,) = sent(session)
    assert (job.state, job.attempts) == (JobState.FAILED, MOST_ATTEMPTS)
    (noted,) = events(session)
    assert (noted.last_status, noted.delivered_at) == (None, None)
    assert noted.tried_at is not None


def test_unreadable_secret_sends_nothing(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], session: Session, secrets_file: Path
) -> None:
    secrets_file.unlink()
    make_result(FAILING)

    work()

    assert not hr.received
    (job,) = sent(session)
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)


def test_both_secrets_sign_while_one_replaces_the_other(
    hr: Receiver, make_result: MakeResult, work: Callable[[], int], secrets_file: Path
) -> None:
    secrets_file.write_text(f"whsec_{NEW}\nwhsec_{OLD}\n", encoding="ascii")
    make_result(FAILING)

    work()

    (came,) = hr.received
    assert is_signed(came, NEW)
    assert is_signed(came, OLD)


def test_event_is_recorded_once(session: Session, tools: Tools) -> None:
    subject = uuid.uuid4()
    event = Event(kind=EventKind.RESULT_RECORDED, subject=subject, happened_at=tools.clock.now(), data={"a": 1})
    for _ in range(2):
        service.announce(
            EventKind.RESULT_RECORDED, subject, session=session, now=tools.clock.now(), entropy=tools.entropy
        )

    first, second = (
        service.record(event, session=session, now=tools.clock.now(), entropy=tools.entropy) for _ in range(2)
    )

    assert first is not None
    assert second is None
    assert session.query(OutboundEvent).count() == 1
    assert session.query(Job).filter(Job.kind == SEND_JOB).count() == 1
    assert session.query(Job).filter(Job.kind == RECORD_JOB).count() == 1


def test_signing_again_announces_nothing_new(
    hr: Receiver, keys: Authority, make_certificate: MakeCertificate, session: Session, work: Callable[[], int]
) -> None:
    make_certificate()
    heard = len(hr.received)

    work()

    assert len(hr.received) == heard == 2
    assert jobs.counts(session)[JobState.QUEUED] == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_address_that_events_name_is_that_of_the_page(app: Flask) -> None:
    assert app.url_map.bind("localhost").build("verification.start") == VERIFICATION_PATH


def test_administrator_sees_what_was_taken_and_what_was_not(
    hr: Receiver,
    make_result: MakeResult,
    work: Callable[[], int],
    client_request: ClientRequest,
    make_account: MakeAccount,
) -> None:
    client_request.sign_in(make_account(role=Role.ADMINISTRATOR))
    assert "No event yet." in client_request.get("reports.outbound").words()
    hr.status = 410
    make_result(FAILING)
    work()

    page = client_request.get("reports.outbound").words()

    assert "result.recorded" in page
    assert "Not taken: 410" in page
    assert "outbound.send" in client_request.get("reports.overview").words()
    client_request.sign_in(make_account(role=Role.AUDITOR))
    client_request.get("reports.outbound", 403)
