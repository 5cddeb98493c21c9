"""Instructions of a step, counted by callgrind: ``python -m tests.bench.counts [--record]``.

They do not depend on what else a machine does, so a step that has become dearer shows on any
machine; they do depend on the versions of what runs, which stand beside them in the record. What
may never be here: a clock.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tests.bench.counting import MARK
from tests.bench.measure import Row
from tests.services import postgres_or_none

__all__ = ["RECORD", "Counts", "Uncounted", "compared", "count", "read", "rows", "write"]

RECORD = Path(__file__).with_name("counts.json")
"""What was counted last."""
_ALLOWED = 0.03
"""By how much a step may become dearer before it is told: runs differ by a hundredth or two."""
_ALLOWED_WITH_SERVER = 0.15
"""The same where a server answers: how often the loop wakes depends on when it does."""
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_MINUTES = 15


class Uncounted(Exception):
    """Nothing could be counted here; the text says why."""


class Counts(NamedTuple):
    """What was counted.

    Attributes:
        versions: Of what.
        instructions: For one step of each piece of work.
    """

    versions: Mapping[str, str]
    instructions: Mapping[str, int]


def count(url: str) -> Counts:
    """Count, which takes a minute or two.

    Args:
        url: A PostgreSQL server; empty where there is none, which leaves its steps out.

    Raises:
        Uncounted: When valgrind is not installed, or does not come to its end.
    """
    if shutil.which("valgrind") is None:
        raise Uncounted("valgrind is not installed; apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        told = _run(out, url)
        totals = [_total(Path(f"{out}.{number}")) for number in range(1, 2 * len(told) + 1)]
    # At each mark callgrind writes what was counted since the one before.
    between = totals[1::2]
    return Counts(_versions(), {name: round(total / steps) for (steps, name), total in zip(told, between, strict=True)})


def compared(now: Counts, before: Counts) -> Iterator[tuple[str, bool]]:
    """Yield a line for each piece of work, and whether it has become dearer than is allowed."""
    for name, instructions in now.instructions.items():
        known = before.instructions.get(name)
        if known is None:
            yield f"{name:58} {instructions:>10,}  new", False
            continue
        change = instructions / known - 1
        allowed = _ALLOWED_WITH_SERVER if "PostgreSQL" in name else _ALLOWED
        yield f"{name:58} {instructions:>10,}  {change:+.1%}", change > allowed


def rows(counts: Counts) -> Iterator[Row]:
    """Yield what was counted, in thousands."""
    for name, instructions in counts.instructions.items():
        yield Row(f"{name}: thousand instructions", [instructions / 1000])


def read(path: Path = RECORD) -> Counts:
    """Return the record; an empty one where there is none."""
    return Counts(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Counts({}, {})


def write(counts: Counts, path: Path = RECORD) -> None:
    """Keep what was counted; what could not be counted this time stays, if the versions are the same."""
    before = read(path)
    kept = before.instructions if before.versions == counts.versions else {}
    whole = counts._replace(instructions={**kept, **counts.instructions})
    path.write_text(json.dumps(whole._asdict(), indent=2) + "\n", encoding="utf-8")


def _run(out: Path, url: str) -> list[tuple[int, str]]:
    """Run the program under callgrind; return what it says it has done, in order."""
    command = ["valgrind", "--tool=callgrind", "--quiet", f"--dump-before={MARK}", f"--callgrind-out-file={out}"]
    # Hashes, and with them the order of sets, are those of every run.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = [sys.executable, "-m", "tests.bench.counting", *([url] if url else [])]
    try:
        done = subprocess.run(
            [*command, *program], capture_output=True, text=True, env=environment, timeout=60 * _MINUTES, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Uncounted(f"expected valgrind to end within {_MINUTES} minutes, got none that did") from error
    if done.returncode:
        raise Uncounted(f"expected valgrind to come to its end, got: {done.stderr.strip().splitlines()[-1:]}")
    lines = (line.split(maxsplit=1) for line in done.stdout.splitlines())
    return [(int(steps), name) for steps, name in lines]


def _total(dump: Path) -> int:
    found = _TOTAL.search(dump.read_text(encoding="utf-8"))
    if found is None:
        raise Uncounted(f"expected a total in {dump.name}, got none; do see what this version of callgrind writes")
    return int(found[1])


def _versions() -> dict[str, str]:
    found = {name: version(name) for name in ("pydantic", "pydantic-core", "anyio", "asyncpg")}
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **found,
        "machine": platform.machine(),
    }


def _told(lines: Iterable[tuple[str, bool]]) -> bool:
    """Print the comparison; return whether anything has become dearer."""
    dearer = [print(line, "  DEARER" if worse else "", sep="") or worse for line, worse in lines]
    return any(dearer)


def main() -> int:
    """Count and compare with the record, or record; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.counts",
        description="Count the instructions of a step, and compare them with the record.",
    )
    parser.add_argument("--record", action="store_true", help="make this the record")
    record = parser.parse_args().record
    before = read()
    try:
        now = count(postgres_or_none())
    except Uncounted as why:
        print(f"not counted: {why}", file=sys.stderr)
        return 2
    dearer = _told(compared(now, before))
    if before.versions and now.versions != before.versions:
        print(f"The record was made with {dict(before.versions)}; here are {dict(now.versions)}.")
    if record:
        write(now)
    return int(dearer and not record)


if __name__ == "__main__":
    sys.exit(main())
