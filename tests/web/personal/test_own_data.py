"""Do people see and take everything that is held about them, and nobody else's?"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.applicants.service import Consent
from app.audit import queries as log
from app.papers.queries import items_of, paper_with_id
from app.processes import booking
from app.registration import consent
from app.scoring.rules import VoidGround
from app.scoring.service import void_result
from app.sittings.queries import sittings_of_bookings
from app.wiring import Tools
from tests.kit.client import ClientRequest
from tests.kit.factories.accommodations import Ask as AskFor
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.appeals import Appoint, CastVote, FileAppeal
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import MakeBooking, MakeExamSession, Reserve
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.factories.sittings import StartSitting
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine
from tests.kit.outside import CountedEntropy, HandClock
from tests.kit.pages import Page

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/personal-data/export.schema.json").read_text(encoding="utf-8"))
LETTERS = "ӘәІіҢңҒғҮүҰұҚқӨөҺһ"

As = Callable[[Enrolled], ClientRequest]


@pytest.fixture
def as_applicant(make_browser: Callable[[], ClientRequest]) -> As:
    """Return a maker of browsers in which an applicant is signed in."""

    def sign_in(who: Enrolled) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(who.person)
        return browser

    return sign_in


def confirm(browser: ClientRequest, form: str = "json", status: int = 303, password: str = PASSWORD) -> Page:
    return browser.post("personal.open_export", {"form": form, "password": password}, status)


def copy_of(browser: ClientRequest) -> dict[str, Any]:
    """Take the copy for programs; it has the form of the schema."""
    page = browser.follow(confirm(browser))
    read: dict[str, Any] = json.loads(page.body)
    Draft202012Validator(SCHEMA).validate(read)
    return read


def words_of_pdf(browser: ClientRequest) -> str:
    page = browser.follow(confirm(browser, "pdf"))
    assert page.headers["Content-Type"] == "application/pdf"
    return "\n".join(part.extract_text() for part in PdfReader(io.BytesIO(page.body)).pages)


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_newcomer_sees_what_was_entered(as_applicant: As, make_applicant: MakeApplicant) -> None:
    who = make_applicant(phone="+77011234567")

    page = as_applicant(who).get("personal.show")

    words = page.words()
    assert who.facts.full_name in words
    assert who.facts.iin in words
    assert "+77011234567" in words
    assert "You agreed on paper" in words
    assert "You have no certificate yet." in words
    assert "You have not booked a test yet." in words


def test_consent_is_shown_with_version_moment_and_text(
    as_applicant: As, make_applicant: MakeApplicant, clock: HandClock
) -> None:
    who = make_applicant(consent=Consent(version=consent.VERSION, given_at=clock.now()))

    browser = as_applicant(who)
    words = browser.get("personal.show").words()

    assert "24 November 2026, 10:00" in words
    assert consent.VERSION in words
    assert "collects and processes my personal data" in words
    copy = copy_of(browser)["consent"]
    assert (copy["version"], copy["given_at"]) == (consent.VERSION, "2026-11-24T05:00:00Z")
    assert len(copy["text"]) == len(consent.PARAGRAPHS)


def test_consent_to_an_older_text_is_shown_without_it(
    as_applicant: As, make_applicant: MakeApplicant, clock: HandClock
) -> None:
    browser = as_applicant(make_applicant(consent=Consent(version="2020-01", given_at=clock.now())))

    assert "collects and processes my personal data" not in browser.get("personal.show").words()
    assert copy_of(browser)["consent"]["text"] is None


def test_history_and_documents_of_somebody_who_passed(
    as_applicant: As,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_certificate: MakeCertificate,
    make_exam_session: MakeExamSession,
    start_sitting: StartSitting,
    clock: HandClock,
) -> None:
    who = make_applicant()
    certificate = make_certificate(booking=make_booking(who))
    make_booking(who, make_exam_session(open_for=timedelta(minutes=1)))
    clock.advance(minutes=2)
    make_booking(who, make_exam_session(opens_in=timedelta(days=1)))

    words = as_applicant(who).get("personal.show").words()

    assert f"Certificate {certificate.number}" in words
    assert all(state in words for state in ("Passed", "Not sat", "Booked"))


def test_void_result_stands_in_the_history_as_void(
    as_applicant: As,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    who = make_applicant()
    result = make_result(FAILING, booking=make_booking(who))
    void_result(
        result.id, VoidGround.TECHNICAL, "x", actor=who.person.id, session=session, now=clock.now(), entropy=entropy
    )
    session.commit()

    page = as_applicant(who).get("personal.show")

    (history,) = page.all(".//main//ul[@class='steps']")
    words = "".join(history.itertext())
    assert "The result is void" in words
    assert "Below the threshold" not in words


def test_running_test_is_shown_as_such(
    as_applicant: As, make_applicant: MakeApplicant, make_booking: MakeBooking, start_sitting: StartSitting
) -> None:
    who = make_applicant()
    start_sitting(make_booking(who))

    browser = as_applicant(who)

    assert "Not finished yet" in browser.get("personal.show").words()
    assert copy_of(browser)["sittings"][0]["ended_at"] is None


def test_copy_holds_everything_about_the_person(
    as_applicant: As,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_certificate: MakeCertificate,
    clock: HandClock,
) -> None:
    who = make_applicant(phone="+77011234567")
    certificate = make_certificate(booking=make_booking(who))

    copy = copy_of(as_applicant(who))

    assert copy["person"]["iin"] == copy["account"]["sign_in_name"] == who.facts.iin
    assert copy["person"]["phone"] == "+77011234567"
    assert copy["bookings"][0]["centre"]["kk"] == "AST-01 орталығы"
    assert copy["sittings"][0]["booking_id"] == copy["bookings"][0]["id"]
    assert len(copy["sittings"][0]["answers"]) > 30
    assert copy["results"][0]["passed"]
    assert copy["certificates"][0]["number"] == certificate.number
    kinds = {act["kind"] for act in copy["acts"]}
    assert kinds >= {
        "applicants.applicant.enrolled",
        "bookings.booking.made",
        "sittings.sitting.started",
        "sittings.sitting.ended",
        "scoring.result.recorded",
        "certificates.certificate.issued",
    }
    assert {act["by"] for act in copy["acts"] if act["kind"] == "applicants.applicant.enrolled"} == {"you"}
    assert {act["by"] for act in copy["acts"] if act["kind"] == "certificates.certificate.issued"} == {"synaq"}


def test_copy_holds_what_came_with_booking_and_with_disputes(
    as_applicant: As,
    make_applicant: MakeApplicant,
    make_room: MakeRoom,
    plan: Plan,
    reserve: Reserve,
    join_line: JoinLine,
    ask_for: AskFor,
    make_ban: MakeBan,
    file_appeal: FileAppeal,
    appoint: Appoint,
    cast_vote: CastVote,
    session: Session,
    tools: Tools,
) -> None:
    who = make_applicant()
    place = plan(make_room())[-1]
    booked = reserve(who, place)
    booking.cancel(booked.id, applicant_id=who.facts.id, session=session, now=tools.clock.now(), entropy=tools.entropy)
    session.commit()
    join_line(who, place)
    ask_for(who)
    ban = make_ban(who.facts.id)
    appeal = file_appeal(ban, statement="It was my watch.")
    first, second, third = appoint(appeal)
    for member, granted in ((first, True), (second, False), (third, False)):
        cast_vote(appeal, member, granted=granted)

    browser = as_applicant(who)
    copy, printed = copy_of(browser), words_of_pdf(browser)

    assert copy["applications"][0]["competition"] is None
    assert copy["bookings"][0]["cancelled_reason"] == "own_choice"
    assert copy["waiting"][0]["centre"]["kk"] == "AST-01 орталығы"
    assert copy["accommodations"][0]["words"] == "A seat near the door"
    assert copy["bans"][0]["reference"] == ban.reference
    assert copy["appeals"][0] | {"state": "refused", "reasons": ["The record shows it."] * 2} == copy["appeals"][0]
    assert {notice["kind"] for notice in copy["notices"]} >= {"booking_made", "booking_cancelled", "appeal_filed"}
    told = json.dumps(copy)
    assert "appeals.vote.cast" not in told
    assert not [member for member in (first, second, third) if str(member.id) in told]
    for words in ("A seat near the door", ban.reference, "It was my watch.", "The record shows it.", "You are in line"):
        assert words in printed


def test_copy_gives_neither_questions_nor_keys_nor_people_of_the_staff(
    as_applicant: As,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: Callable[..., Any],
    session: Session,
) -> None:
    who = make_applicant()
    booking = make_booking(who)
    make_result(FAILING, booking=booking)
    session.rollback()
    (sitting,) = sittings_of_bookings([booking.id], session=session).values()
    items = items_of(paper_with_id(sitting.paper_id, session=session), session=session).values()
    told = [item.id for item in items] + [
        text for item in items for text in (item.texts["kk"].stem, item.texts["kk"].why)
    ]

    browser = as_applicant(who)
    copy, printed = json.dumps(copy_of(browser), ensure_ascii=False), words_of_pdf(browser)

    assert not [text for text in told if text in copy or text in printed]
    assert '"option"' not in copy


def test_copy_has_nothing_of_anybody_else(
    as_applicant: As, make_applicant: MakeApplicant, make_booking: MakeBooking, make_exam_session: MakeExamSession
) -> None:
    place = make_exam_session()
    who, other = make_applicant(), make_applicant(family_name="Ли", given_name="Вера", patronymic=None)
    make_booking(who, place)
    booking = make_booking(other, place)

    browser = as_applicant(who)
    seen = json.dumps(copy_of(browser), ensure_ascii=False) + browser.get("personal.show").text + words_of_pdf(browser)

    for name in (other.facts.iin, str(other.facts.id), str(other.person.id), str(booking.id), "Вера"):
        assert name not in seen


def test_printed_copy_is_in_the_language_of_the_reader_with_all_its_letters(
    as_applicant: As, make_applicant: MakeApplicant, make_booking: MakeBooking, make_certificate: MakeCertificate
) -> None:
    who = make_applicant(family_name="Әңғүұқ", given_name="Өһі", patronymic="ҒҮҰҚҢ")
    make_certificate(booking=make_booking(who))
    browser = as_applicant(who)

    english = words_of_pdf(browser)
    browser.post("pages.choose_language", {}, code="kk")
    kazakh = words_of_pdf(browser)

    assert "Everything that is held about you" in english
    for name in (who.facts.family_name, who.facts.given_name, who.facts.patronymic, who.facts.iin, "24.11.2026 10:00"):
        assert name is not None
        assert name in english
        assert name in kazakh
    assert "Everything" not in kazakh
    assert set(LETTERS) - set(kazakh) <= set("ІӘҺһӨ"), "letters of Kazakh are lost in the file"
    assert "\N{REPLACEMENT CHARACTER}" not in kazakh


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_name_of_letters_that_the_font_lacks_keeps_nobody_from_a_copy(
    as_applicant: As, make_applicant: MakeApplicant
) -> None:
    who = make_applicant(family_name="李", given_name="Вера", patronymic=None)

    assert who.facts.iin in words_of_pdf(as_applicant(who))


@pytest.mark.parametrize("ending", ["as_json", "as_pdf"])
def test_copy_needs_the_password_first(as_applicant: As, make_applicant: MakeApplicant, ending: str) -> None:
    browser = as_applicant(make_applicant())

    away = browser.get(f"personal.{ending}", 303)

    assert "Type your password" in browser.follow(away).words()
    for endpoint in ("personal.as_json", "personal.as_pdf"):
        assert browser.get(endpoint, 303).location == browser.address_of("personal.show")


def test_wrong_password_gives_no_copy_and_is_counted(as_applicant: As, make_applicant: MakeApplicant) -> None:
    browser = as_applicant(make_applicant())

    page = confirm(browser, status=422, password="not the password")

    assert "This is not your password" in page.words()
    browser.get("personal.as_json", 303)
    for status in (422, 422, 422, 429):
        last = confirm(browser, status=status, password="not the password")
    assert "too many tries" in last.words()
    assert browser.get("personal.again", 303).location == browser.address_of("personal.show")


@pytest.mark.parametrize("fields", [{}, {"form": "json"}, {"form": "xml", "password": PASSWORD}])
def test_form_that_is_not_filled_in_is_refused(
    as_applicant: As, make_applicant: MakeApplicant, fields: dict[str, str]
) -> None:
    browser = as_applicant(make_applicant())

    assert "Please look at these places" in browser.post("personal.open_export", fields, 422).words()
    browser.get("personal.as_json", 303)


def test_copy_can_be_fetched_for_two_minutes_and_not_after_another_signed_in(
    as_applicant: As, make_applicant: MakeApplicant, clock: HandClock
) -> None:
    browser = as_applicant(make_applicant())
    confirm(browser)
    clock.advance(seconds=119)
    browser.get("personal.as_json")
    clock.advance(seconds=1)
    browser.get("personal.as_json", 303)

    confirm(browser)
    browser.sign_in(make_applicant().person)
    browser.get("personal.as_json", 303)


def test_each_copy_is_an_act(as_applicant: As, make_applicant: MakeApplicant, session: Session) -> None:
    who = make_applicant()
    browser = as_applicant(who)

    copy_of(browser)
    words_of_pdf(browser)

    taken = [act for act in log.about(session, str(who.facts.id)) if act.kind == "applicants.data.exported"]
    assert [act.facts for act in taken] == [{"form": "json"}, {"form": "pdf"}]
    assert {act.actor for act in taken} == {str(who.person.id)}


def test_copy_is_kept_by_no_proxy_and_named_after_nobody(as_applicant: As, make_applicant: MakeApplicant) -> None:
    browser = as_applicant(make_applicant())

    page = browser.follow(confirm(browser))

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Disposition"] == "attachment; filename=synaq-my-data.json"


def test_account_page_of_applicants_leads_to_their_data(
    as_applicant: As, make_applicant: MakeApplicant, client_request: ClientRequest, make_account: MakeAccount
) -> None:
    browser = as_applicant(make_applicant())
    staff = make_account(role=Role.AUDITOR)
    client_request.sign_in(staff)

    assert "My data and documents" in browser.get("accounts.account").words()
    assert "My data and documents" not in client_request.get("accounts.account").words()
    client_request.get("personal.show", 403)
