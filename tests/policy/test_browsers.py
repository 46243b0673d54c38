"""Does the exam page ask for nothing that Chromium 100 lacks? Testing centres renew their browsers seldom."""

from __future__ import annotations

import re

from tests.policy.tree import APP, listed

STATIC = APP / "static"
SCRIPTS = sorted((STATIC / "js" / "sitting").glob("*.js"))
STYLE = STATIC / "css" / "synaq.css"
TOO_NEW_IN_SCRIPTS = {
    r"\.(toSorted|toReversed|toSpliced|with)\(": "110",
    r"\b(Object|Map)\.groupBy\b": "117",
    r"\bPromise\.(withResolvers|try)\b": "119, 128",
    r"\bArray\.fromAsync\b": "121",
    r"\bURL\.(canParse|parse)\b": "120, 126",
    r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|intersection|union|difference)\(": "122",
    r"\.(setHTMLUnsafe|getHTML)\(": "124",
    r"\b(showPopover|togglePopover|startViewTransition|requestIdleCallback)\b": "111, 114; not everywhere",
    r"\bAbortSignal\.(timeout|any)\b": "103, 116",
    r"\bimport\s*\(.*with\s*:": "123",
    r"\busing\s+\w+\s*=": "134",
    r"/[^/\n]+/[a-z]*v[a-z]*\.": "112",
}
TOO_NEW_IN_STYLE = {
    r"color-mix\(|oklch\(|light-dark\(": "111, 123",
    r"@container|@scope|@starting-style|@property\b.*inherit": "105, 118",
    r"(?<![\w-])\d+(d|s|l)v[hw]\b": "108",
    r"\btext-wrap\s*:|\bsubgrid\b|\banchor-name\b|\bfield-sizing\b": "114, 117, 125",
    r":popover-open|::backdrop-root|\bpopover\b": "114",
    r"(?m)^\s+&": "112",
}
HAS = re.compile(r"^(?P<selector>[^{}@/]*:has\([^{}]*)\{", re.MULTILINE)
PAGES_THAT_MAY = (".site-header", ".place")
""":has() came with 105. Without it the exam page must lose nothing, so it stands in rules for other pages only."""


def test_there_are_sources() -> None:
    assert len(SCRIPTS) > 15


def test_scripts_of_the_exam_page_need_nothing_newer() -> None:
    found = [
        f"{path.name}: {match[0]} needs Chromium {since}"
        for path in SCRIPTS
        for pattern, since in TOO_NEW_IN_SCRIPTS.items()
        for match in re.finditer(pattern, path.read_text())
    ]

    assert not found, listed(found)


def test_style_of_the_exam_page_needs_nothing_newer() -> None:
    text = STYLE.read_text()
    found = [
        f"{match[0].strip()} needs Chromium {since}"
        for pattern, since in TOO_NEW_IN_STYLE.items()
        for match in re.finditer(pattern, text)
    ]
    found += [
        f"{match['selector'].strip()} needs Chromium 105"
        for match in HAS.finditer(text)
        if not match["selector"].strip().startswith(PAGES_THAT_MAY)
    ]

    assert not found, listed(found)
