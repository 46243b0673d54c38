"""Does a COSE library by somebody else read our tokens and write tokens that we accept?

Run in an environment of its own (``pip install cwt==3.3.0``), because cwt asks for an older cbor2 than the product:

    python oracle_cwt.py sign    keys.json payload.hex > made-by-cwt.txt
    python oracle_cwt.py verify  keys.json vectors.json
"""

import base64
import json
import sys
from pathlib import Path

from cwt import COSE, COSEHeaders, COSEKey

PURPOSE = b"kz-gs-cert-v1"
ES256 = -7


def _key(keys: dict[str, dict[str, str]], part: str) -> COSEKey:
    return COSEKey.from_pem(keys["token"][part], kid=bytes.fromhex(keys["token"]["kid"]), alg="ES256")


def sign(keys: dict[str, dict[str, str]], payload: bytes) -> str:
    """Sign a payload with the token key of the vectors, all by the library."""
    key = _key(keys, "private_key")
    protected = {COSEHeaders.ALG: ES256, COSEHeaders.KID: key.kid}
    token = COSE.new().encode_and_sign(payload, key, protected=protected, unprotected={}, external_aad=PURPOSE)
    return base64.b32encode(token).decode().rstrip("=")


def verify(keys: dict[str, dict[str, str]], vectors: dict[str, list[dict[str, str]]]) -> None:
    """Let the library decide about every vector whose answer depends on the signature alone."""
    key = _key(keys, "public_key")
    for vector in vectors["vectors"]:
        if vector["reason"] not in {None, "bad-signature"}:
            continue
        text = vector["text"].partition("#")[2] or vector["text"]
        token = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
        try:
            COSE.new().decode(token, key, external_aad=PURPOSE)
            holds = True
        except Exception as error:
            holds = False
            sys.stdout.write(f"  ({type(error).__name__}: {error})\n")
        agreed = holds == (vector["reason"] is None)
        said = "agreed" if agreed else "DISAGREED"
        sys.stdout.write(f"{said}: {vector['name']} {'holds' if holds else 'does not hold'}\n")
        if not agreed:
            sys.exit(1)


if __name__ == "__main__":
    what, keys_file, other = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    known = json.loads(keys_file.read_text())
    if what == "sign":
        sys.stdout.write(sign(known, bytes.fromhex(other.read_text().strip())) + "\n")
    else:
        verify(known, json.loads(other.read_text()))
