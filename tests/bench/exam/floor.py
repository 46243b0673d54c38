"""What is the least that a saved answer can cost? Flask that does nothing, and Flask with one upsert, committed.

Served as the application is, on the same database; the upsert is the one row of a place on a paper.
"""

from __future__ import annotations

import os

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import LargeBinary
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

app = Flask(__name__)
_own = f"sqlite:///{os.environ.get('SYNAQ_INSTANCE', '.')}/synaq.db"
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", _own)
db = SQLAlchemy(app)
_insert = postgresql.insert if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql") else sqlite.insert


class Floor(db.Model):  # type: ignore[name-defined,misc]
    """One answer as the simplest program keeps it: the newest only, without a journal."""

    __tablename__ = "bench_floor"

    sitting: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    option: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)


@app.post("/nothing")
def nothing() -> dict[str, int]:
    return {"sequence": 0}


@app.post("/upsert/<sitting>")
def upsert(sitting: str) -> dict[str, object]:
    sent = request.get_json()
    values = {"sitting": sitting, "position": sent["position"], "option": sent["option"], "head": bytes(32)}
    statement = _insert(Floor).values(values)
    changed = {"option": statement.excluded.option, "head": statement.excluded.head}
    db.session.execute(statement.on_conflict_do_update(index_elements=["sitting", "position"], set_=changed))
    db.session.commit()
    return {"sequence": sent["sequence"]}
