"""A bank's log from end to end, beside the statements that it comes to, on a file of its own.

The log is cut into pieces of so many cases. Of each piece, telic's run is timed; another run, on
another file and beside the clock, tells which statements that was; they are timed on a third file,
with their values ready. What may never be here: a copy of the log.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import anyio
from anyio import to_thread

from examples.loan.driver import Driver
from examples.loan.log import Case, read_cases
from examples.loan.machine import loan
from examples.loan.report import peak_bytes
from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import Row, at_most

__all__ = ["bank_log"]

_NAME = "the bank's log: telic / the same statements by hand"
_GOAL = at_most(3)
_AT_ONCE = 2000
"""How many statements are read into memory at a time, beside the clock."""


class _Said(NamedTuple):
    """One call of a connection: which one, what it was asked for, and with which values."""

    reads: bool
    many: bool
    text: str
    values: Any


class _Telling:
    """A connection that writes down what it is asked for."""

    def __init__(self, connection: sqlite3.Connection, told: BinaryIO, *, reads: bool) -> None:
        self._connection = connection
        self._told = told
        self._reads = reads

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, text: str, values: Any = ()) -> sqlite3.Cursor:
        self._tell(text, values, many=False)
        return self._connection.execute(text, values)

    def executemany(self, text: str, values: Sequence[Any]) -> sqlite3.Cursor:
        self._tell(text, list(values), many=True)
        return self._connection.executemany(text, values)

    def close(self) -> None:
        self._connection.close()

    def _tell(self, text: str, values: Any, *, many: bool) -> None:
        pickle.dump(_Said(self._reads, many, text, values), self._told)


async def bank_log(log: Path | None, cases: int, pieces: int) -> AsyncIterator[Row]:
    """Compare telic with the statements by hand.

    Args:
        log: Where the log is, if it was given.
        cases: How many cases of it are read, at most.
        pieces: Into how many it is cut; each is a round.
    """
    if log is None:
        yield Row(_NAME, [], _GOAL, absent="the log was not given; `make bench LOG=path` names it")
        return
    found: list[_Spent] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with SqliteDatabase(folder / "raw.sqlite") as database:
            await database.store(loan).load(WorkflowId("nobody"))  # the tables are made
        for number, piece in enumerate(_pieces(read_cases(log), cases, pieces)):
            found.append(await _round(folder, piece, number))
        again = await to_thread.run_sync(_once_more, folder / "telic.sqlite", log, cases)
    events = sum(one.events for one in found)
    telic, bare = sum(one.telic for one in found), sum(one.bare for one in found)
    yield Row(_NAME, [one.telic / one.bare for one in found], _GOAL)
    yield Row(f"the bank's log: all {events:,} events, telic / the same statements by hand", [telic / bare])
    yield Row("the bank's log: events a second", [one.events / one.telic for one in found])
    yield Row("the bank's log: events a second where each is a duplicate", [events / again.seconds])
    yield Row("the bank's log: megabytes of memory at the peak of that run", [again.megabytes])


class _Again(NamedTuple):
    """What a run over a log that is known already takes, in a process of its own."""

    seconds: float
    megabytes: float


class _Spent(NamedTuple):
    """What a piece took on either side, in seconds."""

    telic: float
    bare: float
    events: int


def _pieces(cases: Iterable[Case], most: int, count: int) -> Iterator[list[Case]]:
    """Cut cases into pieces of about as many."""
    waiting = islice(cases, most)
    while piece := list(islice(waiting, -(-most // count))):
        yield piece


async def _round(folder: Path, piece: Sequence[Case], number: int) -> _Spent:
    told = folder / "statements"
    await _written_down(folder / "told.sqlite", piece, told)
    if number % 2:
        bare = _again(folder / "raw.sqlite", told)
        telic = await _seconds(folder / "telic.sqlite", piece)
    else:
        telic = await _seconds(folder / "telic.sqlite", piece)
        bare = _again(folder / "raw.sqlite", told)
    return _Spent(telic, bare, sum(len(case.lines) for case in piece))


async def _seconds(path: Path, piece: Sequence[Case]) -> float:
    """Return how long telic takes for a piece."""
    async with SqliteDatabase(path, commit="inline") as database:
        began = time.perf_counter()
        run = await Driver(database.store(loan)).run(piece)
        assert run.fault is None, run.fault
        return time.perf_counter() - began


async def _written_down(path: Path, piece: Sequence[Case], told: Path) -> None:
    """Run a piece, and write down which statements that is."""
    async with SqliteDatabase(path, commit="inline", durability="normal") as database:
        await database.store(loan).load(WorkflowId("nobody"))
        with told.open("wb") as file:
            _tell_to(database, file)
            await Driver(database.store(loan)).run(piece)


def _tell_to(database: Any, file: BinaryIO) -> None:
    """Put a connection that tells in the place of either connection of an open database."""
    database._writer._connection = _Telling(database._writer._connection, file, reads=False)
    database._reader = _Telling(database._reader, file, reads=True)


def _again(path: Path, told: Path) -> float:
    """Run the statements on a file that has the tables, and return how long they take."""
    seconds = 0.0
    writer, reader = _connected(path), _connected(path)
    with told.open("rb") as file:
        while said := list(islice(_read(file), _AT_ONCE)):
            began = time.perf_counter()
            for one in said:
                _say(writer, reader, one)
            seconds += time.perf_counter() - began
    writer.close()
    reader.close()
    return seconds


def _say(writer: sqlite3.Connection, reader: sqlite3.Connection, said: _Said) -> None:
    if said.reads:
        reader.execute(said.text, said.values).fetchall()
    elif said.many:
        writer.executemany(said.text, said.values)
    else:
        writer.execute(said.text, said.values)


def _connected(path: Path) -> sqlite3.Connection:
    """Open a file as telic does."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _read(file: BinaryIO) -> Iterator[_Said]:
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return


def _once_more(path: Path, log: Path, cases: int) -> _Again:
    """Run the log again, in a process whose only work that is."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "tests.bench.bank_log", str(path), str(log), str(cases)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return _Again(*map(float, told.split()))


async def _run(path: Path, log: Path, cases: int) -> None:
    """Run the log, and say how long that took, and how much memory."""
    async with SqliteDatabase(path, commit="inline") as database:
        began = time.perf_counter()
        await Driver(database.store(loan)).run(islice(read_cases(log), cases))
        print(time.perf_counter() - began, (peak_bytes() or 0) / 1_000_000)


if __name__ == "__main__":
    _, _path, _log, _cases = sys.argv
    anyio.run(_run, Path(_path), Path(_log), int(_cases))
