"""What does the holder of a certificate see, and what is published for verifiers?"""

from __future__ import annotations

from flask import Blueprint, Response, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import current_person, public, role_required
from app.accounts.rules import Role
from app.applicants.queries import applicant_of_account
from app.certificates.queries import CertificateFacts, access_certificate, signed_list, standing_of
from app.kernel.rulebook import programme_version, register
from app.web import db, language, render, settings, tools
from certs.authority import ROOT_CERTIFICATE_FILE, TRUST_LIST_FILE
from certs.encoding import qr_text
from certs.qr import qr_svg

bp = Blueprint("certificates", __name__)


@bp.get("/certificates/<string:number>")
@role_required(Role.APPLICANT)
def show(number: str) -> ResponseReturnValue:
    """The certificate as a page that can be printed. It states what the signed token states."""
    certificate = _mine(number)
    document = certificate.document
    programme = programme_version(document.programme_code, document.programme_version)
    lines = [
        (register().act(block.act).title[language()], section.correct, section.maximum, block.minimum)
        for block, section in zip(programme.blocks, document.sections, strict=True)
    ]
    return render(
        "certificates/show.html",
        document=document,
        number=certificate.number,
        standing=standing_of(certificate.id, session=db.session()).value,
        lines=lines,
        programme=programme,
        demonstration=tools().keys.trust.demonstration,
        address=f"{settings().public_origin}{url_for('verification.start')}",
        qr_text=qr_text(settings().official_host, _token(certificate)),
    )


@bp.get("/certificates/<string:number>/qr.svg")
@role_required(Role.APPLICANT)
def qr(number: str) -> ResponseReturnValue:
    """The QR code, drawn from the token."""
    certificate = _mine(number)
    drawing = qr_svg(settings().official_host, _token(certificate), title=certificate.number)
    return Response(drawing, mimetype="image/svg+xml")


@bp.get("/certificates/<string:number>/token")
@role_required(Role.APPLICANT)
def token(number: str) -> ResponseReturnValue:
    """The token as a file, for verification without any network."""
    certificate = _mine(number)
    disposition = {"Content-Disposition": f"attachment; filename={certificate.number}.cwt"}
    return Response(_token(certificate), mimetype="application/cwt", headers=disposition)


@bp.get("/.well-known/synaq-keys")
@public
def trust_list() -> ResponseReturnValue:
    """Which keys may sign, as the root signed it."""
    _ = tools().keys.trust
    return send_file(tools().keys.folder / TRUST_LIST_FILE, mimetype="application/cose")


@bp.get("/.well-known/synaq-status/<int:number>")
@public
def status_list(number: int) -> ResponseReturnValue:
    """Which certificates were revoked or suspended, as the status key signed it; verify with it without any network."""
    content = signed_list(number, session=db.session())
    disposition = {"Content-Disposition": f"attachment; filename=status-{number}.cose"}
    return Response(content, mimetype="application/cose", headers=disposition)


@bp.get("/.well-known/synaq-root.pem")
@public
def root_certificate() -> ResponseReturnValue:
    """The root certificate. A verifier compares its fingerprint with one obtained in another way."""
    _ = tools().keys.trust
    return send_file(tools().keys.folder / ROOT_CERTIFICATE_FILE, mimetype="application/x-pem-file")


def _mine(number: str) -> CertificateFacts:
    applicant = applicant_of_account(current_person().id, session=db.session())
    return access_certificate(number, applicant.id, session=db.session())


def _token(certificate: CertificateFacts) -> bytes:
    return certificate.token or b""
