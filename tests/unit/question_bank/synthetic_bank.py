"""A small invented bank: two acts, no law. The golden vectors rest on it, so change it only with them."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from question_bank.acts import Act, Edition, Register, provisions_of
from question_bank.items import LANGUAGES, OPTION_LETTERS, Citation, Item, ItemText, Level
from question_bank.loading import Pool
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.programme import Block, DrawRules, Programme, Thresholds
from question_bank.programmes import Programmes

DAY = date(2026, 8, 3)
BEGINNING = date(2020, 1, 1)
POOL_SECRET = hashlib.sha256(b"synthetic pool").digest()
LETTERS = {"kk": "алма", "ru": "груша", "en": "plum"}
ITEMS_IN_A_CELL = 4
BLOCKS = (
    Block(act="fruit-act", questions=11, minimum=4, blueprint={"trees": (1, 1, 1, 1, 1), "juices": (2, 1, 1, 1, 1)}),
    Block(act="river-act", questions=5, minimum=2, blueprint={"banks": (1, 1, 1, 1, 1)}),
)


def make_item(identity: str = "fruit-trees-001", **facts: Any) -> Item:
    """Make an item of the fruit act; ``facts`` replace its fields."""
    texts = {
        language: ItemText(
            stem=f"{word} {identity} ({language})?",
            options=tuple(f"{word} {identity} {letter}" for letter in OPTION_LETTERS),
            why=f"{word}.",
        )
        for language, word in LETTERS.items()
    }
    item = Item(
        id=identity,
        version=1,
        act="fruit-act",
        edition="first",
        subtopic="trees",
        level=Level.RECALL,
        difficulty=1,
        cites=(Citation.parse("1"),),
        enemies=(),
        key="b",
        texts={language: texts[language] for language in LANGUAGES},
    )
    return replace(item, **facts)


def make_edition(name: str = "first", begins: date = BEGINNING, ends: date = date.max, **facts: Any) -> Edition:
    edition = Edition(
        name=name,
        in_force_from=begins,
        in_force_to=ends,
        provisions=provisions_of("1", "1..3") | provisions_of("2", "(1..4)"),
        restraints=(),
        changed=(),
        note="",
    )
    return replace(edition, **facts)


def make_register(**editions: tuple[Edition, ...]) -> Register:
    """Make a register of the two acts; ``fruit=`` or ``river=`` replaces the editions of one."""
    titles = dict.fromkeys(LANGUAGES, "Act")
    acts = {
        f"{name}-act": Act(
            code=f"{name}-act",
            number="1",
            adopted=BEGINNING,
            unit="article",
            title=titles,
            short=titles,
            editions=editions.get(name, (make_edition(),)),
        )
        for name in ("fruit", "river")
    }
    return Register(acts=acts)


def make_programme(blocks: tuple[Block, ...] = BLOCKS) -> Programme:
    shipped = Programmes.load().version("practice-legislation", "2026.1")
    total = sum(block.questions for block in blocks)
    return replace(
        shipped,
        code="synthetic",
        version="1",
        blocks=blocks,
        thresholds=Thresholds(total_questions=total, total_minimum=8, negative_marking=False),
        draw=DrawRules(exposure_ceiling_percent=125, exposure_grace=5),
        in_force_from=BEGINNING,
    )


def make_items(blocks: tuple[Block, ...] = BLOCKS, in_a_cell: int = ITEMS_IN_A_CELL) -> list[Item]:
    """Make a pool in which the second item of a cell is an enemy of the second one in the cell before."""
    items: list[Item] = []
    for block in blocks:
        for subtopic in block.blueprint:
            for step in range(1, 6):
                for place in range(in_a_cell):
                    prefix = f"{block.act.removesuffix('-act')}-{subtopic}"
                    enemy = f"{prefix}-{step - 1}{place}"
                    items.append(
                        make_item(
                            f"{prefix}-{step}{place}",
                            act=block.act,
                            subtopic=subtopic,
                            difficulty=step,
                            key=OPTION_LETTERS[place % 4],
                            enemies=(enemy,) if place == 1 and step > 1 else (),
                        )
                    )
    return items


def make_manifest(items: list[Item] | None = None, programme: Programme | None = None) -> Manifest:
    chosen = make_items() if items is None else items
    return build_manifest(chosen, programme or make_programme(), make_register(), DAY, salts_from(POOL_SECRET))


def make_pool(*items: Item) -> Pool:
    return Pool(items=items, places={})


def seed_number(number: int) -> bytes:
    return hashlib.sha256(f"seed {number}".encode()).digest()
