"""Does an exported log say to anybody what the log itself would say?"""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from log_sample import ORIGIN, STRANGER, VERIFIER_KEY, Log, whole_log

from certs.__main__ import main
from certs.errors import MalformedError
from certs.log import Walk
from certs.log_export import read_export, write_export
from certs.note import VerifierKey


@pytest.fixture
def log() -> Log:
    return whole_log()


def _export(log: Log, folder: Path) -> Path:
    write_export(
        folder,
        entries=iter(log.acts),
        checkpoints=log.checkpoints,
        erased=log.erased,
        verifier_keys=[VERIFIER_KEY],
    )
    return folder


def test_export_is_read_as_it_was_written(log: Log, tmp_path: Path) -> None:
    log.change(7, body=None)
    log.erased = {7}

    export = read_export(_export(log, tmp_path / "log"))

    assert list(export.entries()) == log.acts
    assert list(export.checkpoints) == log.checkpoints
    assert (export.erased, list(map(str, export.verifier_keys))) == ({7}, [str(VERIFIER_KEY)])


def test_tampering_survives_the_export(log: Log, tmp_path: Path) -> None:
    log.checkpoints[1] = replace(log.checkpoints[1], note="# 5\n\r\n\n# not a header\n\ud800")
    log.change(7, body=(b"short", {"a": math.nan, "b": "\ud800"}))

    export = read_export(_export(log, tmp_path / "log"))
    walk = Walk(head=None, checkpoints=export.checkpoints, erased=(), verifier_keys=export.verifier_keys)

    assert [(fault.code, fault.seq) for fault in walk.faults(export.entries())] == [
        ("checkpoint-forged", 5),
        ("facts-changed", 7),
    ]


def test_export_is_never_written_over(log: Log, tmp_path: Path) -> None:
    _export(log, tmp_path)

    with pytest.raises(FileExistsError):
        _export(log, tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "nonsense",
        '{"seq":1,"at":"2026-11-20","actor":"","kind":"","subject":"","commitment":"","leaf":""}',
        '{"seq":"1","at":"2026-11-20T00:00:00Z","actor":"","kind":"","subject":"","commitment":"","leaf":""}',
        '{"seq":1,"at":"2026-11-20T00:00:00Z","actor":"","kind":"","subject":"","commitment":"x","leaf":""}',
        '{"seq":1,"at":"2026-11-20T00:00:00Z","actor":"","kind":"","subject":"","commitment":"","leaf":"","salt":""}',
        "[" * 100_000,
        "9" * 5_000,
        "\udcff",
    ],
    ids=["empty", "object", "list", "text", "no-zone", "seq", "hex", "half-a-body", "deep", "long-number", "bytes"],
)
def test_line_that_is_no_act_is_malformed(log: Log, tmp_path: Path, line: str) -> None:
    folder = _export(log, tmp_path)
    with (folder / "entries.jsonl").open("ab") as file:
        file.write(line.encode(errors="surrogateescape") + b"\n")

    with pytest.raises(MalformedError, match=r"line 21 of entries\.jsonl"):
        list(read_export(folder).entries())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("checkpoints.txt", "something\n"),
        ("checkpoints.txt", "# 1 abc 2026-11-20T00:00:00Z\nnote\n\n"),
        ("checkpoints.txt", "# 1 ab 2026-11-20T00:00:00\nnote\n\n"),
        ("checkpoints.txt", "# 1 ab today\nnote\n\n"),
        ("erased.txt", "seven\n"),
        ("log.vkey", "no key\n"),
        ("log.vkey", "\udcff"),
    ],
)
def test_file_of_another_form_is_malformed(log: Log, tmp_path: Path, name: str, content: str) -> None:
    folder = _export(log, tmp_path)
    (folder / name).write_bytes(content.encode(errors="surrogateescape"))

    with pytest.raises(MalformedError):
        read_export(folder)


# At the prompt


def test_prompt_says_what_an_honest_log_is(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = tmp_path / "kept.txt"
    note.write_text(log.checkpoints[1].note, encoding="utf-8")

    assert main(["verify-log", str(_export(log, tmp_path / "log")), "--checkpoint", str(note)]) == 0

    said = capsys.readouterr().out
    assert "WHAT IT WAS" in said
    assert "20, of which 0 without their facts" in said
    assert "18 acts; nothing vouches for the 2 after" in said
    assert f"compare them with those that the log publishes:\n    {VERIFIER_KEY}" in said


def test_prompt_names_the_first_fault(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.change(7, actor="somebody else")
    log.change(8, body=None)

    assert main(["verify-log", str(_export(log, tmp_path / "log")), "--key", str(VERIFIER_KEY)]) == 1

    said = capsys.readouterr().out
    assert "NOT WHAT IT WAS\n  Act 7 is not what was recorded: its fields do not give its leaf. [act-changed]\n" in said
    assert "compare" not in said


def test_prompt_measures_a_log_by_a_checkpoint_from_elsewhere(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = tmp_path / "kept.txt"
    note.write_text(log.checkpoints.pop().note, encoding="utf-8")
    log.acts = log.acts[:15]
    folder = str(_export(log, tmp_path / "log"))

    assert main(["verify-log", folder]) == 0
    assert main(["verify-log", folder, "--checkpoint", str(note)]) == 1
    assert "[tail-cut]" in capsys.readouterr().out


def test_prompt_does_not_believe_a_log_signed_by_somebody_else(log: Log, tmp_path: Path) -> None:
    stranger = VerifierKey(name=ORIGIN, public_key=STRANGER.public_key())

    assert main(["verify-log", str(_export(log, tmp_path / "log")), "--key", str(stranger)]) == 1


@pytest.mark.parametrize("arguments", [["absent"], ["empty"], ["log", "--key", "no key"], ["log", "--checkpoint", "x"]])
def test_wrong_question_about_a_log_ends_with_status_two(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _export(log, tmp_path / "log")
    (tmp_path / "empty").mkdir()
    (tmp_path / "x").write_text("no note")

    assert main(["verify-log", *arguments]) == 2
