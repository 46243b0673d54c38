"""Do two people take a certificate out of force, and does everybody who asks learn of it?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.approvals import service as approvals
from app.audit import queries as log
from app.certificates.errors import CertificateNotFound, ListNotFound, RevokedForGood, StandsSo
from app.certificates.queries import CertificateFacts, changes_of, signed_list, standing_of
from app.db import db
from app.kernel.errors import DomainError
from app.processes import revocation
from app.processes.eligibility import Because, decide
from app.processes.log_check import check
from app.scoring.queries import result_with_id
from app.verification.service import check_text
from app.wiring import Tools
from app.work import HANDLERS
from certs.authority import Authority
from certs.encoding import to_base32
from certs.status import StatusState
from certs.status_list import StatusLists, load_status_list
from certs.verification import Verdict, VerificationReport, verify
from tests.kit.factories.approvals import MakeRequest
from tests.kit.factories.bookings import CERTIFYING
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.outside import CountedEntropy, HandClock, ListMailer

REVOKE, SUSPEND, RESTORE = (f"certificates.certificate.{verb}" for verb in ("revoke", "suspend", "restore"))

Decide = Callable[[str], None]


@pytest.fixture
def certificate(make_certificate: MakeCertificate) -> CertificateFacts:
    return make_certificate()


@pytest.fixture
def agree(
    certificate: CertificateFacts,
    make_request: MakeRequest,
    second: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> Decide:
    """Return what has two people decide about the certificate."""
    session.commit()

    def act(kind: str) -> None:
        asked = make_request(kind, certificate.number, reason="Decision 12-3")
        approvals.approve(asked, person=second, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        clock.advance(minutes=1)

    return act


@pytest.fixture
def online(session: Session, tools: Tools) -> Callable[[CertificateFacts], VerificationReport]:
    def ask(certificate: CertificateFacts) -> VerificationReport:
        trust, now = tools.keys.trust, tools.clock.now()
        return check_text(to_base32(certificate.token or b""), trust=trust, host="localhost", session=session, now=now)

    return ask


@pytest.fixture
def publish(app: Flask, tools: Tools, session: Session) -> Callable[[], int]:
    def run() -> int:
        session.rollback()
        with app.app_context():
            made = revocation.publish_due(tools)
            db.session.remove()
        return made

    return run


@pytest.fixture
def offline(
    session: Session, tools: Tools, publish: Callable[[], int]
) -> Callable[[CertificateFacts], VerificationReport]:
    """Verify as somebody does who fetched the list and has no network."""

    def ask(certificate: CertificateFacts) -> VerificationReport:
        publish()
        content = signed_list(certificate.document.status.list_number, session=session)
        trust = tools.keys.trust
        lists = StatusLists([load_status_list(content, trust)])
        return verify(certificate.token or b"", trust, tools.clock.now(), host=None, status_list=lists)

    return ask


def test_two_people_revoke_and_every_door_says_so(
    certificate: CertificateFacts,
    agree: Decide,
    online: Callable[[CertificateFacts], VerificationReport],
    offline: Callable[[CertificateFacts], VerificationReport],
    administrator: Person,
    second: Person,
    session: Session,
) -> None:
    assert online(certificate).verdict is offline(certificate).verdict is Verdict.VALID

    agree(REVOKE)

    for report in (online(certificate), offline(certificate)):
        assert (report.verdict, report.reason) == (Verdict.NOT_VALID, "revoked")
    (change,) = changes_of(certificate.id, session=session)
    assert (change.requested_by, change.decided_by, change.reason) == (administrator.id, second.id, "Decision 12-3")
    (act,) = log.about(session, str(change.id))
    assert (act.kind, act.actor) == ("certificates.status.changed", str(second.id))
    assert (act.facts or {})["state"] == "revoked"


def test_suspension_is_lifted_and_what_is_revoked_stays_so(
    certificate: CertificateFacts,
    agree: Decide,
    offline: Callable[[CertificateFacts], VerificationReport],
    session: Session,
) -> None:
    agree(SUSPEND)
    assert offline(certificate).reason == "suspended"
    agree(RESTORE)
    assert offline(certificate).verdict is Verdict.VALID
    agree(REVOKE)

    for kind in (REVOKE, SUSPEND, RESTORE):
        with pytest.raises(RevokedForGood):
            agree(kind)
        session.rollback()
    assert standing_of(certificate.id, session=session) is StatusState.REVOKED


@pytest.mark.parametrize(("number", "refusal"), [(None, StandsSo), ("T26-0000777-X", CertificateNotFound)])
def test_what_would_change_nothing_is_not_asked_for(
    certificate: CertificateFacts, make_request: MakeRequest, number: str | None, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        make_request(RESTORE, number or certificate.number)


def test_owner_is_told_why(
    certificate: CertificateFacts, agree: Decide, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    agree(REVOKE)
    run_jobs(HANDLERS)

    letter = mailer.letters[-1]
    assert certificate.number in letter.subject
    assert "Decision 12-3" in letter.body


def test_revoked_certificate_keeps_nobody_from_the_test(
    certificate: CertificateFacts, agree: Decide, session: Session, clock: HandClock
) -> None:
    programme = certificate.document.programme_code
    assert programme == CERTIFYING
    assert Because.CERTIFICATE_HELD in grounds(certificate, session, clock)

    agree(REVOKE)

    assert Because.CERTIFICATE_HELD not in grounds(certificate, session, clock)


def grounds(certificate: CertificateFacts, session: Session, clock: HandClock) -> set[Because]:
    programme = result_with_id(certificate.result_id, session=session).programme
    decision = decide(certificate.applicant_id, programme, session=session, now=clock.now())
    session.rollback()
    return {ground.code for ground in decision.grounds}


def test_list_is_made_anew_each_hour_and_at_once_after_a_change(
    certificate: CertificateFacts, agree: Decide, publish: Callable[[], int], clock: HandClock
) -> None:
    made = [publish(), publish()]
    clock.advance(minutes=59)
    made.append(publish())
    clock.advance(minutes=1)
    made.append(publish())
    agree(SUSPEND)
    made.append(publish())

    assert made == [1, 0, 0, 1, 1]


def test_no_list_is_there_before_the_first_certificate(
    keys: Authority, publish: Callable[[], int], session: Session
) -> None:
    assert publish() == 0
    with pytest.raises(ListNotFound):
        signed_list(1, session=session)


@pytest.mark.parametrize(
    "statement", ["UPDATE certificate_status SET state = 'valid'", "DELETE FROM certificate_status"]
)
def test_certificate_restored_behind_the_log_is_named(
    certificate: CertificateFacts, agree: Decide, session: Session, tools: Tools, statement: str
) -> None:
    agree(REVOKE)
    assert check(tools.keys.log_keys(), session=session).faults == ()
    session.rollback()

    session.execute(text(statement))
    session.commit()

    fault = check(tools.keys.log_keys(), session=session).fault or ""
    session.rollback()
    assert certificate.number in fault or "certificates.status.changed" in fault
