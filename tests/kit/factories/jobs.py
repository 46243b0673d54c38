"""How is a job made for a test, and how are waiting ones done?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.jobs import service, worker
from app.jobs.worker import Handler
from app.wiring import Tools


@pytest.fixture
def make_job(session: Session, tools: Tools) -> Callable[..., uuid.UUID]:
    """Return a maker of waiting jobs: ``make_job("area.thing", {"a": 1}, key=…)``."""

    def make(kind: str = "tests.note", payload: Mapping[str, Any] | None = None, **facts: Any) -> uuid.UUID:
        now = tools.clock.now()
        made = service.enqueue(
            kind, payload or {"of": "a test"}, session=session, now=now, entropy=tools.entropy, **facts
        )
        assert made is not None
        return made

    return make


@pytest.fixture
def run_jobs(app: Flask, session: Session, tools: Tools) -> Callable[..., int]:
    """Return the worker's hand: ``run_jobs(handlers)`` does what is due and says how many it tried."""

    def run(handlers: Mapping[str, Handler], limit: int = 100) -> int:
        session.commit()
        with app.app_context():
            return worker.run_due(handlers, tools=tools, limit=limit)

    return run
