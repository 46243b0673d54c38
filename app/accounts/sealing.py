"""How is a secret kept so that the table or the cookie alone does not tell it? AES-GCM under a key of its own."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kernel.entropy import Entropy

NONCE_BYTES = 12


def seal(plain: str, *, purpose: str, key: bytes, entropy: Entropy) -> str:
    """Encrypt ``plain``. What is sealed for one purpose does not open for another.

    Args:
        plain: What nobody is to read.
        purpose: What it is for, and whose it is.
        key: The secret of the installation; the key of the seals is derived from it.
        entropy: Makes the nonce.
    """
    nonce = entropy.token(NONCE_BYTES)
    sealed = AESGCM(derived(key, "seals")).encrypt(nonce, plain.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")


def unseal(sealed: str, *, purpose: str, key: bytes) -> str | None:
    """Decrypt what ``seal`` gave, or return None: it is of another purpose or key, or was changed."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        plain = AESGCM(derived(key, "seals")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
    except (InvalidTag, binascii.Error, ValueError):
        return None
    return plain.decode()


def derived(key: bytes, use: str) -> bytes:
    """Return a key for one use only, so that no two parts of the installation share one.

    Basis:
        RFC 5869.
    """
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"synaq second factor {use}".encode()).derive(key)
