"""Do the public pages say what the programme files and the register say, in every language?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from app.kernel import rulebook
from app.prospectus import views
from question_bank.programme import AfterPass, Block, Confidence, LateRule, Programme, Wait
from question_bank.programmes import Programmes
from tests.kit.client import ClientRequest
from tests.kit.pages import Page

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CODE = "corps-b-legislation"
LANGUAGES = ("kk", "ru", "en")
Show = Callable[[Programme], str]


def shipped() -> Programme:
    return rulebook.programmes().version(CODE, "2026.1")


def in_language(browser: ClientRequest, code: str) -> ClientRequest:
    browser.get("pages.choose_language", status=303, code=code)
    return browser


def links(page: Page) -> list[str]:
    return [link.get("href", "") for link in page.all(".//main//a")]


def counted(words: str) -> tuple[int, int]:
    found = re.search(r"(\d+) of (\d+) values on this page are confirmed", words)
    assert found, words
    return int(found[1]), int(found[2])


@pytest.fixture
def show(client_request: ClientRequest, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return the English words of the page of a programme."""

    def page_of(programme: Programme) -> str:
        monkeypatch.setattr(views, "programmes", lambda: Programmes(versions=(programme,)))
        return in_language(client_request, "en").get("prospectus.show", code=CODE).words()

    return page_of


@pytest.mark.parametrize("code", LANGUAGES)
def test_list_has_what_is_held_here_and_what_is_not(client_request: ClientRequest, code: str) -> None:
    page = in_language(client_request, code).get("prospectus.index")

    words = page.words()
    assert all(programme.title[code] in words for programme in rulebook.programmes().versions)
    assert all(programme.title[code] in words for programme in rulebook.programmes_elsewhere())
    assert "2025" in words
    assert {"/tests/corps-b-legislation", "/tests/practice-legislation", "/practice"} <= set(links(page))
    assert not [link for link in links(page) if "law-enforcement" in link]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("programme", [CODE, "practice-legislation"])
def test_page_has_acts_subtopics_counts_and_bases(client_request: ClientRequest, code: str, programme: str) -> None:
    page = in_language(client_request, code).get("prospectus.show", code=programme)

    words, rules = page.words(), rulebook.programmes().latest(programme)
    for block in rules.blocks:
        act = rulebook.register().act(block.act)
        assert act.title[code] in words
        assert act.number in words
        assert all(subtopic.title[code] in words for subtopic in act.subtopics)
    assert page.text.count('<svg class="bar"') == 5
    spoken = ["".join(line.itertext()) for line in page.all(".//*[@class='threshold-words']")]
    numbers = [sorted(int(number) for number in re.findall(r"\d+", line)) for line in spoken]
    assert numbers == [[5, 15], [5, 15], [5, 15], [5, 10], [30, 55]]
    bases = {clause.basis for clause in rules.clauses if clause.name.startswith(("thresholds.", "sitting.duration"))}
    assert all(basis in words for basis in bases)
    assert {quote.get("lang") for quote in page.all(".//q")} == {"en"}


def test_english_reader_is_led_to_the_official_text_in_russian(client_request: ClientRequest) -> None:
    page = in_language(client_request, "en").get("prospectus.show", code=CODE)

    official = [link for link in page.all(".//main//a") if link.get("href", "").startswith("https://")]
    assert [(link.get("href"), link.get("hreflang")) for link in official] == [
        ("https://adilet.zan.kz/rus/docs/K2600000000", "ru"),
        ("https://adilet.zan.kz/rus/docs/Z2600000290", "ru"),
        ("https://adilet.zan.kz/rus/docs/Z1500000410", "ru"),
        ("https://adilet.zan.kz/rus/docs/U1500000153", "ru"),
    ]
    assert "No. 290-VIII of 19 May 2026. Questions follow the edition of 14 July 2026." in page.words()


def test_page_never_shows_an_item(client_request: ClientRequest, pool: tuple[object, ...]) -> None:
    text = client_request.get("prospectus.show", code=CODE).text

    assert [item for item in pool if item.id in text or item.texts["kk"].stem in text] == []  # type: ignore[attr-defined]


def test_page_says_what_the_programme_says(show: Show) -> None:
    words = show(shipped())

    for sentence in (
        "The test has 55 questions.",
        "You have 55 minutes.",
        "You pass with at least 30 right answers of 55 in total.",
        "In addition, each act needs at least 5 right answers.",
        "before the start: Kazakh, Russian.",
        "It is valid for 12 months from the day of the test.",
        "you may sit again after 3 days, counted",
        "may sit again only after 6 months.",
        "You choose a place from 1 to 30 days ahead.",
        "end 24 hours before the session.",
        "Nobody is let in after the start of the session.",
        "gets 25 % more time, rounded up to 5 minutes.",
        "within 3 working days.",
        "at least 3 members",
        "admission begins 20 minutes before the start.",
        "Forbidden: books, notes and other reference materials, means of communication, any program other",
        "kept for 12 months.",
    ):
        assert sentence in words


def test_changed_values_change_the_page(show: Show) -> None:
    programme = shipped()
    ethics = programme.blocks[-1]
    changed = replace(
        programme,
        blocks=(*programme.blocks[:-1], Block(act=ethics.act, questions=10, minimum=7, blueprint=ethics.blueprint)),
        thresholds=replace(programme.thresholds, total_minimum=41, negative_marking=True),
        sitting=replace(programme.sitting, duration_minutes=71, languages=("kk",), extra_time_percent=150),
        certificate=replace(programme.certificate, valid_months=1),
        retest=replace(
            programme.retest, after_fail=Wait(months=2), violation_ban=Wait(days=100), after_pass=AfterPass.ALLOWED
        ),
        booking=replace(programme.booking, last_day_ahead=44, late_rule=LateRule.ALWAYS_OPEN, admission_minutes=35),
        conduct=replace(programme.conduct, bring=(), forbidden=("other_software",)),
        appeals=replace(programme.appeals, decision_working_days=9),
    )

    words = show(changed)

    for sentence in (
        "You have 71 minutes.",
        "You pass with at least 41 right answers of 55 in total.",
        "In addition, each act needs its own minimum",
        "at least 7 of 10 right",
        "before the start: Kazakh.",
        "valid for 1 month from",
        "sit again after 2 months, counted",
        "only after 100 days.",
        "from 1 to 44 days ahead",
        "admission begins 35 minutes before",
        "gets 50 % more time",
        "decides within 9 working days.",
        "Forbidden: any program other than the test.",
    ):
        assert sentence in words
    for gone in ("takes nothing away", "while the certificate is valid", "Nobody is let in", "identity document"):
        assert gone not in words


def test_page_counts_what_is_confirmed(show: Show) -> None:
    programme = shipped()
    doubted = tuple(
        replace(clause, confidence=Confidence.DEFAULT) if clause.name == "thresholds.total_minimum" else clause
        for clause in programme.clauses
    )

    sure, values = counted(show(programme))
    less, same = counted(show(replace(programme, clauses=doubted)))

    assert (less, same) == (sure - 1, values)
    assert 0 < sure < values <= len(programme.clauses)


def test_past_version_keeps_its_page_and_says_that_it_is_past(
    client_request: ClientRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = shipped()
    past = replace(today, in_force_to=date(2026, 10, 1), thresholds=replace(today.thresholds, total_minimum=33))
    newer = replace(today, version="2026.2", in_force_from=date(2026, 10, 1))
    monkeypatch.setattr(views, "programmes", lambda: Programmes(versions=(past, newer)))
    browser = in_language(client_request, "en")

    current = browser.get("prospectus.show", code=CODE)
    older = browser.get("prospectus.version", code=CODE, version="2026.1")

    assert "Version 2026.2." in current.words()
    assert "/tests/corps-b-legislation/2026.1" in links(current)
    assert "In force from 1 July 2026 to 30 September 2026." in older.words()
    assert "These rules are not in force today." in older.words()
    assert "at least 33 right answers" in older.words()
    assert "/tests/corps-b-legislation" in links(older)


def test_unknown_programme_and_version_are_no_pages(client_request: ClientRequest) -> None:
    client_request.get("prospectus.show", status=404, code="law-enforcement-1")
    client_request.get("prospectus.version", status=404, code=CODE, version="1999.1")


@pytest.mark.parametrize("code", LANGUAGES)
def test_home_leads_a_newcomer_in_three_steps(client_request: ClientRequest, code: str) -> None:
    page = in_language(client_request, code).get("pages.home")

    assert len(page.all(".//ol[@class='three-steps']/li")) == 3
    wanted = ("/tests/corps-b-legislation", "/practice", "/register", "/sign-in", "/verify", "/draws")
    assert [path for path in wanted if path not in links(page)] == []
