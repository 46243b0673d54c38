"""What are acts and those who did them called on a page?"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ACT_NAMES = {
    "accounts.account.closed": _l("Account closed"),
    "accounts.account.created": _l("Account opened"),
    "accounts.password.changed": _l("Password changed"),
    "accounts.password.confirmed": _l("Password confirmed before a weighty act"),
    "accounts.password.reset": _l("Password set by a link"),
    "accounts.reset.asked": _l("Link for a new password sent"),
    "accounts.session.closed": _l("Signed out"),
    "accounts.session.opened": _l("Signed in"),
    "accounts.session.refused": _l("Sign-in barred for a while"),
    "applicants.applicant.enrolled": _l("Applicant entered"),
    "applicants.ban.imposed": _l("Person barred after a violation"),
    "applicants.ban.lifted": _l("Ban lifted"),
    "applicants.consent.given": _l("Consent to the processing of personal data given"),
    "approvals.request.approved": _l("Request approved"),
    "approvals.request.made": _l("Request made"),
    "approvals.request.refused": _l("Request refused"),
    "approvals.request.withdrawn": _l("Request withdrawn"),
    "audit.facts.erased": _l("Facts of an act erased"),
    "bookings.booking.made": _l("Place booked"),
    "bookings.centre.changed": _l("Facts of a centre changed"),
    "bookings.centre.entered": _l("Centre entered"),
    "bookings.exception.entered": _l("Exception from the hours entered"),
    "bookings.exception.removed": _l("Exception from the hours removed"),
    "bookings.hours.changed": _l("Weekly hours changed"),
    "bookings.room.entered": _l("Room entered"),
    "bookings.session.closed": _l("Booking of a session closed"),
    "bookings.session.opened": _l("Exam session entered"),
    "bookings.session.restored": _l("Withdrawn session takes place after all"),
    "bookings.session.withdrawn": _l("Session withdrawn"),
    "bookings.workstation.restored": _l("Workstation back in service"),
    "bookings.workstation.stopped": _l("Workstation taken out of service"),
    "bookings.workstations.entered": _l("Workstations put into service"),
    "certificates.certificate.issued": _l("Certificate signed"),
    "certificates.certificate.recorded": _l("Text of a certificate fixed before it is signed"),
    "jobs.job.requeued": _l("Job queued again"),
    "papers.draw.committed": _l("Draw committed"),
    "papers.draw.made": _l("Seats and papers drawn"),
    "papers.draw.revealed": _l("Secret of a draw revealed"),
    "papers.paper.frozen": _l("Paper drawn and frozen"),
    "papers.pool.imported": _l("Items imported"),
    "papers.salt.skipped": _l("Nothing thrown: the draw is weak"),
    "papers.salt.thrown": _l("Throw entered"),
    "registration.account.refused": _l("Second account of an IIN refused"),
    "scoring.result.recorded": _l("Result recorded"),
    "scoring.result.voided": _l("Result voided"),
    "sittings.heads.noted": _l("State of the saved answers noted"),
    "sittings.sitting.ended": _l("Test ended"),
    "sittings.sitting.released": _l("Another browser let in by the operator"),
    "sittings.sitting.resumed": _l("Test continued in another browser"),
    "sittings.sitting.started": _l("Test started"),
    "verification.number.barred": _l("Certificate number barred after wrong tries"),
}
"""By kind; a policy test says which one is missing."""

ACTOR_NAMES = {
    "anonymous": _l("Somebody who is not signed in"),
    "public": _l("Somebody who is not signed in"),
    "system": _l("Synaq"),
    "system:sweep": _l("Synaq, when the time was over"),
    "system:worker": _l("Synaq, by the clock"),
}
"""Those who act and are no people with an account."""
