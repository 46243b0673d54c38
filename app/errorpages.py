"""What does a person read when something is refused or breaks? One table from error code to words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import psycopg
import structlog
from flask import Flask, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from app.accounts.rules import Role
from app.accounts.signin import home_of
from app.kernel.errors import DomainError
from app.web import render

log = structlog.get_logger()

Words: TypeAlias = str | LazyString


@dataclass(frozen=True)
class Explanation:
    """What happened, whether anything was lost, what to do next."""

    title: Words
    what: Words
    next_step: Words
    lost: Words = _("Nothing was changed and nothing is lost.")


_ABSENT = Explanation(
    _("Not found"),
    _("There is no such page, or it is not yours to see."),
    _("Check the address, or start again from the first page."),
)

_WRONG_PASSWORD = Explanation(
    _("You are not signed in"),
    _("The sign-in name and the password do not belong together. Check both."),
    _("Try again, or set a new password."),
)
_PASSWORD_REFUSED = Explanation(
    _("This password is not good enough"),
    _("A password is long enough, is not the sign-in name and is not used by many people."),
    _("Choose another password. Several words in a row are easy to remember."),
    lost=_("Your password has not been changed."),
)

_FACTOR_REFUSED = Explanation(
    _("The code was not taken"),
    _("A code of the app works for about a minute and once; a recovery code works once."),
    _("Wait for the next code and type that, or use a recovery code."),
)
_INVITATION_DETAILS = Explanation(
    _("Something that you typed cannot be so"),
    _("Role, address, name, centre, body and end of an invitation have to fit each other."),
    _("Go back and correct what you typed."),
)

_REGISTRATION_REFUSED = Explanation(
    _("Something that you typed cannot be so"),
    _("IIN, birth date, sex, names, address and phone number are compared with each other and with their forms."),
    _("Compare what you typed with the identity document, and correct it."),
    lost=_("What you typed before is kept for an hour."),
)
_CODE_REFUSED = Explanation(
    _("The code was not taken"),
    _("A code works for 15 minutes, may be mistyped four times, and only the newest one counts."),
    _("Type the code of the newest letter, or ask for another one."),
    lost=_("What you typed before is kept for an hour."),
)

_SIGNATURE_REFUSED = Explanation(
    _("The signature was not taken"),
    _("It has to be a person’s own, valid, made for signing in, and made over the text of the page."),
    _("Open the page again, sign its text with your key for authentication, or sign in with your password."),
    lost=_("You are not signed in, and nothing was changed."),
)
_CHALLENGE_REFUSED = Explanation(
    _("The text to sign is no longer good"),
    _("Each text is good for five minutes, for one sign-in, and for the browser that it was given to."),
    _("Open the page again and sign the new text."),
    lost=_("You are not signed in, and nothing was changed."),
)

EXPLANATIONS: dict[str, Explanation] = {
    "appeals.not_found": _ABSENT,
    "appeals.sitting_runs": Explanation(
        _("The test is not over"),
        _("A test is contested after its end. Now the clock runs."),
        _("Go on with the test. If something fails, tell the operator at once."),
        lost=_("Your answers are saved."),
    ),
    "appeals.not_contestable": Explanation(
        _("This test cannot be contested"),
        _("It was a practice test, or its result is void and counts for nothing."),
        _("You may take the test again; see “My tests”."),
    ),
    "appeals.window_closed": Explanation(
        _("The time for this appeal is over"),
        _("A test is contested on the day on which it ended, an act within a few working days. Nothing was filed."),
        _("You may still complain under the Administrative Procedural Code, as a rule within three months."),
        lost=_("What you may have written is not kept; your result stays as it was."),
    ),
    "appeals.passed_already": Explanation(
        _("You passed this test"),
        _("An appeal for a technical failure voids a result. Yours is a pass, and its certificate would be lost."),
        _("If a question was wrong, contest its content."),
    ),
    "appeals.ban_over": Explanation(
        _("The ban is lifted already"),
        _("The act bars you no more, so there is nothing to contest."),
        _("You may book a test; see “My tests”."),
    ),
    "appeals.already_filed": Explanation(
        _("This is contested already"),
        _("There is an appeal of yours on this ground. Nothing was filed a second time."),
        _("Look for it in “My appeals”."),
    ),
    "appeals.nothing_contested": Explanation(
        _("No question is contested"),
        _("An appeal names at least one question of your test, and at most twenty."),
        _("Go back and write under a question what is wrong with it."),
    ),
    "appeals.sheet_closed": Explanation(
        _("Your answers are not shown any more"),
        _("They are shown on the day of the test and while an appeal about it runs: the questions are used again."),
        _("Your result and what to read again stay on the page of the result."),
        lost=_("Your answers are kept, and nothing of them is changed."),
    ),
    "appeals.ended": Explanation(
        _("This appeal has ended"),
        _("It was decided, or withdrawn."),
        _("Load the page of the appeal again: it says how it ended."),
    ),
    "appeals.commission_appointed": Explanation(
        _("This appeal has its commission"),
        _("Somebody was faster and appointed it."),
        _("Load the page of the appeal again. A member who has not voted can be replaced."),
    ),
    "appeals.commission_too_small": Explanation(
        _("There are too few members"),
        _("A commission has at least as many different people as the rules of the test ask for."),
        _("Choose further people."),
    ),
    "appeals.member_not_impartial": Explanation(
        _("Somebody may not decide about this"),
        _("Whoever had a part in what is contested is not of its commission."),
        _("An administrator has to put somebody else in this place."),
    ),
    "appeals.member_has_voted": Explanation(
        _("This member has voted"),
        _("Who has voted stays in the commission, so that nobody can choose the votes."),
        _("Load the page of the appeal again."),
    ),
    "appeals.already_voted": Explanation(
        _("You have voted"),
        _("A member votes once. Your first vote counts."),
        _("Load the page of the appeal again: it says how it stands."),
    ),
    "appeals.case_unread": Explanation(
        _("You have not opened the case"),
        _("A member reads the case before the vote. Your vote was not taken."),
        _("Open the case on the page of the appeal, then vote."),
    ),
    "approvals.not_found": _ABSENT,
    "approvals.nothing_to_ask_for": _ABSENT,
    "approvals.may_not_request": Explanation(
        _("This is not yours to ask for"),
        _("People of your role cannot ask for this act."),
        _("Tell an administrator what is needed and why."),
    ),
    "approvals.may_not_decide": Explanation(
        _("This is not yours to decide"),
        _("People of your role cannot decide about this act."),
        _("Tell an administrator that the request waits."),
    ),
    "approvals.own_request": Explanation(
        _("Somebody else must decide"),
        _("This is your own request, and nobody decides about an own request."),
        _("Ask another person to decide, or withdraw the request."),
    ),
    "approvals.not_the_requester": Explanation(
        _("This is not your request"),
        _("A request is withdrawn by the person who made it."),
        _("If you may decide about it, refuse it instead."),
    ),
    "approvals.requester_gone": Explanation(
        _("Who asked may not ask any more"),
        _("The account of the person who asked was closed or changed after the request was made."),
        _("Refuse this request. If the act is still needed, somebody asks for it again."),
    ),
    "approvals.already_waiting": Explanation(
        _("The same is asked for already"),
        _("A request for this act waits for a decision."),
        _("Open the list of requests, and ask another person to decide about it."),
    ),
    "approvals.expired": Explanation(
        _("The time to decide is over"),
        _("A request waits for 24 hours, and nobody decided about this one."),
        _("If the act is still needed, somebody asks for it again."),
    ),
    "approvals.already_decided": Explanation(
        _("This request is decided already"),
        _("Somebody approved or refused it before you."),
        _("Open the request to see how it was decided."),
    ),
    "approvals.withdrawn": Explanation(
        _("This request was withdrawn"),
        _("The person who asked took the request back before it was decided."),
        _("There is nothing to do. If the act is still needed, somebody asks for it again."),
    ),
    "approvals.outdated": Explanation(
        _("This request is out of date"),
        _("What it is about has changed since it was made, so nobody can agree to it any more."),
        _("Refuse it, and make a new request if it is still wanted."),
    ),
    "audit.act_not_found": Explanation(
        _("There is no such act"),
        _("The log has no act of this number, or its facts were erased before."),
        _("Look for it in the log of acts."),
    ),
    "audit.act_not_erasable": Explanation(
        _("These facts are kept for good"),
        _("They prove a draw, a sitting, a result or the log itself, and name nobody."),
        _("Choose another act, or leave it as it is."),
    ),
    "audit.log_contradicted": Explanation(
        _("The log was changed"),
        _("The log does not begin with what was signed last, so nothing more is signed."),
        _("Keep the machine as it is, and tell the auditor. The command flask audit verify names what is wrong."),
        lost=_("Everything is left as it was found."),
    ),
    "audit.no_checkpoint": Explanation(
        _("Not signed yet"),
        _("The log has not been signed since this act was recorded, so there is nothing to prove it against."),
        _("Try again in a minute. If it stays so, the worker or the keys are missing: tell the administrator."),
    ),
    "accommodations.not_found": _ABSENT,
    "accommodations.nothing_asked": Explanation(
        _("Nothing was chosen"),
        _("A request asks for at least one thing, and a decision grants at least one."),
        _("Go back and choose what is needed."),
    ),
    "accommodations.already_asked": Explanation(
        _("A request of yours waits already"),
        _("One request at a time is decided."),
        _("Wait for the decision, or withdraw the request and ask for something else."),
    ),
    "accommodations.already_settled": Explanation(
        _("This request is settled"),
        _("It was decided or withdrawn meanwhile."),
        _("Load the list again to see how it stands."),
    ),
    "accommodations.too_much_time": Explanation(
        _("The sessions are too short for that"),
        _("Sessions are planned for the ordinary extension of the test."),
        _("Grant less, or have the rules of the programme changed first."),
    ),
    "accommodations.ends_in_the_past": Explanation(
        _("This day is over"),
        _("What is granted holds at least until today."),
        _("Choose a later day, or none."),
    ),
    "bookings.waiting_not_found": _ABSENT,
    "bookings.already_in_line": Explanation(
        _("You wait there already"),
        _("You are on the waiting list of this centre for this test."),
        _("See your place in line on the page of your waiting lists; to wait for other days, leave that list first."),
    ),
    "bookings.offer_gone": Explanation(
        _("This place is not kept for you any more"),
        _("The time to take it is over, or it was taken back."),
        _("Choose another place, or enter the waiting list again."),
    ),
    "bookings.wrong_days": Explanation(
        _("These days cannot be booked"),
        _("The last day is before the first, or booking is not open for any of them."),
        _("Choose other days."),
    ),
    "bookings.unusable_code": Explanation(
        _("This code cannot be used"),
        _("The code of a session and the number of a workstation have Latin letters, digits, points and hyphens only."),
        _("Choose another code."),
    ),
    "bookings.booking_closed": Explanation(
        _("Booking is closed"),
        _("The list of this session is fixed: the draw of its papers rests on it."),
        _("Choose another session."),
    ),
    "bookings.booking_still_open": Explanation(
        _("Booking is still open"),
        _("People may still book a place in this session, so its list cannot be fixed yet."),
        _("Come back when booking has closed."),
    ),
    "bookings.session_full": Explanation(
        _("No place is left"),
        _("All places of this session that fit are taken."),
        _("Choose another time or another centre."),
        lost=_("You have no place in this session. Other bookings of yours are as they were."),
    ),
    "bookings.session_withdrawn": Explanation(
        _("This session does not take place"),
        _("The centre is closed at that time, or its hours have changed."),
        _("Choose another time or another centre."),
    ),
    "bookings.centre_not_found": _ABSENT,
    "bookings.application_not_found": _ABSENT,
    "bookings.programme_not_open": Explanation(
        _("This test is not open"),
        _("No test of this programme can be booked now."),
        _("Look at the list of tests."),
    ),
    "bookings.not_eligible": Explanation(
        _("You cannot sit this test yet"),
        _("A rule of the test stands against it."),
        _("Open the list of tests: it names each rule, and from when it stands no longer."),
    ),
    "bookings.outside_window": Explanation(
        _("This day cannot be booked"),
        _("The day is too near, too far ahead, or outside of the days of your competition."),
        _("Choose another day."),
    ),
    "bookings.booking_cancelled": Explanation(
        _("This booking was given back"),
        _("It was cancelled or moved before."),
        _("Look at your tests: the booking that counts stands there."),
    ),
    "bookings.change_too_late": Explanation(
        _("It is too late to change this booking"),
        _("A place can be moved or given back until the list of the session is fixed."),
        _("Come to the test. If you cannot, nothing is counted as an attempt, and you may book again."),
        lost=_("Your place is kept as it was."),
    ),
    "bookings.other_programme": Explanation(
        _("This is another test"),
        _("The session is for another test than the one that you applied for."),
        _("Choose the place again from the list of tests."),
    ),
    "bookings.too_late": Explanation(
        _("Entry is over"),
        _("The test has begun, and nobody is let in after its start."),
        _("Book another time. A test that was missed does not count as an attempt."),
    ),
    "bookings.competition_over": Explanation(
        _("The days for this competition are over"),
        _("A test for a competition is sat within a few working days after its last day for documents."),
        _("Check the date, or apply without a competition."),
    ),
    "bookings.competition_too_early": Explanation(
        _("The days for this competition cannot be booked yet"),
        _("They lie further ahead than people may book."),
        _("Come back nearer to the date, or apply without a competition."),
    ),
    "bookings.already_there": Explanation(
        _("This is there already"),
        _("The centre has a room with this code, a workstation with this number, or an exception on this day."),
        _("Choose another one, or remove the one that is there."),
    ),
    "bookings.closed_that_day": Explanation(
        _("This day cannot be changed so"),
        _("No test is held on a holiday, and a day that is over stays as it was."),
        _("Choose another day."),
    ),
    "bookings.bookings_struck": Explanation(
        _("People are booked"),
        _("This change would strike bookings, and nobody has agreed to that."),
        _("Look at the list of sessions and bookings, and confirm it."),
    ),
    "bookings.roster_fixed": Explanation(
        _("The draw of a session rests on this"),
        _("The change would strike bookings of a session whose list is fixed and whose draw is committed."),
        _("Choose another time for the change, or hold that session first."),
    ),
    "papers.draw_already_committed": Explanation(
        _("The draw is fixed already"),
        _("This session has a draw. Another one needs a reason and two people."),
        _("Open the draw of the session to see how it stands."),
    ),
    "papers.draw_already_made": Explanation(
        _("The draw has been made"),
        _("Seats and papers of this session have been drawn. Nothing can be thrown a second time."),
        _("Open the draw of the session to see how it stands."),
    ),
    "papers.draw_replaced": Explanation(
        _("Another draw was fixed meanwhile"),
        _("What was thrown before belongs to the earlier draw. Nothing was drawn now."),
        _("Open the draw of the session again, read the new commitment aloud, and throw again."),
    ),
    "papers.draw_not_made": Explanation(
        _("The draw has not been made yet"),
        _("The proctor throws the dice before the test begins. Your questions are drawn then."),
        _("Wait in the room and try again when the proctor says so."),
    ),
    "papers.draw_tampered": Explanation(
        _("What was sealed has been changed"),
        _("The stored list, questions or secret are not those of the commitment. Nothing is drawn from them."),
        _("Tell the administrator and the auditor at once. Another draw needs two people."),
    ),
    "papers.paper_tampered": Explanation(
        _("A paper has been changed"),
        _("A question of this paper is not the one that was sealed. It is neither shown nor scored."),
        _("Tell the operator. The saved answers are kept, and the auditor can see what was changed."),
    ),
    "papers.pool_too_thin": Explanation(
        _("There are too few questions"),
        _("A part of the question pool cannot fill its place on every paper."),
        _("Tell the administrator: items must be added or confirmed before this session can be drawn."),
    ),
    "papers.redraw_too_late": Explanation(
        _("Too late for another draw"),
        _("Somebody has already seen a paper of this session."),
        _("Let the session go on with the papers that were drawn."),
    ),
    "papers.throw_not_usable": Explanation(
        _("This is not a throw"),
        _("What was typed does not stand for dice or numbered balls, or not for the beacon that was named beforehand."),
        _("Type the numbers again, as they lie on the table."),
    ),
    "papers.too_few_seats": Explanation(
        _("There are too few seats"),
        _("Fewer workstations are in service, or accessible, than people are booked."),
        _("Put workstations into service, or tell the administrator, and try again."),
    ),
    "accounts.sign_in_refused": _WRONG_PASSWORD,
    "accounts.wrong_password": _WRONG_PASSWORD,
    "accounts.too_many_tries": Explanation(
        _("Too many tries"),
        _("There were too many tries in a short time."),
        _("Wait a few minutes and try again, or set a new password."),
    ),
    "accounts.closed": Explanation(
        _("Your account is closed"),
        _("It was closed by the people who run the tests, and opens no more."),
        _("Ask your testing centre."),
    ),
    "accounts.unusable_name": Explanation(
        _("This sign-in name cannot be used"),
        _("Applicants sign in with their IIN, all others with their e-mail address."),
        _("Compare the sign-in name with the identity document and enter it again."),
    ),
    "accounts.name_taken": Explanation(
        _("There is an account of this name"),
        _("Each sign-in name belongs to one account."),
        _("Sign in with that account, or set a new password for it."),
    ),
    "accounts.centre_missing": Explanation(
        _("The testing centre is missing"),
        _("An operator works at one testing centre, which has to be named."),
        _("Name the centre and try again."),
    ),
    "accounts.not_found": _ABSENT,
    "accounts.wrong_factor_code": _FACTOR_REFUSED,
    "accounts.too_many_factor_codes": Explanation(
        _("Too many tries"),
        _("There were too many wrong codes in a short time."),
        _("Wait a few minutes and try again."),
    ),
    "accounts.half_session_over": Explanation(
        _("The time for the code is over"),
        _("The code is typed within five minutes after the password."),
        _("Sign in again with your password."),
    ),
    "accounts.factor_not_begun": Explanation(
        _("There is no second factor to confirm"),
        _("The key was shown in another browser, or it is confirmed already."),
        _("Open the page of your account, and set the second factor up from there."),
    ),
    "accounts.factor_missing": Explanation(
        _("There is no second factor"),
        _("This account has no second factor, so there is nothing to change about it."),
        _("Set one up on the page of the account."),
    ),
    "accounts.body_missing": _INVITATION_DETAILS,
    "accounts.display_name_unusable": _INVITATION_DETAILS,
    "accounts.email_change_over": Explanation(
        _("No new address waits for a code"),
        _("The address was confirmed already, or was given more than a day ago."),
        _("Look at the page of your account. If the address there is not the one you want, change it again."),
    ),
    "accounts.address_not_usable": Explanation(
        _("This address cannot be used here"),
        _("The address cannot become yours, so it was not changed."),
        _("Choose another address."),
    ),
    "bodies.bin_invalid": Explanation(
        _("This is not a BIN"),
        _("A BIN has twelve digits; the last one checks the others."),
        _("Compare the number with the document and enter it again."),
    ),
    "bodies.there_already": Explanation(
        _("This body is entered already"),
        _("Each BIN belongs to one body."),
        _("Look for it in the list of hiring bodies."),
    ),
    "bodies.not_found": _ABSENT,
    "bodies.ended": Explanation(
        _("This body hires no more"),
        _("An administrator has noted that it has ended."),
        _("Choose another body."),
    ),
    "people.invitation_not_found": _ABSENT,
    "people.invitation_not_usable": Explanation(
        _("The link no longer works"),
        _("An invitation works once and for seven days, and only the link of the newest letter."),
        _("Ask the administrator who invited you to send the invitation again."),
        lost=_("No account was opened, and nothing was changed."),
    ),
    "people.invitation_done": Explanation(
        _("There is nothing left to do with this invitation"),
        _("It was sent, accepted or withdrawn before."),
        _("Open the list of invitations to see how it stands."),
    ),
    "people.invitation_needs_another": Explanation(
        _("Another administrator has to agree first"),
        _("Nobody makes an administrator or an auditor alone, and a consent that has expired is asked for again."),
        _("Ask another administrator on the page of the invitation, or invite the person anew."),
    ),
    "people.address_has_account": Explanation(
        _("This address has an account"),
        _("Somebody signs in with this address, or did. One account has one role."),
        _("Look for the person in the list, or invite another address."),
    ),
    "people.already_invited": Explanation(
        _("This address was invited already"),
        _("An invitation to it waits for an answer."),
        _("Send that invitation again, or withdraw it first."),
    ),
    "people.role_not_invited": _INVITATION_DETAILS,
    "people.end_not_ahead": _INVITATION_DETAILS,
    "people.own_account": Explanation(
        _("This is your own account"),
        _("Nobody ends their own role or resets their own second factor."),
        _("Ask another administrator."),
    ),
    "people.last_administrator": Explanation(
        _("This is the last administrator"),
        _("Without this person nobody could invite people, change centres or agree to requests."),
        _("Invite another administrator first, and wait until the account is open."),
    ),
    "people.already_ended": Explanation(
        _("This role has ended already"),
        _("The person can no longer sign in."),
        _("Open the page of the person to see since when."),
    ),
    "accounts.password_refused": _PASSWORD_REFUSED,
    "accounts.password_too_short": _PASSWORD_REFUSED,
    "accounts.password_too_long": _PASSWORD_REFUSED,
    "accounts.password_is_name": _PASSWORD_REFUSED,
    "accounts.password_too_common": _PASSWORD_REFUSED,
    "accounts.reset_not_usable": Explanation(
        _("The link no longer works"),
        _("The link was used already, or it is too old."),
        _("Ask for a new link"),
        lost=_("Your password has not been changed."),
    ),
    "jobs.not_failed": Explanation(
        _("This job has not failed"),
        _("Only a failed job can be tried again; this one waits, is done or is not there."),
        _("Look at the list of jobs again."),
    ),
    "jobs.emptied": Explanation(
        _("This letter cannot be sent any more"),
        _("It was given up so long ago that its address is erased."),
        _("If the person still has to be told, reach them in another way."),
    ),
    "applicants.not_found": Explanation(
        _("No applicant belongs to this account"),
        _("You are signed in with an account that does not sit tests."),
        _("Sign in with the account of the applicant."),
    ),
    "applicants.iin_invalid": Explanation(
        _("This is not an IIN"),
        _("An IIN has twelve digits; the last one checks the others."),
        _("Compare the number with the identity document and enter it again."),
    ),
    "applicants.name_unusable": Explanation(
        _("This name cannot be entered"),
        _("A name has letters, at most 60, and between them spaces, hyphens, points or apostrophes."),
        _("Enter the name as the identity document has it."),
    ),
    "applicants.banned": Explanation(
        _("You may not take the test yet"),
        _("An act on a violation of the rules bars you from testing for a time."),
        _("Until when, by which act, and how to contest it stands in “My tests”."),
    ),
    "applicants.act_in_future": Explanation(
        _("The act is dated in the future"),
        _("An act is drawn up when the violation is found, at the latest today."),
        _("Compare the date with the act and enter it again."),
    ),
    "applicants.act_entered": Explanation(
        _("This act is entered already"),
        _("For this person there is an act of this number, and the ban that follows from it runs or was lifted."),
        _("Look for it in the list of violations."),
    ),
    "applicants.no_ban_follows": Explanation(
        _("No ban follows from this act"),
        _("Under the rules of this test a violation bars nobody: it is a practice test."),
        _("Choose the test in which the rules were violated."),
    ),
    "applicants.ban_not_found": _ABSENT,
    "applicants.ban_lifted": Explanation(
        _("The ban is lifted already"),
        _("It was lifted before, and bars nobody any more."),
        _("There is nothing more to do."),
    ),
    **dict.fromkeys(
        (
            "eds.signature_refused",
            "eds.unreadable",
            "eds.other_text",
            "eds.algorithm_refused",
            "eds.gost_not_checked",
            "eds.checker_away",
            "eds.signature_wrong",
            "eds.certificate_unknown",
            "eds.certificate_not_valid_now",
            "eds.certificate_revoked",
            "eds.revocation_unknown",
            "eds.not_for_sign_in",
            "eds.not_personal",
        ),
        _SIGNATURE_REFUSED,
    ),
    "signature.challenge_over": _CHALLENGE_REFUSED,
    "signature.challenge_used": _CHALLENGE_REFUSED,
    "signature.nobody_registered": Explanation(
        _("Nobody is registered with this IIN"),
        _("The signature is good, and no applicant has an account with its IIN."),
        _("Register first. After that your signature opens your account."),
    ),
    "signature.not_taken": Explanation(
        _("Digital signatures are not taken here"),
        _("This installation is not set up to check digital signatures."),
        _("Sign in with your IIN and your password."),
    ),
    "registration.details_refused": _REGISTRATION_REFUSED,
    "registration.birth_date_unreadable": _REGISTRATION_REFUSED,
    "registration.birth_date_contradicts": _REGISTRATION_REFUSED,
    "registration.sex_contradicts": _REGISTRATION_REFUSED,
    "registration.alphabets_mixed": _REGISTRATION_REFUSED,
    "registration.names_too_long": _REGISTRATION_REFUSED,
    "accounts.mail_unusable": _REGISTRATION_REFUSED,
    "applicants.phone_unusable": _REGISTRATION_REFUSED,
    "accounts.too_many_codes": Explanation(
        _("Three codes were sent within an hour"),
        _("No more than three letters an hour go to one address, or for one IIN."),
        _("Wait for the rest of the hour, then ask for another code."),
        lost=_("What you typed before is kept for an hour."),
    ),
    "accounts.code_refused": _CODE_REFUSED,
    "accounts.wrong_code": _CODE_REFUSED,
    "accounts.code_used_up": _CODE_REFUSED,
    "accounts.code_expired": _CODE_REFUSED,
    "registration.code_not_confirmed": Explanation(
        _("The code comes first"),
        _("A password is chosen when the e-mail address is confirmed."),
        _("Type the code of the newest letter, or ask for another one."),
        lost=_("What you typed before is kept for an hour."),
    ),
    "registration.iin_has_account": Explanation(
        _("This IIN has an account"),
        _("One person has one account, so no second one was opened."),
        _("Sign in with that account, or set a new password for it."),
    ),
    "registration.over": Explanation(
        _("There is no registration to go on with"),
        _("It was not begun in this browser, or its hour is over and what was typed has been deleted."),
        _("Begin again; it takes three minutes."),
        lost=_("No account was opened, and nothing was changed."),
    ),
    "notices.not_found": _ABSENT,
    "erasures.not_found": _ABSENT,
    "erasures.already_asked": Explanation(
        _("You have asked for it already"),
        _("Your request to erase your data waits to be carried out."),
        _("You need not do anything. The page of your data says until when it is done."),
    ),
    "erasures.already_decided": Explanation(
        _("This request has been decided"),
        _("The data were erased, or the request was refused, before."),
        _("Look at the list of requests again."),
    ),
    "erasures.nothing_asked": Explanation(
        _("No request waits"),
        _("Your request to erase your data was decided or withdrawn before. Nothing was changed now."),
        _("The page of your data says how it stands."),
    ),
    "erasures.waits": Explanation(
        _("Your data are about to be erased"),
        _("You have asked to have your data erased, so no place can be booked for you. Nothing was changed."),
        _("If you want to sit the test, withdraw your request first, then book."),
    ),
    "erasures.sitting_runs": Explanation(
        _("A test is running"),
        _("Data cannot be erased in the middle of a test."),
        _("Finish the test first, then ask again."),
    ),
    "erasures.booking_open": Explanation(
        _("A place is booked"),
        _("Whose data are erased cannot sit the test for which a place is booked."),
        _("Cancel the booking, or sit the test, then ask again."),
    ),
    "bookings.not_found": _ABSENT,
    "bookings.session_not_found": _ABSENT,
    "bookings.session_not_open": Explanation(
        _("The exam session is not open"),
        _("The test can be started only while its exam session is open."),
        _("Look at the time of your booking, or ask the operator."),
    ),
    "bookings.retest_not_yet": Explanation(
        _("The retest is not open yet"),
        _("After a result below the threshold a waiting time runs."),
        _("The date from which you may sit again is on the page of your result."),
    ),
    "papers.not_found": _ABSENT,
    "papers.draw_not_committed": Explanation(
        _("The papers of this session are not ready"),
        _("The draw of this exam session has not been committed yet, so no paper can be drawn."),
        _("Tell the operator. The test can start as soon as the draw is committed."),
    ),
    "papers.draw_not_revealed": Explanation(
        _("The draw is not revealed yet"),
        _("The secret of a draw is shown after the last sitting of its session has ended."),
        _("Come back after the end of the session."),
    ),
    "papers.item_version_changed": Explanation(
        _("A stored item and its file differ"),
        _("The text of an item was changed without raising its version."),
        _("Raise the version of the item in its file and import again."),
    ),
    "checkin.not_released": Explanation(
        _("The session has not started yet"),
        _("The operator starts the test for all who are ready."),
        _("Go back to the waiting page: the test starts there by itself."),
    ),
    "sittings.not_found": _ABSENT,
    "sittings.ended": Explanation(
        _("This sitting is over"),
        _("The test has been finished, so no more answers are taken."),
        _("Open your results to see how it ended."),
        lost=_("Every answer that was shown as saved counts."),
    ),
    "sittings.paused": Explanation(
        _("The test is paused"),
        _("The operator has stopped the clock, so nothing is saved or finished now."),
        _("Wait: the test goes on by itself when the operator lets it."),
        lost=_("Nothing is lost. The pause does not take any of your time."),
    ),
    "sittings.nothing_to_pause": Explanation(
        _("The time of this test is up"),
        _("A pause would not stop anything any more."),
        _("If time was lost, add it to the test before it is finished."),
    ),
    "sittings.credit_above_limit": Explanation(
        _("This is more than one person may add"),
        _("The rules of the test limit what one person adds to a sitting in all."),
        _("Ask a second person to agree, on the page of the time of this test."),
    ),
    "sittings.elsewhere": Explanation(
        _("Your test is open in another browser"),
        _("A test runs in one browser at a time, and this is not the one."),
        _("Go on in the other browser, or ask the operator to let you continue here."),
        lost=_("Your saved answers are kept, and the time goes on."),
    ),
    "sittings.already_sat": Explanation(
        _("This booking has been used"),
        _("The test of this booking has already been started."),
        _("Open your bookings to continue it or to see the result."),
    ),
    "sittings.another_runs": Explanation(
        _("You are sitting another test"),
        _("One person sits one test at a time, and another of your tests is running."),
        _("Finish that one first, or ask the operator."),
    ),
    "sittings.not_prepared": Explanation(
        _("You are not ready at this computer"),
        _("The steps before the test were done at another computer, or something was decided meanwhile."),
        _("Open “My tests” and press “Start”: it leads to the step that is open."),
    ),
    "sittings.move_code_refused": Explanation(
        _("The code was not taken"),
        _("It is not the code that the operator has for this test."),
        _("Compare it with what the operator reads out, and type it again."),
        lost=_("Your saved answers are kept, and the time goes on."),
    ),
    "sittings.move_code_missing": Explanation(
        _("No code is good for this test"),
        _("A code works for some minutes and once."),
        _("Ask the operator for a new one."),
        lost=_("Your saved answers are kept, and the time goes on."),
    ),
    "sittings.too_many_move_codes": Explanation(
        _("Too many wrong codes"),
        _("After several wrong codes one has to wait a little."),
        _("Ask the operator for a new code; it is taken at once."),
        lost=_("Your saved answers are kept, and the time goes on."),
    ),
    "sittings.language_not_offered": Explanation(
        _("The test is not offered in this language"),
        _("The programme of this test lists the languages in which it is sat."),
        _("Go back and choose one of them."),
    ),
    "sittings.sequence_gap": Explanation(
        _("An answer came out of order"),
        _("The page and the server count the answers differently."),
        _("Open the test again; it goes on where the server left it."),
        lost=_("Every answer that was shown as saved counts."),
    ),
    "sittings.answer_malformed": Explanation(
        _("This is not an answer of this paper"),
        _("The question or the option does not exist on this paper."),
        _("Open the test again and choose one of the options shown."),
    ),
    "sittings.not_yet_over": Explanation(
        _("The time is not up"),
        _("The sitting still runs."),
        _("Go on with the test, or finish it with the button."),
    ),
    "practice.not_found": Explanation(
        _("There is no such practice test"),
        _("It was begun in another browser, or its 24 hours are over and it has been deleted."),
        _("Begin another one; it needs no registration."),
        lost=_("Nothing depends on it: practice counts for nothing."),
    ),
    "practice.full": Explanation(
        _("Too many people are practising now"),
        _("We let a limited number of people practise at once, so that the real tests never wait."),
        _("Try again in ten minutes. Until then you can read what is asked."),
        lost=_("Nothing was started and nothing is lost."),
    ),
    "practice.not_ready": Explanation(
        _("Practice is not ready"),
        _("The pool of questions is being changed, so no paper can be drawn."),
        _("Try again in an hour."),
        lost=_("Nothing was started and nothing is lost."),
    ),
    "scoring.result_not_found": _ABSENT,
    "scoring.result_voided": Explanation(
        _("The result is void already"),
        _("It was voided before, and counts for nothing."),
        _("There is nothing more to do."),
    ),
    "scoring.certificate_stands": Explanation(
        _("A certificate follows from this result"),
        _("A result is not voided while a certificate says that the test was passed."),
        _("Have the certificate revoked first."),
    ),
    "receipts.not_ready": Explanation(
        _("The receipt is not made yet"),
        _("A receipt is made within seconds after the end of a test."),
        _("Look again in a moment; the page of the result leads to it."),
        lost=_("Your answers are saved, and the receipt comes in any case."),
    ),
    "receipts.not_over": Explanation(
        _("The test is not over"),
        _("Receipt and response sheet are made when a test is over."),
        _("Go on with the test; after its end the page of the result leads to them."),
    ),
    "certificates.not_found": _ABSENT,
    "certificates.still_valid": Explanation(
        _("You hold a valid certificate of this test"),
        _("A test that has been passed is not sat again while its certificate is valid."),
        _("Use the certificate that you have; it stands in “My tests”."),
    ),
    "certificates.revoked_for_good": Explanation(
        _("The certificate is revoked"),
        _("What was revoked is never brought back."),
        _("If it was a mistake, the person sits the test again, or another certificate is issued."),
    ),
    "certificates.stands_so": Explanation(
        _("Nothing would change"),
        _("The certificate stands already as you asked for it to stand."),
        _("Look at the certificate in the register again."),
    ),
    "certificates.list_not_found": Explanation(
        _("There is no such list"),
        _("No status list of this number has been signed."),
        _("The first list appears within a minute of the first certificate. Its number stands in each certificate."),
    ),
    "certificates.keys_missing": Explanation(
        _("No certificates can be made here yet"),
        _("The signing keys of this installation have not been made."),
        _("An administrator makes them with the command “flask keys init”."),
    ),
    "verification.too_many_lookups": Explanation(
        _("This number was tried too often"),
        _("The number was entered several times with an IIN ending that does not belong to it."),
        _("Compare both with the certificate and try again in an hour, or scan the code."),
    ),
}
"""Every code of a DomainError stands here; a policy test says which one is missing."""

_BY_STATUS: dict[int, Explanation] = {
    400: Explanation(
        _("The page could not be understood"),
        _("What was sent is incomplete, or the page was open for too long."),
        _("Go back, reload the page and try again."),
    ),
    403: Explanation(
        _("Not for this account"),
        _("Your account may not open this page."),
        _("Sign in with another account, or go back to your first page."),
    ),
    404: _ABSENT,
    405: Explanation(
        _("This page is not opened like that"),
        _("The address exists, but takes another kind of request."),
        _("Start again from the first page."),
    ),
    413: Explanation(
        _("Too much was sent"),
        _("The page takes less than what was sent."),
        _("Send less, or ask for help."),
    ),
    429: Explanation(
        _("Too many tries"),
        _("There were too many tries in a short time."),
        _("Wait a few minutes and try again."),
    ),
}

_UNAVAILABLE = Explanation(
    _("The server cannot read or write just now"),
    _("The database is away for a moment, or its disk is full. It has been noted."),
    _("Try again in a minute. An exam page goes on by itself and sends what is not saved yet."),
    lost=_("Everything that was shown as saved is kept."),
)
TRY_AGAIN_SECONDS = 2

_UNEXPECTED = Explanation(
    _("Something went wrong on our side"),
    _("The server met an error that it did not expect. It has been noted."),
    _("Try again. If it happens again, tell the operator the time and the address of the page."),
    lost=_("Everything that was shown as saved is kept."),
)


_NEXT_PAGES = {
    "accommodations": "accommodations.mine",
    "appeals": "appeals.mine",
    "applicants": "desk.mine",
    "approvals": "approvals.requests",
    "bookings": "desk.mine",
    "certificates": "desk.mine",
    "practice": "practice.start",
    "eds": "accounts.sign_in",
    "erasures": "personal.erasure",
    "registration": "registration.start",
    "signature": "accounts.sign_in",
    "sittings": "desk.mine",
    "verification": "verification.start",
}
"""Where the words of a refusal send the reader, by room; the first page otherwise."""


_ROOMS_OF_BOTH = {"accommodations", "appeals", "applicants", "bookings", "erasures"}
"""Rooms in which applicants and staff meet refusals: staff go on where their work begins."""


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, refuse)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    for kind in (exc.OperationalError, exc.TimeoutError, psycopg.OperationalError):
        app.register_error_handler(kind, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def refuse(error: DomainError) -> ResponseReturnValue:
    """Show a refusal. Refusals are normal: they are noted, not alarmed about."""
    log.info("refused", code=error.code, path=request.path)
    status = getattr(error, "status", 409)
    explanation = EXPLANATIONS.get(error.code) or _BY_STATUS.get(status, _UNEXPECTED)
    return _page(explanation, status, room=error.code.partition(".")[0])


def in_words(error: DomainError) -> str:
    """Say a refusal in English sentences, for the command line."""
    explanation = EXPLANATIONS[error.code]
    with force_locale("en"):
        return f"{explanation.title}. {explanation.what} {explanation.next_step}"


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _page(_BY_STATUS[400], 400)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # noqa: PLR2004  # a redirect is not an error
        return error.get_response()
    return _page(_BY_STATUS.get(error.code, _UNEXPECTED), error.code)


def _unavailable(error: Exception) -> ResponseReturnValue:
    """Answer for a database that is away, full or too slow: whoever asked may ask again."""
    log.error("unavailable", path=request.path, error=type(error).__name__, cause=_cause(error))
    if request.accept_mimetypes.best == "application/json":
        answer = make_response(jsonify(code="unavailable"), 503)
    else:
        g._login_user = AnonymousUserMixin()  # where Flask-Login looks first: nobody is looked up now
        answer = make_response(_page(_UNAVAILABLE, 503, says_who=False))
    answer.headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return answer


def _cause(error: Exception) -> str:
    """Return what the driver said, without the values that were given to it."""
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected", path=request.path, error=type(error).__name__)  # noqa: LOG004  # Flask is handling it
    return _page(_UNEXPECTED, 500)


def _page(explanation: Explanation, status: int, room: str = "", *, says_who: bool = True) -> tuple[str, int]:
    page = render(
        "errors/error.html",
        says_who=says_who,
        status=status,
        title=explanation.title,
        what=explanation.what,
        lost=explanation.lost,
        next_step=explanation.next_step,
        next_page=_next_page(room),
    )
    return page, status


def _next_page(room: str) -> str:
    """Return where the reader goes on: an applicant to the page of the room, staff to where their work begins."""
    person = current_user if current_user and current_user.is_authenticated else None
    if room in _ROOMS_OF_BOTH and person is not None and person.role is not Role.APPLICANT:
        return home_of(person)
    return _NEXT_PAGES.get(room, "pages.home")
