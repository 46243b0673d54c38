"""Does an installation come up from nothing, keep its rows on the way, and get down again?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db
from tests.migrations.steps import Rows, Steps, definitions, reading, writing

REMEDY = "regenerate the newest revision, or write one more"


def test_head_equals_the_models(steps: Steps) -> None:
    steps.up()

    with reading() as connection:
        options = current_app.extensions["migrate"].configure_args
        context = MigrationContext.configure(connection, opts={"compare_type": True, **options})
        differences = compare_metadata(context, db.metadata)

    assert not differences, f"head is not what the models say; {REMEDY}:\n{_lines(differences)}"


def test_constraints_indexes_and_triggers_are_those_of_the_models(
    steps: Steps, make_empty: Callable[[str], Flask]
) -> None:
    steps.up()
    migrated = definitions()
    with make_empty("models").app_context():
        db.create_all()
        modelled = definitions()

    assert modelled, "the models define nothing; has the query of definitions() lost its tables?"
    missing = {name: modelled[name] for name in modelled.keys() - migrated.keys()}
    stale = {name: migrated[name] for name in migrated.keys() - modelled.keys()}
    changed = {
        name: (migrated[name], modelled[name])
        for name in migrated.keys() & modelled.keys()
        if migrated[name] != modelled[name]
    }
    assert not missing, f"the migrations do not make these; {REMEDY}:\n{_lines(missing.items())}"
    assert not stale, f"the models do not know these; {REMEDY}:\n{_lines(stale.items())}"
    assert not changed, f"migrated and modelled differ; {REMEDY}:\n{_lines(changed.items())}"


def test_way_down_leaves_an_empty_database(steps: Steps) -> None:
    steps.up()

    steps.down()

    assert not steps.tables(), f"the way down leaves tables behind: {sorted(steps.tables())}"
    assert not definitions(), f"the way down leaves these behind: {sorted(definitions())}"


def test_way_up_again_after_the_way_down_is_the_same(steps: Steps) -> None:
    steps.up()
    before = definitions()

    steps.down()
    steps.up()

    assert definitions() == before, "a revision does not take back all that it does; complete its downgrade()"


def test_rows_of_every_table_survive_the_way_up(steps: Steps) -> None:
    for script in steps.revisions:
        before = steps.rows()
        steps.up(script.revision)
        _assert_kept(before, steps.rows(), f"the upgrade of {script.revision}", allowed=_docstring(script))
        steps.fill()

    empty = [name for name, rows in steps.rows().items() if not rows]
    assert not empty, f"these tables were not filled: {empty}"


def test_way_down_with_rows_is_refused_or_loses_only_what_it_says(steps: Steps) -> None:
    for script in steps.revisions:
        steps.up(script.revision)
        steps.fill()

    for script in reversed(steps.revisions):
        before = steps.rows()
        try:
            steps.down(script.down_revision or "base")
        except (DBAPIError, RuntimeError):
            assert steps.rows() == before, f"{script.revision} refuses the way down halfway; refuse before any change"
            return
        if script.down_revision:  # below the first revision there is nothing that could keep a row
            what = f"the downgrade of {script.revision}"
            _assert_kept(before, steps.rows(), what, allowed=_docstring(script))


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"])
def test_migrated_log_refuses_to_be_changed(steps: Steps, statement: str) -> None:
    steps.up()
    steps.fill()
    before = steps.rows()["audit_entry"]

    with pytest.raises(DBAPIError, match="append-only"), writing() as connection:
        connection.execute(text(statement))

    assert before, "there was no entry to change"
    assert steps.rows()["audit_entry"] == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_migrated_log_refuses_to_be_emptied(steps: Steps) -> None:
    steps.up()
    steps.fill()

    with pytest.raises(DBAPIError, match="append-only"), writing() as connection:
        connection.execute(text("TRUNCATE audit_entry CASCADE"))


def _assert_kept(before: Rows, after: Rows, what: str, *, allowed: str) -> None:
    """Compare tables and columns that hold rows; what is named in ``allowed`` may go or change."""
    for table, rows in before.items():
        if table in allowed or not rows:
            continue
        assert table in after, f"{what} loses the rows of {table}; keep them, or name the table in its docstring"
        lost = {column for column in rows[0] if column not in (after[table] or [{}])[0]}
        silent = sorted(column for column in lost if column not in allowed)
        assert not silent, f"{what} loses {silent} of {table}; keep them, or name the columns in its docstring"
        wanted = [_without(row, lost) for row in rows]
        kept = [{column: row[column] for column in wanted[0]} for row in after[table]]
        assert kept == wanted, f"{what} changes the rows of {table}; keep them, or name the table in its docstring"


def _without(row: Mapping[str, object], columns: set[str]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in columns}


def _docstring(script: Script) -> str:
    return f"{script.module.__doc__ or ''} {script.module.downgrade.__doc__ or ''}"


def _lines(things: object) -> str:
    return "\n".join(f"  {thing}" for thing in things)  # type: ignore[attr-defined]
