"""Which programmes and acts does this installation know? Read once, from the files of ``question_bank``."""

from __future__ import annotations

from functools import cache

from question_bank.acts import Register
from question_bank.elsewhere import ElsewhereProgramme, load_elsewhere
from question_bank.programme import Programme
from question_bank.programmes import Programmes


@cache
def programmes() -> Programmes:
    """All versions of all programmes."""
    return Programmes.load()


@cache
def programmes_elsewhere() -> tuple[ElsewhereProgramme, ...]:
    """Tests that are held in the country and whose pool is not here."""
    return load_elsewhere()


@cache
def register() -> Register:
    """The register of acts and their editions."""
    return Register.load()


def programme_version(code: str, version: str) -> Programme:
    """Return one version. Raises ``KeyError``: a record names a programme whose file was removed."""
    return programmes().version(code, version)
