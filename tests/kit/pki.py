"""Which keys do the tests sign with? Fresh ones for each test, locked by one round only."""

from __future__ import annotations

from datetime import datetime

from app.keycabinet import KeyCabinet
from certs.authority import Authority, initialise
from config import Settings

PASSPHRASE = b"only for tests"
ISSUER = "SYNAQ-TEST"


def make_keys(settings: Settings, now: datetime) -> Authority:
    """Do what ``flask keys init`` does, quickly."""
    settings.keys_passphrase_file.write_bytes(PASSPHRASE)
    return initialise(settings.keys_folder, PASSPHRASE, ISSUER, now, demonstration=True, rounds=1)


def cabinet(settings: Settings) -> KeyCabinet:
    """Return the keys as a process that starts now reads them."""
    return KeyCabinet(settings.keys_folder, settings.keys_passphrase_file)
