"""What does each page look like? ``make screenshots`` takes docs/screenshots from a fresh installation."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.demonstration.people import APPLICANTS
from tests.browser.conftest import FLAGS, Installation, chromium_path, serve_installation
from tests.browser.exam import Visitor, code_for
from tests.kit.factories.applicants import synthetic_iin

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"1366": {"width": 1366, "height": 768}, "390": {"width": 390, "height": 844}}
LANGUAGES = ("kk", "ru")
COLOURS = 48
"""Enough for flat pages; a tenth of the bytes."""


class Photographer:
    """Takes every page in every size."""

    def __init__(self, page: Page, language: str, folder: Path) -> None:
        self.page, self.language, self.folder = page, language, folder

    def take(self, name: str) -> None:
        for size, viewport in SIZES.items():
            self.page.set_viewport_size(viewport)
            self.page.wait_for_timeout(150)
            whole = name not in {"exam", "exam-summary"}
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
    camera.take("before-the-start")
    key = installation.key_of(visitor.start_test(language))
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
    page.context.close()


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


def walk_as_staff(browser: Browser, installation: Installation, language: str) -> None:
    """What a proctor, an administrator and an auditor see."""
    for name, pages in {
        "proctor@demo.synaq": {},
        "administrator@demo.synaq": {"/reports/": "overview", "/approvals/": "approvals", "/centres/": "centres"},
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
            page.goto("/proctor/sessions")
            page.locator("main a[href*='/proctor/sessions/DEMO-CEREMONY']").first.click()
            page.locator("main a[href$='/draw']").first.click()
            camera.take("draw")
            page.locator("main a[href*='/draws/DEMO-CEREMONY']").click()
            camera.take("draw-public")
        for path, shown in pages.items():
            page.goto(path)
            camera.take(shown)
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
