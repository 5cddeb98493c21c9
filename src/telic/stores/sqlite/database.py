"""``SqliteDatabase``: one file, its one writer in this process, and its reader.

What may never be here: what a row means; the typed stores know that.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeVar

import anyio
import anyio.to_thread
from pydantic import BaseModel

from telic.kernel.errors import StoreClosed, StoreFailed
from telic.kernel.events import Event
from telic.runtime.hints import Hints
from telic.runtime.waker import Ticket
from telic.stores.sqlite.connection import connected, failed
from telic.stores.sqlite.joined import Joined, joinable, refuse_beside
from telic.stores.sqlite.listening import ring_at_changes
from telic.stores.sqlite.schema import migrate
from telic.stores.sqlite.statements import Job
from telic.stores.sqlite.store import SqliteStore
from telic.stores.sqlite.writer import LoopWriter, ThreadWriter, Writer
from telic.stores.writes import Row, SqlValue, Write

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["SqliteDatabase"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
T = TypeVar("T")


class SqliteDatabase:
    """One SQLite file with the instances of any number of machines.

    It is opened by its first use, or by ``async with``. Several threads, loops and processes
    may use one file; a process makes one database object per file.

    Attributes:
        path: The file.
        hints: Where it is said that a commit may have made work.

    Example:
        ``async with SqliteDatabase("orders.db") as db:``
        ``    runtime = WorkflowRuntime(machine=order, store=db.store(order))``
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        commit: Literal["thread", "inline"] = "thread",
        durability: Literal["full", "normal"] = "full",
    ) -> None:
        """Name the file; nothing is opened yet.

        Args:
            path: The file; it is created where there is none, its folder is not.
            commit: ``thread`` writes in a thread, so that an fsync never blocks the loop;
                ``inline`` writes in the loop, which is quicker for jobs and scripts.
            durability: ``full`` loses nothing that was saved, ever; ``normal`` may lose the
                last moments when the machine loses its power, and is quicker.

        Raises:
            ValueError: For a value that is none of these, or a path that names no file.
        """
        self.path = os.fspath(path)
        if self.path in ("", ":memory:"):
            raise ValueError(f"expected a path to a file, got {self.path!r}; do use MemoryStore to keep nothing")
        if commit not in ("thread", "inline"):
            raise ValueError(f"expected commit to be 'thread' or 'inline', got {commit!r}")
        if durability not in ("full", "normal"):
            raise ValueError(f"expected durability to be 'full' or 'normal', got {durability!r}")
        self._commit = commit
        self._durability = durability
        self._opening = threading.Lock()
        self._reading = threading.Lock()
        self._writer: Writer | None = None
        self._reader: sqlite3.Connection | None = None
        self._closed = False
        self._process = 0
        self.hints = Hints()

    def store(self, machine: Machine[S, E], *, tenant: str = "") -> SqliteStore[S]:
        """Return the instances of one machine.

        Args:
            machine: The machine; it fixes the type of the states.
            tenant: Whose instances; the empty text where there are no tenants.
        """
        return SqliteStore(self, machine, tenant)

    def joined(self, conn: object) -> Joined:
        """Return a caller's connection, and the transaction on it, for stores to work in.

        Args:
            conn: A connection of ``sqlite3`` to this file.

        Raises:
            StoreFailed: When it is one to another file, or the tables are not up to date.
            TypeError: When it is none of ``sqlite3``.
        """
        connection = joinable(conn)
        if not connection.in_transaction:
            self._opened("join")  # it makes the tables where there are none
        return Joined(connection, self.path)

    def submit(self, write: Write) -> Ticket:
        """Hand over what one commit writes; the ticket is kept once it is on disk.

        Raises:
            StoreError: When the file cannot be opened, or the writer is gone, or the calling task
                has joined a transaction of its own, which this would wait for.
        """
        refuse_beside(self.path, "save")
        return self._opened("save").submit(write)

    async def carry_out(self, operation: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements in a transaction of the one writer, and return what they came to.

        Once handed over they run, also when the caller is cancelled meanwhile.

        Args:
            operation: What the caller does, for messages.
            work: Runs the statements; may run again when the transaction is begun again.

        Raises:
            StoreError: When nothing was written, or nobody can tell.
        """
        refuse_beside(self.path, operation)
        found: list[T] = []

        def keep(connection: sqlite3.Connection) -> None:
            found[:] = [work(connection)]

        await self._opened(operation).submit(Job(keep)).wait()
        return found[0]

    def rows(self, operation: str, text: str, values: tuple[SqlValue, ...] | Mapping[str, SqlValue]) -> list[Row]:
        """Return what a query finds.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters, in order or by name.

        Raises:
            StoreError: When the file cannot be read.
        """
        self._opened(operation)
        try:
            with self._reading:
                if self._reader is None:
                    raise StoreClosed(self.path)
                return self._reader.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise failed(operation, self.path, error) from error

    async def rows_apart(self, operation: str, text: str, values: tuple[SqlValue, ...]) -> list[Row]:
        """Return what a long query finds: in a thread, over a connection of its own, beside all others.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters, in order.

        Raises:
            StoreError: When the file cannot be read.
        """
        self._opened(operation)

        def read() -> list[Row]:
            try:
                with closing(connected(self.path, self._durability)) as connection:
                    connection.execute("PRAGMA query_only = ON")
                    return connection.execute(text, values).fetchall()
            except sqlite3.Error as error:
                raise failed(operation, self.path, error) from error

        return await anyio.to_thread.run_sync(read)

    async def listen(self) -> None:
        """Ring the hints when somebody has written, until cancelled.

        SQLite tells who asks whether the file has changed; who changed it, it does not tell.

        Raises:
            StoreClosed: When the database was closed.
            StoreError: When the file cannot be read.
        """
        await ring_at_changes(
            lambda: self.rows("listen", "PRAGMA data_version", ()),
            self.hints.ring,
            name=f"telic listener of {self.path}",
        )

    def close(self) -> None:
        """Save what was handed over, and close the file; twice is as good as once."""
        with self._opening:
            self._closed = True
            writer, self._writer = self._writer, None
            with self._reading:
                reader, self._reader = self._reader, None
            if self._process not in (0, os.getpid()):
                return  # the connections belong to the process that opened them
            if reader is not None:
                reader.close()
            if writer is not None:
                writer.close()

    async def aclose(self) -> None:
        """Close the file without blocking the loop."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.close)

    async def __aenter__(self) -> Self:
        """Open the file."""
        self._opened("open")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        await self.aclose()

    def _opened(self, operation: str) -> Writer:
        writer = self._writer
        if writer is None:
            writer = self._open()
        if self._process != os.getpid():
            raise StoreFailed(
                operation,
                f"expected the process that opened {self.path}, got a fork of it; "
                "do make a new SqliteDatabase after the fork",
            )
        return writer

    def _open(self) -> Writer:
        with self._opening:
            if self._closed:
                raise StoreClosed(self.path)
            if self._writer is not None:
                return self._writer
            connections: list[sqlite3.Connection] = []
            try:
                connections.append(connected(self.path, self._durability))
                migrate(connections[0], self.path)
                connections[0].execute("PRAGMA busy_timeout = 0")  # see ``begin``
                connections.append(connected(self.path, self._durability))
                connections[1].execute("PRAGMA query_only = ON")
            except BaseException as error:
                for connection in connections:
                    connection.close()
                if isinstance(error, (sqlite3.Error, StoreFailed)):
                    raise failed("open", self.path, error) from error
                raise
            kind = ThreadWriter if self._commit == "thread" else LoopWriter
            self._reader = connections[1]
            self._process = os.getpid()
            self._writer = kind(connections[0], self.path)
            return self._writer

    def __repr__(self) -> str:
        """Return the database as the call that makes it."""
        how = f"commit={self._commit!r}, durability={self._durability!r}"
        return f"SqliteDatabase({self.path!r}, {how})"
