"""How does a pass become a certificate? In two committed steps: the bytes are recorded, then they are signed."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.applicants.queries import applicant_with_id
from app.audit import service as audit
from app.bookings.queries import booking_with_id
from app.certificates.models import Certificate, CertificateSerial
from app.certificates.queries import certificate_of_result
from app.jobs import service as jobs
from app.jobs.rules import Hopeless
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.scoring.queries import ResultFacts, result_with_id
from app.sittings.queries import sitting_with_id
from app.wiring import Tools
from certs.document import CertificateDocument, Section, StatusPointer, document_from_payload
from certs.keys import KeyStore, KeyUse, issuer_of, key_id
from certs.number import CertificateNumber
from certs.profile import STATUS_LIST_ENTRIES, ProfileError
from certs.signing import ToBeSigned, complete, prepare
from question_bank.scoring import certificate_valid_until

RECORD, SIGN = "certificates.record", "certificates.sign"
"""The two kinds of job."""

_INDEX_BYTES = 8


def request(result: ResultFacts) -> jobs.NewJob:
    """Return the job that makes a certificate, to be queued in the transaction of the pass."""
    return jobs.NewJob(kind=RECORD, payload={"result": str(result.id)}, key=f"{RECORD}:{result.id}")


def record(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """First step: give the number, examine the document, record the exact bytes as *to be issued*.

    Raises:
        KeysMissing: There are no keys yet; the job is tried again.
        Hopeless: The document must not be signed; the job fails at once, with every reason.
    """
    result = _earned(payload, session)
    now = tools.clock.now()
    if certificate_of_result(result.id, session=session) is None:
        ring = tools.keys.ring
        document = _document(result, ring, session=session, now=now, entropy=tools.entropy)
        prepared = _examined(document, ring, now)
        row = Certificate(
            id=new_id(now, tools.entropy),
            result_id=result.id,
            applicant_id=result.applicant_id,
            number=str(document.number),
            status_list=document.status.list_number,
            status_index=document.status.index,
            kid=prepared.kid,
            payload=prepared.payload,
            recorded_at=now,
            expires_at=document.expires_at,
        )
        session.add(row)
        session.flush()
        _note("recorded", row, session=session, now=now)
    jobs.enqueue(SIGN, payload, session=session, now=now, entropy=tools.entropy)


def sign(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Second step: sign the recorded bytes. A second call finds the token and changes nothing.

    Where the token key was changed in between, the bytes are recorded anew under the new key first.

    Raises:
        KeysMissing, KeyStoreError: Nothing was signed; the job is tried again.
        Hopeless: The result earns no certificate.
    """
    _earned(payload, session)
    query = select(Certificate).where(Certificate.result_id == uuid.UUID(payload["result"])).with_for_update()
    row = session.scalars(query).one()
    if row.token is not None:
        return
    now, ring = tools.clock.now(), tools.keys.ring
    if key_id(ring.certificate(KeyUse.TOKEN)) != row.kid:
        prepared = prepare(replace(document_from_payload(row.payload), issued_at=now), ring, now)
        row.kid, row.payload, row.recorded_at = prepared.kid, prepared.payload, now
        session.flush()
        _note("recorded", row, session=session, now=now)
        jobs.enqueue(SIGN, payload, session=session, now=now, entropy=tools.entropy)
        return
    row.token = complete(ToBeSigned.recorded(kid=row.kid, payload=row.payload), ring).token
    row.signed_at = now
    session.flush()
    _note("issued", row, session=session, now=now)


def _earned(payload: dict[str, Any], session: Session) -> ResultFacts:
    """Return the result of the job; a job is a row that somebody may have written, so it is not believed."""
    result = result_with_id(uuid.UUID(payload["result"]), session=session)
    if not result.earns_certificate:
        raise Hopeless("the result earns no certificate")
    return result


def _examined(document: CertificateDocument, ring: KeyStore, now: datetime) -> ToBeSigned:
    try:
        return prepare(document, ring, now)
    except ProfileError as error:
        raise Hopeless(str(error)) from error


def _document(
    result: ResultFacts, ring: KeyStore, *, session: Session, now: datetime, entropy: Entropy
) -> CertificateDocument:
    sitting = sitting_with_id(result.sitting_id, session=session)
    booking = booking_with_id(sitting.booking_id, session=session)
    person = applicant_with_id(result.applicant_id, session=session)
    return CertificateDocument(
        issuer=issuer_of(ring.certificate(KeyUse.TOKEN)),
        number=CertificateNumber(year=local_day(now).year, serial=_next_serial(local_day(now).year, session=session)),
        family=person.family_name,
        given=person.given_name,
        patronymic=person.patronymic,
        birth_date=person.birth_date,
        iin=person.iin,
        programme_code=result.programme_code,
        programme_version=result.programme_version,
        sections=tuple(Section(maximum=section.questions, correct=section.correct) for section in result.sections),
        total=result.total,
        threshold=result.total_minimum,
        language=sitting.language,
        centre_code=booking.session.centre_code,
        sitting=sitting_reference(sitting.id),
        tested_at=sitting.timing.started_at,
        issued_at=now,
        expires_at=start_of_local_day(certificate_valid_until(result.tested_on, result.programme)),
        status=_free_status(session=session, entropy=entropy),
    )


def sitting_reference(sitting_id: uuid.UUID) -> str:
    """Return the sitting's id in 26 characters, as the token carries it."""
    return base64.b32encode(sitting_id.bytes).decode("ascii").rstrip("=")


def _next_serial(year: int, *, session: Session) -> int:
    """Give the next serial of the year: none is given twice, and a rolled back one is given again."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(CertificateSerial).values(year=year, last=1)
    counted = insert.on_conflict_do_update(
        index_elements=["year"], set_={"last": CertificateSerial.last + 1}
    ).returning(CertificateSerial.last)
    return int(session.scalars(counted).one())


def _free_status(*, session: Session, entropy: Entropy) -> StatusPointer:
    """Draw a free place in the status list at random, so that a place tells nothing; lists are filled by half."""
    given = session.scalar(select(func.count()).select_from(Certificate)) or 0
    list_number = 1 + given // (STATUS_LIST_ENTRIES // 2)
    while True:
        index = int.from_bytes(entropy.token(_INDEX_BYTES), "big") % STATUS_LIST_ENTRIES
        taken = select(Certificate.id).where(Certificate.status_list == list_number, Certificate.status_index == index)
        if session.scalar(taken) is None:
            return StatusPointer(list_number=list_number, index=index)


def _note(verb: str, row: Certificate, *, session: Session, now: datetime) -> None:
    audit.record(
        f"certificates.certificate.{verb}",
        session=session,
        at=now,
        actor="system:worker",
        subject=row.id,
        number=row.number,
        result=row.result_id,
        kid=row.kid.hex(),
        digest=_digest(row.token or row.payload),
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
