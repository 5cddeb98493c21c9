"""Who writes: a thread of its own, or the loop. Either way one writer, and whole batches.

Saves that are asked for at about the same time become one transaction. What may never be
here: a caller who waits for ever. Whatever happens to the writer, each caller is told.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol, TypeAlias

from telic.kernel.errors import StoreClosed, StoreError
from telic.runtime.waker import Loop, Ticket, current_loop
from telic.stores.sqlite.connection import failed
from telic.stores.sqlite.statements import Order
from telic.stores.sqlite.transaction import MAX_TOGETHER, Outcomes, save_all

__all__ = ["LoopWriter", "ThreadWriter", "Writer"]

# Named tuples are made by their base where it counts: their own __new__ costs as much again.
_tuple = tuple.__new__


class Writer(Protocol):
    """Saves what many callers hand over."""

    def submit(self, write: Order) -> Ticket:
        """Take what one commit writes, or other work; the ticket is kept once it is on disk.

        Raises:
            StoreError: When the writer is gone.
        """
        ...

    def close(self) -> None:
        """Save what was handed over, and end; twice is as good as once."""
        ...


class _Pending(NamedTuple):
    write: Order
    ticket: Ticket
    loop: Loop


class _Waiting:
    """What was handed over in the present turn of each loop."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._by_loop: dict[Loop, list[_Pending]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def add(self, write: Order, flush: Callable[[Loop], None]) -> Ticket:
        """Take what one commit writes; the first of a turn has the turn's flush called."""
        loop = current_loop()
        ticket = loop.ticket()
        one: _Pending = _tuple(_Pending, (write, ticket, loop))
        with self._lock:
            if self._closed:
                raise StoreClosed(self._path)
            known = self._by_loop.get(loop)
            if known is not None:
                known.append(one)
                return ticket
            self._by_loop[loop] = [one]
        loop.soon(partial(flush, loop))
        return ticket

    def take(self, loop: Loop) -> list[_Pending]:
        """Return what a loop has handed over in its turn."""
        with self._lock:
            return self._by_loop.pop(loop, [])

    def close(self) -> list[_Pending]:
        """Take nothing more; return what is left."""
        with self._lock:
            self._closed = True
            left = [one for turn in self._by_loop.values() for one in turn]
            self._by_loop.clear()
            return left


class ThreadWriter:
    """Writes in a thread of its own: an fsync never blocks a loop."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Take over a connection and begin."""
        self._connection = connection
        self._path = path
        self._waiting = _Waiting(path)
        self._queue: SimpleQueue[list[_Pending] | None] = SimpleQueue()
        self._over: StoreError | None = None
        self._thread = threading.Thread(target=self._run, name=f"telic writer of {path}", daemon=True)
        self._thread.start()

    def submit(self, write: Order) -> Ticket:
        """Take what one commit writes.

        Raises:
            StoreClosed: After :meth:`close`.
            StoreFailed: When the thread has died.
        """
        if self._over is not None:
            raise _again(self._over)
        return self._waiting.add(write, self._flush)

    def close(self) -> None:
        """Save what was handed over, and end the thread."""
        self._hand_over(self._waiting.close())
        self._queue.put(None)
        self._thread.join()

    def _flush(self, loop: Loop) -> None:
        self._hand_over(self._waiting.take(loop))

    def _hand_over(self, waiting: list[_Pending]) -> None:
        if waiting:
            self._queue.put(waiting)
        if self._over is not None:  # it ended in between, and may not have seen these
            self._refuse_queued(self._over)

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
        ends = False
        while not ends and (waiting := self._queue.get()) is not None:
            ends = self._gather(waiting)
            _save(self._connection, self._path, waiting)

    def _gather(self, waiting: list[_Pending]) -> bool:
        """Add what is there already; return whether the end was among it."""
        try:
            while len(waiting) < MAX_TOGETHER:
                more = self._queue.get_nowait()
                if more is None:
                    return True
                waiting += more
        except Empty:
            pass
        return False

    def _refuse_queued(self, over: StoreError) -> None:
        refused: list[_Pending] = []
        try:
            while True:
                refused += self._queue.get_nowait() or ()
        except Empty:
            _settle(refused, [_again(over) for _ in refused])


class LoopWriter:
    """Writes in the loop of the callers, at the end of its turn: for jobs and scripts."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Take over a connection."""
        self._connection = connection
        self._path = path
        self._waiting = _Waiting(path)
        self._writing = threading.Lock()

    def submit(self, write: Order) -> Ticket:
        """Take what one commit writes.

        Raises:
            StoreClosed: After :meth:`close`.
        """
        return self._waiting.add(write, self._flush)

    def close(self) -> None:
        """Save what was handed over, and end."""
        left = self._waiting.close()
        with self._writing:
            _save(self._connection, self._path, left)
            self._connection.close()

    def _flush(self, loop: Loop) -> None:
        waiting = self._waiting.take(loop)
        with self._writing:
            _save(self._connection, self._path, waiting, _keep)


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
    connection: sqlite3.Connection,
    path: str,
    waiting: Sequence[_Pending],
    settle: _Settle = _settle,
) -> None:
    """Save what many callers wait for and tell each of them, whatever happens."""
    told = 0
    try:
        while batch := waiting[told : told + MAX_TOGETHER]:
            outcomes = save_all(connection, path, [one.write for one in batch])
            told += len(batch)
            settle(batch, outcomes)
    except BaseException as error:
        left = waiting[told:]
        settle(left, [failed("save", path, error) for _ in left])
        raise


def _again(over: StoreError) -> StoreError:
    """Return an error of its own for one more caller."""
    error = type(over)(*over.args)
    error.__cause__ = over.__cause__
    return error
