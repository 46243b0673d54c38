"""Which digital signatures are taken, and which are refused, and why?"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.eds.anchors import Anchors
from app.eds.cms import LARGEST_SIGNATURE, bare, read_signature
from app.eds.errors import (
    AlgorithmRefused,
    CertificateNotValidNow,
    CertificateRevoked,
    CertificateUnknown,
    GostNotChecked,
    NotForSignIn,
    NotPersonal,
    OtherTextSigned,
    RevocationUnknown,
    SignatureRefused,
    SignatureUnreadable,
    SignatureWrong,
)
from app.eds.revocation import ListFolder, NotChecked, Revocation
from app.eds.verifier import NoSignatures, PinnedVerifier, Signatory, verifier_for
from tests.kit.eds import (
    ACTS_FOR_ORGANISATION,
    DAY,
    IIN,
    LOGIN,
    PERSON,
    SIGNING,
    Holder,
    NationalAuthority,
    authority,
    gost_signature,
    key_usage,
    national_authority,
    person,
    rsa_key,
    sign,
    subject,
)
from tests.kit.outside import MORNING

TEXT = "Осы мәтінге қол қойыңыз.\n".encode()
LONG = bool(os.environ.get("SYNAQ_LONG"))


@pytest.fixture
def national(tmp_path: Path) -> NationalAuthority:
    return national_authority(tmp_path / "anchors")


@pytest.fixture
def verifier(national: NationalAuthority) -> PinnedVerifier:
    return PinnedVerifier(anchors=Anchors.in_folder(national.folder), revocation=NotChecked())


@pytest.fixture
def asel(national: NationalAuthority) -> Holder:
    return person(national.issuing)


def check(verifier: PinnedVerifier, signature: bytes, text: bytes = TEXT) -> Signatory:
    return verifier.signatory(signature, text, now=MORNING)


# --- what is taken


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("pss", [True, False])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_signature_names_its_person(
    verifier: PinnedVerifier, asel: Holder, digest: str, pss: bool, attached: bool
) -> None:
    signature = sign(TEXT, asel, digest=digest, pss=pss, attached=attached, named=asel)

    signatory = check(verifier, signature)

    assert signatory.person.iin == IIN
    assert signatory.person.name == "ТЕСТОВ ТЕСТ ТЕСТОВИЧ"
    assert signatory.certificate == asel.certificate.fingerprint(hashes.SHA256()).hex()
    assert signatory.revocation is Revocation.NOT_CHECKED


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda der: der, id="DER"),
        pytest.param(base64.b64encode, id="base64"),
        pytest.param(base64.encodebytes, id="base64 in lines"),
        pytest.param(lambda der: b"\r\n" + base64.b64encode(der) + b"\r\n", id="base64 with blank lines"),
        pytest.param(lambda der: b"-----BEGIN CMS-----\n" + base64.encodebytes(der) + b"-----END CMS-----\n", id="PEM"),
        pytest.param(
            lambda der: b"-----BEGIN PKCS7-----\r\n" + base64.b64encode(der) + b"\r\n-----END PKCS7-----", id="PKCS7"
        ),
    ],
)
def test_signature_is_read_however_it_is_written(
    verifier: PinnedVerifier, asel: Holder, written: Callable[[bytes], bytes]
) -> None:
    assert check(verifier, written(sign(TEXT, asel, attached=True))).person.iin == IIN


@pytest.mark.parametrize("options", [[], [pkcs7.PKCS7Options.DetachedSignature]])
def test_signature_of_another_library_is_read(
    verifier: PinnedVerifier, asel: Holder, options: list[pkcs7.PKCS7Options]
) -> None:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(TEXT).add_signer(asel.certificate, asel.key, hashes.SHA256())

    signature = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])

    assert check(verifier, signature).person.iin == IIN


@pytest.fixture
def openssl(tmp_path: Path, asel: Holder) -> Callable[..., bytes]:
    """Sign, or verify, with the command of this machine: ``openssl("-sign", "-cades")``."""
    assert shutil.which("openssl"), (
        "This test needs the command openssl. Install it as root: apt-get install -y openssl"
    )
    key = asel.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "own.pem").write_bytes(asel.pem)
    (tmp_path / "text").write_bytes(TEXT)

    def run(*arguments: str) -> bytes:
        return subprocess.run(
            ["openssl", "cms", "-binary", *arguments], cwd=tmp_path, capture_output=True, check=True
        ).stdout

    return run


@pytest.mark.parametrize(
    "options", [["-cades"], ["-keyid"], ["-nodetach"], ["-stream", "-indef"], ["-nodetach", "-stream", "-indef"]]
)
def test_signature_of_openssl_is_read(
    verifier: PinnedVerifier, openssl: Callable[..., bytes], options: list[str]
) -> None:
    """The streamed ones are BER of indefinite length, as NCALayer writes them."""
    files = ["-signer", "own.pem", "-inkey", "key.pem", "-in", "text", "-outform", "DER"]

    assert check(verifier, openssl("-sign", *files, *options)).person.iin == IIN


def test_bare_signature_still_holds_for_openssl(
    openssl: Callable[..., bytes], national: NationalAuthority, asel: Holder, tmp_path: Path
) -> None:
    signature = bare(read_signature(sign(TEXT, asel, attached=True, also=(national.root,))))
    (tmp_path / "bare").write_bytes(signature)
    (tmp_path / "trusted.pem").write_bytes(national.root.pem + national.issuing.pem)
    moment = str(int(MORNING.timestamp()))

    files = ["-in", "bare", "-inform", "DER", "-content", "text", "-CAfile", "trusted.pem", "-attime", moment]

    assert TEXT not in signature
    assert openssl("-verify", *files, "-purpose", "any") == TEXT


# --- what is refused


def test_other_persons_certificate_is_no_use_without_the_key(
    verifier: PinnedVerifier, national: NationalAuthority, asel: Holder
) -> None:
    thief = person(national.issuing, iin="900515399990", key=rsa_key("thief"))

    with pytest.raises(SignatureWrong):
        check(verifier, sign(TEXT, thief, shown=asel))


def test_certificate_put_in_place_of_the_one_that_was_signed_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority, asel: Holder
) -> None:
    second = person(national.issuing, iin="900515399990", name="БӨТЕН АДАМ", key=asel.key)

    with pytest.raises(SignatureWrong):
        check(verifier, sign(TEXT, asel, named=asel, shown=second))


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda asel: sign(b"something else", asel), id="signed another text"),
        pytest.param(lambda asel: sign(b"something else", asel, attached=True), id="another text within"),
        pytest.param(lambda asel: sign(TEXT, asel, attached=True, content=b"else"), id="text within exchanged"),
        pytest.param(lambda asel: sign(b"else", asel, attached=True, content=TEXT), id="ours put within"),
        pytest.param(lambda asel: sign(TEXT, asel, attached=True, content=b""), id="nothing within"),
        pytest.param(lambda asel: sign(TEXT, asel, message_digest=b"\0" * 32), id="hash of something else"),
        pytest.param(lambda asel: sign(TEXT, asel, message_digest=b""), id="empty hash"),
        pytest.param(lambda asel: sign(TEXT.replace(b"\n", b"\r\n"), asel), id="other ends of lines"),
    ],
)
def test_signature_over_another_text_is_refused(
    verifier: PinnedVerifier, asel: Holder, signature: Callable[[Holder], bytes]
) -> None:
    with pytest.raises(OtherTextSigned):
        check(verifier, signature(asel))


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda asel: sign(TEXT, asel, asel), id="two signers"),
        pytest.param(lambda _: sign(TEXT), id="no signer"),
        pytest.param(lambda asel: sign(TEXT, asel, also=(asel,)), id="the certificate twice"),
        pytest.param(lambda asel: sign(TEXT, asel, twice=True), id="two hashes"),
        pytest.param(lambda asel: sign(TEXT, asel, attributes=False), id="no signed attributes"),
        pytest.param(lambda asel: sign(TEXT, asel, content_type="signed_data"), id="over another kind"),
        pytest.param(lambda asel: sign(TEXT, asel) + b"\0", id="bytes after the end"),
        pytest.param(lambda asel: sign(TEXT, asel, also=(asel,) * 20), id="many certificates"),
        pytest.param(lambda asel: asel.pem, id="a certificate alone"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"\x30\x80" * 30_000, id="nested without end"),
        pytest.param(lambda _: b"\x30" * (LARGEST_SIGNATURE + 1), id="too large"),
        pytest.param(lambda _: b"A" * 10_000_000, id="huge"),
        pytest.param(lambda _: b"\xd2\x84", id="no base64"),
    ],
)
def test_what_is_no_signature_of_one_person_is_refused(
    verifier: PinnedVerifier, asel: Holder, signature: Callable[[Holder], bytes]
) -> None:
    with pytest.raises(SignatureUnreadable):
        check(verifier, signature(asel))


@pytest.mark.parametrize("names", [b"\x30\x02\xa3\x00", b"\x30\x03\x01", b""])
def test_certificate_that_cannot_be_read_to_the_end_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority, names: bytes
) -> None:
    odd = x509.UnrecognizedExtension(x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, names)

    with pytest.raises(SignatureUnreadable):
        check(verifier, sign(TEXT, person(national.issuing, extension=odd)))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"digest": "sha1"}, id="SHA-1"),
        pytest.param({"digest": "sha256", "signature_oid": "sha512_rsa"}, id="two hashes named"),
        pytest.param({"signature_oid": "sha256_ecdsa"}, id="not RSA"),
        pytest.param({"signature_oid": "1.2.3.4"}, id="unknown"),
        pytest.param({"digest_oid": "md5"}, id="MD5 named"),
        pytest.param({"digest": "sha1", "pss": True}, id="SHA-1 in PSS"),
    ],
)
def test_weak_or_unknown_algorithm_is_refused(verifier: PinnedVerifier, asel: Holder, wrong: dict[str, str]) -> None:
    with pytest.raises(AlgorithmRefused):
        check(verifier, sign(TEXT, asel, **wrong))


def test_short_key_is_refused(verifier: PinnedVerifier, national: NationalAuthority) -> None:
    with pytest.raises(AlgorithmRefused):
        check(verifier, sign(TEXT, person(national.issuing, key=rsa_key("short", 1024))))


def test_flipped_bit_of_the_signature_is_refused(verifier: PinnedVerifier, asel: Holder) -> None:
    signature = bytearray(sign(TEXT, asel))
    signature[-1] ^= 1

    with pytest.raises(SignatureWrong):
        check(verifier, bytes(signature))


def test_certificate_of_an_unknown_authority_of_the_same_name_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority
) -> None:
    root_name = national.root.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    name = national.issuing.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    false_root = Holder(authority(root_name).certificate, rsa_key("false"))
    false_issuing = Holder(national.issuing.certificate, rsa_key("false"))
    appended = Holder(authority(name).certificate, rsa_key("false"))

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, person(false_issuing), also=(appended, false_root)))


def test_authority_that_comes_with_the_signature_is_not_believed(
    verifier: PinnedVerifier, national: NationalAuthority
) -> None:
    """Even one below the true root: issuers are pinned."""
    other = authority("БАСҚА ОРТАЛЫҚ", national.root)

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, person(other), also=(other, national.root)))


def test_self_signed_certificate_with_a_stolen_name_is_refused(verifier: PinnedVerifier, asel: Holder) -> None:
    name = asel.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key("thief").public_key())
        .serial_number(asel.certificate.serial_number)
        .not_valid_before(MORNING - DAY)
        .not_valid_after(MORNING + DAY)
    )
    for extension in asel.certificate.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    stolen = Holder(builder.sign(rsa_key("thief"), hashes.SHA256()), rsa_key("thief"))

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, stolen, also=(asel,)))


def test_person_issues_no_certificates(verifier: PinnedVerifier, asel: Holder) -> None:
    accomplice = person(asel, iin="900515399990", key=rsa_key("thief"))

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, accomplice, also=(asel,)))


@pytest.mark.parametrize(
    "issuing",
    [
        pytest.param(lambda root: authority("ескі", root, until=MORNING - DAY), id="expired"),
        pytest.param(lambda root: person(root, own=subject("ескі")), id="no authority"),
        pytest.param(lambda root: person(root, own=subject("ескі"), ca=True), id="a key that signs no certificates"),
    ],
)
def test_pinned_issuer_has_to_be_an_authority_at_this_moment(
    national: NationalAuthority, issuing: Callable[[Holder], Holder]
) -> None:
    issuer = issuing(national.root)
    (national.folder / "old.pem").write_bytes(issuer.pem)
    verifier = PinnedVerifier(anchors=Anchors.in_folder(national.folder), revocation=NotChecked())

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, person(issuer, key=rsa_key("below"))))


def test_length_of_the_way_that_a_root_allows_is_kept(tmp_path: Path) -> None:
    root = authority("қысқа", path_length=0)
    issuing = authority("тым төмен", root)
    for name, holder in (("root", root), ("issuing", issuing)):
        (tmp_path / f"{name}.pem").write_bytes(holder.pem)
    verifier = PinnedVerifier(anchors=Anchors.in_folder(tmp_path), revocation=NotChecked())

    with pytest.raises(CertificateUnknown):
        check(verifier, sign(TEXT, person(issuing)))


@pytest.mark.parametrize(("until", "taken"), [(MORNING, True), (MORNING - DAY / 86400, False), (MORNING - DAY, False)])
def test_expired_certificate_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority, until: object, taken: bool
) -> None:
    signature = sign(TEXT, person(national.issuing, until=until))

    if taken:
        assert check(verifier, signature).person.iin == IIN
    else:
        with pytest.raises(CertificateNotValidNow):
            check(verifier, signature)


def test_certificate_of_tomorrow_is_refused(verifier: PinnedVerifier, asel: Holder) -> None:
    with pytest.raises(CertificateNotValidNow):
        verifier.signatory(sign(TEXT, asel), TEXT, now=MORNING - 61 * DAY)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"purposes": (SIGNING, PERSON)}, id="for signing documents"),
        pytest.param({"purposes": (PERSON,)}, id="for nothing"),
        pytest.param({"purposes": ()}, id="no purpose named"),
        pytest.param({"usage": key_usage(content_commitment=True)}, id="no digitalSignature"),
        pytest.param({"usage": key_usage(digital_signature=True, key_cert_sign=True), "ca": True}, id="an authority"),
        pytest.param({"usage": key_usage(digital_signature=True), "ca": True}, id="an authority by constraints"),
    ],
)
def test_certificate_for_something_else_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority, facts: dict[str, object]
) -> None:
    with pytest.raises(NotForSignIn):
        check(verifier, sign(TEXT, person(national.issuing, **facts)))


def test_authority_itself_does_not_sign_in(verifier: PinnedVerifier, national: NationalAuthority) -> None:
    with pytest.raises(SignatureRefused):
        check(verifier, sign(TEXT, national.issuing))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"purposes": (LOGIN, ACTS_FOR_ORGANISATION)}, id="employee"),
        pytest.param({"purposes": (LOGIN, PERSON, ACTS_FOR_ORGANISATION)}, id="person and employee"),
        pytest.param({"purposes": (LOGIN,)}, id="of nobody"),
        pytest.param(
            {"own": subject("ТЕСТОВ ТЕСТ", serial=f"IIN{IIN}", unit="BIN050140000011")}, id="BIN beside the IIN"
        ),
        pytest.param({"own": subject("ЖШС", serial="BIN050140000011")}, id="BIN alone"),
        pytest.param({"own": subject("ТЕСТОВ ТЕСТ")}, id="no number"),
        pytest.param({"own": subject("ТЕСТОВ ТЕСТ", serial=IIN)}, id="number without IIN"),
        pytest.param({"own": subject("ТЕСТОВ ТЕСТ", serial=f"IIN{IIN}0")}, id="thirteen digits"),
    ],
)
def test_certificate_that_is_not_of_a_person_is_refused(
    verifier: PinnedVerifier, national: NationalAuthority, facts: dict[str, object]
) -> None:
    with pytest.raises(NotPersonal):
        check(verifier, sign(TEXT, person(national.issuing, **facts)))


def test_gost_is_refused_where_nothing_can_check_it(verifier: PinnedVerifier, asel: Holder) -> None:
    with pytest.raises(GostNotChecked):
        check(verifier, gost_signature(TEXT, asel))


# --- revocation


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return tmp_path / "lists"


@pytest.fixture
def demanding(verifier: PinnedVerifier, lists: Path) -> PinnedVerifier:
    """A verifier that has to know."""
    return replace(verifier, revocation=ListFolder(lists))


def test_fresh_list_that_does_not_name_the_certificate_is_enough(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(person(national.issuing), lists=lists)

    assert check(demanding, sign(TEXT, asel)).revocation is Revocation.BY_LIST


def test_revoked_certificate_is_refused(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(asel, lists=lists)

    with pytest.raises(CertificateRevoked):
        check(demanding, sign(TEXT, asel))


def test_delta_adds_to_the_list(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(lists=lists)
    national.revoke(asel, lists=lists, delta=True, name="nca_d_rsa")

    with pytest.raises(CertificateRevoked):
        check(demanding, sign(TEXT, asel))


def test_delta_that_lifts_a_hold_revokes_nobody(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(lists=lists)
    national.revoke(asel, lists=lists, delta=True, name="nca_d_rsa", reason=x509.ReasonFlags.remove_from_crl)

    assert check(demanding, sign(TEXT, asel)).revocation is Revocation.BY_LIST


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"at": MORNING - 2 * DAY}, id="stale"),
        pytest.param({"at": MORNING - DAY}, id="stale from this moment on"),
        pytest.param({"at": MORNING + DAY}, id="of tomorrow"),
        pytest.param({"by": "false"}, id="not signed by the issuer"),
        pytest.param({"delta": True}, id="only a delta"),
        pytest.param({"name": "elsewhere/../../nca"}, id="in another folder"),
    ],
)
def test_without_a_fresh_list_nobody_is_let_in(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path, facts: dict[str, object]
) -> None:
    (lists / "elsewhere").mkdir(parents=True)
    if facts.get("by"):
        facts = {"by": Holder(national.issuing.certificate, rsa_key("false"))}
    national.revoke(lists=lists, **facts)

    with pytest.raises(RevocationUnknown):
        check(demanding, sign(TEXT, asel))


def test_list_that_cannot_be_read_is_as_good_as_none(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(lists=lists)
    (lists / "half.crl").write_bytes(b"\x30\x82")
    assert check(demanding, sign(TEXT, asel)).revocation is Revocation.BY_LIST
    (lists / "nca_rsa.crl").write_bytes(b"-----BEGIN X509 CRL-----\n")

    with pytest.raises(RevocationUnknown):
        check(demanding, sign(TEXT, asel))


def test_list_that_was_fetched_anew_is_read_anew(
    demanding: PinnedVerifier, national: NationalAuthority, asel: Holder, lists: Path
) -> None:
    national.revoke(lists=lists)
    check(demanding, sign(TEXT, asel))

    national.revoke(asel, lists=lists)

    with pytest.raises(CertificateRevoked):
        check(demanding, sign(TEXT, asel))


# --- whatever is sent


@given(noise=st.binary(max_size=400))
@example(noise=b"0\x82\xff\xff")
@settings(max_examples=2000 if LONG else 150, deadline=None)
def test_noise_is_refused_in_an_orderly_way(noise: bytes) -> None:
    for sent in (noise, b"\x30" + noise, base64.b64encode(noise)):
        with pytest.raises(SignatureUnreadable):
            read_signature(sent)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[PinnedVerifier, bytes]:
    national = national_authority(tmp_path_factory.mktemp("anchors"))
    verifier = PinnedVerifier(anchors=Anchors.in_folder(national.folder), revocation=NotChecked())
    asel = person(national.issuing)
    return verifier, sign(TEXT, asel, named=asel, attached=True)


@given(data=st.data())
@settings(max_examples=5000 if LONG else 300, deadline=None)
def test_changed_signature_is_refused_or_is_still_hers(
    installed: tuple[PinnedVerifier, bytes], data: st.DataObject
) -> None:
    """No change of bytes makes another person of it, or an error that nobody expected."""
    verifier, good = installed
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "insert"]))
        if kind == "set":
            changed[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del changed[place : place + data.draw(st.integers(1, 8))]
        else:
            changed[place:place] = data.draw(st.binary(min_size=1, max_size=8))

    try:
        signatory = check(verifier, bytes(changed))
    except SignatureRefused:
        return
    assert signatory == check(verifier, good)


class Trusting:
    """A service that finds everything good."""

    def check(self, *_: object) -> None:
        pass


@given(data=st.data())
@settings(max_examples=5000 if LONG else 200, deadline=None)
def test_changed_signature_by_gost_brings_no_error(
    installed: tuple[PinnedVerifier, bytes], data: st.DataObject
) -> None:
    """Its certificate is read before anybody vouches for it."""
    verifier, good = installed
    read = read_signature(good)
    holder = Holder(read.certificate, rsa_key("person"))
    changed = bytearray(gost_signature(TEXT, holder))
    for place in data.draw(st.lists(st.integers(0, len(changed) - 1), min_size=1, max_size=4)):
        changed[place] = data.draw(st.integers(0, 255))

    with contextlib.suppress(SignatureRefused):
        check(replace(verifier, sidecar=Trusting()), bytes(changed))


def test_every_flipped_bit_is_refused_or_changes_nothing(installed: tuple[PinnedVerifier, bytes]) -> None:
    verifier, good = installed
    for place in range(0, len(good), 1 if LONG else 7):
        changed = bytearray(good)
        changed[place] ^= 1 << (place % 8)
        try:
            signatory = check(verifier, bytes(changed))
        except SignatureRefused:
            continue
        assert signatory == check(verifier, good)


# --- the installation


def test_without_authorities_no_signature_is_taken(asel: Holder) -> None:
    verifier = verifier_for(None, None, "")

    assert verifier == NoSignatures()
    assert not verifier.offered
    with pytest.raises(CertificateUnknown):
        verifier.signatory(sign(TEXT, asel), TEXT, now=MORNING)


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_folder_without_a_root_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "root.pem").write_bytes(content)

    with pytest.raises(ValueError, match="SYNAQ_SIGNATURE"):
        verifier_for(tmp_path, None, "")


def test_folder_of_issuers_alone_stops_the_start(tmp_path: Path, national: NationalAuthority) -> None:
    (national.folder / "root.pem").unlink()

    with pytest.raises(ValueError, match="no root"):
        verifier_for(national.folder, None, "")
