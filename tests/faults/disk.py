"""Which disk may a test fill? A small one of its own, never that of the machine."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOW = (
    "The tests of a full disk need a small disk of their own: run them as root where a tmpfs may be mounted, or give "
    "an empty folder on a file system of 150 to 500 MB, which may be filled, in SYNAQ_SMALL_DISK."
)
FILLER = "filler"
CHUNK = 64 * 1024


@contextmanager
def small_disk(where: Path, megabytes: int) -> Iterator[Path]:
    """Yield a folder on a disk of this size. Fails, in words, where none can be had."""
    given = os.environ.get("SYNAQ_SMALL_DISK")
    if given:
        yield Path(given)
        return
    where.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "synaq-faults", str(where)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        raise AssertionError(f"{HOW} {done.stderr if done else ''}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


def fill(disk: Path) -> None:
    """Write until nothing more fits."""
    with (disk / FILLER).open("ab", buffering=0) as file:
        for size in (CHUNK, 1024):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def free(disk: Path) -> None:
    (disk / FILLER).unlink()
