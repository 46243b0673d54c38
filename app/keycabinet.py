"""Where are this installation's keys? Read when first needed; the web processes need only the public part."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from app.kernel.errors import DomainError
from certs.authority import ROOT_CERTIFICATE_FILE, TRUST_LIST_FILE
from certs.keys import FileKeyStore, KeyStore
from certs.trust import TrustList, load_trust_list, pin_root


class KeysMissing(DomainError):
    """The keys have not been made, or their passphrase is not where the settings say."""

    code = "certificates.keys_missing"
    status = 503


class KeyCabinet:
    """The folder that ``flask keys init`` fills."""

    def __init__(self, folder: Path, passphrase_file: Path) -> None:
        self.folder = folder
        self._passphrase_file = passphrase_file

    @property
    def is_filled(self) -> bool:
        return (self.folder / TRUST_LIST_FILE).exists()

    @cached_property
    def ring(self) -> KeyStore:
        """The private keys. Only the worker opens them. Raises ``KeysMissing``."""
        if not self.is_filled or not self._passphrase_file.exists():
            raise KeysMissing
        return FileKeyStore(self.folder, self._passphrase_file.read_bytes().strip())

    @cached_property
    def trust(self) -> TrustList:
        """The public keys, as the root signed them. Raises ``KeysMissing``."""
        if not self.is_filled:
            raise KeysMissing
        root = pin_root((self.folder / ROOT_CERTIFICATE_FILE).read_bytes())
        return load_trust_list((self.folder / TRUST_LIST_FILE).read_bytes(), root)
