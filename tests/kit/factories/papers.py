"""What are papers drawn from in a test? The real item pool, read once per run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.bookings.queries import SessionFacts
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.kernel.rulebook import programme_version, register
from app.papers.models import Draw, ItemVersion
from question_bank.canonical import canonical_json
from question_bank.inputs import DrawInputs
from question_bank.items import Item
from question_bank.loading import load_pool
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.seeds import commitment
from question_bank.throw import NOT_THROWN
from tests.kit.outside import MORNING, CountedEntropy, HandClock

_POOL_SECRET = bytes(range(32))


@cache
def content() -> tuple[Item, ...]:
    """The items of ``question_bank/content``."""
    return load_pool().items


@cache
def _rows() -> list[dict[str, Any]]:
    return [
        {"item_id": item.id, "version": item.version, "digest": item.digest(), "body": item.to_dict()}
        | {"imported_at": MORNING}
        for item in content()
    ]


@pytest.fixture
def pool(session: Session) -> tuple[Item, ...]:
    """The item pool, stored as ``import_items`` stores it; PostgreSQL keeps a copy from which the next test has it."""
    if session.get_bind().dialect.name == "postgresql" and session.scalar(text("SELECT to_regclass('pool_copy')")):
        session.execute(text("INSERT INTO item_version TABLE pool_copy"))
    else:
        session.execute(insert(ItemVersion), _rows())
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("CREATE UNLOGGED TABLE pool_copy AS TABLE item_version"))
    session.commit()
    return content()


@cache
def _manifest(programme: str, version: str, day: date) -> tuple[Manifest, str]:
    """Built once per run: a tenth of a second is much for every test."""
    manifest = build_manifest(
        list(content()), programme_version(programme, version), register(), day, salts_from(_POOL_SECRET)
    )
    return manifest, manifest.canonical().decode()


@pytest.fixture
def commit_known_draw(
    session: Session, clock: HandClock, entropy: CountedEntropy, pool: tuple[Item, ...]
) -> Callable[[SessionFacts], None]:
    """Return a maker of what ``commit_draw`` stores while nobody has sat yet, from a manifest built before."""

    def commit(exam_session: SessionFacts) -> None:
        manifest, canonical = _manifest(
            exam_session.programme_code,
            exam_session.programme_version,
            local_day(max(clock.now(), exam_session.opens_at)),
        )
        names = {leaf.hex(): {"id": name.id, "version": name.version} for leaf, name in manifest.names.items()}
        secret, inputs = entropy.token(32), DrawInputs(manifest_digest=manifest.digest)
        session.add(
            Draw(
                id=new_id(clock.now(), entropy),
                exam_session_id=exam_session.id,
                number=1,
                manifest=canonical,
                names=names,
                pool_secret=_POOL_SECRET,
                inputs=canonical_json(inputs.to_dict()).decode(),
                secret=secret,
                commitment=commitment(secret, exam_session.code, 1, inputs.digest),
                committed_at=clock.now(),
                salt=NOT_THROWN,
                witnesses=[],
                spares=[],
            )
        )
        session.flush()

    return commit
