"""Which key signs for which use, and where is it kept?

A key serves one use for its whole life: the use stands in its X.509 certificate (organisational unit), is repeated in
the trust list, and is checked whenever a key is opened. A key may sign only within its window, which its certificate
also states; it is verified against for longer than that.

Basis:
    RFC 5280 section 4.2.1.4 and its predecessors: the private key usage period, here the signing window.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from certs.cose import KID_BYTES, sign_raw
from certs.errors import KeyStoreError

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

# PBKDF2 rounds for key files: about 0.1 s to open one. Tests pass a lower number.
KDF_ROUNDS: Final = 600_000


class KeyUse(StrEnum):
    """What a key is for; it is for nothing else."""

    TOKEN = "token"  # noqa: S105 - the name of a use, no password
    STATUS = "status"
    LOG = "log"
    PDF = "pdf"
    RECEIPT = "receipt"


@dataclass(frozen=True, kw_only=True)
class SigningWindow:
    """The first and the last second at which a key may sign."""

    opens: datetime
    closes: datetime

    def holds(self, moment: datetime) -> bool:
        """Decide whether a moment lies within the window, both ends included."""
        return self.opens <= moment <= self.closes


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A raw signature of 64 bytes and the id of the key that made it."""

    raw: bytes
    kid: bytes


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key with the certificate that says what it is for."""

    private: PrivateKey
    certificate: x509.Certificate

    def __post_init__(self) -> None:
        """Refuse a pair that does not belong together.

        Raises:
            KeyStoreError: The certificate is for another key.
        """
        if self.private.public_key() != self.certificate.public_key():
            raise KeyStoreError("key-mismatch", "the certificate is for another key")

    @property
    def use(self) -> KeyUse:
        """Give the one use that the certificate states."""
        return use_of(self.certificate)

    def sign(self, data: bytes) -> bytes:
        """Sign as this kind of key does: ECDSA on P-256, or Ed25519."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        return sign_raw(self.private, data)


class KeyStore(Protocol):
    """Where signing keys live: memory, encrypted files, later a hardware module."""

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Give the certificate of the key for a use; ``KeyStoreError`` if there is none."""
        ...

    def sign(self, use: KeyUse, tbs: bytes) -> Signature:
        """Sign bytes with the key for a use; ``KeyStoreError`` if there is none."""
        ...


class MemoryKeyStore:
    """Keys held in memory, one for each use: for tests and for a freshly made authority."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Sort the keys by the use that their certificates state.

        Raises:
            KeyStoreError: Two keys claim the same use.
        """
        self._keys: dict[KeyUse, SigningKey] = {}
        for key in keys:
            if key.use in self._keys:
                raise KeyStoreError("two-keys", f"two keys for the use {key.use}")
            self._keys[key.use] = key

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Give the certificate of the key for a use."""
        return self._key(use).certificate

    def sign(self, use: KeyUse, tbs: bytes) -> Signature:
        """Sign bytes with the key for a use."""
        key = self._key(use)
        return Signature(raw=key.sign(tbs), kid=key_id(key.certificate))

    def _key(self, use: KeyUse) -> SigningKey:
        if use not in self._keys:
            raise KeyStoreError("no-key", f"no key for the use {use}")
        return self._keys[use]


class FileKeyStore:
    """Keys in encrypted files ``<use>.p12`` of one folder, each opened when it is first needed and then kept."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        """Remember where the files are; nothing is opened yet."""
        self._folder = folder
        self._passphrase = passphrase
        self._opened: dict[KeyUse, SigningKey] = {}

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Give the certificate of the key for a use."""
        return self._key(use).certificate

    def sign(self, use: KeyUse, tbs: bytes) -> Signature:
        """Sign bytes with the key for a use."""
        key = self._key(use)
        return Signature(raw=key.sign(tbs), kid=key_id(key.certificate))

    def _key(self, use: KeyUse) -> SigningKey:
        if use not in self._opened:
            self._opened[use] = self._open(use)
        return self._opened[use]

    def _open(self, use: KeyUse) -> SigningKey:
        key = open_key_file(self._folder / key_file_name(use), self._passphrase)
        if key.use is not use:
            raise KeyStoreError("wrong-use", f"the file for {use} holds a key for {key.use}")
        return key


def key_id(certificate: x509.Certificate) -> bytes:
    """Give the key id: the first eight bytes of SHA-256 over the certificate."""
    return certificate.fingerprint(hashes.SHA256())[:KID_BYTES]


def use_of(certificate: x509.Certificate) -> KeyUse:
    """Give the one use that a certificate states.

    Raises:
        KeyStoreError: It states none that is known, or several.
    """
    stated = [
        attribute.value for attribute in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    ]
    if len(stated) != 1 or stated[0] not in set(KeyUse):
        raise KeyStoreError("wrong-use", f"a certificate for {stated or 'no use'}")
    return KeyUse(str(stated[0]))


def issuer_of(certificate: x509.Certificate) -> str:
    """Give the code of the issuer that a certificate was made for (its organisation).

    Raises:
        KeyStoreError: It states none, or several.
    """
    stated = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if len(stated) != 1:
        raise KeyStoreError("no-issuer", "the certificate does not state one issuer")
    return str(stated[0].value)


def signing_window(certificate: x509.Certificate) -> SigningWindow:
    """Give the window in which the key of a certificate may sign.

    Raises:
        KeyStoreError: The certificate does not state one.
    """
    try:
        period = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    except x509.ExtensionNotFound:
        raise KeyStoreError("no-window", "the certificate states no signing window") from None
    if period.not_before is None or period.not_after is None:
        raise KeyStoreError("no-window", "the signing window has an open end")
    return SigningWindow(opens=period.not_before.replace(tzinfo=UTC), closes=period.not_after.replace(tzinfo=UTC))


def key_file_name(use: KeyUse) -> str:
    """Give the name of the file that holds the key for a use."""
    return f"{use}.p12"


def sealed_key(
    private: PrivateKey, certificate: x509.Certificate, passphrase: bytes, *, rounds: int = KDF_ROUNDS
) -> bytes:
    """Give the encrypted file of a key and its certificate (PKCS#12).

    Args:
        private: The key to lock away.
        certificate: Its certificate.
        passphrase: Not empty.
        rounds: PBKDF2 rounds; lower than ``KDF_ROUNDS`` in tests only.

    Raises:
        KeyStoreError: The passphrase is empty.
    """
    if not passphrase:
        raise KeyStoreError("no-passphrase", "a key file needs a passphrase")
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(rounds)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase)
    )
    return pkcs12.serialize_key_and_certificates(None, private, certificate, None, encryption)


def open_key_file(path: Path, passphrase: bytes) -> SigningKey:
    """Open an encrypted key file.

    Raises:
        KeyStoreError: The file is not there, the passphrase is wrong, or it holds no such key with a certificate.
    """
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        raise KeyStoreError("no-key", f"no file {path.name}") from None
    try:
        private, certificate, _ = pkcs12.load_key_and_certificates(sealed, passphrase)
    except ValueError:
        raise KeyStoreError("locked", f"{path.name}: wrong passphrase or damaged file") from None
    if certificate is None or not isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyStoreError("no-key", f"{path.name} holds no key of a known kind with its certificate")
    return SigningKey(private=private, certificate=certificate)


def public_pem(certificate: x509.Certificate) -> bytes:
    """Give a certificate as PEM, to be handed to everybody."""
    return certificate.public_bytes(Encoding.PEM)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, down to the disk; an existing one is never touched."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
