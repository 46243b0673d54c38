"""In which ways may this package refuse, and by which code does a caller know each of them?

Pure: standard library only.

A bad certificate is not among them: verification reports it, it does not raise (``certs.verification``).
"""


class CertsError(Exception):
    """A refusal with a stable ``code``; ``detail`` is for logs and for people who read codes."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the code apart from the words, so that a page can speak the reader's language."""
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class MalformedError(CertsError):
    """Bytes or text are not in the one form that this package writes."""

    def __init__(self, detail: str) -> None:
        """Say what was found instead; the code is always ``malformed``."""
        super().__init__("malformed", detail)


class NumberError(CertsError):
    """A certificate number cannot be made or read."""


class ReceiptError(CertsError):
    """A receipt must not be signed, or its code cannot be read."""


class KeyStoreError(CertsError):
    """A key is missing, locked, in the way, or meant for another use."""


class TrustListError(CertsError):
    """A trust list must not be relied on."""


class QrError(CertsError):
    """A text does not fit the QR code that can be printed and read."""
