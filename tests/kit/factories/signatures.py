"""How does a test sign in by a digital signature?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.eds.verifier import verifier_for
from app.wiring import Tools
from tests.kit.client import ClientRequest
from tests.kit.eds import NationalAuthority, national_authority


@pytest.fixture
def national(tmp_path: Path) -> NationalAuthority:
    """An authority that issues certificates to people."""
    return national_authority(tmp_path / "anchors")


@pytest.fixture
def signatures_taken(app: Flask, tools: Tools, national: NationalAuthority) -> None:
    """The application trusts the authority of ``national``, without lists of the revoked and without GOST."""
    app.extensions["synaq_tools"] = replace(tools, signatures=verifier_for(national.folder, None, ""))


def text_for(browser: ClientRequest) -> bytes:
    """Return what the page asks this browser to have signed."""
    browser.get("signature.show")
    return browser.get("signature.text").body
