"""What a store works with, each call of it a point: the methods of a store in memory, and two drivers.

What may never be here: a way past a point, or a fault of its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction

import asyncpg
import pytest

from telic.kernel.errors import StoreFailed
from telic.stores.memory import MemoryStore
from tests.chaos.points import EVERY, Kind, Points

BOOKS = tuple(name for name in dir(MemoryStore) if iscoroutinefunction(getattr(MemoryStore, name)))
"""Every operation of a store in memory."""
TOPICS = ("publish", "spread", "feeds", "fed", "postpone", "purge")
_OPENING = (Kind.REFUSED, Kind.HUNG)
_READING = (Kind.REFUSED, Kind.HUNG)
"""Of what changes nothing, nobody can tell whether it was done."""
_READ = frozenset({
    "load", "next_due", "dead_letters", "due_deadlines", "next_deadline", "journal", "outbox", "ids", "find", "aside",
    "acts", "tasks", "task", "unheard", "scheduled", "due_starts", "topics.feeds",
})  # fmt: skip


class WatchedMemoryStore(MemoryStore):
    """A store in memory, each of whose operations is a point; nothing is decided between two awaits."""

    def __init__(self, machine, points: Points) -> None:
        super().__init__(machine)
        self.points = points
        for name in TOPICS:
            setattr(self.topics, name, partial(_met, points, f"topics.{name}", getattr(self.topics, name)))


async def _met(points: Points, where: str, method, *values, **named):
    lost = StoreFailed(where, "expected an answer, got none")
    kinds = _READING if where in _READ else EVERY
    try:
        return await points.around(where, lambda: method(*values, **named), lambda: lost, kinds)
    except TimeoutError:
        raise lost from None


def _overriding(name: str):
    async def called(self, *values, **named):
        method = getattr(MemoryStore, name)
        return await _met(self.points, name, partial(method, self), *values, **named)

    return called


for _name in BOOKS:
    setattr(WatchedMemoryStore, _name, _overriding(_name))


@contextmanager
def watched_sqlite(points: Points) -> Iterator[None]:
    """Make every statement of new connections to files a point.

    Statements await nothing: whoever waits for one may be gone when it is done, and the writer
    goes on. What a transaction has written is undone with it, whether or not it was done.
    """

    class Connection(sqlite3.Connection):
        def execute(self, text, *values):
            return _through(points, text, partial(super().execute, text, *values))

        def executemany(self, text, values):
            return _through(points, text, partial(super().executemany, text, values))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
        yield


_OF_STATEMENT = {
    "COMMIT": (Kind.REFUSED, Kind.LOST, Kind.GONE),
    "BEGIN": (Kind.REFUSED, Kind.GONE),
    "SELECT": (Kind.REFUSED, Kind.GONE),
    "ROLLBACK": (Kind.REFUSED, Kind.LOST),
}


def _through(points: Points, text: str, call):
    kind = points.met(_told(text), _OF_STATEMENT.get(text.split(maxsplit=1)[0], (Kind.REFUSED,)))
    if kind is Kind.REFUSED:
        raise _io_error()
    done = call()
    if kind is Kind.LOST:
        raise _io_error()
    if kind is Kind.GONE:
        points.give_up()
    return done


def _io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


@contextmanager
def watched_postgres(points: Points) -> Iterator[None]:
    """Make every statement of new sessions of the driver a point; a session is gone with its fault."""

    class Session(asyncpg.Connection):
        async def fetch(self, query, *values, timeout=None):  # noqa: ASYNC109  (it is the driver's)
            made = partial(super().fetch, query, *values, timeout=timeout)
            return await points.around(_told(query), made, _ended, _of_query(query))

        async def execute(self, query, *values, timeout=None):  # noqa: ASYNC109  (it is the driver's)
            made = partial(super().execute, query, *values, timeout=timeout)
            return await points.around(_told(query), made, _ended)

    connect = partial(asyncpg.connect, connection_class=Session)

    async def connected(*values, **named):
        return await points.around("connect", partial(connect, *values, **named), _unreachable, _OPENING)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg, "connect", connected)
        yield


def _of_query(text: str) -> tuple[Kind, ...]:
    changes = any(word in text for word in ("INSERT INTO", "UPDATE ", "DELETE FROM"))
    return EVERY if changes else _READING


def _ended() -> Exception:
    return asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


def _unreachable() -> Exception:
    return ConnectionRefusedError("connection refused")


def _told(text: str) -> str:
    return " ".join(text.split())[:70]
