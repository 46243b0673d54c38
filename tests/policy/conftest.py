"""On what do the tests about the code stand? One application on SQLite is enough for them."""

from __future__ import annotations

import pytest


@pytest.fixture
def database() -> str:
    """House rules are the same on every database."""
    return "sqlite"
