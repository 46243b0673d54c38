"""Where do the tests about the code find it?"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
TEMPLATES = APP / "templates"


def import_everything() -> None:
    """Import all modules of the application, so that every class of it exists."""
    import app  # noqa: PLC0415  # a test that reads files only needs no application

    for module in pkgutil.walk_packages(app.__path__, "app."):
        importlib.import_module(module.name)


def listed(things: Iterable[object]) -> str:
    """Write things below each other, for the message of a test."""
    return "".join(f"\n  {thing}" for thing in things)
