"""How are the figures written? As rows of a table for docs/benchmarks.md, each with the machine's load beside it."""

from __future__ import annotations

import os


def heading(title: str) -> None:
    print(f"\n{title}\n\n| what | figure | bar | load average |\n| --- | --- | --- | --- |", flush=True)


def row(what: str, figure: str, bar: str = "–") -> None:
    """Print one line; the load average is the one of the last minute, of this run itself too."""
    print(f"| {what} | {figure} | {bar} | {os.getloadavg()[0]:.1f} |", flush=True)
