"""What did the holder of a key sign, in a text that people can read, copy and keep?

A signed note is a text, an empty line, and a line for each signature. A checkpoint is a note of three lines: which log,
how many leaves, which root. Whoever keeps one can show later that the log once stood so. Nothing in a note is to be
believed before ``open_note`` has given its text.

Pure: standard library and ``cryptography``, beside this package.

Basis:
    C2SP signed-note (Ed25519, signature type 0x01); C2SP tlog-checkpoint; RFC 8032.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certs.errors import CertsError, MalformedError
from certs.merkle import HASH_BYTES

# C2SP asks for a limit of our own, and for 16 signatures at least; these are the limits of Go's package.
MAX_NOTE_CHARACTERS: Final = 1_000_000
MAX_SIGNATURES: Final = 100

_ED25519: Final = b"\x01"
_PUBLIC_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 4
_SIGNATURE_MARK: Final = "—"
# Control characters but the newline, and halves of characters, which have no UTF-8.
_BARRED: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
# No leading zero, and no more digits than 64 bits have: int() of a very long text is slow.
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteError(CertsError):
    """A note must not be believed: ``unknown-key`` or ``bad-signature``."""


@dataclass(frozen=True, kw_only=True)
class VerifierKey:
    """A public key under the name by which notes call it; its text form is what a log publishes."""

    name: str
    public_key: Ed25519PublicKey

    def __post_init__(self) -> None:
        """Refuse a name that no signature line could carry.

        Raises:
            MalformedError: It is empty, or holds a space or a plus.
        """
        if not _is_key_name(self.name):
            raise MalformedError("no name of a key")

    def __str__(self) -> str:
        """Give ``name+key id+key``: the id in hexadecimal, type and key in base 64."""
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(_ED25519 + self.public_key.public_bytes_raw())}"

    @property
    def key_id(self) -> bytes:
        """Give the four bytes that tell keys of one name apart; they find a key and prove nothing."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key.public_bytes_raw()
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def is_signed(self, data: bytes, signature: bytes) -> bool:
        """Decide whether this key signed these bytes."""
        try:
            self.public_key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A log as it stood: its name, its number of leaves, its root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def from_text(cls, body: str) -> "Checkpoint":
        """Read the text of a note; further lines are tolerated and left out.

        Raises:
            MalformedError: Not three lines at least, an empty one, or a size or root of another form.
        """
        lines = body.split("\n")
        match lines:
            case [origin, size, root, *_, ""] if all(lines[:-1]) and _SIZE.fullmatch(size):
                checkpoint = cls(origin=origin, size=int(size), root=_from_base64(root))
            case _:
                raise MalformedError("no checkpoint: origin, size and root, each on its line")
        if len(checkpoint.root) != HASH_BYTES:
            raise MalformedError(f"a root of {len(checkpoint.root)} bytes")
        return checkpoint

    def to_text(self) -> str:
        """Write the text that is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{_to_base64(self.root)}\n"


class _SignatureLine(NamedTuple):
    """Whose signature it says to be (name and key id), and the signature."""

    key: tuple[str, bytes]
    signature: bytes


def verifier_key(name: str, public_key: Ed25519PublicKey) -> str:
    """Give the text under which a log publishes its key.

    Raises:
        MalformedError: No key can have this name.
    """
    return str(VerifierKey(name=name, public_key=public_key))


def parse_verifier_key(text: str) -> VerifierKey:
    """Read a published key.

    Raises:
        MalformedError: Not the one text of an Ed25519 key; also if the key id belongs to another name or key.
    """
    name, _, encoded = text.split("+", 2) if text.count("+") > 1 else ("", "", "")
    typed_key = _from_base64(encoded)
    if not typed_key.startswith(_ED25519) or len(typed_key) != len(_ED25519) + _PUBLIC_KEY_BYTES:
        raise MalformedError("no Ed25519 verifier key")
    key = VerifierKey(name=name, public_key=Ed25519PublicKey.from_public_bytes(typed_key[len(_ED25519) :]))
    if str(key) != text:
        raise MalformedError("a verifier key whose parts do not belong together")
    return key


def signed_note(body: str, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """Sign a text by a key that may live elsewhere, and check the signature before it leaves.

    Args:
        body: The text; it ends in a newline.
        key: Who signs: name and public key.
        sign: Signs bytes with the private half, and gives 64 raw bytes.

    Raises:
        MalformedError: The text cannot be a note.
        NoteError: ``sign`` used another key (``bad-signature``).
    """
    _require_text(body)
    signature = _to_base64(key.key_id + sign(body.encode()))
    note = f"{body}\n{_SIGNATURE_MARK} {key.name} {signature}\n"
    open_note(note, [key])
    return note


def sign_note(body: str, key_name: str, key: Ed25519PrivateKey) -> str:
    """Sign a text with a key in hand; see ``signed_note``."""
    return signed_note(body, VerifierKey(name=key_name, public_key=key.public_key()), key.sign)


def open_note(text: str, verifier_keys: Iterable[VerifierKey]) -> str:
    """Give the text of a note if a known key signed it.

    Signatures of unknown keys are passed over. One of a known key that does not hold makes the whole note worthless,
    even beside one that holds.

    Raises:
        MalformedError: It is no signed note.
        NoteError: No known key signed it (``unknown-key``), or a known key's signature does not hold
            (``bad-signature``).
    """
    known = {(key.name, key.key_id): key for key in verifier_keys}
    body, signatures = _parts(text)
    of_known = [(known[line.key], line.signature) for line in signatures if line.key in known]
    for key, signature in of_known:
        if not key.is_signed(body.encode(), signature):
            raise NoteError("bad-signature", f"the signature of {key.name} does not hold")
    if not of_known:
        names = ", ".join(sorted({line.key[0] for line in signatures}))
        raise NoteError("unknown-key", f"signed by {names}, and by no key that is known here")
    return body


def _parts(text: str) -> tuple[str, list[_SignatureLine]]:
    """Split a note at its last empty line."""
    if len(text) > MAX_NOTE_CHARACTERS:
        raise MalformedError("a note longer than any")
    body, separator, signature_lines = text.rpartition("\n\n")
    if not separator:
        raise MalformedError("no empty line between text and signatures")
    _require_text(body + "\n")
    _require_text(signature_lines)
    lines = signature_lines.split("\n")[:-1]
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError(f"{len(lines)} signatures where {MAX_SIGNATURES} are the most")
    return body + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> _SignatureLine:
    mark, _, signed = line.partition(" ")
    name, _, encoded = signed.partition(" ")
    raw = _from_base64(encoded)
    if mark != _SIGNATURE_MARK or not _is_key_name(name) or len(raw) <= _KEY_ID_BYTES:
        raise MalformedError("a signature line of another form")
    return _SignatureLine(key=(name, raw[:_KEY_ID_BYTES]), signature=raw[_KEY_ID_BYTES:])


def _is_key_name(name: str) -> bool:
    return name != "" and "+" not in name and not any(map(str.isspace, name)) and not _BARRED.search(name)


def _require_text(text: str) -> None:
    if not text.endswith("\n"):
        raise MalformedError("a note ends its text and its signatures with a newline")
    if _BARRED.search(text):
        raise MalformedError("a control character in a note, or what is no character")


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("not base 64") from None
    if _to_base64(data) != text:
        raise MalformedError("not the one base 64 text of any bytes")
    return data
