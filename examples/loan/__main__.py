"""The command line: `python -m examples.loan`, on a made-up log or on the real one.

Here files are found and opened, and the run is reported. It ends with 0 when the whole log
was read, and with 2 when it was not; what was read is kept then, and the next run goes on.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from examples.loan.driver import DEFAULT_CONCURRENCY, Driver, Run
from examples.loan.generator import DEFAULT_CASES, DEFAULT_SEED, generate, write_xes
from examples.loan.log import read_cases
from examples.loan.machine import loan
from examples.loan.report import Cost, Progress, cost_of, peak_bytes, table
from telic.kernel.errors import StoreError
from telic.stores.sqlite import SqliteDatabase

BUILD = Path("build")
"""Where files go that nobody has named: in the current folder, and ignored by git."""
BROKEN = 2
"""The exit code when the log, or the database, could not be used to its end."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    log: Path | None
    db: Path | None
    cases: int
    seed: int
    concurrency: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job, and return the exit code."""
    options = _options(arguments)
    log = options.log if options.log is not None else _made_up(options)
    if not log.is_file():
        return _broken(f"expected a log, got no file: {log}")
    path = options.db if options.db is not None else BUILD / f"loan-{_stem(log)}.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    there = "which is there: what it knows is not done again" if path.exists() else "a new one"
    print(f"Replaying {log} into {path}, {there}.", flush=True)
    began = time.perf_counter()
    run: Run | None = None
    try:
        run = anyio.run(partial(replay, log, path, options.concurrency))
    except* StoreError as errors:
        _broken(str(_first(errors)))
    if run is None:
        return BROKEN
    print(table(run.tally), end="\n\n")
    print("This run")
    print(cost_of(run.tally, Cost(time.perf_counter() - began, peak_bytes())))
    if run.fault is not None:
        return _broken(f"The log is broken: {run.fault}. What was read is kept in {path}.")
    print(f"\nRun it again to see nothing but duplicates, or remove {path} to begin anew.")
    return 0


async def replay(log: Path, path: Path, concurrency: int) -> Run:
    """Run a log over a database file, printing how far it is."""
    progress = Progress(time.perf_counter, partial(print, flush=True))
    async with SqliteDatabase(path, commit="inline") as db:
        return await Driver(db.store(loan), progress).run(read_cases(log), concurrency)


def _made_up(options: Options) -> Path:
    """Make up a log; equal options make equal bytes, so a second run finds its own lines."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"loan-{options.cases}-cases-seed-{options.seed}.xes.gz"
    write_xes(path, generate(options.cases, options.seed))
    return path


def _stem(log: Path) -> str:
    return log.name.removesuffix(".gz").removesuffix(".xes").removeprefix("loan-")


def _first(errors: BaseExceptionGroup[StoreError]) -> BaseException:
    """Of the errors of all cases that were under way, the first; the others say the same."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def _broken(why: str) -> int:
    print(f"loan: {why}", file=sys.stderr)
    return BROKEN


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m examples.loan",
        description="Hold the model of a loan application against an event log.",
    )
    parser.add_argument("--log", type=Path, help="an .xes or .xes.gz file; else one is made up")
    parser.add_argument("--db", type=Path, help="the SQLite file; else build/loan-<log>.sqlite")
    parser.add_argument("--cases", type=_positive, default=DEFAULT_CASES, help="how many to make up")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="what to make them up from")
    parser.add_argument("--concurrency", type=_positive, default=DEFAULT_CONCURRENCY, help="cases under way at once")
    given = parser.parse_args(arguments)
    return Options(given.log, given.db, given.cases, given.seed, given.concurrency)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text}")
    return number


if __name__ == "__main__":
    sys.exit(main())
