"""Add rooms, hours and exceptions of centres, and what sessions generated from them have.

The way down loses room, weekly_hours and hours_exception; of centre its region, region_kk, region_ru, region_en,
address_kk, address_ru, address_en, latitude and longitude; of workstation room_id and out_of_service_reason; of
exam_session room_id, withdrawn_at and withdrawn_reason.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PLACE = (
    ("region", sa.String(length=8)),
    *((f"region_{language}", sa.String(length=200)) for language in ("kk", "ru", "en")),
    *((f"address_{language}", sa.String(length=300)) for language in ("kk", "ru", "en")),
    ("latitude", sa.Double()),
    ("longitude", sa.Double()),
)


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_room_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("centre_id", "code", name=op.f("uq_room_centre_id_code")),
    )
    op.create_table(
        "weekly_hours",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens_minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closes_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_weekly_hours_weekday_of_a_week")),
        sa.CheckConstraint(
            "0 <= opens_minute AND opens_minute < closes_minute AND closes_minute <= 1440",
            name=op.f("ck_weekly_hours_one_day"),
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_weekly_hours_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", "weekday", "opens_minute", name=op.f("pk_weekly_hours")),
    )
    op.create_table(
        "hours_exception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("closed", "extra", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("opens_minute", sa.Integer(), nullable=True),
        sa.Column("closes_minute", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(kind = 'closed') = (opens_minute IS NULL) AND (opens_minute IS NULL) = (closes_minute IS NULL)",
            name=op.f("ck_hours_exception_extra_has_hours"),
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_hours_exception_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_exception")),
        sa.UniqueConstraint("centre_id", "day", name=op.f("uq_hours_exception_centre_id_day")),
    )
    with op.batch_alter_table("centre") as table:
        for name, kind in PLACE:
            table.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("workstation") as table:
        table.add_column(sa.Column("out_of_service_reason", sa.String(length=300), nullable=True))
        table.add_column(sa.Column("room_id", sa.Uuid(), nullable=True))
        table.create_foreign_key("fk_workstation_room_id_room", "room", ["room_id"], ["id"])
    with op.batch_alter_table("exam_session") as table:
        table.add_column(sa.Column("room_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("withdrawn_reason", sa.String(length=300), nullable=True))
        table.create_foreign_key("fk_exam_session_room_id_room", "room", ["room_id"], ["id"])
        table.create_unique_constraint("uq_exam_session_room_id_opens_at", ["room_id", "opens_at"])
        table.create_index("ix_exam_session_centre_id_opens_at", ["centre_id", "opens_at"])


def downgrade() -> None:
    with op.batch_alter_table("exam_session") as table:
        table.drop_index("ix_exam_session_centre_id_opens_at")
        table.drop_constraint("uq_exam_session_room_id_opens_at", type_="unique")
        table.drop_constraint("fk_exam_session_room_id_room", type_="foreignkey")
        for name in ("withdrawn_reason", "withdrawn_at", "room_id"):
            table.drop_column(name)
    with op.batch_alter_table("workstation") as table:
        table.drop_constraint("fk_workstation_room_id_room", type_="foreignkey")
        table.drop_column("room_id")
        table.drop_column("out_of_service_reason")
    with op.batch_alter_table("centre") as table:
        for name, _ in reversed(PLACE):
            table.drop_column(name)
    op.drop_table("hours_exception")
    op.drop_table("weekly_hours")
    op.drop_table("room")
