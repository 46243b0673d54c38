"""How does a certificate stand, who decided so, and where is another decision asked for?"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import role_required
from app.accounts.queries import display_names
from app.accounts.rules import Role
from app.applicants.queries import applicant_with_id
from app.certificates.errors import CertificateNotFound
from app.certificates.queries import certificate_with_number, changes_of, standing_of
from app.reports.forms import CertificateForm
from app.web import db, render, tools
from certs.status import StatusState

bp = Blueprint("register", __name__, url_prefix="/reports/certificates")

NEXT = {
    StatusState.VALID: ("suspend", "revoke"),
    StatusState.SUSPENDED: ("restore", "revoke"),
    StatusState.REVOKED: (),
}
"""What may be asked for, by how a certificate stands; two people decide (``processes.approved``)."""


@bp.get("")
@role_required(Role.ADMINISTRATOR, Role.AUDITOR)
def index() -> ResponseReturnValue:
    """Find a certificate by its number."""
    if "number" not in request.args:
        return render("certificates/find.html", form=CertificateForm(formdata=None))
    form = CertificateForm(request.args)
    if not form.validate():
        return render("certificates/find.html", form=form), 422
    return redirect(url_for(".show", number=form.number.data), 303)


@bp.get("/<string:number>")
@role_required(Role.ADMINISTRATOR, Role.AUDITOR)
def show(number: str) -> ResponseReturnValue:
    session = db.session()
    found = certificate_with_number(number, session=session)
    if found is None or found.token is None:
        raise CertificateNotFound
    changes, state = changes_of(found.id, session=session), standing_of(found.id, session=session)
    people = {who for change in changes for who in (change.requested_by, change.decided_by)}
    return render(
        "certificates/register.html",
        certificate=found,
        document=found.document,
        holder=applicant_with_id(found.applicant_id, session=session).full_name,
        state=state.value,
        expired=tools().clock.now() >= found.expires_at,
        changes=changes,
        names=display_names(people, session),
        next_acts=NEXT[state],
    )
