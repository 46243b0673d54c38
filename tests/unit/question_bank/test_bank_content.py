"""The shipped pool, programmes and register together, and the prompt over them."""

import json
from collections import Counter

import pytest
from synthetic_bank import seed_number

from question_bank import verify_draw
from question_bank.__main__ import main
from question_bank.acts import Register
from question_bank.checks import check_pool, settled_day
from question_bank.draw import draw
from question_bank.findings import Severity
from question_bank.loading import CONTENT, load_pool, read_pool
from question_bank.manifest import build_manifest, salts_from
from question_bank.programmes import Programmes
from question_bank.scoring import judge, key_of, score

REGISTER = Register.load()
PROGRAMMES = Programmes.load()
CORPS_B = PROGRAMMES.latest("corps-b-legislation")
DAY = settled_day(PROGRAMMES.versions, REGISTER)


def test_shipped_content_has_no_errors():
    pool, faults = read_pool()
    findings = check_pool(pool, REGISTER, PROGRAMMES.versions, DAY, faults=faults)

    assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []


def test_every_act_of_a_programme_is_in_the_register():
    for programme in PROGRAMMES.versions:
        assert {block.act for block in programme.blocks} <= set(REGISTER.acts)


@pytest.mark.parametrize("code", ["corps-b-legislation", "practice-legislation"])
def test_papers_of_the_shipped_pool_pass_with_all_answers_right(code):
    programme = PROGRAMMES.latest(code)
    pool = load_pool()
    manifest = build_manifest(pool.items, programme, REGISTER, DAY, salts_from(bytes(32)))

    for number in range(300):
        paper = draw(seed_number(number), manifest)
        blocks = Counter(question.block for question in paper.questions)
        assert blocks == {block.act: block.questions for block in programme.blocks}
        full = score(key_of(paper, pool.by_id), {entry.position: entry.option for entry in key_of(paper, pool.by_id)})
        assert full.total == programme.thresholds.total_questions
        assert judge(full, programme).passed


def test_check_at_the_prompt_prints_the_depth_of_every_language(capsys):
    assert main(["check"]) == 0

    printed = capsys.readouterr().out
    assert all(f"; {language}: items in force on {DAY}" in printed for language in ("kk", "ru", "en"))
    assert "ethics-code/principles-and-duties" in printed


def test_check_of_one_file_shows_only_what_is_found_there(capsys, tmp_path):
    for act in ("one-act", "two-act"):
        (tmp_path / act).mkdir()
        (tmp_path / act / "bad.toml").write_text("act = \n", encoding="utf-8")

    status = main(["check", "--content", str(tmp_path), str(tmp_path / "one-act" / "bad.toml")])

    printed = capsys.readouterr().out
    assert status == 1
    assert "one-act/bad.toml:1: error unreadable" in printed
    assert "two-act" not in printed


def test_check_on_a_day_before_the_law_finds_errors(capsys):
    assert main(["check", "--on", "2026-06-30"]) == 1
    assert "not_in_force on 2026-06-30" in capsys.readouterr().out


def test_draw_at_the_prompt_prints_a_paper(capsys):
    assert main(["draw", "--programme", "corps-b-legislation", "--seed", "00" * 32, "--language", "ru"]) == 0

    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 55 * 5 + 1
    assert printed[0].startswith("1. [con-")
    assert printed[-1].startswith("fingerprint ")


def test_transcript_written_at_the_prompt_is_accepted(capsys, tmp_path):
    file = str(tmp_path / "t.json")
    words = ["draw", "--programme", "corps-b-legislation", "--secret", "5a" * 32, "--salt", "dice:3162453416"]

    assert main([*words, "--session", "s-1", "--booking", "b-1", "--transcript", file]) == 0
    assert main(["verify-draw", file]) == 0

    assert "1 papers re-drawn, all agree\n" in capsys.readouterr().out
    transcript = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert not verify_draw.verify(transcript)
    assert verify_draw.verify({**transcript, "salt": "dice:3162453415"})


def test_transcript_without_a_secret_is_refused(capsys, tmp_path):
    file = str(tmp_path / "t.json")

    assert main(["draw", "--programme", "corps-b-legislation", "--seed", "00", "--transcript", file]) == 2
    assert "needs --secret" in capsys.readouterr().err


def test_draw_from_faulty_files_is_refused(capsys, tmp_path):
    (tmp_path / "bad.toml").write_text("x = \n", encoding="utf-8")

    assert main(["draw", "--programme", "corps-b-legislation", "--seed", "00", "--content", str(tmp_path)]) == 1
    assert "bad.toml:1" in capsys.readouterr().err


def test_draw_from_too_small_a_pool_names_the_stratum(capsys, tmp_path):
    assert main(["draw", "--programme", "corps-b-legislation", "--seed", "00", "--content", str(tmp_path)]) == 1
    assert "constitution-2026/foundations-and-rights/1 has 0" in capsys.readouterr().err


def test_unknown_programme_is_told_at_the_prompt(capsys):
    assert main(["draw", "--programme", "corps-a", "--seed", "00"]) == 1
    assert "corps-a" in capsys.readouterr().err


def test_items_of_the_shipped_pool_lie_in_the_content_folder():
    assert all(place.file.startswith(str(CONTENT)) for place in load_pool().places.values())
