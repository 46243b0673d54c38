"""Does each key serve its own use only, and do key files keep their secret?"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from certificate_sample import NOW
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from certs.authority import LIFETIMES, Authority, create, initialise
from certs.errors import KeyStoreError
from certs.keys import (
    FileKeyStore,
    KeyUse,
    MemoryKeyStore,
    SigningKey,
    issuer_of,
    key_id,
    open_key_file,
    sealed_key,
    signing_window,
    use_of,
)
from certs.moments import months_later
from certs.trust import load_trust_list, pin_root

ROUNDS = 1_000
PASSPHRASE = b"correct horse"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("issuer") / "keys"
    initialise(folder, PASSPHRASE, "KZ-GS", NOW, demonstration=True, rounds=ROUNDS)
    return folder


def test_signature_is_raw_and_names_its_key(authority: Authority, ring: MemoryKeyStore) -> None:
    signature = ring.sign(KeyUse.TOKEN, b"bytes")

    certificate = ring.certificate(KeyUse.TOKEN)
    assert len(signature.raw) == 64
    assert signature.kid == key_id(certificate) == certificate.fingerprint(SHA256())[:8]


def test_log_key_signs_with_ed25519(ring: MemoryKeyStore) -> None:
    key = ring.certificate(KeyUse.LOG).public_key()
    assert isinstance(key, ed25519.Ed25519PublicKey)

    key.verify(ring.sign(KeyUse.LOG, b"head").raw, b"head")


def test_key_for_another_use_is_not_found(authority: Authority) -> None:
    only_pdf = MemoryKeyStore(leaf for leaf in authority.leaves if leaf.use is KeyUse.PDF)

    with pytest.raises(KeyStoreError, match="no-key"):
        only_pdf.sign(KeyUse.TOKEN, b"bytes")


def test_two_keys_for_one_use_are_refused(authority: Authority) -> None:
    with pytest.raises(KeyStoreError, match="two-keys"):
        MemoryKeyStore([authority.leaves[0], authority.leaves[0]])


def test_key_with_the_certificate_of_another_is_refused(authority: Authority) -> None:
    with pytest.raises(KeyStoreError, match="key-mismatch"):
        replace(authority.leaves[0], certificate=authority.leaves[1].certificate)


def test_certificate_of_the_root_states_no_use(authority: Authority) -> None:
    with pytest.raises(KeyStoreError, match="wrong-use"):
        use_of(authority.root.certificate)
    with pytest.raises(KeyStoreError, match="no-window"):
        signing_window(authority.root.certificate)


@pytest.mark.parametrize("use", KeyUse)
def test_certificate_outlives_what_its_key_signs(authority: Authority, use: KeyUse) -> None:
    certificate = authority.ring().certificate(use)
    window = signing_window(certificate)

    assert window.closes == months_later(window.opens, LIFETIMES[use].window_months)
    assert certificate.not_valid_after_utc == months_later(window.opens, LIFETIMES[use].certificate_months)
    assert issuer_of(certificate) == "KZ-GS"


def test_token_key_lives_for_window_certificate_and_spare() -> None:
    assert (LIFETIMES[KeyUse.TOKEN].window_months, LIFETIMES[KeyUse.TOKEN].certificate_months) == (12, 27)


def test_chain_leads_from_leaf_to_root(authority: Authority) -> None:
    for leaf in authority.leaves:
        leaf.certificate.verify_directly_issued_by(authority.issuing.certificate)
    authority.issuing.certificate.verify_directly_issued_by(authority.root.certificate)
    assert isinstance(authority.root.private.curve, ec.SECP384R1)


def test_key_files_open_with_their_passphrase(folder: Path) -> None:
    store = FileKeyStore(folder, PASSPHRASE)

    assert len(store.sign(KeyUse.TOKEN, b"bytes").raw) == 64
    assert {use_of(store.certificate(use)) for use in (KeyUse.TOKEN, KeyUse.STATUS, KeyUse.LOG)} == {
        KeyUse.TOKEN,
        KeyUse.STATUS,
        KeyUse.LOG,
    }
    assert isinstance(open_key_file(folder / "root.p12", PASSPHRASE).private, ec.EllipticCurvePrivateKey)


@pytest.mark.parametrize("passphrase", [b"", b"wrong", PASSPHRASE + b"\n"])
def test_wrong_passphrase_opens_nothing(folder: Path, passphrase: bytes) -> None:
    with pytest.raises(KeyStoreError, match="locked"):
        FileKeyStore(folder, passphrase).sign(KeyUse.TOKEN, b"bytes")


def test_renamed_key_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "token.p12").write_bytes((folder / "status.p12").read_bytes())

    with pytest.raises(KeyStoreError, match="wrong-use"):
        FileKeyStore(tmp_path, PASSPHRASE).sign(KeyUse.TOKEN, b"bytes")


def test_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "status.p12").write_bytes(b"not a key")
    store = FileKeyStore(tmp_path, PASSPHRASE)

    with pytest.raises(KeyStoreError, match="no-key"):
        store.certificate(KeyUse.TOKEN)
    with pytest.raises(KeyStoreError, match="locked"):
        store.certificate(KeyUse.STATUS)


def test_key_file_without_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    bare = serialize_key_and_certificates(None, authority.leaves[0].private, None, None, BestAvailableEncryption(b"x"))
    (tmp_path / "token.p12").write_bytes(bare)

    with pytest.raises(KeyStoreError, match="no-key"):
        FileKeyStore(tmp_path, b"x").certificate(KeyUse.TOKEN)


def test_key_file_is_not_written_without_a_passphrase(authority: Authority) -> None:
    leaf = authority.leaves[0]

    with pytest.raises(KeyStoreError, match="no-passphrase"):
        sealed_key(leaf.private, leaf.certificate, b"", rounds=ROUNDS)


def test_key_file_uses_the_rounds_it_is_told(authority: Authority) -> None:
    leaf = authority.leaves[0]

    # DER of the integer 600,000, as PBKDF2 parameters hold it; the default would be seen by its absence.
    assert bytes.fromhex("0203 0927c0") in sealed_key(leaf.private, leaf.certificate, PASSPHRASE)


def test_new_folder_holds_all_files_for_its_owner_only(folder: Path) -> None:
    files = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}

    assert set(files) == {
        "root.p12",
        "issuing.p12",
        "token.p12",
        "status.p12",
        "log.p12",
        "receipt.p12",
        "root.pem",
        "issuing.pem",
        "trust-list.cose",
        "README.txt",
    }
    assert set(files.values()) == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "OFFLINE" in (folder / "README.txt").read_text()


def test_demonstration_is_said_in_names_and_list(folder: Path) -> None:
    root = pin_root((folder / "root.pem").read_bytes())
    trust = load_trust_list((folder / "trust-list.cose").read_bytes(), root)

    names = [root.certificate.subject, *(entry.certificate.subject for entry in trust.entries)]
    assert trust.demonstration
    assert all("DEMONSTRATION" in name.rfc4514_string() for name in names)


def test_real_keys_do_not_speak_of_a_demonstration() -> None:
    authority = create("KZ-GS", NOW, demonstration=False)

    assert "DEMONSTRATION" not in authority.root.certificate.subject.rfc4514_string()


def test_existing_keys_are_never_overwritten(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    with pytest.raises(KeyStoreError, match="keys-exist"):
        initialise(folder, PASSPHRASE, "KZ-GS", NOW, demonstration=True, rounds=ROUNDS)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_folder_filled_meanwhile_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "keys"
    real = Path.rename

    def somebody_was_faster(self: Path, target: Path) -> Path:
        folder.mkdir()
        (folder / "theirs").write_text("keys of somebody else")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", somebody_was_faster)
    with pytest.raises(KeyStoreError, match="keys-exist"):
        initialise(folder, PASSPHRASE, "KZ-GS", NOW, demonstration=True, rounds=ROUNDS)

    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert [path.name for path in folder.iterdir()] == ["theirs"]


def test_failed_writing_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(self: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "rename", no_room)
    with pytest.raises(OSError, match="no space"):
        initialise(tmp_path / "keys", PASSPHRASE, "KZ-GS", NOW, demonstration=True, rounds=ROUNDS)

    assert list(tmp_path.iterdir()) == []


def test_seal_certificate_is_accepted_by_common_readers(authority: Authority) -> None:
    purposes = authority.ring().certificate(KeyUse.PDF).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert {purpose.dotted_string for purpose in purposes} == {"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"}


def test_keys_without_window_do_not_open_one() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    plain = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1)).sign(key, SHA256())

    endless = x509.PrivateKeyUsagePeriod(NOW, None)
    open_end = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1))
        .add_extension(endless, critical=False)
        .sign(key, SHA256())
    )
    with pytest.raises(KeyStoreError, match="open end"):
        signing_window(open_end)
    for question in (use_of, issuer_of, signing_window):
        with pytest.raises(KeyStoreError):
            question(SigningKey(private=key, certificate=plain).certificate)
