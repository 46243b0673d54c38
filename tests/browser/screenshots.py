"""What does each page look like? ``make screenshots`` takes docs/screenshots from a fresh installation."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.orm import Session

from app import create_app
from app.bookings import service as bookings
from app.bookings import timetable
from app.bookings.calendar import parse_hours
from app.bookings.queries import rooms_of_centre, sessions_ahead
from app.bookings.timetable import Act
from app.db import db, unit_of_work
from app.demonstration.people import APPLICANTS, DemoApplicant, ensure_applicant
from app.kernel.rulebook import programmes
from app.wiring import Tools
from tests.browser.conftest import FLAGS, Installation, chromium_path, serve_installation
from tests.browser.exam import Visitor, code_for
from tests.kit.factories.applicants import synthetic_iin

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"1366": {"width": 1366, "height": 768}, "390": {"width": 390, "height": 844}}
LANGUAGES = ("kk", "ru")
WORKER_SECONDS = 20
COLOURS = 48
"""Enough for flat pages; a tenth of the bytes."""
ADMINISTRATOR = {
    "/reports/": "overview",
    "/approvals/": "approvals",
    "/centres/": "centres",
    "/people/": "people",
    "/people/invitations/new": "invite",
    "/account/second-factor/set-up": "second-factor",
    "/commission/": "commission",
    "/accommodations/requests": "accommodation-requests",
}
PROGRAMME = "corps-b-legislation"
FULL = {"kk": "Бос орны жоқ орталық", "ru": "Центр без свободных мест", "en": "Centre without a free place"}


class Photographer:
    """Takes every page in every size."""

    def __init__(self, page: Page, language: str, folder: Path) -> None:
        self.page, self.language, self.folder = page, language, folder

    def take(self, name: str) -> None:
        for size, viewport in SIZES.items():
            self.page.set_viewport_size(viewport)
            self.page.wait_for_timeout(150)
            whole = name not in {"exam", "exam-summary", "before-samples"}
            shot = Image.open(BytesIO(self.page.screenshot(full_page=whole)))
            few = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(self.folder / f"{name}-{self.language}-{size}.png", optimize=True)
        self.page.set_viewport_size(SIZES["1366"])


def walk_as_applicant(browser: Browser, installation: Installation, language: str, person: int, passes: bool) -> None:
    """From the home page to the result, answering right or leaving nearly all blank."""
    page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
    visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
    visitor.choose_language(language)
    page.goto("/")
    camera.take("home")
    page.goto("/sign-in")
    camera.take("sign-in")
    page.goto("/no-such-page")
    camera.take("error")
    visitor.sign_in(APPLICANTS[person].iin)
    page.goto("/my")
    camera.take("my-tests")
    visitor.open_start_page()
    sitting = visitor.start_test(language, look=lambda step: camera.take(f"before-{step}"))
    key = installation.key_of(sitting)
    for position in range(1, len(key) + 1 if passes else 8):
        visitor.choose_option(key[position])
        if position == 7:
            page.keyboard.press("f")
            camera.take("exam")
        page.keyboard.press("n")
    page.locator("#open-summary").click()
    camera.take("exam-summary")
    page.locator("#confirm-finish").click()
    page.wait_for_url("**/result")
    if passes:
        camera.take("result-passed")
        take_receipt(page, camera)
        visitor.wait_for_certificate()
        camera.take("certificate")
        number = page.url.rsplit("/", 1)[1]
        page.goto("/verify")
        camera.take("verify")
        page.locator("input[name=number]").fill(number)
        page.locator("input[name=iin_ending]").fill(APPLICANTS[person].iin[-4:])
        page.locator("input[name=iin_ending]").press("Enter")
        camera.take("verified")
    else:
        camera.take("result-below")
        page.goto("/my")
        camera.take("my-tests-below")
        page.goto("/inbox")
        camera.take("inbox")
        walk_to_appeal(page, camera)
    page.context.close()


def take_receipt(page: Page, camera: Photographer) -> None:
    """The receipt of the answers, and what is said of it to anybody who checks it."""
    result = page.url
    page.locator("a[href$='/receipt']").first.click()
    page.wait_for_url("**/receipt")
    for _ in range(WORKER_SECONDS):
        if page.locator("img[src$='/receipt.svg']").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    camera.take("answers-receipt")
    page.goto("/receipts")
    camera.take("answers-receipt-check")
    page.goto(result)


def walk_to_appeal(page: Page, camera: Photographer) -> None:
    """From the list of what may be contested to an appeal that waits."""
    page.goto("/appeals")
    page.locator("main .step a").first.click()
    camera.take("appeal-ground")
    page.locator("main a[href$='/appeal/technical']").click()
    page.locator("textarea[name=statement]").fill(
        "Компьютер өшіп қалды." if camera.language == "kk" else "Компьютер отключился."
    )
    camera.take("appeal-technical")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/appeals/*-*")
    camera.take("appeal")


def walk_as_newcomer(browser: Browser, installation: Installation, language: str, number: int) -> None:
    """The three steps of a registration, and a form that was refused."""
    page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
    visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
    address = f"newcomer-{language}@example.kz"
    visitor.choose_language(language)
    page.goto("/register")
    camera.take("register")
    page.locator("input[name=iin]").fill("900515399918")
    page.locator("main form button[type=submit]").click()
    camera.take("register-refused")
    page.locator("input[name=iin]").fill(synthetic_iin(number))
    page.locator("input[name=birth_date]").fill("15.05.1990")
    page.locator("input[name=sex][value=male]").check()
    page.locator("input[name=family_name]").fill("Қасымов")
    page.locator("input[name=given_name]").fill("Ерлан")
    page.locator("input[name=email]").fill(address)
    page.locator("input[name=phone]").fill("+7 701 123 45 67")
    page.locator("input[name=consent]").check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/register/code")
    camera.take("register-code")
    page.locator("input[name=code]").fill(code_for(address, installation.settings.instance / "mail"))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url("**/register/password")
    camera.take("register-password")
    page.context.close()


def walk_to_place(browser: Browser, installation: Installation, language: str, number: int) -> None:
    """From the list of tests over region, day and time to the receipt, and a request for special conditions."""
    who = person(number)
    with inside(installation) as (session, tools):
        ensure_applicant(who, session=session, tools=tools)
    page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
    visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
    visitor.choose_language(language)
    visitor.sign_in(who.iin)
    page.goto("/book")
    camera.take("book")
    page.locator("main a.btn-primary").first.click()
    page.locator("input[name=purpose][value=none]").check()
    camera.take("book-application")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/places")
    camera.take("book-regions")
    page.locator("main .place[href*='centre=KRG-01']").click()
    page.wait_for_url("**centre=**")
    camera.take("book-days")
    page.locator("main .place").nth(3).click()
    page.wait_for_url("**day=**")
    camera.take("book-times")
    page.locator("main .place").nth(1).click()
    camera.take("book-confirm")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/receipt")
    camera.take("receipt")
    page.goto("/my")
    camera.take("my-tests-booked")
    page.goto("/accommodations")
    page.locator("input[name=accessible]").check()
    page.locator("input[name=extra_time]").check()
    page.locator("main form button[type=submit]").click()
    page.goto("/accommodations")
    camera.take("accommodations")
    page.context.close()


def walk_as_visitor(browser: Browser, installation: Installation, language: str) -> None:
    """What the test is, and a practice run to its result."""
    page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
    visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
    visitor.choose_language(language)
    page.goto(f"/tests/{PROGRAMME}")
    camera.take("test")
    page.goto("/practice")
    camera.take("practice")
    page.locator("main form button[type=submit]").click()
    page.locator("[data-panel=question]").wait_for()
    for option in "12341234":
        page.keyboard.press(option)
        page.keyboard.press("n")
    visitor.finish()
    camera.take("practice-result")
    page.context.close()


def walk_to_line(browser: Browser, installation: Installation, language: str, number: int) -> None:
    """From a centre where no place is free to its waiting list."""
    iin, application = fill_centre(installation, number)
    page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
    visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
    visitor.choose_language(language)
    visitor.sign_in(iin)
    page.goto(f"/applications/{application}/places?centre=TST-{number}")
    camera.take("book-full")
    page.locator("main a[href*='/waiting/new']").click()
    camera.take("waiting-new")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/waiting")
    camera.take("waiting")
    page.context.close()


def fill_centre(installation: Installation, number: int) -> tuple[str, str]:
    """Make a centre with one seat and book every session of it; return who is left over, and their application."""
    left = person(number)
    with inside(installation) as (session, tools):
        now = tools.clock.now()
        outside = {"session": session, "now": now, "entropy": tools.entropy}
        waits, fills = (ensure_applicant(each, session=session, tools=tools) for each in (left, person(number + 10)))
        centre, act = bookings.ensure_centre(f"TST-{number}", FULL, **outside), Act(actor="test", now=now)
        timetable.add_room(centre, "1", "1", act, session=session, entropy=tools.entropy)
        (room,) = rooms_of_centre(centre, session=session)
        timetable.add_workstations(room, ["1-01"], act, session=session)
        hours = dict.fromkeys(range(1, 6), parse_hours("09:00–10:30"))
        timetable.set_weekly_hours(centre, hours, act, session=session)
        timetable.plan_room(room, [programmes().latest(PROGRAMME)], **outside)
        for each in sessions_ahead(centre, now, session=session):
            bookings.book(fills, each.id, **outside)
        return left.iin, str(bookings.apply_for(waits, PROGRAMME, **outside))


def person(number: int) -> DemoApplicant:
    return DemoApplicant(synthetic_iin(number), "Әлімов", "Нұрлан", "Қанатұлы", "kk")


@contextmanager
def inside(installation: Installation) -> Iterator[tuple[Session, Tools]]:
    """Give the tables of the installation, and its outside world, in an application beside its server."""
    app = create_app(installation.settings)
    with app.app_context():
        with unit_of_work() as session:
            yield session, app.extensions["synaq_tools"]
        db.session.remove()
        db.engine.dispose()


def walk_as_staff(browser: Browser, installation: Installation, language: str) -> None:
    """What a proctor, an administrator and an auditor see."""
    for name, pages in {
        "proctor@demo.synaq": {},
        "administrator@demo.synaq": ADMINISTRATOR,
        "auditor@demo.synaq": {"/reports/log": "log", "/reports/log/5": "act", "/reports/checkpoints": "checkpoints"},
    }.items():
        page = browser.new_context(base_url=installation.url, viewport=SIZES["1366"]).new_page()
        visitor, camera = Visitor(page), Photographer(page, language, FOLDER)
        visitor.choose_language(language)
        visitor.sign_in(name)
        if not pages:
            camera.take("sessions")
            page.locator("main a[href*='/proctor/sessions/DEMO-corps-b']").first.click()
            camera.take("session")
            page.locator("main a[href$='/clock']").first.click()
            camera.take("clock")
            page.goto("/proctor/sessions")
            page.locator("main a[href*='/proctor/sessions/DEMO-CEREMONY']").first.click()
            page.locator("main a[href$='/draw']").first.click()
            camera.take("draw")
            page.locator("main a[href*='/draws/DEMO-CEREMONY']").click()
            camera.take("draw-public")
        for path, shown in pages.items():
            page.goto(path)
            camera.take(shown)
        if "/accommodations/requests" in pages:
            page.goto("/accommodations/requests")
            page.locator("main .step a").first.click()
            camera.take("accommodation-decision")
        page.context.close()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        installation, server = serve_installation(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            for number, language in enumerate(LANGUAGES):
                walk_as_applicant(browser, installation, language, 2 * number, passes=True)
                walk_as_applicant(browser, installation, language, 2 * number + 1, passes=False)
                walk_as_newcomer(browser, installation, language, 50 + number)
                walk_as_visitor(browser, installation, language)
                walk_to_place(browser, installation, language, 80 + number)
                walk_to_line(browser, installation, language, 60 + number)
                walk_as_staff(browser, installation, language)
            browser.close()
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
