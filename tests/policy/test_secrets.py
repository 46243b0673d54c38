"""Is anything secret among the files that git keeps?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.policy.tree import ROOT, listed

SECRET_NAMES = re.compile(
    r"\.(p12|pfx|pkcs12|jks|keystore|kdbx|key|der)$|passphrase|(^|/)(secret-key|\.env|id_[a-z0-9]+)$"
)
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1|PuTTY-User-Key-File")
JWK_PRIVATE = re.compile(rb'"kty"\s*:[^{}]*"d"\s*:|"d"\s*:[^{}]*"kty"\s*:')

KNOWN = {
    "tests/vectors/certs/keys.json": "keys of the test vectors, published so that others can make the same tokens",
    "tests/vectors/receipt/keys.json": "keys of the receipt vectors, published for the same reason",
}
"""Files with a key that protects nothing, each with its reason."""

OUR_OWN = ("tests/policy/test_secrets.py",)


def kept_files() -> list[Path]:
    """Return what git tracks, and what it would track with the next ``git add``."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_private_key_is_kept_in_git() -> None:
    keys = {
        name(path)
        for path in kept_files()
        if name(path) not in OUR_OWN
        and ((content := path.read_bytes()) and (PRIVATE_KEY.search(content) or JWK_PRIVATE.search(content)))
    }

    found, gone = sorted(keys - KNOWN.keys()), sorted(KNOWN.keys() - keys)
    assert not found, f"take the key out of git (and out of its history), make a new one:{listed(found)}"
    assert not gone, f"these hold no key any more; take them out of KNOWN:{listed(gone)}"


def test_no_key_store_or_passphrase_is_kept_in_git() -> None:
    stores = [name(path) for path in kept_files() if SECRET_NAMES.search(name(path).lower())]

    assert not stores, f"keys and passphrases belong into the instance folder, which git does not see:{listed(stores)}"


def test_instance_folder_is_ignored_by_git() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()

    assert "instance/" in ignored, "keep `instance/` in .gitignore: keys, passphrase and database are there"
