"""Why is a digital signature not taken? Each with a stable code; the pages give the words."""

from __future__ import annotations

from app.kernel.errors import DomainError


class SignatureRefused(DomainError):
    """A signature that opens nothing."""

    code = "eds.signature_refused"
    status = 422


class SignatureUnreadable(SignatureRefused):
    """Not a CMS signature of one signer with the certificate in it, or far too large."""

    code = "eds.unreadable"


class OtherTextSigned(SignatureRefused):
    """Something else was signed than the text that was given."""

    code = "eds.other_text"


class AlgorithmRefused(SignatureRefused):
    """An algorithm that is too weak or that nobody here knows."""

    code = "eds.algorithm_refused"


class GostNotChecked(SignatureRefused):
    """The signature uses GOST, and this installation has nothing that could check it."""

    code = "eds.gost_not_checked"


class CheckerAway(SignatureRefused):
    """The service that checks GOST signatures does not answer, or not as it must."""

    code = "eds.checker_away"
    status = 503


class SignatureWrong(SignatureRefused):
    """The signature was not made with the key of the certificate."""

    code = "eds.signature_wrong"


class CertificateUnknown(SignatureRefused):
    """The certificate does not come from an authority that is trusted here."""

    code = "eds.certificate_unknown"


class CertificateNotValidNow(SignatureRefused):
    """The certificate has expired, or is not valid yet."""

    code = "eds.certificate_not_valid_now"


class CertificateRevoked(SignatureRefused):
    """The certificate was revoked."""

    code = "eds.certificate_revoked"


class RevocationUnknown(SignatureRefused):
    """Whether the certificate was revoked has to be known, and cannot be known at present."""

    code = "eds.revocation_unknown"
    status = 503


class NotForSignIn(SignatureRefused):
    """The certificate is for something else: for signing documents, or for issuing certificates."""

    code = "eds.not_for_sign_in"


class NotPersonal(SignatureRefused):
    """The certificate is not of a person for themselves: it is of an organisation, or names no IIN."""

    code = "eds.not_personal"
