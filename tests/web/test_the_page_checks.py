"""Do the checks of pages notice what they are for?"""

from __future__ import annotations

import pytest

from tests.kit.pages import Page, check

SOUND = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><h1>A page</h1>'
    '<form method="post"><input type="hidden" name="csrf_token" value="x"><label for="a">A</label>'
    '<input id="a" name="a"></form></body></html>'
)


def page(html: str) -> Page:
    return Page(200, {"Content-Type": "text/html"}, html.encode(), "/a-page")


def test_sound_page_passes() -> None:
    check(page(SOUND))


@pytest.mark.parametrize(
    ("part", "instead", "complaint"),
    [
        ("</form>", "</form></p></form>", "line 1"),
        (' lang="en"', "", "lang"),
        ("<title>A page</title>", "<title> </title>", "title"),
        ("<h1>A page</h1>", "", "0 h1"),
        ("<h1>A page</h1>", "<h1>A</h1><h1>B</h1>", "2 h1"),
        ("<h1>", '<h1 id="a">', "'a' stands 2 times"),
        ('<label for="a">A</label>', "", "has no label"),
        ('value="x"', 'value=""', "CSRF"),
        ("</form>", "</form><script>1</script>", "inline script"),
        ("<h1>", '<h1 style="color:red">', "style"),
        ("<h1>", '<h1 onclick="go()">', "handler"),
        ("<h1>A page", "<h1>{{ title }}", "shows"),
        ("<h1>A page", "<h1>None", "shows"),
        ("<h1>A page", "<h1>%(count)s pages", "shows"),
    ],
)
def test_unsound_page_is_noticed(part: str, instead: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match="not sound") as noticed:
        check(page(SOUND.replace(part, instead)))

    assert complaint in str(noticed.value)
