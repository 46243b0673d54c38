"""Which jobs and timers does the worker know? One table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.accounts import service as accounts
from app.bookings.struck import SETTLE_STRUCK
from app.certificates import service as certificates
from app.db import unit_of_work
from app.jobs import service as jobs
from app.jobs.worker import Handler, Outside, Timer
from app.notices import delivery
from app.notices import service as notices
from app.outbound import delivery as outbound_delivery
from app.outbound.rules import RECORD_JOB
from app.practice import service as practice
from app.processes import (
    after_signing,
    after_sitting,
    booking,
    ceremony,
    log_keeping,
    outages,
    outbound,
    receipts_due,
    retest,
    revocation,
    session_news,
    struck,
    timetable,
    waiting_list,
)
from app.processes.closing_time import close_expired
from app.registration import service as registration
from app.signature import service as signature
from app.sittings.gaps import settle_ended
from app.verification import service as verification
from app.wiring import Tools

HANDLERS: Mapping[str, Handler | Outside] = {
    **delivery.HANDLERS,
    SETTLE_STRUCK: Outside(struck.settle_struck),
    certificates.RECORD: certificates.record,
    certificates.SIGN: after_signing.sign,
    retest.OPEN: retest.announce,
    after_sitting.TELL: after_sitting.tell_result,
    **outbound_delivery.HANDLERS,
    RECORD_JOB: outbound.record,
}


def _sweep(tools: Tools) -> None:
    close_expired(tools)


def _settle(tools: Tools) -> None:
    outages.settle_outages(tools)


def _forget(tools: Tools) -> None:
    """End roles whose last day is over; drop what has served its purpose: jobs, links, registrations, tries."""
    with unit_of_work() as session:
        jobs.forget_done(session=session, now=tools.clock.now())
        accounts.close_ended(session=session, now=tools.clock.now())
        accounts.forget_old(session=session, now=tools.clock.now())
        registration.forget_old(session=session, now=tools.clock.now())
        notices.forget_failed(session=session, now=tools.clock.now())
        settle_ended(session=session, now=tools.clock.now())
        practice.forget_old(session=session, now=tools.clock.now())
        signature.forget_old(session=session, now=tools.clock.now())
        verification.forget_old(session=session, now=tools.clock.now())


def _draw(tools: Tools) -> None:
    """Close booking and commit where the time has come; take what a beacon threw; reveal what is over."""
    ceremony.close_due(tools)
    ceremony.throw_due(tools)
    ceremony.reveal_due(tools)


def _sign(tools: Tools) -> None:
    log_keeping.sign_if_due(tools)


def _note_heads(tools: Tools) -> None:
    log_keeping.note_heads(tools)


def _make_receipts(tools: Tools) -> None:
    receipts_due.make_due(tools)


def _plan(tools: Tools) -> None:
    timetable.plan_sessions(tools)


def _note_missed(tools: Tools) -> None:
    booking.note_missed(tools)


def _remind(tools: Tools) -> None:
    session_news.remind(tools)


def _tell_of_withdrawals(tools: Tools) -> None:
    session_news.tell_of_withdrawals(tools)


def _offer(tools: Tools) -> None:
    waiting_list.offer_places(tools)


def _publish(tools: Tools) -> None:
    revocation.publish_due(tools)


TIMERS = (
    Timer(name="closing sweep", every=timedelta(seconds=5), run=_sweep),
    Timer(name="outages", every=timedelta(seconds=5), run=_settle),
    Timer(name="receipts", every=timedelta(seconds=2), run=_make_receipts),
    Timer(name="draws", every=timedelta(seconds=10), run=_draw),
    Timer(name="journal heads", every=timedelta(minutes=1), run=_note_heads),
    Timer(name="checkpoint", every=timedelta(seconds=5), run=_sign),
    Timer(name="waiting list", every=timedelta(seconds=5), run=_offer),
    Timer(name="status lists", every=timedelta(seconds=5), run=_publish),
    Timer(name="timetable", every=timedelta(hours=1), run=_plan),
    Timer(name="missed", every=timedelta(minutes=10), run=_note_missed),
    Timer(name="withdrawals", every=timedelta(minutes=1), run=_tell_of_withdrawals),
    Timer(name="reminders", every=timedelta(minutes=10), run=_remind),
    Timer(name="forget", every=timedelta(hours=1), run=_forget),
)
