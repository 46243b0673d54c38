"""What do the commands of the log do, and how do they end?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import queries
from certs.__main__ import main as certs_main
from certs.authority import Authority
from tests.kit.factories.audit import Attacker, RecordAct, SignLog
from tests.kit.factories.sittings import EndSitting, StartSitting

Flasks = Callable[..., Result]


@pytest.fixture
def flask(app: Flask, session: Session) -> Flasks:
    """Return the prompt: ``flask("audit", "verify")``."""

    def run(*arguments: object) -> Result:
        session.commit()
        with app.app_context():
            return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])

    return run


@pytest.fixture
def three_acts(record_act: RecordAct) -> None:
    for number in range(3):
        record_act(number=number)


@pytest.mark.usefixtures("three_acts")
def test_whole_log_ends_with_status_zero(flask: Flasks, sign_log: SignLog, record_act: RecordAct) -> None:
    sign_log()
    record_act()

    done = flask("audit", "verify")

    assert done.exit_code == 0, done.output
    assert "4 acts, the first 3 of them signed; 0 sittings re-computed" in done.output
    assert "All is as it was recorded." in done.output


def test_sittings_are_computed_anew(flask: Flasks, start_sitting: StartSitting, end: EndSitting) -> None:
    end(start_sitting())

    assert "1 sittings re-computed" in flask("audit", "verify").output


@pytest.mark.usefixtures("three_acts")
def test_log_without_keys_is_verified_as_far_as_it_goes(flask: Flasks) -> None:
    assert flask("audit", "verify").exit_code == 0


@pytest.mark.usefixtures("three_acts")
def test_tampering_ends_with_status_one_and_its_name(flask: Flasks, sign_log: SignLog, attacker: Attacker) -> None:
    sign_log()
    attacker.sql("UPDATE audit_entry SET actor = 'x' WHERE seq = 2")

    done = flask("audit", "verify")

    assert done.exit_code == 1
    assert "NOT WHOLE: Act 2 is not what was recorded: its fields do not give its leaf." in done.output


@pytest.mark.usefixtures("three_acts")
def test_kept_checkpoint_tells_of_a_cut_tail(
    flask: Flasks, sign_log: SignLog, attacker: Attacker, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(sign_log().note, encoding="utf-8")
    attacker.rewrite(lambda acts: acts[:1])
    attacker.sql("DELETE FROM audit_checkpoint")

    assert flask("audit", "verify").exit_code == 0
    done = flask("audit", "verify", "--checkpoint", kept)

    assert done.exit_code == 1
    assert "Acts 2 to 3 are missing: the log ends with act 1, and 3 were signed." in done.output


@pytest.mark.parametrize("content", [b"no note", b"\xff\xfe"], ids=["text", "bytes"])
@pytest.mark.usefixtures("three_acts")
def test_file_that_holds_no_checkpoint_is_refused_in_words(flask: Flasks, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept.txt").write_bytes(content)

    done = flask("audit", "verify", "--checkpoint", tmp_path / "kept.txt")

    assert done.exit_code == 1
    assert done.output.startswith("Error: malformed")


def test_checkpoint_that_is_not_there_is_a_wrong_question(flask: Flasks, tmp_path: Path) -> None:
    assert flask("audit", "verify", "--checkpoint", tmp_path / "absent").exit_code == 2


@pytest.mark.usefixtures("three_acts")
def test_export_is_verified_by_the_other_program(
    flask: Flasks, sign_log: SignLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed = sign_log()
    (tmp_path / "kept.txt").write_text(signed.note, encoding="utf-8")
    folder = tmp_path / "log"

    done = flask("audit", "export", folder)

    assert done.exit_code == 0, done.output
    assert f"python -m certs verify-log {folder}" in done.output
    key = (folder / "log.vkey").read_text().strip()
    arguments = ["verify-log", str(folder), "--key", key, "--checkpoint", str(tmp_path / "kept.txt")]
    assert certs_main(arguments) == 0
    assert "WHAT IT WAS" in capsys.readouterr().out


@pytest.mark.usefixtures("three_acts", "keys")
def test_export_is_never_written_over(flask: Flasks, tmp_path: Path) -> None:
    assert flask("audit", "export", tmp_path / "log").exit_code == 0

    again = flask("audit", "export", tmp_path / "log")

    assert again.exit_code == 1
    assert again.output.startswith("Error: ")


@pytest.mark.usefixtures("three_acts")
def test_export_without_keys_is_refused_in_words(flask: Flasks, tmp_path: Path) -> None:
    done = flask("audit", "export", tmp_path / "log")

    assert done.exit_code == 1
    assert "flask keys init" in done.output


def test_checkpoint_is_signed_and_printed(
    flask: Flasks, keys: Authority, record_act: RecordAct, session: Session
) -> None:
    record_act()

    first, second = flask("audit", "checkpoint"), flask("audit", "checkpoint")

    newest = queries.newest_checkpoint(session)
    assert newest is not None
    assert (first.exit_code, first.output, second.output) == (0, newest.note, newest.note)
    assert len(queries.checkpoints(session)) == 1


@pytest.mark.usefixtures("keys")
def test_empty_log_has_nothing_to_sign(flask: Flasks) -> None:
    done = flask("audit", "checkpoint")

    assert (done.exit_code, done.output.strip()) == (0, "The log is empty: there is nothing to sign.")


@pytest.mark.usefixtures("three_acts")
def test_checkpoint_without_keys_is_refused_in_words(flask: Flasks) -> None:
    done = flask("audit", "checkpoint")

    assert done.exit_code == 1
    assert "flask keys init" in done.output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_roles_are_for_postgresql_only(flask: Flasks) -> None:
    assert flask("audit", "restrict-role", "synaq").exit_code == 2
