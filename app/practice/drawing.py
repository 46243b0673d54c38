"""Which paper does a seed give in practice? The draw of a real test, with nothing to commit to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from app.kernel.rulebook import register
from app.papers.queries import items_for, pool_mark
from app.practice.errors import PracticeNotReady
from question_bank.draw import DrawInfeasible, draw
from question_bank.items import Item
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.paper import Paper
from question_bank.programme import Programme
from question_bank.seeds import SEED_BYTES

NO_SECRET = bytes(SEED_BYTES)
"""Leaves need no salt where nobody publishes them."""


class PoolShelf:
    """The manifest of the day, kept in this process until the pool, the programme or the day changes."""

    def __init__(self) -> None:
        self._mark: tuple[object, ...] | None = None
        self._manifest: Manifest | None = None

    def manifest(self, programme: Programme, day: date, *, session: Session) -> Manifest:
        """Return what a paper of the day is drawn from; reading the pool takes a third of a second."""
        mark = (programme.code, programme.version, day, *pool_mark(session=session))
        if self._manifest is None or mark != self._mark:
            self._manifest = manifest_of(items_for(programme, session=session), programme, day)
            self._mark = mark
        return self._manifest


_shelf = PoolShelf()


def manifest_of(items: Iterable[Item], programme: Programme, day: date) -> Manifest:
    """Return the strata of a practice paper."""
    return build_manifest(items, programme, register(), day, salts_from(NO_SECRET))


def draw_practice(seed: bytes, programme: Programme, seen: Iterable[str], day: date, *, session: Session) -> Paper:
    """Return the paper of a seed; items seen before are taken only where others do not suffice.

    Raises:
        PracticeNotReady: The pool is too thin.
    """
    manifest = _shelf.manifest(programme, day, session=session)
    try:
        return draw(seed, manifest, manifest.leaves_of(seen))
    except DrawInfeasible as error:
        raise PracticeNotReady from error
