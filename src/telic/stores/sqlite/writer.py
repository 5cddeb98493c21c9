"""Who writes: a thread of its own, or the loop. Either way one writer, and whole batches.

Saves that are asked for at about the same time become one transaction. What may never be
here: a caller who waits for ever. Whatever happens to the writer, each caller is told.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol, TypeAlias

from telic.kernel.errors import StoreClosed, StoreError
from telic.runtime.waker import Loop, Ticket, current_loop
from telic.stores.sqlite.connection import failed
from telic.stores.sqlite.statements import Write
from telic.stores.sqlite.transaction import MAX_TOGETHER, Outcomes, save_all

__all__ = ["LoopWriter", "ThreadWriter", "Writer"]


class Writer(Protocol):
    """Saves what many callers hand over."""

    def submit(self, write: Write) -> Ticket:
        """Take what one commit writes; the ticket is kept once it is on disk.

        Raises:
            StoreError: When the writer is gone.
        """
        ...

    def close(self) -> None:
        """Save what was handed over, and end; twice is as good as once."""
        ...


class _Pending(NamedTuple):
    write: Write
    ticket: Ticket
    loop: Loop


class ThreadWriter:
    """Writes in a thread of its own: an fsync never blocks a loop."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Take over a connection and begin."""
        self._connection = connection
        self._path = path
        self._queue: SimpleQueue[_Pending | None] = SimpleQueue()
        self._over: StoreError | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"telic writer of {path}", daemon=True
        )
        self._thread.start()

    def submit(self, write: Write) -> Ticket:
        """Take what one commit writes.

        Raises:
            StoreClosed: After :meth:`close`.
            StoreFailed: When the thread has died.
        """
        if self._over is not None:
            raise _again(self._over)
        loop = current_loop()
        ticket: Ticket = loop.ticket()
        self._queue.put(_Pending(write, ticket, loop))
        if self._over is not None:  # it ended in between, and may not have seen this one
            self._refuse_queued(self._over)
        return ticket

    def close(self) -> None:
        """Save what was handed over, and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._serve()
            self._over = StoreClosed(self._path)
        except BaseException as error:  # noqa: BLE001  (every caller is told, now and later)
            self._over = failed("save", self._path, error)
        self._refuse_queued(self._over)
        self._connection.close()

    def _serve(self) -> None:
        """Save batch after batch, until told to end."""
        while (first := self._queue.get()) is not None:
            batch = [first]
            ends = self._gather(batch)
            _save(self._connection, self._path, batch)
            if ends:
                return

    def _gather(self, batch: list[_Pending]) -> bool:
        """Add what is there already; return whether the end was among it."""
        try:
            while len(batch) < MAX_TOGETHER:
                one = self._queue.get_nowait()
                if one is None:
                    return True
                batch.append(one)
        except Empty:
            pass
        return False

    def _refuse_queued(self, over: StoreError) -> None:
        refused: list[_Pending] = []
        try:
            while True:
                one = self._queue.get_nowait()
                if one is not None:
                    refused.append(one)
        except Empty:
            _settle(refused, [_again(over) for _ in refused])


class LoopWriter:
    """Writes in the loop of the callers, at the end of its turn: for jobs and scripts."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Take over a connection."""
        self._connection = connection
        self._path = path
        self._waiting: dict[Loop, list[_Pending]] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False

    def submit(self, write: Write) -> Ticket:
        """Take what one commit writes.

        Raises:
            StoreClosed: After :meth:`close`.
        """
        loop = current_loop()
        ticket: Ticket = loop.ticket()
        with self._lock:
            if self._closed:
                raise StoreClosed(self._path)
            waiting = self._waiting.get(loop)
            if waiting is not None:
                waiting.append(_Pending(write, ticket, loop))
                return ticket
            self._waiting[loop] = [_Pending(write, ticket, loop)]
        loop.soon(partial(self._flush, loop))
        return ticket

    def close(self) -> None:
        """Save what was handed over, and end."""
        with self._lock:
            self._closed = True
            left = [one for batch in self._waiting.values() for one in batch]
            self._waiting.clear()
        with self._writing:
            for batch in _in_batches(left):
                _save(self._connection, self._path, batch)
            self._connection.close()

    def _flush(self, loop: Loop) -> None:
        with self._lock:
            waiting = self._waiting.pop(loop, [])
        for batch in _in_batches(waiting):
            with self._writing:
                _save(self._connection, self._path, batch, _keep)


def _in_batches(waiting: list[_Pending]) -> Iterable[list[_Pending]]:
    left = iter(waiting)
    while batch := list(islice(left, MAX_TOGETHER)):
        yield batch


_Settled: TypeAlias = Iterable[tuple[Ticket, StoreError | None]]
_Settle: TypeAlias = Callable[[Sequence[_Pending], Outcomes], None]


def _settle(batch: Sequence[_Pending], outcomes: Outcomes) -> None:
    """Tell each caller, from any thread, with one call per loop."""
    by_loop: dict[Loop, list[tuple[Ticket, StoreError | None]]] = {}
    for one, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(one.loop, []).append((one.ticket, outcome))
    for loop, settled in by_loop.items():
        loop.soon_from_thread(partial(_keep_each, settled))


def _keep(batch: Sequence[_Pending], outcomes: Outcomes) -> None:
    """Tell each caller, in the loop of all of them."""
    _keep_each((one.ticket, outcome) for one, outcome in zip(batch, outcomes, strict=True))


def _keep_each(settled: _Settled) -> None:
    for ticket, outcome in settled:
        if outcome is None:
            ticket.keep()
        else:
            ticket.fail(outcome)


def _save(
    connection: sqlite3.Connection, path: str, batch: Sequence[_Pending], settle: _Settle = _settle
) -> None:
    """Save a batch and tell its callers, whatever happens."""
    try:
        outcomes = save_all(connection, path, [one.write for one in batch])
    except BaseException as error:
        settle(batch, [failed("save", path, error) for _ in batch])
        raise
    settle(batch, outcomes)


def _again(over: StoreError) -> StoreError:
    """Return an error of its own for one more caller."""
    error = type(over)(*over.args)
    error.__cause__ = over.__cause__
    return error
