"""What is done once two people agree? The one table of the acts that nobody may do alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.audit import queries as log
from app.audit import service as audit
from app.audit.errors import ActNotFound
from app.bookings.queries import session_with_code
from app.certificates.errors import CertificateNotFound
from app.certificates.queries import certificate_with_number, standing_of
from app.certificates.rules import require_change
from app.certificates.standing import ChangeStanding
from app.kernel.entropy import Entropy
from app.papers import service as papers
from app.papers.queries import draw_of_session
from app.people import service as people
from app.people.errors import InvitationNotFound
from app.processes import added_time, ceremony, revocation
from app.web import link_to
from certs.status import StatusState


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one person asks another to agree to."""

    subject: str
    """What it is to be done to, by the name under which people know it."""
    payload: Mapping[str, Any]
    """What else the act takes; empty where the subject says it all."""
    reason: str
    requested_by: uuid.UUID


class CentreOf(Protocol):
    """Names the centre to which a subject belongs, or None for what belongs to the whole installation."""

    def __call__(self, subject: str, *, session: Session) -> uuid.UUID | None: ...


class Check(Protocol):
    """Refuses, by a ``DomainError``, an act that makes no sense on this subject now. Changes nothing."""

    def __call__(self, subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None: ...


class StateOf(Protocol):
    """Tells what the act would be done to as it stands now; who agrees later agrees to that and nothing else."""

    def __call__(self, subject: str, *, session: Session) -> Mapping[str, Any]: ...


class Do(Protocol):
    """Does the act in the unit of work of the approval. ``actor`` is who approved."""

    def __call__(
        self, asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Act:
    """One kind of act, who takes part in it, and how it is done."""

    requesters: frozenset[Role]
    """Who asks; a proctor only for subjects of their own centre."""
    approvers: frozenset[Role]
    """Who decides, never about an own request."""
    centre_of: CentreOf
    check: Check
    """Run when the act is asked for, and again when it is approved."""
    do: Do
    state_of: StateOf


_ACT_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
"""One spelling for each number, so that two requests about one act are seen to be that."""


def _centre_of_session(subject: str, *, session: Session) -> uuid.UUID:
    return session_with_code(subject, session=session).centre_id


def _check_redraw(subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None:  # noqa: ARG001  # of a ``Check``
    ceremony.require_replaceable(session_with_code(subject, session=session), session=session, now=now)


def _state_of_draw(subject: str, *, session: Session) -> Mapping[str, Any]:
    """A request made before the throw must not become a way to throw again after the outcome is known."""
    exam_session = session_with_code(subject, session=session)
    papers.hold_draw(exam_session.id, session=session)  # a throw that is on its way comes first
    found = draw_of_session(exam_session.id, session=session)
    return {"draw": found.number, "stage": found.stage.value} if found else {}


def _redraw(asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:
    ceremony.redraw(
        session_with_code(asked.subject, session=session),
        reason=asked.reason,
        actor=actor,
        session=session,
        now=now,
        entropy=entropy,
    )


def _no_centre(subject: str, *, session: Session) -> None:  # noqa: ARG001  # of a ``CentreOf``
    return None


def _check_erasure(subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None:  # noqa: ARG001  # of a ``Check``
    """Refuse what is not in the log, or was erased. Asks without appending: the head of the log stays unlocked."""
    number = _ACT_NUMBER.fullmatch(subject)
    if number is None or int(subject) > log.size_of_log(session) or int(subject) in log.erased_acts(session):
        raise ActNotFound(seq=subject)
    audit.require_erasable(int(subject), session=session)


def _state_of_act(subject: str, *, session: Session) -> Mapping[str, Any]:  # noqa: ARG001  # of a ``StateOf``
    """An act of the log does not change."""
    return {}


def _erase(asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:  # noqa: ARG001  # of a ``Do``
    audit.erase_facts(int(asked.subject), reason=asked.reason, actor=actor, session=session, now=now)


def _check_invitation(subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None:  # noqa: ARG001  # of a ``Check``
    people.require_sendable(_id_of_invitation(subject), session=session, now=now)


def _state_of_invitation(subject: str, *, session: Session) -> Mapping[str, Any]:  # noqa: ARG001  # of a ``StateOf``
    """An invitation that waits does not change; one that was withdrawn is refused by the check."""
    return {}


def _send_invitation(asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:
    people.send_agreed(
        _id_of_invitation(asked.subject),
        actor=actor,
        link_for=lambda token: link_to("invitations.show", token=token),
        session=session,
        now=now,
        entropy=entropy,
    )


def _id_of_invitation(subject: str) -> uuid.UUID:
    """Read the id in its one spelling, so that two requests about one invitation are seen to be that."""
    try:
        found = uuid.UUID(subject)
    except ValueError as other:
        raise InvitationNotFound from other
    if str(found) != subject:
        raise InvitationNotFound
    return found


def _standing(number: str, *, session: Session) -> StatusState:
    found = certificate_with_number(number, session=session)
    if found is None or found.token is None:
        raise CertificateNotFound
    return standing_of(found.id, session=session)


def _state_of_certificate(subject: str, *, session: Session) -> Mapping[str, Any]:
    return {"standing": _standing(subject, session=session).value}


def _to_stand(state: StatusState) -> Act:
    """Return the act that brings a certificate to a state."""

    def check(subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None:  # noqa: ARG001  # of a ``Check``
        require_change(_standing(subject, session=session), state)

    def do(asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:
        command = ChangeStanding(
            number=asked.subject,
            state=state,
            reason=asked.reason,
            requested_by=asked.requested_by,
            decided_by=actor,
        )
        revocation.change_standing(command, session=session, now=now, entropy=entropy)

    return Act(
        requesters=frozenset({Role.ADMINISTRATOR}),
        approvers=frozenset({Role.ADMINISTRATOR}),
        centre_of=_no_centre,
        check=check,
        do=do,
        state_of=_state_of_certificate,
    )


def _add_time(asked: Asked, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> None:  # noqa: ARG001  # of a ``Do``
    command = added_time.command_of(asked.subject, asked.payload, note=asked.reason)
    added_time.give(command, actor=actor, requested_by=asked.requested_by, session=session, now=now)


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "papers.draw.redraw": Act(
            requesters=frozenset({Role.PROCTOR, Role.ADMINISTRATOR}),
            approvers=frozenset({Role.ADMINISTRATOR}),
            centre_of=_centre_of_session,
            check=_check_redraw,
            do=_redraw,
            state_of=_state_of_draw,
        ),
        "certificates.certificate.revoke": _to_stand(StatusState.REVOKED),
        "certificates.certificate.suspend": _to_stand(StatusState.SUSPENDED),
        "certificates.certificate.restore": _to_stand(StatusState.VALID),
        "audit.facts.erase": Act(
            requesters=frozenset({Role.ADMINISTRATOR}),
            approvers=frozenset({Role.ADMINISTRATOR}),
            centre_of=_no_centre,
            check=_check_erasure,
            do=_erase,
            state_of=_state_of_act,
        ),
        "sittings.time.add": Act(
            requesters=frozenset({Role.PROCTOR, Role.ADMINISTRATOR}),
            approvers=frozenset({Role.PROCTOR, Role.ADMINISTRATOR}),
            centre_of=added_time.centre_of,
            check=added_time.check,
            do=_add_time,
            state_of=added_time.state_of,
        ),
        "people.invitation.send": Act(
            requesters=frozenset({Role.ADMINISTRATOR}),
            approvers=frozenset({Role.ADMINISTRATOR}),
            centre_of=_no_centre,
            check=_check_invitation,
            do=_send_invitation,
            state_of=_state_of_invitation,
        ),
    }
)
"""By kind, ``area.object.verb`` with the verb in the imperative.

Whatever else two people decide, such as keys, thresholds or unsealing, is added here and nowhere else, with its words
in ``app/approvals/texts.py``. Auditors stand in no row: they see everything and change nothing.
"""
