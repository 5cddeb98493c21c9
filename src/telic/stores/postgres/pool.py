"""The few connections of one database object: opened when needed, and shared.

A connection that has died while idle is replaced unseen. What may never be here: a
transaction that stays open between two calls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from telic.kernel.errors import StoreFailed
from telic.stores.postgres.connection import (
    ANSWER_SECONDS,
    LOCK_SECONDS,
    Connection,
    Server,
    connected,
    failed,
    is_contended,
    is_lost,
)

__all__ = ["Pool", "Rows", "insisted"]

R = TypeVar("R")

Rows = Sequence[Sequence[object]]
_LEAVE_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 0.005
_LONGEST_PAUSE_SECONDS: Final = 0.25


async def insisted(attempt: Callable[[], Awaitable[R]]) -> R:
    """Return what an attempt returns, as soon as others leave its rows alone.

    Raises:
        Exception: What the last attempt raises: others were in the way for too long, or it is
            something else.
    """
    until = time.monotonic() + LOCK_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_contended(error) or time.monotonic() > until:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


class Pool:
    """Runs statements, each in a transaction of its own, on some of its connections."""

    def __init__(self, server: Server, most: int) -> None:
        """Begin without a connection.

        Args:
            server: Where to connect.
            most: How many connections at most.
        """
        self._server = server
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(most)

    async def fetch(self, operation: str, text: str, values: Sequence[object]) -> Rows:
        """Run one statement and return its rows.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreFailed: When the server cannot be reached; then nothing was done.
            Exception: What the driver raises.
        """
        async with self._room:
            connection = await self.take(operation)
            try:
                return await self._fetched(connection, text, values)
            except Exception as error:
                if is_lost(error):
                    connection.terminate()
                raise
            except BaseException:  # a caller who gives up: what the server still sends is for nobody
                connection.terminate()
                raise
            finally:
                self.give_back(connection)

    async def read(self, operation: str, text: str, values: Sequence[object]) -> Rows:
        """Return what a query finds; asks once more where the answer was lost.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreFailed: When the server does not answer.
        """
        try:
            return await self.fetch(operation, text, values)
        except Exception as error:
            if not is_lost(error) or isinstance(error, TimeoutError):
                raise failed(operation, self._server.name, error) from error
        try:
            return await self.fetch(operation, text, values)
        except Exception as error:
            raise failed(operation, self._server.name, error) from error

    async def change(self, operation: str, text: str, values: Sequence[object]) -> Rows:
        """Run a statement that changes something, again as long as others are in its way.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreFailed: When nothing was changed, or nobody can tell.
        """
        try:
            return await insisted(lambda: self.fetch(operation, text, values))
        except Exception as error:
            raise failed(operation, self._server.name, error) from error

    async def take(self, operation: str) -> Connection:
        """Return a connection for the caller alone.

        Raises:
            StoreFailed: When the server cannot be reached.
        """
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await connected(self._server)
        except Exception as error:
            if "startup parameter" in str(error):
                raise StoreFailed(
                    operation,
                    f"expected to set up a session of {self._server.name}, got {error}; "
                    "do open it with prepared=False, as behind a pooler",
                ) from error
            raise StoreFailed(
                operation,
                f"expected to reach {self._server.name}, got {str(error) or type(error).__name__}; "
                "do see that the server runs, takes one more connection, and knows user, password and database",
            ) from error

    def give_back(self, connection: Connection) -> None:
        """Take a connection back, unless it is of no use any more."""
        if not connection.is_closed():
            self._idle.append(connection)

    async def aclose(self) -> None:
        """Take leave of the server, or hang up where it does not answer."""
        idle, self._idle = self._idle, []
        for connection in idle:
            try:
                await connection.close(timeout=_LEAVE_SECONDS)
            except Exception:  # noqa: BLE001  (nothing is lost with it)
                connection.terminate()

    async def _fetched(self, connection: Connection, text: str, values: Sequence[object]) -> Rows:
        if self._server.prepared:
            return await connection.fetch(text, *values, timeout=ANSWER_SECONDS)
        # A pooler keeps to one session within a transaction only.
        transaction = connection.transaction(isolation="read_committed")
        await transaction.start()
        try:
            rows = await connection.fetch(text, *values, timeout=ANSWER_SECONDS)
        except Exception:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        await transaction.commit()
        return rows
