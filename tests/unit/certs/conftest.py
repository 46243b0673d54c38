"""Who issues and who is trusted in the tests of ``certs``?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from certificate_sample import NOW, ORDINARY

from certs.authority import Authority, create
from certs.keys import KeyUse, MemoryKeyStore
from certs.signing import SignedCertificate, complete, prepare
from certs.trust import TrustList, load_trust_list


@pytest.fixture(scope="session")
def authority() -> Authority:
    return create("KZ-GS", NOW - timedelta(days=30), demonstration=False, uses=tuple(KeyUse))


@pytest.fixture(scope="session")
def ring(authority: Authority) -> MemoryKeyStore:
    return authority.ring()


@pytest.fixture(scope="session")
def trust(authority: Authority) -> TrustList:
    return load_trust_list(authority.trust_list(1, NOW - timedelta(days=30)), authority.pinned_root())


@pytest.fixture(scope="session")
def make_certificate(ring: MemoryKeyStore) -> Callable[..., SignedCertificate]:
    def make(**facts: Any) -> SignedCertificate:
        return complete(prepare(replace(ORDINARY, **facts), ring, NOW), ring)

    return make


@pytest.fixture(scope="session")
def certificate(make_certificate: Callable[..., SignedCertificate]) -> SignedCertificate:
    return make_certificate()
