"""``PostgresDatabase``: one server, and what this process shares of it.

What may never be here: what a row means; the typed stores know that.
"""

from __future__ import annotations

import asyncio
import os
import re
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeVar

import anyio
from pydantic import BaseModel

from telic.kernel.errors import StoreClosed, StoreFailed
from telic.kernel.events import Event
from telic.runtime.hints import Hints
from telic.stores.postgres.connection import Server, failed, joinable
from telic.stores.postgres.joined import Joined
from telic.stores.postgres.pool import Pool, Rows
from telic.stores.postgres.reader import Found, Reader, Wanted
from telic.stores.postgres.ringing import RINGING, Ringer, heard
from telic.stores.postgres.schema import migrate
from telic.stores.postgres.statements import Statements
from telic.stores.postgres.store import PostgresStore
from telic.stores.postgres.writer import Writer
from telic.stores.writes import Write

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["PostgresDatabase"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_SCHEMA: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class _Opened(NamedTuple):
    pool: Pool
    reader: Reader
    writer: Writer
    ringer: Ringer


class PostgresDatabase:
    """One PostgreSQL server with the instances of any number of machines.

    It is opened by its first use, or by ``async with``, and belongs to the asyncio loop of
    that. Any number of processes and machines may use one server.

    Attributes:
        name: The server, without user and password.
        schema: The schema that holds the tables.
        statements: The texts for that schema.
        hints: Where it is said that a commit may have made work.
        hurries: Always; whoever meets a lock is tried again, and holds no connection meanwhile.

    Example:
        ``async with PostgresDatabase("postgresql://app@db/shop") as db:``
        ``    runtime = WorkflowRuntime(machine=order, store=db.store(order))``
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str = "public",
        connections: int = 4,
        prepared: bool = True,
    ) -> None:
        """Name the server; nothing is opened yet.

        Args:
            url: ``postgresql://user:password@host:port/database``, as the driver reads it.
            schema: Where the tables are; it is created where there is none.
            connections: How many connections at most. Callers share commits, so that a few
                serve hundreds.
            prepared: Whether sessions are set up and statements kept prepared, which is
                quicker; ``False`` behind a pooler in transaction mode, such as PgBouncer.

        Raises:
            ValueError: For a value that is none of these.
        """
        if not _SCHEMA.fullmatch(schema):
            raise ValueError(f"expected schema to be a plain name of letters, digits and '_', got {schema!r}")
        if connections < 1:
            raise ValueError(f"expected one connection at least, got {connections}")
        self._server = Server.of(url, prepared=prepared)
        self.name = self._server.name
        self.schema = schema
        self.statements = Statements(f'"{schema}"')
        self.hints = Hints()
        self.hurries = True
        self._most = connections
        self._turn: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None
        self._opened: _Opened | None = None
        self._closed = False
        self._process = 0

    def store(self, machine: Machine[S, E], *, tenant: str = "") -> PostgresStore[S]:
        """Return the instances of one machine.

        Args:
            machine: The machine; it fixes the type of the states.
            tenant: Whose instances; the empty text where there are no tenants.
        """
        return PostgresStore(self, self, machine, tenant)

    def joined(self, conn: object) -> Joined:
        """Return a caller's connection, and the transaction on it, for stores to work in.

        Args:
            conn: A connection of asyncpg to a database that has these tables.

        Raises:
            TypeError: When it is none.
        """
        return Joined(joinable(conn), self.statements, self.name)

    async def load(self, wanted: Wanted) -> Found:
        """Return what is found of one instance.

        Raises:
            StoreError: When the server does not answer.
        """
        opened = self._opened_here("load") or await self._open("load")
        return await opened.reader.load(wanted)

    async def save(self, write: Write) -> None:
        """Save what one commit writes; returns once it is durable.

        Raises:
            StoreError: When nothing was saved, or nobody can tell.
        """
        opened = self._opened_here("save") or await self._open("save")
        await opened.writer.save(write)

    async def rows(self, operation: str, text: str, *values: object) -> Rows:
        """Return what a query finds.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreError: When the server does not answer.
        """
        opened = self._opened_here(operation) or await self._open(operation)
        return await opened.pool.read(operation, text, values)

    async def change(self, operation: str, text: str, *values: object) -> Rows:
        """Change what no commit does, and return what the statement returns.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreError: When nothing was changed, or nobody can tell.
        """
        opened = self._opened_here(operation) or await self._open(operation)
        return await opened.pool.change(operation, text, values)

    def ring(self) -> None:
        """Say that there may be work: here at once, to other processes soon."""
        self.hints.ring()
        self.ring_others()

    def ring_others(self) -> None:
        """Tell other processes soon that there may be work; what was saved before is seen by then."""
        if self._opened is not None:
            self._opened.ringer.ring()

    async def listen(self) -> None:
        """Ring the hints when another process may have made work, until cancelled.

        It takes a connection of its own. Behind a pooler nobody can be heard: it returns.

        Raises:
            StoreError: When the server is not reached, or not any more.
        """
        if self._server.prepared:
            opened = self._opened_here("listen") or await self._open("listen")
            await heard(self._server, opened.ringer.mark, self.hints.ring)

    async def aclose(self) -> None:
        """Save what was handed over, and take leave of the server; twice is as good as once."""
        self._closed = True
        opened = self._opened
        if opened is None or self._process != os.getpid() or self._turn is None:
            return
        if self._turn[0] is not _running("close", self.name):
            raise self._elsewhere("close")
        with anyio.CancelScope(shield=True):
            await opened.writer.drained()
            await opened.reader.drained()
            await opened.ringer.drained()
            await opened.pool.aclose()

    async def __aenter__(self) -> Self:
        """Connect, and create or change the tables where that is needed."""
        if self._opened_here("open") is None:
            await self._open("open")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take leave of the server."""
        await self.aclose()

    def _opened_here(self, operation: str) -> _Opened | None:
        """Return what was opened, if it was, and may be used from here."""
        if self._closed:
            raise StoreClosed(self.name)
        running = _running(operation, self.name)
        if self._turn is None:
            self._turn = running, asyncio.Lock()
            self._process = os.getpid()
        if self._process != os.getpid():
            raise StoreFailed(
                operation,
                f"expected the process that opened {self.name}, got a fork of it; "
                "do make a new PostgresDatabase after the fork",
            )
        if self._turn[0] is not running:
            raise self._elsewhere(operation)
        return self._opened

    async def _open(self, operation: str) -> _Opened:
        assert self._turn is not None
        async with self._turn[1]:
            if self._opened is None:
                self._opened = await self._connected()
        return self._opened_here(operation) or self._opened

    async def _connected(self) -> _Opened:
        pool = Pool(self._server, self._most)
        connection = await pool.take("open")
        try:
            await migrate(connection, self.schema, self.name)
        except BaseException as error:
            connection.terminate()
            if isinstance(error, Exception):
                raise failed("open", self.name, error) from error
            raise
        pool.give_back(connection)
        width = max(1, self._most // 2)
        return _Opened(
            pool,
            Reader(pool, self.statements, self.name, width),
            Writer(pool, self.statements, self.name, width),
            Ringer(self.schema, self.name, lambda mark: pool.fetch("ring", RINGING, (mark,))),
        )

    def _elsewhere(self, operation: str) -> StoreFailed:
        return StoreFailed(
            operation,
            f"expected the event loop in which {self.name} was opened, got another one; "
            "do make a PostgresDatabase in each loop",
        )

    def __repr__(self) -> str:
        """Return the database as the call that makes it, without user and password."""
        return f"PostgresDatabase({self.name!r}, schema={self.schema!r})"


def _running(operation: str, name: str) -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise StoreFailed(
            operation,
            f"expected an asyncio event loop to reach {name}, because the driver knows no other, "
            "got none; do run on asyncio",
        ) from None
