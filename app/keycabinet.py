"""Where are this installation's keys? Read when first needed; the web processes need only the public part."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.kernel.errors import DomainError
from certs.authority import ROOT_CERTIFICATE_FILE, TRUST_LIST_FILE
from certs.keys import FileKeyStore, KeyStore, KeyUse
from certs.note import VerifierKey
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
        self._read_at = 0
        self._ring: KeyStore | None = None
        self._trust: TrustList | None = None

    @property
    def is_filled(self) -> bool:
        return (self.folder / TRUST_LIST_FILE).exists()

    @property
    def ring(self) -> KeyStore:
        """The private keys. Only the worker opens them. Raises ``KeysMissing``."""
        self._forget_if_changed()
        if not self._passphrase_file.exists():
            raise KeysMissing
        if self._ring is None:
            self._ring = FileKeyStore(self.folder, self._passphrase_file.read_bytes().strip())
        return self._ring

    @property
    def trust(self) -> TrustList:
        """The public keys, as the root signed them. Raises ``KeysMissing``."""
        self._forget_if_changed()
        if self._trust is None:
            root = pin_root((self.folder / ROOT_CERTIFICATE_FILE).read_bytes())
            self._trust = load_trust_list((self.folder / TRUST_LIST_FILE).read_bytes(), root)
        return self._trust

    def log_keys(self) -> list[VerifierKey]:
        """The public keys of the log, the newest first, under its name: the issuer's. Raises ``KeysMissing``."""
        name = f"{self.trust.issuer.lower()}/log"
        listed = [entry for entry in self.trust.entries if entry.use is KeyUse.LOG]
        listed.sort(key=lambda entry: entry.window.opens, reverse=True)
        keys = [entry.public_key for entry in listed]
        return [VerifierKey(name=name, public_key=key) for key in keys if isinstance(key, Ed25519PublicKey)]

    def _forget_if_changed(self) -> None:
        """Read everything again after a new trust list: it is published with every change of a key."""
        if not self.is_filled:
            raise KeysMissing
        changed_at = (self.folder / TRUST_LIST_FILE).stat().st_mtime_ns
        if changed_at != self._read_at:
            self._read_at, self._ring, self._trust = changed_at, None, None
