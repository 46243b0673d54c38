"""What does somebody do who has a keyboard alone? Tab, Enter, Space and arrows; no click, and no focus but by them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 400
"""More than any page has: the log shows fifty acts of four links each."""
PLACES_TO_BE = (
    "a[href]",
    "button:not([disabled])",
    "input:not([type=hidden]):not([disabled])",
    "select:not([disabled])",
    "textarea:not([disabled])",
    "summary",
)
HERE = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const box = here.getBoundingClientRect();
  const marked = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  let around = here, seen = false;
  for (let steps = 0; around && steps < 3 && !seen; steps += 1, around = around.parentElement) seen = marked(around);
  return {
    html: here.cloneNode(false).outerHTML,
    seen,
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}"""
COME_AGAIN = """() => {
  const here = document.activeElement;
  const again = here.dataset.visited && here !== window.stoppedAt;  // a field for a date is several stops
  here.dataset.visited = "yes";
  window.stoppedAt = here;
  return Boolean(again);
}"""
UNVISITED = """(places) => {
  const groups = new Set();
  return [...document.querySelectorAll(places)].filter((element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.tabIndex < 0) return false;
    if (element.type !== "radio") return !element.dataset.visited;
    const group = `${element.form?.action} ${element.name}`;
    const others = [...document.getElementsByName(element.name)].filter((other) => other.form === element.form);
    if (groups.has(group) || others.some((other) => other.dataset.visited)) return false;
    groups.add(group);
    return true;
  }).map((element) => element.outerHTML.slice(0, 200));
}"""


@dataclass
class Keyboard:
    """The keys of somebody before a page."""

    page: Page

    def __post_init__(self) -> None:
        """Let a page jump to the focus, not glide: else it is looked for while it is still on its way."""
        self.page.emulate_media(reduced_motion="reduce")

    def next_stop(self) -> str:
        """Press Tab; return the element where the focus is, without its contents, after seeing that one sees it."""
        self.page.keyboard.press("Tab")
        stop = self.page.evaluate(HERE)
        if stop is None:
            return ""
        assert stop["seen"], f"nothing shows that the focus is on {stop['html']}"
        assert stop["inside"], f"the focus is out of sight on {stop['html']}"
        return str(stop["html"])

    def reach(self, target: Locator) -> None:
        """Press Tab until the focus is on the target."""
        expect(target).to_be_visible()
        for _ in range(MOST_STOPS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.next_stop()
        raise AssertionError(f"the keyboard does not come to {target}")

    def press(self, selector: str, *, text: str | None = None, key: str = "Enter") -> None:
        """Come to the first link or button that fits, and press it."""
        self.reach(self.page.locator(selector, has_text=text).first)
        self.page.keyboard.press(key)

    def write(self, name: str, text: str) -> None:
        """Come to a field and type."""
        self.reach(self.page.locator(f":is(input, textarea)[name={name}]"))
        self.page.keyboard.type(text)

    def tick(self, name: str) -> None:
        box = self.page.locator(f"input[name={name}]")
        self.reach(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def choose(self, name: str, value: str) -> None:
        """Come to a group of radio buttons, and go to one of them with the arrows."""
        group = self.page.locator(f"input[name={name}]")
        wanted = self.page.locator(f"input[name={name}][value={value}]")
        for _ in range(MOST_STOPS):
            self.next_stop()
            if group.evaluate_all("radios => radios.includes(document.activeElement)"):
                break
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        expect(wanted).to_be_checked()

    def skip_to_content(self) -> None:
        """Take the skip link, the first stop of every page."""
        first = self.next_stop()
        assert "skip-link" in first, first
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("#"))


def places_never_reached(page: Page) -> list[str]:
    """Go once through a page with Tab, and return what can be pressed or filled in, but was not come to."""
    keyboard = Keyboard(page)
    for _ in range(MOST_STOPS):
        if not keyboard.next_stop() or page.evaluate(COME_AGAIN):
            break
    return list(page.evaluate(UNVISITED, ", ".join(PLACES_TO_BE)))
