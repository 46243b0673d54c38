"""Are the tables as the house rules want them? Aware moments, names for all, enums as text."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.db import Base, UtcDateTime
from tests.policy.tree import import_everything, listed

PREFIXES = {
    sa.PrimaryKeyConstraint: "pk",
    sa.ForeignKeyConstraint: "fk",
    sa.UniqueConstraint: "uq",
    sa.CheckConstraint: "ck",
}

LONGEST_NAME = 63
"""PostgreSQL cuts longer names off, and then no two tools agree on them."""


@pytest.fixture(autouse=True)
def _all_tables() -> None:
    import_everything()


def tables() -> list[sa.Table]:
    return list(Base.metadata.sorted_tables)


def columns() -> Iterator[sa.Column[object]]:
    return (column for table in tables() for column in table.columns)


def names() -> Iterator[tuple[str, str]]:
    """Return the name of everything that has one, and how it has to begin."""
    for table in tables():
        for constraint in table.constraints:
            yield str(constraint.name or ""), f"{PREFIXES[type(constraint)]}_{table.name}"
        for index in table.indexes:
            yield str(index.name or ""), f"ix_{table.name}"


def test_there_are_tables() -> None:
    assert tables(), "no table was found: are models still below app.db.Base?"


def test_no_column_holds_a_naive_moment() -> None:
    naive = [str(column) for column in columns() if isinstance(column.type, sa.DateTime | sa.Time)]

    assert not naive, f"use app.db.UtcDateTime:{listed(naive)}"
    assert any(isinstance(column.type, UtcDateTime) for column in columns()), "UtcDateTime is used nowhere"


def test_every_table_has_a_primary_key() -> None:
    keyless = [table.name for table in tables() if not table.primary_key.columns]

    assert not keyless, f"give each a primary key:{listed(keyless)}"


def test_every_constraint_and_index_is_named_by_convention() -> None:
    nameless = [f"{name or '(no name)'}: {wanted}_…" for name, wanted in names() if not name.startswith(wanted)]
    long = [name for name, _ in names() if len(name) > LONGEST_NAME]
    twice = [name for name, count in Counter(name for name, _ in names()).items() if count > 1]

    assert not nameless, f"let app.db.NAMING name them; a check and an enum need a name of their own:{listed(nameless)}"
    assert not long, f"longer than {LONGEST_NAME} characters; name them by hand:{listed(long)}"
    assert not twice, f"these names stand for several:{listed(twice)}"


def test_every_table_has_exactly_one_model() -> None:
    models = Counter(getattr(mapper.local_table, "name", "") for mapper in Base.registry.mappers)

    several = [name for name, count in models.items() if count > 1]
    none = [table.name for table in tables() if table.name not in models]
    assert not several, f"several models stand for one table; keep the one of its room:{listed(several)}"
    assert not none, f"no model stands for these tables:{listed(none)}"


def test_every_model_stands_in_the_models_of_its_room() -> None:
    elsewhere = [
        f"{mapper.class_.__module__}.{mapper.class_.__name__}"
        for mapper in Base.registry.mappers
        if not (mapper.class_.__module__.startswith("app.") and mapper.class_.__module__.endswith(".models"))
    ]

    assert not elsewhere, (
        f"move them to models.py of their room, where a contract keeps them private:{listed(elsewhere)}"
    )


def test_enums_are_stored_as_the_text_of_their_values() -> None:
    wrong = []
    for column in columns():
        kind = column.type
        if not isinstance(kind, sa.Enum):
            continue
        members = kind.enum_class or ()
        values = [member.value for member in members if isinstance(member, enum.Enum)]
        if kind.native_enum or not kind.create_constraint or kind.enums != values:
            wrong.append(str(column))

    assert not wrong, f"Enum(…, native_enum=False, create_constraint=True, values_callable=…):{listed(wrong)}"


def test_no_row_goes_because_another_one_went() -> None:
    cascading = [
        f"{key.parent} → {key.target_fullname}"
        for table in tables()
        for key in table.foreign_keys
        if key.ondelete or key.onupdate
    ]

    assert not cascading, (
        f"records are not deleted behind one's back; take ondelete and onupdate away:{listed(cascading)}"
    )
