"""How is a person told something in a test?"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.notices.models import Notice
from app.notices.rules import NoticeKind
from app.processes.telling import tell
from app.wiring import Tools
from tests.kit.factories.applicants import Enrolled
from tests.kit.notices import FACTS

MakeNotice = Callable[..., uuid.UUID]


@pytest.fixture
def make_notice(session: Session, tools: Tools) -> MakeNotice:
    """Return a teller: ``make_notice(applicant, NoticeKind.BAN_LIFTED)`` gives the id of the notice."""
    numbers = itertools.count(1)

    def make(
        applicant: Enrolled, kind: NoticeKind = NoticeKind.BAN_LIFTED, facts: Mapping[str, Any] | None = None
    ) -> uuid.UUID:
        key = f"test:{next(numbers)}"
        tell(
            applicant.facts.id,
            kind,
            FACTS[kind] if facts is None else facts,
            key=key,
            session=session,
            now=tools.clock.now(),
            entropy=tools.entropy,
        )
        made = session.scalars(select(Notice.id).where(Notice.key == key)).one()
        session.commit()
        return made

    return make
