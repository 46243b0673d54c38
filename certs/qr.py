"""How does a token look as a QR code that phones and office scanners read?

Two segments: the address as bytes, because the alphanumeric set has no ``#``, and the base 32 text as alphanumeric,
which is why it is written in capitals. A picture of a certificate is never the truth; the token in it is.

Basis:
    ISO/IEC 18004: modes 4 (byte) and 2 (alphanumeric), error correction level M, a quiet zone of four modules.
"""

import io
from typing import Final

import segno
from segno.encoder import DataOverflowError

from certs.encoding import CERTIFICATE_PAGE, to_base32, verifier_address
from certs.errors import QrError

# An ordinary certificate stays at version 15 or below, which was measured at 0.42 mm a module; only very long names go
# further. At the printed size of 44 mm the densest of them still has 0.43 mm a module (93 modules and 8 of quiet zone).
LARGEST_VERSION: Final = 19
QUIET_ZONE: Final = 4
SVG_CLASS: Final = "certificate-qr"

_BYTE_MODE: Final = 4
_ALPHANUMERIC_MODE: Final = 2


def make_qr(host: str, token: bytes, page: str = CERTIFICATE_PAGE) -> segno.QRCode:
    """Make the QR code of a token for the official host.

    Raises:
        QrError: It would be denser than what was measured to be readable.
    """
    segments = [(f"{verifier_address(host, page)}#", _BYTE_MODE), (to_base32(token), _ALPHANUMERIC_MODE)]
    try:
        # The list of segments is documented by segno; its stub knows single texts only.
        code = segno.make(segments, error="M", micro=False, boost_error=False)  # type: ignore[arg-type]
    except DataOverflowError:
        raise QrError("qr-too-large", "no QR code holds this token") from None
    if not isinstance(code.version, int) or code.version > LARGEST_VERSION:
        raise QrError("qr-too-large", f"version {code.version} where {LARGEST_VERSION} is the most")
    return code


def qr_svg(host: str, token: bytes, *, title: str, page: str = CERTIFICATE_PAGE) -> str:
    """Give the code as SVG: one class, no style, no script, nothing fetched; its size is the page's choice.

    Args:
        host: The official host.
        token: The signed token.
        title: What a screen reader says, in the reader's language.
        page: Where the code leads.
    """
    picture = io.BytesIO()
    make_qr(host, token, page).save(
        picture,
        kind="svg",
        border=QUIET_ZONE,
        xmldecl=False,
        nl=False,
        omitsize=True,
        svgclass=SVG_CLASS,
        lineclass=None,
        light="white",
        title=title,
    )
    return picture.getvalue().decode("utf-8")


def qr_png(host: str, token: bytes, *, scale: int = 8, page: str = CERTIFICATE_PAGE) -> bytes:
    """Give the code as PNG; ``scale`` is the side of a module in pixels."""
    picture = io.BytesIO()
    make_qr(host, token, page).save(picture, kind="png", border=QUIET_ZONE, scale=scale)
    return picture.getvalue()
