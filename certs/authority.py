"""How does an issuer come to have keys: root, issuing authority, and one key for each use?

    root (P-384, kept offline)
      ├── issuing authority (P-256)
      │     ├── token  (P-256)      signs certificates
      │     ├── status (P-256)      signs status lists
      │     ├── pdf    (P-256)      seals pages
      │     ├── receipt (P-256)     signs receipts of answers
      │     └── log    (Ed25519)    signs checkpoints
      └── trust list: which of these may sign what, and when

A key signs for its window and is verified against for longer: what it signed must stay checkable until it expires. Keys
made for a demonstration say so in every subject name and in the trust list, so every verification says so too.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from certs.errors import KeyStoreError
from certs.keys import (
    KDF_ROUNDS,
    KeyUse,
    MemoryKeyStore,
    PrivateKey,
    SigningKey,
    key_file_name,
    key_id,
    open_key_file,
    public_pem,
    sealed_key,
    signing_window,
    write_private,
)
from certs.moments import MONTHS_A_YEAR, months_later, whole_seconds
from certs.trust import PinnedRoot, TrustEntry, TrustList, load_trust_list, sign_trust_list

COUNTRY: Final = "KZ"
DEMONSTRATION_MARK: Final = "DEMONSTRATION"

ROOT_FILE: Final = "root.p12"
ISSUING_FILE: Final = "issuing.p12"
ROOT_CERTIFICATE_FILE: Final = "root.pem"
ISSUING_CERTIFICATE_FILE: Final = "issuing.pem"
TRUST_LIST_FILE: Final = "trust-list.cose"
README_FILE: Final = "README.txt"

# A certificate of the test is valid for a year at most; a key's certificate outlives the last one that it signed.
LONGEST_E_CERTIFICATE_MONTHS: Final = 12
SPARE_MONTHS: Final = 3
ROOT_MONTHS: Final = 20 * MONTHS_A_YEAR
ISSUING_WINDOW_MONTHS: Final = 5 * MONTHS_A_YEAR
ISSUING_MONTHS: Final = 10 * MONTHS_A_YEAR
# The list is signed anew at the latest when the leaf keys are changed.
TRUST_LIST_MONTHS: Final = 12

# RFC 9336: id-kp-documentSigning. Common PDF readers trust a seal only if e-mail protection stands beside it.
_DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")

_README: Final = """Keys of the issuer {issuer}. {mark}

root.p12      The root key. It belongs OFFLINE: move it to a medium that is kept in a safe, with its passphrase apart.
              It is needed again only to sign a new trust list (new keys each year, or a revoked key).
issuing.p12   The issuing authority: signs the certificates of the keys below. Needed once a year.
token.p12     Signs certificates of the test. Needed by the service that issues them.
status.p12    Signs status lists.
log.p12       Signs checkpoints of the log.
receipt.p12   Signs the receipts that people get at the end of their test.
root.pem, issuing.pem, trust-list.cose are public. Publish the fingerprint of root.pem where people can compare it:
{fingerprint}
"""


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """For how many months a key signs and for how many its certificate lives."""

    window_months: int
    certificate_months: int


_OUTLIVING = Lifetime(window_months=12, certificate_months=12 + LONGEST_E_CERTIFICATE_MONTHS + SPARE_MONTHS)
LIFETIMES: Final = {
    KeyUse.TOKEN: _OUTLIVING,
    KeyUse.PDF: _OUTLIVING,
    # A receipt has no term: it is checked against the window alone, for as long as the trust list names the key.
    KeyUse.RECEIPT: _OUTLIVING,
    KeyUse.STATUS: Lifetime(window_months=12, certificate_months=12 + SPARE_MONTHS),
    KeyUse.LOG: Lifetime(window_months=24, certificate_months=24 + SPARE_MONTHS),
}
FIRST_USES: Final = (KeyUse.TOKEN, KeyUse.STATUS, KeyUse.LOG, KeyUse.RECEIPT)


@dataclass(frozen=True, kw_only=True)
class AuthorityKey:
    """A key that signs certificates or the trust list, with its own certificate."""

    private: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, kw_only=True)
class Authority:
    """All keys of an issuer, as they exist only for the moment of their making."""

    issuer: str
    demonstration: bool
    root: AuthorityKey
    issuing: AuthorityKey
    leaves: tuple[SigningKey, ...]

    def ring(self) -> MemoryKeyStore:
        """Give the signing keys as a key store."""
        return MemoryKeyStore(self.leaves)

    def pinned_root(self) -> PinnedRoot:
        """Give the root as verifiers hold it."""
        return PinnedRoot(certificate=self.root.certificate, public_key=self.root.private.public_key())

    def trust_list(self, number: int, now: datetime, revoked: Mapping[bytes, datetime] | None = None) -> bytes:
        """Sign a trust list of all the keys.

        Args:
            number: One more than that of the list before.
            now: The time of signing.
            revoked: From when on a key, named by its id, is no longer trusted.
        """
        fallen = revoked or {}
        certificates = [leaf.certificate for leaf in self.leaves]
        trust = TrustList(
            issuer=self.issuer,
            number=number,
            issued_at=whole_seconds(now),
            next_update=months_later(whole_seconds(now), TRUST_LIST_MONTHS),
            demonstration=self.demonstration,
            entries=tuple(TrustEntry.of(c, signing_window(c), fallen.get(key_id(c))) for c in certificates),
        )
        return sign_trust_list(trust, self.root.private, self.root.certificate)


def create(issuer: str, now: datetime, *, demonstration: bool, uses: Sequence[KeyUse] = FIRST_USES) -> Authority:
    """Make all keys of an issuer in memory; keys and serial numbers come from the operating system."""
    root = _root(issuer, now, demonstration)
    issuing = _issuing(issuer, now, demonstration, root)
    leaves = tuple(issue_leaf(issuing, issuer, use, now, demonstration=demonstration) for use in uses)
    return Authority(issuer=issuer, demonstration=demonstration, root=root, issuing=issuing, leaves=leaves)


def initialise(
    folder: Path, passphrase: bytes, issuer: str, now: datetime, *, demonstration: bool, rounds: int = KDF_ROUNDS
) -> Authority:
    """Make all keys of an issuer and write them, encrypted, into a new folder: all files or none.

    Args:
        folder: Not there yet, or empty. Nothing is ever overwritten.
        passphrase: Locks every key file.
        issuer: The issuer code that certificates and the trust list carry.
        now: When the signing windows open.
        demonstration: Marks every name and the trust list.
        rounds: PBKDF2 rounds; lower in tests only.

    Raises:
        KeyStoreError: Something is there already (``keys-exist``), or the passphrase is empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KeyStoreError("keys-exist", f"{folder} is there already")
    authority = create(issuer, now, demonstration=demonstration)
    files = _files(authority, passphrase, now, rounds)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _write_together(folder, files)
    return authority


def add_key(folder: Path, passphrase: bytes, use: KeyUse, now: datetime, *, rounds: int = KDF_ROUNDS) -> int:
    """Make a key for a use that a folder lacks, and sign a trust list that names it too. The root key is needed.

    The key file is written before the list, so that a crash in between leaves a key that nobody believes yet.

    Returns:
        The number of the new trust list.

    Raises:
        KeyStoreError: There is such a key (``keys-exist``), or one that is needed is not there or locked.
        TrustListError: The list in the folder is not one of its root.
    """
    if (folder / key_file_name(use)).exists():
        raise KeyStoreError("keys-exist", f"there is a key for {use} in {folder}")
    root, issuing = (_authority_key(folder / name, passphrase) for name in (ROOT_FILE, ISSUING_FILE))
    pinned = PinnedRoot(certificate=root.certificate, public_key=root.private.public_key())
    listed = load_trust_list((folder / TRUST_LIST_FILE).read_bytes(), pinned)
    leaf = issue_leaf(issuing, listed.issuer, use, now, demonstration=listed.demonstration)
    trust = replace(
        listed,
        number=listed.number + 1,
        issued_at=whole_seconds(now),
        next_update=months_later(whole_seconds(now), TRUST_LIST_MONTHS),
        entries=(*listed.entries, TrustEntry.of(leaf.certificate, signing_window(leaf.certificate))),
    )
    signed = sign_trust_list(trust, root.private, root.certificate)
    write_private(folder / key_file_name(use), sealed_key(leaf.private, leaf.certificate, passphrase, rounds=rounds))
    draft = folder / f".{TRUST_LIST_FILE}"
    draft.unlink(missing_ok=True)
    write_private(draft, signed)
    draft.replace(folder / TRUST_LIST_FILE)
    return trust.number


def _authority_key(path: Path, passphrase: bytes) -> AuthorityKey:
    key = open_key_file(path, passphrase)
    if not isinstance(key.private, ec.EllipticCurvePrivateKey):
        raise KeyStoreError("no-key", f"{path.name} holds a key of another kind")
    return AuthorityKey(private=key.private, certificate=key.certificate)


def issue_leaf(issuing: AuthorityKey, issuer: str, use: KeyUse, now: datetime, *, demonstration: bool) -> SigningKey:
    """Make a key for one use and have the issuing authority certify it."""
    private: PrivateKey = (
        ed25519.Ed25519PrivateKey.generate() if use is KeyUse.LOG else ec.generate_private_key(ec.SECP256R1())
    )
    start, lifetime = whole_seconds(now), LIFETIMES[use]
    builder = (
        _builder(_name(issuer, demonstration, use), issuing.certificate.subject, start, lifetime.certificate_months)
        .public_key(private.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False, binds=use is KeyUse.PDF), critical=True)
        .add_extension(_period(start, lifetime.window_months), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(_issued_with(issuing), critical=False)
    )
    if use is KeyUse.PDF:
        purposes = x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purposes, critical=False)
    return SigningKey(private=private, certificate=builder.sign(issuing.private, hashes.SHA256()))


def _root(issuer: str, now: datetime, demonstration: bool) -> AuthorityKey:
    private = ec.generate_private_key(ec.SECP384R1())
    name = _name(issuer, demonstration, "root")
    builder = (
        _builder(name, name, whole_seconds(now), ROOT_MONTHS)
        .public_key(private.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    return AuthorityKey(private=private, certificate=builder.sign(private, hashes.SHA384()))


def _issuing(issuer: str, now: datetime, demonstration: bool, root: AuthorityKey) -> AuthorityKey:
    private = ec.generate_private_key(ec.SECP256R1())
    start = whole_seconds(now)
    builder = (
        _builder(_name(issuer, demonstration, "issuing"), root.certificate.subject, start, ISSUING_MONTHS)
        .public_key(private.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(_period(start, ISSUING_WINDOW_MONTHS), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(_issued_with(root), critical=False)
    )
    return AuthorityKey(private=private, certificate=builder.sign(root.private, hashes.SHA384()))


def _name(issuer: str, demonstration: bool, role: str) -> x509.Name:
    mark = f"{DEMONSTRATION_MARK} " if demonstration else ""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, str(role)),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{mark}{issuer} {role}"),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, start: datetime, months: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(months_later(start, months))
    )


def _period(start: datetime, months: int) -> x509.PrivateKeyUsagePeriod:
    return x509.PrivateKeyUsagePeriod(start, months_later(start, months))


def _issued_with(authority: AuthorityKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private.public_key())


def _key_usage(*, signs_certificates: bool, binds: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=binds,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _files(authority: Authority, passphrase: bytes, now: datetime, rounds: int) -> dict[str, bytes]:
    root, issuing = authority.root, authority.issuing
    keys = {
        key_file_name(leaf.use): sealed_key(leaf.private, leaf.certificate, passphrase, rounds=rounds)
        for leaf in authority.leaves
    }
    return keys | {
        ROOT_FILE: sealed_key(root.private, root.certificate, passphrase, rounds=rounds),
        ISSUING_FILE: sealed_key(issuing.private, issuing.certificate, passphrase, rounds=rounds),
        ROOT_CERTIFICATE_FILE: public_pem(root.certificate),
        ISSUING_CERTIFICATE_FILE: public_pem(issuing.certificate),
        TRUST_LIST_FILE: authority.trust_list(1, now),
        README_FILE: _readme(authority).encode(),
    }


def _readme(authority: Authority) -> str:
    fingerprint = authority.root.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    mark = f"{DEMONSTRATION_MARK}: nothing signed with them is a certificate." if authority.demonstration else ""
    return _README.format(issuer=authority.issuer, mark=mark, fingerprint=fingerprint)


def _write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Fill a hidden folder beside the wanted one and give it its name at the end, which succeeds once only."""
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            write_private(draft / name, content)
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if folder.exists():
            raise KeyStoreError("keys-exist", f"{folder} is there already") from error
        raise
