"""Where the instances of a run are: a file, or a schema of a server; and a look past telic at the rows."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple, Protocol

import asyncpg

from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase


def made(place: "Place") -> "Place":
    """Create the tables, so that a look at them finds some."""

    async def opened() -> None:
        async with place.database():
            pass

    asyncio.run(opened())
    return place


class Place(Protocol):
    """A database of any kind."""

    @property
    def name(self) -> str: ...

    def database(self) -> Any:
        """A database object of telic, to be made in each process anew."""
        ...

    def rows(self, text: str) -> list[tuple]:
        """What a query finds, past telic; tables are written ``{s}telic_...``."""
        ...


class SqliteFile(NamedTuple):
    """A file."""

    path: str
    options: Mapping[str, Any] = {}
    name: str = "SQLite"

    def database(self) -> SqliteDatabase:
        return SqliteDatabase(self.path, **self.options)

    def rows(self, text: str) -> list[tuple]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(text.format(s="")).fetchall()


class PostgresSchema(NamedTuple):
    """A schema of a server."""

    url: str
    schema: str
    name: str = "PostgreSQL"

    def database(self) -> PostgresDatabase:
        return PostgresDatabase(self.url, schema=self.schema)

    def rows(self, text: str) -> list[tuple]:
        async def found() -> list[tuple]:
            connection = await asyncpg.connect(self.url, timeout=30)
            try:
                return [tuple(row) for row in await connection.fetch(text.format(s=f"{self.schema}."))]
            finally:
                await connection.close()

        return asyncio.run(found())
