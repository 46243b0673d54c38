"""Prints the figures of the exam room: ``python -m tests.bench exam --database postgresql --part save``."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

from tests.bench.exam.moments import moments
from tests.bench.exam.pace import real
from tests.bench.exam.races import races
from tests.bench.exam.saving import cost, growth, rate
from tests.bench.exam.starts import starts
from tests.kit import databases

OPEN = {"postgresql": 10_000, "sqlite": 500}
"""SQLite has one writer and serves one room."""


def main(arguments: Sequence[str]) -> None:
    """Run the parts that were asked for; a wish to stop leaves no server behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = _parser().parse_args(arguments)
    parts = _parts(wanted)
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs; load average before: "
        + ", ".join(f"{load:.1f}" for load in os.getloadavg())
    )
    for name in wanted.part or parts:
        parts[name](wanted.database)


def in_short() -> None:
    """The parts that ``make bench`` runs, each as short as it says something."""
    for kind in databases.KINDS:
        cost(kind, rounds=1)
        rate(kind, seconds=3)
        moments(kind, people=40)
        starts(kind, people=100, seconds=1, bar=STARTS_100)
        races(kind, times=50)


STARTS_100 = "all ≤ 1.2 s, p95 ≤ 200 ms"
STARTS_1000 = "p99 ≤ 2 s, none failed"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench exam", description=__doc__)
    parser.add_argument("--database", choices=databases.KINDS, default="postgresql")
    parser.add_argument("--part", action="append", choices=list(_parts(argparse.Namespace())), help="all, if left out")
    parser.add_argument("--people", type=int, help="of the part 'real'; 10,000 on PostgreSQL, 500 on SQLite")
    parser.add_argument("--minutes", type=float, default=5, help="of the part 'real'")
    parser.add_argument("--times", type=int, default=1_000, help="of the part 'race'")
    parser.add_argument("--long", action="store_true", help="growth: with 10 million rows too")
    return parser


def _parts(wanted: argparse.Namespace) -> dict[str, Callable[[str], None]]:
    def real_pace(kind: str) -> None:
        real(kind, people=wanted.people or OPEN[kind], minutes=wanted.minutes)

    return {
        "save": cost,
        "rate": rate,
        "moments": moments,
        "start100": partial(starts, people=100, seconds=1, bar=STARTS_100),
        "start1000": partial(starts, people=1_000, seconds=5, bar=STARTS_1000),
        "real": real_pace,
        "growth": lambda kind: growth(kind, long=wanted.long),
        "race": lambda kind: races(kind, times=wanted.times),
    }
