"""What do the pages say to a signature that is not taken?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.errors import DomainError

REFUSALS = {
    "eds.unreadable": _l(
        "This is not a signature of one person in the CMS form. Choose the file that the signing program made."
    ),
    "eds.other_text": _l(
        "Something else was signed than the text of this page. Download the text anew and sign that file, unchanged."
    ),
    "eds.algorithm_refused": _l(
        "The signature uses an algorithm that is too weak or not known here. Use a newer key, or your password."
    ),
    "eds.gost_not_checked": _l(
        "This signature uses GOST, and this installation cannot check it. Use an RSA key, or your password."
    ),
    "eds.checker_away": _l(
        "Signatures by GOST cannot be checked at the moment. Try again in a few minutes, or use your password."
    ),
    "eds.signature_wrong": _l(
        "The signature does not hold: it was not made with the key of a valid certificate. Sign the text again."
    ),
    "eds.certificate_unknown": _l(
        "The certificate does not come from the national certification authority, as far as this installation knows it."
    ),
    "eds.certificate_not_valid_now": _l(
        "The certificate has expired or is not valid yet. Get a new key, or use your password."
    ),
    "eds.certificate_revoked": _l("The certificate was revoked. Get a new key, or use your password."),
    "eds.revocation_unknown": _l(
        "Whether the certificate was revoked cannot be checked at the moment. Try again later, or use your password."
    ),
    "eds.not_for_sign_in": _l(
        "This key is not for signing in. Use your key for authentication (its file is mostly called AUTH_RSA…)."
    ),
    "eds.not_personal": _l(
        "This is not a personal certificate. Sign in with your own key, not with that of an organisation."
    ),
    "signature.challenge_over": _l("The five minutes of the text are over. A new text stands below: sign that one."),
    "signature.challenge_used": _l("This text was used already. A new text stands below: sign that one."),
    "accounts.closed": _l("Your account is closed. Ask your testing centre."),
}


def refusal_text(error: DomainError) -> str:
    """Say a refusal beside the field, in the reader's language."""
    return str(REFUSALS[error.code])
