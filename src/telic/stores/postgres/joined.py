"""A caller's own transaction: loads and saves join it, and nothing here commits.

What may never be here: another connection, or the end of a transaction that somebody else began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from telic.kernel.errors import StoreFailed
from telic.stores.postgres.connection import Connection, failed
from telic.stores.postgres.pool import Rows
from telic.stores.postgres.reader import Found, Wanted, loaded
from telic.stores.postgres.saving import saved
from telic.stores.postgres.statements import Statements
from telic.stores.writes import Write

__all__ = ["Joined"]


class Joined:
    """One transaction of a caller, as the stores see it.

    Attributes:
        name: The server, for messages.
        statements: The texts.
        hurries: Never; how long the transaction waits is the affair of the caller.
    """

    def __init__(self, connection: Connection, statements: Statements, name: str) -> None:
        """Join a connection on which the caller has begun, or will begin, a transaction."""
        self.name = name
        self.statements = statements
        self.hurries = False
        self._connection = connection
        self._turn = asyncio.Lock()

    async def load(self, wanted: Wanted) -> Found:
        """Return what the transaction sees of one instance.

        Raises:
            StoreFailed: When there is no transaction, or the server does not answer.
        """
        try:
            return (await loaded(self._fetch, self.statements, [wanted]))[0]
        except Exception as error:
            raise failed("load", self.name, error, joined=True) from error

    async def save(self, write: Write) -> None:
        """Save what one commit writes; it lasts if the caller commits.

        A conflict leaves the transaction as it is; any other failure has broken it.

        Raises:
            RevisionConflict: When another one was saved first, or an event id is known.
            StoreFailed: When there is no transaction, or nothing was saved.
        """
        try:
            (conflict,) = await saved(self._fetch, self.statements, [write], hurry=False)
        except Exception as error:
            raise failed("save", self.name, error, joined=True) from error
        if conflict is not None:
            raise conflict

    async def rows(self, operation: str, text: str, *values: object) -> Rows:
        """Return what a query finds.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreFailed: When there is no transaction, or the server does not answer.
        """
        try:
            return await self._fetch(text, values)
        except Exception as error:
            raise failed(operation, self.name, error, joined=True) from error

    async def change(self, operation: str, text: str, *values: object) -> Rows:
        """Change what no commit does, and return what the statement returns.

        Args:
            operation: What the caller does, for messages.
            text: A constant text.
            values: Its parameters.

        Raises:
            StoreFailed: When there is no transaction, or nothing was changed.
        """
        return await self.rows(operation, text, *values)

    async def _fetch(self, text: str, values: Sequence[object]) -> Rows:
        if not self._connection.is_in_transaction():
            raise StoreFailed(
                "join",
                f"expected an open transaction on the connection to {self.name}, got none; "
                "do work within `async with conn.transaction():`",
            )
        async with self._turn:  # the driver refuses two statements at once
            return await self._connection.fetch(text, *values)
