"""How are bytes signed so that each signature counts for one purpose only, and does a signature hold?

A COSE_Sign1 message with nothing left to choose: one algorithm, one key id, no unprotected header, and a purpose in the
external data, so that a signature over a trust list is never one over a certificate.

Basis:
    RFC 9052 section 4 (COSE_Sign1, Sig_structure); RFC 9053 section 2.1 (ECDSA, raw r and s).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from certs.encoding import MAX_TOKEN_BYTES, Tagged, decode, encode
from certs.errors import MalformedError

SIGN1_TAG: Final = 18
KID_BYTES: Final = 8
CERTIFICATE_PURPOSE: Final = b"kz-gs-cert-v1"
TRUST_LIST_PURPOSE: Final = b"kz-gs-trust-v1"
STATUS_LIST_PURPOSE: Final = b"kz-gs-status-v1"
RECEIPT_PURPOSE: Final = b"kz-gs-receipt-v1"

_ALGORITHM_LABEL: Final = 1
_KID_LABEL: Final = 4


class Algorithm(IntEnum):
    """The signature algorithms in use, by their COSE number."""

    ES256 = -7
    ES384 = -35


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What an algorithm number fixes."""

    curve: type[ec.EllipticCurve]
    digest: HashAlgorithm
    signature_bytes: int


PARAMETERS: Final = {
    Algorithm.ES256: Parameters(curve=ec.SECP256R1, digest=SHA256(), signature_bytes=64),
    Algorithm.ES384: Parameters(curve=ec.SECP384R1, digest=SHA384(), signature_bytes=96),
}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The parts of a message as they arrived; nothing in it is believed yet."""

    algorithm: Algorithm
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes


def protected_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Give the bytes of the protected header: the algorithm and the key id, nothing else."""
    return encode({_ALGORITHM_LABEL: int(algorithm), _KID_LABEL: kid})


def bytes_to_sign(protected: bytes, payload: bytes, purpose: bytes) -> bytes:
    """Give exactly the bytes that the signature covers."""
    return encode(["Signature1", protected, purpose, payload])


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put the message together; the unprotected header stays empty."""
    return encode(Tagged(SIGN1_TAG, [protected, {}, payload, signature]))


def parse_envelope(data: bytes, *, algorithm: Algorithm, limit: int = MAX_TOKEN_BYTES) -> Envelope:
    """Take a message apart without believing it.

    Raises:
        MalformedError: Another tag, shape, algorithm or header than ``assemble`` writes.
    """
    match decode(data, limit=limit):
        case Tagged(18, [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]):
            pass
        case _:
            raise MalformedError("not a signed message of the known shape")
    if unprotected:
        raise MalformedError("the unprotected header is not empty")
    if len(signature) != PARAMETERS[algorithm].signature_bytes:
        raise MalformedError("a signature of another length")
    kid = _kid_of(protected, algorithm)
    return Envelope(algorithm=algorithm, kid=kid, protected=protected, payload=payload, signature=signature)


def sign_raw(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Sign with a key at hand and give r and s, each as long as the curve asks."""
    parameters = PARAMETERS[algorithm_of(key.public_key())]
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(parameters.digest)))
    half = parameters.signature_bytes // 2
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def signature_holds(key: ec.EllipticCurvePublicKey, envelope: Envelope, purpose: bytes) -> bool:
    """Decide whether this key made this signature for this purpose."""
    parameters = PARAMETERS[envelope.algorithm]
    if not isinstance(key.curve, parameters.curve):
        return False
    half = parameters.signature_bytes // 2
    r, s = (int.from_bytes(part, "big") for part in (envelope.signature[:half], envelope.signature[half:]))
    signed = bytes_to_sign(envelope.protected, envelope.payload, purpose)
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(parameters.digest))
    except InvalidSignature:
        return False
    return True


def algorithm_of(key: ec.EllipticCurvePublicKey) -> Algorithm:
    """Give the one algorithm for a key's curve.

    Raises:
        ValueError: The curve is none of ours.
    """
    for algorithm, parameters in PARAMETERS.items():
        if isinstance(key.curve, parameters.curve):
            return algorithm
    raise ValueError(f"no algorithm for the curve {key.curve.name}")


def _kid_of(protected: bytes, algorithm: Algorithm) -> bytes:
    # The header is short and fixed, and its last eight bytes are the key id: so it is compared, not read.
    kid = protected[-KID_BYTES:]
    if protected != protected_header(algorithm, kid) or len(kid) != KID_BYTES:
        raise MalformedError("another algorithm, more headers, or no key id of eight bytes")
    return kid
