"""A caller's own transaction: loads and saves join it, and nothing here commits.

What may never be here: another connection, or the end of a transaction that somebody else began.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final, TypeVar

from telic.kernel.errors import StoreFailed
from telic.runtime.hints import Hints
from telic.stores.sqlite.connection import failed
from telic.stores.sqlite.schema import MIGRATIONS, version_of
from telic.stores.sqlite.statements import Job, Order
from telic.stores.sqlite.transaction import saved_alone
from telic.stores.writes import Row, SqlValue, Write

__all__ = ["Joined", "joinable", "refuse_beside"]

T = TypeVar("T")

# What the running task has joined, or one that has begun it.
_joined: ContextVar[tuple[Joined, ...]] = ContextVar("telic_sqlite_joined", default=())


_LATE: Final = (
    "expected the transaction on {path} to be the only one that writes, got another one that writes or has "
    "written since; do begin the transaction with BEGIN IMMEDIATE"
)


class _Saved:
    """What was saved as it was handed over."""

    async def wait(self) -> None:
        """Return at once."""


_SAVED: Final = _Saved()


class Joined:
    """One transaction of a caller, as the stores see it.

    Attributes:
        path: The file.
        hints: Rung by nobody: what is saved here is there for others after the caller's commit only.
    """

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        """Join a connection on which the caller has begun, or will begin, a transaction.

        Raises:
            StoreFailed: When the connection is to another file, or to tables of another version.
        """
        self.path = path
        self.hints = Hints()
        self._connection = connection
        self._check()
        _joined.set((*(one for one in _joined.get() if one.is_open()), self))

    def submit(self, write: Write) -> _Saved:
        """Save what one commit writes; it lasts if the caller commits.

        Whatever goes wrong, the transaction is as it was before.

        Raises:
            RevisionConflict: When another one was saved first, or an event id is known.
            StoreFailed: When there is no transaction, or nothing was saved.
        """
        self._save(write)
        return _SAVED

    async def carry_out(self, operation: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements in the transaction, and return what they came to; see ``SqliteDatabase``."""
        del operation
        found: list[T] = []
        self._save(Job(lambda connection: found.append(work(connection))))
        return found[0]

    def rows(self, operation: str, text: str, values: tuple[SqlValue, ...] | Mapping[str, SqlValue]) -> list[Row]:
        """Return what a query finds within the transaction; see ``SqliteDatabase``."""
        with self._within(operation):
            return self._connection.execute(text, values).fetchall()

    async def rows_apart(self, operation: str, text: str, values: tuple[SqlValue, ...]) -> list[Row]:
        """Return what a long query finds within the transaction, which no other thread may use meanwhile."""
        return self.rows(operation, text, values)

    async def listen(self) -> None:
        """Return at once: nobody waits here for what others write."""

    def is_open(self) -> bool:
        """Say whether the transaction goes on."""
        with suppress(sqlite3.ProgrammingError):  # the connection is closed
            return self._connection.in_transaction
        return False

    def _save(self, order: Order) -> None:
        with self._within("save"):
            try:
                problem = saved_alone(self._connection, self.path, order)
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have ended all of it, when the disk is full, say
                    self._connection.execute("ROLLBACK TO one")
                    self._connection.execute("RELEASE one")
                raise
        if problem is not None:
            raise problem

    def _check(self) -> None:
        with self._plain("join"):
            ((_, _, file),) = [row for row in self._connection.execute("PRAGMA database_list") if row[1] == "main"]
            here = bool(file) and Path(self.path).exists() and Path(self.path).samefile(file)
            version = version_of(self._connection) if here else 0
        if not here:
            raise StoreFailed("join", f"expected a connection to {self.path}, got one to {file or 'no file'}")
        if version != len(MIGRATIONS):
            raise StoreFailed(
                "join",
                f"expected tables of version {len(MIGRATIONS)} in {self.path}, got version {version}; "
                "do open the SqliteDatabase before the transaction begins",
            )

    @contextmanager
    def _within(self, operation: str) -> Iterator[None]:
        """Use the connection, as long as its transaction goes on."""
        if not self.is_open():
            raise StoreFailed(
                "join",
                f"expected an open transaction on the connection to {self.path}, got none; "
                "do begin one, with BEGIN IMMEDIATE",
            )
        with self._plain(operation):
            yield

    @contextmanager
    def _plain(self, operation: str) -> Iterator[None]:
        """Use the connection as telic does, and leave it as it was; no other task comes in between."""
        connection = self._connection
        kept = connection.row_factory, connection.text_factory
        connection.row_factory, connection.text_factory = None, str
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise StoreFailed(operation, _LATE.format(path=self.path)) from error
            raise failed(operation, self.path, error) from error
        finally:
            connection.row_factory, connection.text_factory = kept


def joinable(conn: object) -> sqlite3.Connection:
    """Return a caller's connection.

    Raises:
        TypeError: When it is none of the driver.
    """
    if not isinstance(conn, sqlite3.Connection):
        kind = f"{type(conn).__module__}.{type(conn).__qualname__}"
        raise TypeError(
            f"expected conn to be a sqlite3.Connection, got {kind}; do hand over the connection of the driver itself"
        )
    return conn


def refuse_beside(path: str, operation: str) -> None:
    """Refuse to write beside a transaction that the running task has joined: it would wait for itself.

    Args:
        path: The file.
        operation: What the caller does, for messages.

    Raises:
        StoreFailed: When one of that file is open.
    """
    for one in _joined.get():
        if one.path == path and one.is_open():
            raise StoreFailed(
                operation,
                f"expected a write of this task to go through its open transaction on {path}, got one beside it, "
                "which would wait for the end of that; do use store.within(conn=...), or commit first",
            )
