"""What does the log cost? Appending, signing, proving, verifying."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from app import create_app
from app.audit import queries
from app.audit import service as audit
from app.db import db, unit_of_work
from app.jobs import service as jobs
from app.processes import log_check, log_keeping
from app.wiring import Tools, real_tools
from certs.merkle import (
    MemoryNodes,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from config import Settings
from tests.kit import databases
from tests.kit.pki import make_keys

LEAVES, PROOFS = 1_000_000, 2_000
APPENDS, ACTS, AT_ONCE = 500, 100_000, 1_000


def tree(timed: Callable[..., Any]) -> None:
    """The tree alone, at a million leaves."""
    begun = time.perf_counter()
    nodes = MemoryNodes(sha256(number.to_bytes(8, "big")).digest() for number in range(LEAVES))
    print(f"\na tree of {LEAVES:,} leaves: {(time.perf_counter() - begun) / LEAVES * 1e6:.1f} µs an append, in memory")
    root = nodes.frontier.root
    places = [number * 499_979 % LEAVES for number in range(PROOFS)]
    paths = [inclusion_proof(place, LEAVES, nodes) for place in places]
    leaves = [nodes.hashes(0, place, 1)[0] for place in places]
    print(timed(lambda n: inclusion_proof(places[n], LEAVES, nodes), PROOFS).line("make a proof of inclusion"))
    print(timed(lambda n: verify_inclusion(leaves[n], places[n], LEAVES, paths[n], root), PROOFS).line("verify it"))
    _sizes(paths)
    olds = [place or 1 for place in places[:200]]
    grown = [consistency_proof(old, LEAVES, nodes) for old in olds]
    roots = [MemoryNodes(nodes.hashes(0, 0, old)).frontier.root if old < 50_000 else b"" for old in olds]
    small = [n for n, old_root in enumerate(roots) if old_root]
    print(timed(lambda n: consistency_proof(olds[n], LEAVES, nodes), len(olds)).line("make a proof of growth"))

    def verify(number: int) -> None:
        n = small[number % len(small)]
        assert verify_consistency(olds[n], LEAVES, roots[n], root, grown[n])

    print(timed(verify, PROOFS).line("verify it"))
    _sizes(grown)


def database(name: str, timed: Callable[..., Any], settings: Settings) -> None:
    """The log in a durable database that holds nothing else."""
    tools = real_tools(settings)
    settings.instance.mkdir(exist_ok=True)
    make_keys(settings, tools.clock.now() - timedelta(days=1))
    app = create_app(settings, tools)
    databases.make_schema(app)
    print(f"\n{name}, the log alone, one process, one thread")
    with app.app_context():
        _in_context(timed, tools)
        db.session.remove()
        db.engine.dispose()


def _in_context(timed: Callable[..., Any], tools: Tools) -> None:

    def act(number: int, *, recorded: bool) -> None:
        with unit_of_work() as session:
            now = tools.clock.now()
            job = jobs.enqueue("bench", {"number": number}, session=session, now=now, entropy=tools.entropy)
            if recorded:
                audit.record(
                    "bench.job.queued", session=session, at=now, actor="bench", subject=job or "", number=number
                )

    print(timed(lambda number: act(number, recorded=False), APPENDS).line("a unit of work with one row"))
    print(timed(lambda number: act(number, recorded=True), APPENDS).line("the same with one act in the log"))

    def sign(number: int) -> None:
        act(number, recorded=True)
        begun.append(time.perf_counter())
        log_keeping.sign_now(tools)
        ended.append(time.perf_counter())

    begun: list[float] = []
    ended: list[float] = []
    timed(sign, 200)
    signing = sorted((end - begin) * 1000 for begin, end in zip(begun, ended, strict=True))
    print(f"{'sign a checkpoint, durable':<46} {sum(signing) / 200:8.3f} ms mean  {signing[100]:8.3f} p50")

    started = time.perf_counter()
    with unit_of_work() as session:
        size = queries.size_of_log(session)
    for batch in range(size, ACTS, AT_ONCE):
        with unit_of_work() as session:
            for number in range(batch, min(batch + AT_ONCE, ACTS)):
                audit.record(
                    "bench.thing.done", session=session, at=tools.clock.now(), actor="bench", subject="thing", n=number
                )
    spent = time.perf_counter() - started
    print(f"{f'append {AT_ONCE:,} acts at once':<46} {spent / (ACTS - size) * 1000:8.3f} ms an act")
    log_keeping.sign_now(tools)
    with log_check.one_moment() as moment:
        print(timed(lambda n: queries.prove(n * 997 % ACTS + 1, session=moment), 200).line("prove an act"))
    begin, cpu = time.perf_counter(), time.process_time()
    with log_check.one_moment() as moment:
        report = log_check.check(tools.keys.log_keys(), session=moment)
    spent, cpu = time.perf_counter() - begin, time.process_time() - cpu
    assert report.fault is None, report.fault
    print(f"{f'verify {report.acts:,} acts':<46} {spent:8.1f} s  {cpu:20.1f} CPU-s")


def _sizes(proofs: list[list[bytes]]) -> None:
    sizes = sorted(len(proof) * 32 for proof in proofs)
    middle = sizes[len(sizes) // 2]
    print(f"{'':<46} {sizes[0]} to {sizes[-1]} bytes, half of them at most {middle}")
