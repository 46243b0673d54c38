"""Can somebody with a prompt, the files and no network check a receipt and a sheet, and add the key that signs them?"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from certificate_sample import NOW
from receipt_sample import HOST, receipt_of, sheet_of

from certs.__main__ import main
from certs.authority import Authority, add_key, create, initialise
from certs.errors import KeyStoreError
from certs.keys import FileKeyStore, KeyUse, MemoryKeyStore, public_pem
from certs.receipt import prepare_receipt, receipt_qr_text, sign_receipt
from certs.trust import load_trust_list, pin_root

ROOT_FOLDER = Path(__file__).parents[3]
PASSPHRASE = b"only for tests"


@pytest.fixture
def text(ring: MemoryKeyStore) -> str:
    return receipt_qr_text(HOST, sign_receipt(prepare_receipt(receipt_of(sheet_of()), ring), ring))


@pytest.fixture
def ask(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    (tmp_path / "root.pem").write_bytes(public_pem(authority.root.certificate))
    (tmp_path / "trust-list.cose").write_bytes(authority.trust_list(4, NOW))
    (tmp_path / "sheet.json").write_bytes(sheet_of().to_json())
    (tmp_path / "other.json").write_bytes(sheet_of([(1, 1)]).to_json())
    monkeypatch.chdir(tmp_path)

    def run(*items: str) -> int:
        return main(["receipt", *items, "--trust", "trust-list.cose", "--root", "root.pem"])

    return run


def test_receipt_alone_is_told_with_what_it_states(
    ask: Callable[..., int], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(text, "--host", HOST) == 0

    said = capsys.readouterr().out
    assert "GENUINE" in said
    assert "answered        5 of 55" in said
    assert f"code            {receipt_of(sheet_of()).code}" in said
    assert " 5 ok: The signature holds." in said
    assert "12 not checked: The rows are those that the receipt was made over." in said


def test_sheet_that_fits_is_told(ask: Callable[..., int], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(text, "--sheet", "sheet.json") == 0
    assert "these are the answers that it was given for" in capsys.readouterr().out


def test_sheet_that_differs_ends_with_status_one(
    ask: Callable[..., int], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(text, "--sheet", "other.json") == 1
    assert "FAILED: The sheet has fewer rows than the receipt; missing: 2, 3, 4, 5, 6" in capsys.readouterr().out


def test_file_may_hold_the_text(ask: Callable[..., int], text: str, tmp_path: Path) -> None:
    (tmp_path / "receipt.txt").write_text(text)

    assert ask("receipt.txt", "--sheet", "sheet.json") == 0


def test_programs_read_the_same(ask: Callable[..., int], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(text, "--sheet", "other.json", "--json") == 1

    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "sheet-differs"
    assert record["fields"]["answered"] == "5 of 55"
    assert [finding["number"] for finding in record["findings"]] == list(range(1, 15))


def test_missing_sheet_is_a_wrong_question(ask: Callable[..., int], text: str) -> None:
    assert ask(text, "--sheet", "nowhere.json") == 2


def test_receipt_is_checked_without_the_engine(ask: Callable[..., int], text: str, tmp_path: Path) -> None:
    """In a process of its own, which loads neither the application nor the question bank."""
    script = (
        "import sys; from certs.__main__ import main; status = main(sys.argv[1:]);"
        "assert not {'app', 'question_bank', 'flask', 'sqlalchemy'} & set(sys.modules), sys.modules; sys.exit(status)"
    )
    options = ["receipt", text, "--sheet", "sheet.json", "--trust", "trust-list.cose", "--root", "root.pem"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT_FOLDER)}
    done = subprocess.run([sys.executable, "-c", script, *options], cwd=tmp_path, env=environment, check=False)

    assert done.returncode == 0


# --- a key for receipts where there was none


@pytest.fixture
def old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keys of an issuer from the time before receipts."""
    monkeypatch.setattr("certs.authority.create", lambda *facts, **more: create(*facts, **more, uses=(KeyUse.TOKEN,)))
    initialise(tmp_path / "keys", PASSPHRASE, "KZ-GS", NOW - timedelta(days=9), demonstration=True, rounds=1)
    return tmp_path / "keys"


def test_added_key_signs_and_is_believed(old_folder: Path) -> None:
    assert add_key(old_folder, PASSPHRASE, KeyUse.RECEIPT, NOW - timedelta(days=1), rounds=1) == 2

    trust = load_trust_list(
        (old_folder / "trust-list.cose").read_bytes(), pin_root((old_folder / "root.pem").read_bytes())
    )
    certificate = FileKeyStore(old_folder, PASSPHRASE).certificate(KeyUse.RECEIPT)
    assert [entry.use for entry in trust.entries] == [KeyUse.TOKEN, KeyUse.RECEIPT]
    assert trust.entries[1].certificate == certificate
    assert (trust.number, trust.demonstration, trust.issued_at) == (2, True, NOW - timedelta(days=1))
    assert sorted(path.name for path in old_folder.iterdir() if path.name.startswith(".")) == []


def test_key_that_is_there_is_not_replaced(old_folder: Path) -> None:
    add_key(old_folder, PASSPHRASE, KeyUse.RECEIPT, NOW, rounds=1)
    before = (old_folder / "receipt.p12").read_bytes()

    with pytest.raises(KeyStoreError, match="keys-exist"):
        add_key(old_folder, PASSPHRASE, KeyUse.RECEIPT, NOW, rounds=1)
    assert (old_folder / "receipt.p12").read_bytes() == before


@pytest.mark.parametrize(("passphrase", "code"), [(b"another", "locked"), (PASSPHRASE, "no-key")])
def test_without_root_or_passphrase_nothing_is_added(old_folder: Path, passphrase: bytes, code: str) -> None:
    if code == "no-key":
        (old_folder / "root.p12").unlink()
    before = (old_folder / "trust-list.cose").read_bytes()

    with pytest.raises(KeyStoreError, match=code):
        add_key(old_folder, passphrase, KeyUse.RECEIPT, NOW, rounds=1)
    assert (old_folder / "trust-list.cose").read_bytes() == before
    assert not (old_folder / "receipt.p12").exists()


def test_key_is_added_at_the_prompt(old_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: PASSPHRASE.decode())

    assert main(["keys", "add", str(old_folder), "receipt"]) == 0
    assert main(["keys", "add", str(old_folder), "receipt"]) == 2
