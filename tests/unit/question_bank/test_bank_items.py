"""Items, citations and the bytes that stand for them."""

import unicodedata
from dataclasses import replace

import pytest
from synthetic_bank import make_item

from question_bank.canonical import canonical_json
from question_bank.items import Citation, Item


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12", ("12",)),
        ("12(1)", ("12", "1")),
        ("12(1)(5)", ("12", "1", "5")),
        ("26-1(3-1)", ("26-1", "3-1")),
        ("11(9)(3-1)", ("11", "9", "3-1")),
    ],
)
def test_address_is_read_and_written_back(text, parts):
    citation = Citation.parse(text)

    assert citation.parts == parts
    assert str(citation) == text


@pytest.mark.parametrize("text", ["", "article 12", "12()", "12(1", "12.1", "12(1)(2)(3)", "12-", " 12", "12(а)"])
def test_text_that_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="not an address"):
        Citation.parse(text)


@pytest.mark.parametrize(
    ("wide", "narrow", "contained"),
    [
        ("21", "21(2)", True),
        ("21(2)", "21(2)(11)", True),
        ("21(2)", "21(2)", True),
        ("21(2)", "21", False),
        ("2", "21", False),
    ],
)
def test_provision_contains_its_parts_only(wide, narrow, contained):
    assert Citation.parse(wide).contains(Citation.parse(narrow)) is contained


def test_item_survives_the_round_trip_through_json():
    item = make_item(cites=(Citation.parse("1(2)"), Citation.parse("2(4)")), enemies=("fruit-trees-002",))

    assert Item.from_dict(item.to_dict()) == item


def test_canonical_bytes_do_not_depend_on_the_order_of_languages():
    item = make_item()
    turned = replace(item, texts=dict(reversed(item.texts.items())))

    assert turned.canonical() == item.canonical()


def test_canonical_bytes_do_not_depend_on_the_unicode_form():
    composed = make_item(subtopic="й")
    decomposed = make_item(subtopic=unicodedata.normalize("NFD", "й"))

    assert decomposed.canonical() == composed.canonical()


def test_canonical_bytes_are_compact_sorted_utf8():
    assert canonical_json({"б": [1, None, True], "a": "ё"}) == '{"a":"ё","б":[1,null,true]}'.encode()


@pytest.mark.parametrize("value", [1.5, {"a": 0.1}, [object()], b"bytes"])
def test_value_without_canonical_form_is_refused(value):
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_json(value)


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"key": "c"}, {"difficulty": 2}, {"enemies": ("x",)}, {"cites": (Citation.parse("2"),)}]
)
def test_every_change_of_an_item_changes_its_digest(change):
    item = make_item()

    assert replace(item, **change).digest() != item.digest()


def test_leaf_depends_on_the_salt():
    item = make_item()

    assert item.leaf(b"one") != item.leaf(b"two")
    assert item.leaf(b"one") == make_item().leaf(b"one")
