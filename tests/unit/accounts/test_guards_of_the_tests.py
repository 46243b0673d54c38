"""Do the tests keep their own promises: no network, no mail, no database where rules are tested?"""

from __future__ import annotations

import smtplib
import socket

import pytest
from sqlalchemy import create_engine

from tests.kit.guards import ForbiddenInTests


def test_network_is_out_of_reach() -> None:
    with socket.socket() as outside, pytest.raises(ForbiddenInTests, match="network"):
        outside.connect(("192.0.2.1", 80))


def test_mail_server_is_out_of_reach_even_here() -> None:
    with socket.socket() as server, pytest.raises(ForbiddenInTests, match="network"):
        server.connect(("127.0.0.1", smtplib.SMTP_PORT))


def test_database_is_out_of_reach_of_unit_tests() -> None:
    with pytest.raises(ForbiddenInTests, match="tests/service"):
        create_engine("sqlite://").connect()
