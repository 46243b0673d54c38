"""How does a test come by a certificate? Through the worker's two jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from app.certificates.queries import CertificateFacts, certificate_of_result
from app.work import HANDLERS
from certs.authority import Authority
from config import Settings
from tests.kit.outside import HandClock
from tests.kit.pki import make_keys

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.scoring import MakeResult

MakeCertificate = Callable[..., CertificateFacts]


@pytest.fixture
def keys(settings: Settings, clock: HandClock) -> Authority:
    """The signing keys of this test's installation, made yesterday."""
    return make_keys(settings, clock.now() - timedelta(days=1))


@pytest.fixture
def make_certificate(
    session: Session, keys: Authority, make_result: MakeResult, run_jobs: Callable[..., int]
) -> MakeCertificate:
    """Return a maker of signed certificates: a passed test (see ``make_result``), then the worker."""

    def make(**facts: Any) -> CertificateFacts:
        result = make_result(**facts)
        run_jobs(HANDLERS)
        session.rollback()
        found = certificate_of_result(result.id, session=session)
        assert found is not None
        session.rollback()
        return found

    return make
