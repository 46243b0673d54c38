"""Which programmes and acts does this installation know? Read once, from the files of ``question_bank``."""

from __future__ import annotations

from functools import cache

from question_bank.acts import Register
from question_bank.programme import Programme
from question_bank.programmes import Programmes


@cache
def programmes() -> Programmes:
    """All versions of all programmes."""
    return Programmes.load()


@cache
def register() -> Register:
    """The register of acts and their editions."""
    return Register.load()


def programme_version(code: str, version: str) -> Programme:
    """Return one version. Raises ``KeyError``: a record names a programme whose file was removed."""
    return programmes().version(code, version)
