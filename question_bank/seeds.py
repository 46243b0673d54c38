"""How do a secret and a thrown salt become the ranks of a draw? Pure: standard library only."""

import hashlib
import hmac

SEED_BYTES = 32
LEAF_SALT_BYTES = 16


def rank(seed: bytes, purpose: str, data: bytes) -> bytes:
    """Return the place of ``data`` in an order that nobody can foresee without the seed."""
    return hmac.digest(seed, purpose.encode("ascii") + b"\x00" + data, "sha256")


def hkdf_sha256(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """Derive key material.

    Basis:
        RFC 5869, sections 2.2 and 2.3; an empty salt stands for as many zero bytes as the hash has.
    """
    key = hmac.digest(salt or bytes(hashlib.sha256().digest_size), secret, "sha256")
    block, material, counter = b"", b"", 0
    while len(material) < length:
        counter += 1
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        material += block
    return material[:length]


def derive_seed(secret: bytes, salt: str, session: str, booking: str) -> bytes:
    """Return the seed of one booking's paper.

    Args:
        secret: What was committed to before the salt was thrown.
        salt: What was thrown in public, as ``throw`` writes it; empty in a weak draw.
        session: Code of the session, without ``|``, as is the booking's name.
        booking: Name of the booking.

    Raises:
        ValueError: A name holds the separator, so that two pairs of names could give one seed.
    """
    return _derived(secret, salt, "synaq-draw-v1", session, booking)


def derive_seat_seed(secret: bytes, salt: str, session: str) -> bytes:
    """Return the seed by which the seats of a session are drawn.

    Raises:
        ValueError: See ``derive_seed``.
    """
    return _derived(secret, salt, "synaq-seats-v1", session)


def _derived(secret: bytes, salt: str, *names: str) -> bytes:
    if any("|" in name for name in names):
        message = "the names of a session and a booking must not hold '|'"
        raise ValueError(message)
    return hkdf_sha256(secret, salt=salt.encode("ascii"), info="|".join(names).encode(), length=SEED_BYTES)


def commitment(secret: bytes, session: str, number: int, inputs_digest: bytes) -> bytes:
    """Return what is published before the salt is thrown: it fixes the secret and every input without showing them.

    Args:
        secret: 32 bytes.
        session: Code of the session.
        number: Which draw of the session this is, from 1; a redraw has a commitment of its own.
        inputs_digest: Of ``inputs.DrawInputs``.
    """
    prefix = b"\x00".join([b"synaq-draw-commit-v2", session.encode(), str(number).encode("ascii"), b""])
    return hashlib.sha256(prefix + inputs_digest + secret).digest()


def leaf_salt(pool_secret: bytes, item_id: str, version: int) -> bytes:
    """Return the salt that keeps a committed leaf from being found by guessing the text of the item."""
    message = f"leaf-salt\x00{item_id}\x00{version}".encode()
    return hmac.digest(pool_secret, message, "sha256")[:LEAF_SALT_BYTES]
