"""What does a saved answer cost, how many fit into a second, and does either change as the room fills?"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Sequence

import psycopg
from sqlalchemy import func, select, text

from app.db import db
from app.sittings.models import Answer
from tests.bench.exam import floor
from tests.bench.exam.client import Samples, apart, as_fast_as_it_goes, at_a_rate, post
from tests.bench.exam.seeding import Candidate, seat
from tests.bench.exam.server import FLOOR, Cpu, Installation, Server, installed
from tests.bench.exam.table import heading, row

CONNECTIONS = 8
SAVES, ROUNDS, WARM_UP = 2_400, 3, 400
ROOM = 400
SATURATION_SECONDS = 10
INSERTED = 3_000
COUNTED = 800
OPEN = (100, 1_000, 10_000)
MILLION = 1_000_000

_LOGGED = re.compile(r"LOG:\s+(?:statement|execute [^:]*):\s+(\w+)")


class Journals:
    """Writes the next answers of many sittings as requests, in lanes of their own, so that none overtakes."""

    def __init__(self, people: Sequence[Candidate]) -> None:
        self._people = people
        self._sequence = dict.fromkeys(people, 0)

    def streams(self, count: int, lanes: int = CONNECTIONS) -> list[list[bytes]]:
        """Return ``count`` saves in all."""
        return [list(self._lane(self._people[lane::lanes], count // lanes)) for lane in range(lanes)]

    def _lane(self, people: Sequence[Candidate], count: int) -> Iterator[bytes]:
        for number in range(count):
            who = people[number % len(people)]
            self._sequence[who] += 1
            yield save(who, self._sequence[who])


def save(who: Candidate, sequence: int) -> bytes:
    """Return the request that saves the answer of this number."""
    return post(f"/sittings/{who.sitting}/answers", answer(who, sequence), cookie=who.cookie, token=who.token)


def answer(who: Candidate, sequence: int) -> str:
    return f'{{"sequence":{sequence},"position":{(sequence - 1) % who.questions + 1},"option":{sequence % 4 + 1}}}'


def cost(kind: str, *, rounds: int = ROUNDS) -> None:
    """CPU of a save beside the floors; what it sends to the database, and what that writes."""
    heading(f"{kind}: a saved answer, {CONNECTIONS} connections, {rounds} rounds of {SAVES:,}, CPU of web + database")
    spent: dict[str, list[float]] = {"nothing": [], "bare": [], "floor": [], "saved": []}
    with installed(kind) as here:
        floor.Floor.__table__.create(db.engine)
        people = seat(here.app, here.tools, ROOM)
        with here.served() as server, here.served(FLOOR) as least:
            journals = Journals(people)
            for _ in range(rounds):
                spent["nothing"].append(_each(least, _fixed("/nothing")))
                spent["floor"].append(_each(least, _upserts(people)))
                spent["saved"].append(_each(server, journals.streams(WARM_UP + SAVES)))
                if kind == "postgresql":
                    spent["bare"].append(_bare_insert(here, server))
        for name, figures in spent.items():
            if figures:
                row(NAMES[name], _figures(figures), "≤ 1.2" if name == "saved" else "–")
        row("saved / floor, the least of each", f"{min(spent['saved']) / min(spent['floor']):.2f}", "≤ 1.35")
        if kind == "postgresql":
            _written(here, people)


NAMES = {
    "nothing": "Flask that does nothing",
    "bare": "one row inserted and committed, without Flask: the database alone",
    "floor": "the floor: Flask and one upsert through Flask-SQLAlchemy",
    "saved": "a saved answer",
}


def rate(kind: str, *, seconds: int = SATURATION_SECONDS) -> None:
    """Saves a second when the server is full, and how long one takes at half of that."""
    heading(f"{kind}: saves a second")
    with installed(kind) as here:
        journals = Journals(seat(here.app, here.tools, ROOM))
        with here.served() as server:
            most = apart(as_fast_as_it_goes, server.address, journals.streams(SAVES, 16)).rate
            with server.counted() as spent:
                full = apart(as_fast_as_it_goes, server.address, journals.streams(int(seconds * most), 16))
            row("at saturation, 16 connections", _rate(full, spent[0]), "≥ 1,300 / s")
            half = full.rate / 2
            with server.counted() as spent:
                calm = apart(at_a_rate, server.address, journals.streams(int(seconds * half), 64), half)
            row("at half of it, 64 connections", _rate(calm, spent[0]), "p95 ≤ 10 ms")


def growth(kind: str, *, long: bool = False) -> None:
    """Cost of a save as sittings and journal grow."""
    heading(f"{kind}: growth, {SAVES:,} saves over {CONNECTIONS} connections each")
    for count in OPEN:
        with installed(kind) as here:
            people = seat(here.app, here.tools, count)
            _grown(here, people, f"{count:,} open sittings")
            if count == OPEN[-1] and kind == "postgresql":
                for rows in (MILLION, 10 * MILLION) if long else (MILLION,):
                    _fill_journal(rows)
                    _grown(here, people, f"{count:,} open sittings, {rows:,} rows in the journal")


def _grown(here: Installation, people: Sequence[Candidate], what: str) -> None:
    journals = Journals(people)
    journals._sequence = _newest(people)
    with here.served() as server:
        apart(as_fast_as_it_goes, server.address, journals.streams(1_000))
        with server.counted() as spent:
            samples = apart(as_fast_as_it_goes, server.address, journals.streams(SAVES))
    row(what, f"{spent[0].each(SAVES)}; {quantiles(samples)}", "flat within 20 %")


def quantiles(samples: Samples) -> str:
    """Write how long answers took, and what went wrong."""
    shares = ", ".join(f"p{share * 100:.0f} {samples.quantile(share):.1f}" for share in (0.5, 0.95, 0.99))
    return f"{shares} ms" + (f", **{len(samples.refused)} refused: {samples.refused[0]}**" if samples.refused else "")


def _rate(samples: Samples, spent: Cpu) -> str:
    busy, own = spent.total / samples.seconds, samples.own_cpu / samples.seconds
    return f"{samples.rate:,.0f} / s; {quantiles(samples)}; CPUs busy: server {busy:.2f}, load {own:.2f}"


def _figures(figures: Sequence[float]) -> str:
    return " / ".join(f"{figure:.2f}" for figure in figures) + " CPU-ms"


def _each(server: Server, streams: Sequence[Sequence[bytes]]) -> float:
    """Return the CPU-milliseconds of one request; the first ones warm up."""
    warm = WARM_UP // CONNECTIONS
    apart(as_fast_as_it_goes, server.address, [stream[:warm] for stream in streams])
    with server.counted() as used:
        samples = apart(as_fast_as_it_goes, server.address, [stream[warm:] for stream in streams])
    assert not samples.refused, samples.refused[0]
    return used[0].total * 1000 / len(samples.took)


def _fixed(path: str) -> list[list[bytes]]:
    return [[post(path, '{"sequence":1,"position":1,"option":1}')] * ((WARM_UP + SAVES) // CONNECTIONS)] * CONNECTIONS


def _upserts(people: Sequence[Candidate]) -> list[list[bytes]]:
    lanes = [people[lane::CONNECTIONS] for lane in range(CONNECTIONS)]
    return [
        [
            post(f"/upsert/{lane[number % len(lane)].sitting}", answer(lane[number % len(lane)], number + 1))
            for number in range((WARM_UP + SAVES) // CONNECTIONS)
        ]
        for lane in lanes
    ]


def _bare_insert(here: Installation, server: Server) -> float:
    """Return the database's CPU-milliseconds of one row, from one connection with a prepared statement."""
    statement = "INSERT INTO bench_floor (sitting, position, option, head) VALUES (%s, %s, 1, %s)"
    with here.direct() as connection:
        lane = uuid.uuid4().hex
        with server.counted() as spent:
            for number in range(INSERTED):
                connection.execute(statement, (lane, number, bytes(32)), prepare=True)
    return spent[0].database * 1000 / INSERTED


def _written(here: Installation, people: Sequence[Candidate]) -> None:
    """Count, in the database's own log and statistics, what a save sends and writes."""
    assert here.database_log is not None
    journals = Journals(people)
    journals._sequence = _newest(people)
    with here.direct() as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        rows = _rows(connection)
        with here.served() as server:
            apart(as_fast_as_it_goes, server.address, journals.streams(COUNTED))
            before, log = _wal(connection), here.database_log.stat().st_size
            apart(as_fast_as_it_goes, server.address, journals.streams(COUNTED))
            written = _wal(connection) - before
            with here.database_log.open("rb") as lines:
                lines.seek(log)
                asked = _LOGGED.findall(lines.read().decode())
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")
        rows = _rows(connection) - rows  # the web processes are gone: everything they did is counted
    row("statements of a saved answer", f"{(len(asked) - 1) / COUNTED:.2f}", "1, one round trip")
    row("rows that it writes", f"{rows / (2 * COUNTED):.2f}", "≤ 2")
    row("bytes of WAL", f"{written / COUNTED:.0f}", "≤ 600")


def _wal(connection: psycopg.Connection) -> int:
    return _number(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")


def _rows(connection: psycopg.Connection) -> int:
    return _number(connection, "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables")


def _number(connection: psycopg.Connection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _newest(people: Sequence[Candidate]) -> dict[Candidate, int]:
    """Return where the journal of each person stands."""
    with db.engine.connect() as connection:
        found = connection.execute(select(Answer.sitting_id, func.max(Answer.sequence)).group_by(Answer.sitting_id))
        newest = {str(sitting_id): sequence for sitting_id, sequence in found}
    return {who: newest.get(str(who.sitting), 0) for who in people}


def _fill_journal(rows: int) -> None:
    """Give every sitting the same number of rows before the next ones, as if it had sat for long."""
    fill = text("""
        INSERT INTO answer (sitting_id, sequence, position, option, saved_at, head)
        SELECT sitting.id, number, (number - 1) % 55 + 1, number % 4 + 1, now(), sitting.first_head
        FROM sitting, generate_series(1, :rows / (SELECT count(*) FROM sitting)) AS number
        ON CONFLICT DO NOTHING
    """)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(fill, {"rows": rows})
        connection.exec_driver_sql("ANALYZE answer")
        connection.exec_driver_sql("CHECKPOINT")
    time.sleep(5)
