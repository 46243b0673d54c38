"""Which jobs and timers does the worker know? One table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.accounts import service as accounts
from app.certificates import service as certificates
from app.db import unit_of_work
from app.jobs import service as jobs
from app.jobs.worker import Handler, Outside, Timer
from app.notices import delivery
from app.processes.closing_time import close_expired
from app.verification import service as verification
from app.wiring import Tools

HANDLERS: Mapping[str, Handler | Outside] = {
    **delivery.HANDLERS,
    certificates.RECORD: certificates.record,
    certificates.SIGN: certificates.sign,
}


def _sweep(tools: Tools) -> None:
    close_expired(tools)


def _forget(tools: Tools) -> None:
    """Drop what has served its purpose: jobs done long ago, reset links and tries that no longer count."""
    with unit_of_work() as session:
        jobs.forget_done(session=session, now=tools.clock.now())
        accounts.forget_old(session=session, now=tools.clock.now())
        verification.forget_old(session=session, now=tools.clock.now())


TIMERS = (
    Timer(name="closing sweep", every=timedelta(seconds=5), run=_sweep),
    Timer(name="forget", every=timedelta(hours=1), run=_forget),
)
