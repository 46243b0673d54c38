"""Seeds, golden vectors, transcripts, and the file that an auditor runs alone."""

import ast
import copy
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from question_bank import verify_draw
from question_bank.seeds import derive_seed, hkdf_sha256

VECTORS = Path(__file__).parents[2] / "vectors" / "draw"
TRANSCRIPT = json.loads((VECTORS / "transcript.json").read_text(encoding="utf-8"))


def make_vectors():
    spec = importlib.util.spec_from_file_location("make_draw_vectors", VECTORS / "make_vectors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def paths_of(value, path=()):
    """Go through the path of every text, number and truth value in a JSON object."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in inner:
            yield from paths_of(child, (*path, key))
    else:
        yield path


def changed(value):
    """Return a value of the same kind that differs in one byte."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


def with_change(path, change):
    twin = copy.deepcopy(TRANSCRIPT)
    place = twin
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return twin


PATHS = list(paths_of(TRANSCRIPT))


def test_golden_vectors_have_not_changed():
    module = make_vectors()

    for name, value in module.vectors().items():
        assert (VECTORS / name).read_text(encoding="utf-8") == module.text_of(value), name


@pytest.mark.parametrize(
    ("secret", "salt", "info", "length", "expected"),
    [
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "0b" * 22,
            "",
            "",
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_agrees_with_rfc_5869(secret, salt, info, length, expected):
    made = hkdf_sha256(bytes.fromhex(secret), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=length)

    assert made.hex() == expected


@pytest.mark.parametrize(("session", "booking"), [("a|b", "c"), ("a", "b|c")])
def test_names_with_the_separator_are_refused(session, booking):
    with pytest.raises(ValueError, match="must not hold"):
        derive_seed(bytes(32), b"", session, booking)


def test_seed_depends_on_all_that_it_is_made_of():
    seeds = {
        derive_seed(secret, salt, session, booking)
        for secret in (bytes(32), bytes([1] * 32))
        for salt in (b"", b"1")
        for session in ("s", "t")
        for booking in ("b", "c")
    }

    assert len(seeds) == 16
    assert all(len(seed) == 32 for seed in seeds)


def test_published_transcript_is_accepted():
    assert verify_draw.verify(TRANSCRIPT) == []


def test_transcript_changed_in_any_byte_is_refused():
    unnoticed = [path for path in PATHS if not verify_draw.verify(with_change(path, changed))]

    assert len(PATHS) > 300
    assert unnoticed == []


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        (("secret",), changed, "4 commitment"),
        (("commitment",), changed, "4 commitment"),
        (("session",), changed, "4 commitment"),
        (("salt",), changed, "6 paper of booking-1: question 1"),
        (("weak",), changed, "2 salt"),
        (("salt",), lambda _: "", "2 salt"),
        (("version",), changed, "1 shape"),
        (("manifest", "enemies"), lambda _: [], "3 manifest"),
        (("manifest", "strata", 0, "quota"), changed, "3 manifest"),
        (("programme", "version"), changed, "another programme"),
        (("inputs_digest",), changed, "5 inputs"),
        (("papers",), lambda papers: papers[:1], "5 inputs"),
        (("papers",), lambda papers: [*papers, papers[0]], "a booking has two papers"),
        (("papers", 0, "questions"), lambda questions: questions[:-1], "it should have 16 questions, it has 15"),
        (("papers", 0, "questions"), lambda questions: questions[::-1], "question 1 should be"),
        (("papers", 1, "booking"), lambda _: "booking-3", "6 paper of booking-3"),
        (("papers", 1, "fingerprint"), changed, "its fingerprint should be"),
        (("secret",), str.upper, "not a transcript"),
        (("manifest",), lambda _: [], "not a transcript"),
        (("papers",), lambda _: None, "not a transcript"),
    ],
)
def test_verifier_names_what_differs(path, change, told):
    assert told in "\n".join(verify_draw.verify(with_change(path, change)))


def test_unknown_field_is_refused():
    assert verify_draw.verify({**TRANSCRIPT, "note": "trust me"}) == [
        "1 shape: not exactly the fields of synaq-draw-transcript-v1"
    ]


def test_forged_manifest_is_refused_even_with_its_own_digest():
    forged = with_change(("manifest", "exposure_grace"), changed)
    forged["manifest_digest"] = verify_draw._digest(forged["manifest"]).hex()

    assert any(difference.startswith("4 commitment") for difference in verify_draw.verify(forged))


def with_own_digest(manifest):
    return {**TRANSCRIPT, "manifest": manifest, "manifest_digest": verify_draw._digest(manifest).hex()}


@pytest.mark.parametrize(
    ("leaves", "told"),
    [
        (lambda leaves: leaves[::-1], "not sorted"),
        (lambda leaves: [*leaves, leaves[-1]], "stands in two places"),
        (lambda _: [], "stratum fruit-act/trees/1 cannot be filled"),
    ],
)
def test_leaves_that_no_manifest_has_are_refused(leaves, told):
    manifest = copy.deepcopy(TRANSCRIPT["manifest"])
    manifest["strata"][0]["leaves"] = leaves(manifest["strata"][0]["leaves"])

    assert told in "\n".join(verify_draw.verify(with_own_digest(manifest)))


def test_paper_with_a_field_too_many_is_refused():
    paper = {**TRANSCRIPT["papers"][0], "note": "trust me"}

    assert "fields or names" in "\n".join(verify_draw.verify({**TRANSCRIPT, "papers": [paper]}))


def run_alone(folder, *arguments):
    """Run the verifier in a folder of its own, with no way to reach the package."""
    shutil.copy(verify_draw.__file__, folder)
    command = [sys.executable, "-I", "verify_draw.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "said"), [("transcript.json", "2 papers re-drawn, all agree\n"), ("transcript-weak.json", "WEAK: no salt")]
)
def test_verifier_runs_alone_on_another_machine(tmp_path, name, said):
    shutil.copy(VECTORS / name, tmp_path)

    run = run_alone(tmp_path, name)

    assert (run.returncode, run.stderr) == (0, "")
    assert said in run.stdout
    assert TRANSCRIPT["commitment"] in run.stdout


def test_verifier_tells_the_difference_and_fails(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(with_change(("papers", 0, "fingerprint"), changed)), encoding="utf-8")

    run = run_alone(tmp_path, "t.json")

    assert run.returncode == 1
    assert "paper of booking-1: its fingerprint should be" in run.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_what_is_no_transcript_gives_status_2(tmp_path, text):
    (tmp_path / "t.json").write_text(text, encoding="utf-8")

    assert run_alone(tmp_path, "t.json").returncode == 2


def test_verifier_without_a_file_shows_its_usage(tmp_path):
    run = run_alone(tmp_path)

    assert (run.returncode, run.stdout) == (2, "")
    assert "usage" in run.stderr


def test_verifier_is_short_and_needs_the_standard_library_only():
    source = Path(verify_draw.__file__).read_text(encoding="utf-8")
    imports = {
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert len(source.splitlines()) < 200
    assert {name.split(".")[0] for name in imports} <= sys.stdlib_module_names
