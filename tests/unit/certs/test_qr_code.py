"""Does a second, independent reader get back from the picture what was put into it?"""

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
import zxingcpp
from certificate_sample import HOST
from PIL import Image

from certs.errors import QrError
from certs.qr import LARGEST_VERSION, make_qr, qr_png, qr_svg
from certs.signing import SignedCertificate


def _read(picture: Image.Image) -> str:
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return str(found[0].text)


@pytest.mark.parametrize("scale", [2, 3, 5, 8])
def test_picture_is_read_back_at_every_scale(certificate: SignedCertificate, scale: int) -> None:
    picture = Image.open(io.BytesIO(qr_png(HOST, certificate.token, scale=scale)))

    assert _read(picture.convert("L")) == certificate.qr_text(HOST)


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_printed_size_is_read_back_from_a_scan(certificate: SignedCertificate, dpi: int) -> None:
    picture = Image.open(io.BytesIO(qr_png(HOST, certificate.token, scale=10))).convert("L")
    # 0.42 mm a module, turned a little as paper is on a scanner.
    side = round(picture.width / 10 * 0.42 / 25.4 * dpi)
    scanned = picture.resize((side, side), Image.Resampling.LANCZOS).rotate(2, expand=True, fillcolor=255)

    assert _read(scanned) == certificate.qr_text(HOST)


def test_ordinary_code_is_no_denser_than_was_measured(certificate: SignedCertificate) -> None:
    code = make_qr(HOST, certificate.token)

    assert code.version == 14
    assert code.error == "M"


def test_code_for_long_names_still_fits(make_certificate: Callable[..., SignedCertificate]) -> None:
    long = make_certificate(family="Нұрмұхамбетова-Серікбай", given="Гүлбаршын", patronymic="Әбдіғаппарқызы")

    version = make_qr(HOST, long.token).version
    assert isinstance(version, int)
    assert version <= 15


def test_longest_names_that_may_be_signed_can_be_drawn_and_read(
    make_certificate: Callable[..., SignedCertificate],
) -> None:
    """Whoever passes gets a certificate: what the profile lets through, the code holds."""
    longest = make_certificate(
        family="Ж" * 40,
        given="Ү" * 25,
        patronymic="Ә" * 25,
        programme_code="corps-b-legislation",
        centre_code="DEMO-AST-0001-XX",
        sitting="A" * 26,
    )
    host = "certificates.of.a-long-name.example.kz"
    scanned = Image.open(io.BytesIO(qr_png(host, longest.token, scale=4))).convert("L")

    assert int(make_qr(host, longest.token).version or 0) <= LARGEST_VERSION
    assert _read(scanned) == longest.qr_text(host)


@pytest.mark.parametrize("size", [600, 5_000])
def test_code_that_nobody_could_read_is_not_made(size: int) -> None:
    with pytest.raises(QrError, match="qr-too-large"):
        make_qr(HOST, bytes(size))


def test_svg_holds_nothing_that_a_strict_page_forbids(certificate: SignedCertificate) -> None:
    svg = qr_svg(HOST, certificate.token, title='Тексеру <коды> & "QR"')
    root = ElementTree.fromstring(svg)

    assert root.get("class") == "certificate-qr"
    assert root.get("viewBox") == "0 0 81 81"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == 'Тексеру <коды> & "QR"'
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "path"}
    assert not re.search(r"style|script|href|url\(|\son[a-z]+=", svg)
