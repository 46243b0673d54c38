"""Content files: what is read, and every fault with its file and line."""

import pytest

from question_bank.items import Citation, Level
from question_bank.loading import load_pool, read_pool
from question_bank.reading import FaultyFiles, lines_of

HEADER = 'act = "fruit-act"\nedition = "first"\nsubtopic = "trees"\n'
TEXT = 'stem = "Which?"\na = "one"\nb = "two"\nc = "three"\nd = "four"\nwhy = "Because."\n'
ITEM = (
    '\n[[item]]\nid = "fruit-001"\nversion = 1\nlevel = "apply"\ndifficulty = 3\ncites = ["1(2)"]\n'
    'enemies = []\nkey = "c"\n\n[item.kk]\n' + TEXT + "\n[item.ru]\n" + TEXT + "\n[item.en]\n" + TEXT
)


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="fruit-act/trees.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return write_file


def test_good_file_gives_items_with_their_places(write):
    folder = write(HEADER + ITEM + ITEM.replace("001", "002"))

    pool = load_pool(folder)

    item = pool.by_id["fruit-001"]
    assert (item.act, item.edition, item.subtopic, item.level) == ("fruit-act", "first", "trees", Level.APPLY)
    assert item.cites == (Citation.parse("1(2)"),)
    assert item.texts["ru"].options == ("one", "two", "three", "four")
    assert [item.id for item in pool.cell("fruit-act", "trees", 3)] == ["fruit-001", "fruit-002"]
    assert pool.cell("fruit-act", "trees", 4) == ()
    assert pool.by_block["fruit-act"] == pool.items
    assert pool.places["fruit-001"].line == 5
    assert pool.places["fruit-001"].lines["ru.stem"] == 23
    assert pool.places["fruit-002"].line == 5 + ITEM.count("\n")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('id = "fruit-001"\n', "", 5, "id is missing"),
        ("version = 1", "version = 0", 7, "counts from 1"),
        ("version = 1", 'version = "1"', 7, "version must be a whole number"),
        ('level = "apply"', 'level = "know"', 8, "recall or apply"),
        ("difficulty = 3", "difficulty = 6", 9, "difficulty must be one of"),
        ("difficulty = 3", "difficulty = true", 9, "a whole number"),
        ('cites = ["1(2)"]', 'cites = ["article 1"]', 10, "not an address"),
        ('cites = ["1(2)"]', "cites = []", 10, "at least one"),
        ('cites = ["1(2)"]', "cites = [1]", 10, "list of texts"),
        ("enemies = []", "enemy = []", 11, "unknown key enemy"),
        ("enemies = []\n", "", 5, "enemies is missing"),
        ('key = "c"', 'key = "e"', 12, "key must be one of"),
        ('key = "c"', 'key = ["a", "b"]', 12, "key must be a text"),
        ("[item.en]", "[item.de]", 5, "the language en is missing"),
        ("[item.en]", "[item.de]", 30, "unknown key de"),
        ('d = "four"\n', "", 14, "d is missing"),
        ('d = "four"', 'e = "four"', 19, "unknown key e"),
        ('act = "fruit-act"', 'act = "river-act"', 3, "must be named"),
        ('edition = "first"\n', "", 1, "edition is missing"),
        ("[[item]]", "[[items]]", 5, "unknown key items"),
        ('key = "c"', "key = c", 12, "Invalid value"),
        ('level = "apply"', "level = 1", 8, "level must be a text"),
    ],
)
def test_fault_is_told_with_its_line(write, old, new, line, message):
    text = HEADER + ITEM
    assert old in text
    folder = write(text.replace(old, new, 1))

    with pytest.raises(FaultyFiles) as refusal:
        load_pool(folder)

    told = [(fault.line, message in fault.message) for fault in refusal.value.faults]
    assert (line, True) in told


def test_faults_of_all_files_are_told_at_once(write):
    write(HEADER + ITEM.replace('key = "c"', 'key = "x"'))
    write("act = ", "fruit-act/juices.toml")
    folder = write("", "fruit-act/empty.toml")

    with pytest.raises(FaultyFiles) as refusal:
        load_pool(folder)

    assert [fault.file.rsplit("/")[-1] for fault in refusal.value.faults] == ["empty.toml", "juices.toml", "trees.toml"]
    assert "fruit-act/trees.toml:12: key must be" in str(refusal.value)


def test_id_used_twice_names_both_places(write):
    write(HEADER + ITEM)
    folder = write(HEADER.replace("trees", "juices") + ITEM, "fruit-act/juices.toml")

    pool, faults = read_pool(folder)

    assert len(pool.items) == 1
    assert faults[0].line == 6
    assert "already used at" in faults[0].message
    assert "juices.toml:5" in faults[0].message


def test_item_with_a_fault_does_not_keep_the_others_from_being_read(write):
    folder = write(HEADER + ITEM.replace('key = "c"', "key = 3") + ITEM.replace("001", "002"))

    pool, faults = read_pool(folder)

    assert [item.id for item in pool.items] == ["fruit-002"]
    assert len(faults) == 1


def test_lines_are_found_through_quotes_and_long_texts():
    text = '"a b" = 1\nlong = """\n[x]\ny = 2\n"""\n[[t.u]]\nz = 1\n[t.u.v]\nw = 1\n[[t.u]]\nz = 2\n'

    assert lines_of(text) == {
        ("a b",): 1,
        ("long",): 2,
        ("t", "u"): 6,
        ("t", "u", 0): 6,
        ("t", "u", 0, "z"): 7,
        ("t", "u", 0, "v"): 8,
        ("t", "u", 0, "v", "w"): 9,
        ("t", "u", 1): 10,
        ("t", "u", 1, "z"): 11,
    }
