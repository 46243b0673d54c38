"""Can somebody with a prompt, the files and no network find out whether a certificate is genuine?"""

import functools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from certificate_sample import HOST, NOW, ORDINARY

from certs.__main__ import REASONS, SENTENCES, main
from certs.authority import Authority, initialise
from certs.keys import MemoryKeyStore, open_key_file, public_pem
from certs.signing import SignedCertificate
from certs.status import StatusState
from certs.status_list import sign_status_list
from certs.verification import Verdict

ROOT_FOLDER = Path(__file__).parents[3]


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.__main__.initialise", functools.partial(initialise, rounds=1_000))


@pytest.fixture
def ask(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    (tmp_path / "root.pem").write_bytes(public_pem(authority.root.certificate))
    (tmp_path / "trust-list.cose").write_bytes(authority.trust_list(4, NOW))
    monkeypatch.chdir(tmp_path)

    def run(*items: str) -> int:
        return main(["verify", *items, "--trust", "trust-list.cose", "--root", "root.pem", "--now", NOW.isoformat()])

    return run


def test_genuine_text_is_reported_with_fields_and_checks(
    ask: Callable[..., int], certificate: SignedCertificate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(certificate.qr_text(HOST), "--host", HOST) == 0

    said = capsys.readouterr().out
    assert "GENUINE STATUS UNKNOWN" in said
    assert "Сейітова" in said
    assert "T26-0001234-U" in said
    assert " 5 signature   ok" in said
    assert " 8 status      not-checked" in said


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        (StatusState.VALID, 0, "VALID"),
        (StatusState.REVOKED, 1, "It was revoked. [revoked]"),
        (StatusState.SUSPENDED, 1, "It is suspended. [suspended]"),
    ],
)
def test_status_list_at_hand_is_asked(
    ask: Callable[..., int],
    certificate: SignedCertificate,
    ring: MemoryKeyStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    state: StatusState,
    status: int,
    said: str,
) -> None:
    pointer = ORDINARY.status
    (tmp_path / "list.cose").write_bytes(sign_status_list(pointer.list_number, {pointer.index: state}, ring, NOW))

    assert ask(certificate.base32, "--status", "list.cose") == status
    assert said in capsys.readouterr().out


def test_list_of_yesterday_says_of_when_it_speaks(
    ask: Callable[..., int],
    certificate: SignedCertificate,
    ring: MemoryKeyStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = NOW - timedelta(hours=25)
    (tmp_path / "list.cose").write_bytes(sign_status_list(ORDINARY.status.list_number, {}, ring, before))

    assert ask(certificate.base32, "--status", "list.cose") == 0
    assert "GENUINE AS OF" in capsys.readouterr().out


def test_file_that_is_no_status_list_stops_the_question(
    ask: Callable[..., int], certificate: SignedCertificate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.cose").write_bytes(b"nothing of the kind")

    assert ask(certificate.base32, "--status", "list.cose") == 2
    assert "malformed" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["binary", "text", "address"])
def test_file_may_hold_the_token_or_the_text(
    ask: Callable[..., int], certificate: SignedCertificate, tmp_path: Path, kind: str
) -> None:
    content = {
        "binary": certificate.token,
        "text": certificate.base32.encode() + b"\n",
        "address": certificate.qr_text(HOST).encode(),
    }
    (tmp_path / "certificate.cwt").write_bytes(content[kind])

    assert ask("certificate.cwt") == 0


def test_one_bad_certificate_among_good_ones_is_enough(
    ask: Callable[..., int], certificate: SignedCertificate, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = certificate.base32[:-1] + ("A" if certificate.base32[-1] != "A" else "Q")

    assert ask(certificate.base32, changed, "--json") == 1

    records = json.loads(capsys.readouterr().out)
    assert [record["verdict"] for record in records] == ["genuine-status-unknown", "not-valid"]
    assert records[0]["fields"]["IIN"] == ORDINARY.iin
    assert records[1]["fields"] is None
    assert [finding["number"] for finding in records[1]["findings"]] == list(range(1, 11))


def test_foreign_host_is_said_and_not_opened(
    ask: Callable[..., int],
    certificate: SignedCertificate,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "socket", None)

    assert ask(certificate.qr_text("evil.example"), "--host", HOST) == 1
    assert "foreign-host" in capsys.readouterr().out


def test_misspelt_file_is_no_bad_certificate(ask: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("certifcate.cwt") == 2
    assert "neither a file" in capsys.readouterr().err


def test_older_trust_list_than_seen_is_refused(ask: Callable[..., int], certificate: SignedCertificate) -> None:
    assert ask(certificate.base32, "--highest-seen", "5") == 2
    assert ask(certificate.base32, "--root-sha256", "00" * 32) == 2


def test_missing_trust_list_is_a_wrong_question(ask: Callable[..., int], tmp_path: Path) -> None:
    (tmp_path / "trust-list.cose").unlink()

    assert ask("AAAA") == 2


def test_every_answer_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Verdict)
    assert {"revoked", "suspended", "bad-signature", "foreign-host"} <= set(REASONS)


@pytest.mark.usefixtures("quick_keys")
def test_keys_are_made_and_serve_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a passphrase\n")
    os.close(writing)
    folder = tmp_path / "keys"

    made = main(["keys", "init", str(folder), "--issuer", "KZ-GS", "--demonstration", "--passphrase-fd", str(reading)])

    assert made == 0
    trust, root = str(folder / "trust-list.cose"), str(folder / "root.pem")
    assert main(["verify", "AAAA", "--trust", trust, "--root", root]) == 1
    assert "DEMONSTRATION" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_keys")
def test_passphrase_typed_twice_locks_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.__main__.getpass.getpass", lambda _prompt: "пароль")

    assert main(["keys", "init", str(tmp_path / "keys"), "--issuer", "KZ-GS"]) == 0
    assert open_key_file(tmp_path / "keys" / "token.p12", "пароль".encode())


def test_mistyped_passphrase_makes_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one", "two"])
    monkeypatch.setattr("certs.__main__.getpass.getpass", lambda _prompt: next(typed))

    assert main(["keys", "init", str(tmp_path / "keys"), "--issuer", "KZ-GS"]) == 2
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (["t260001234u"], 0, "T26-0001234-U\n"),
        (["2026", "1234"], 0, "T26-0001234-U\n"),
        (["T26-0001234-V"], 2, ""),
        (["1", "2", "3"], 2, ""),
    ],
)
def test_number_is_shown_in_its_one_form(
    typed: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show-number", *typed]) == status
    assert capsys.readouterr().out == said


def test_wrong_question_ends_with_status_two() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "certs", "verify"], cwd=ROOT_FOLDER, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "usage" in done.stderr
