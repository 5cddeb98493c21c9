"""Where instances live while they are measured: a file that is new, or tables that are new on the server.

Many rows are put in by one statement for each table: they are those of a pattern, an instance that
telic itself has brought so far, under other ids. What may never be here: a measurement.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from telic import WorkflowId
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.raw import Raw
from tests.bench.raw_postgres import RawPostgres
from tests.services import postgres_schema

__all__ = ["BEGUN", "EMITTED", "Database", "Home", "Tables", "Timed", "homes"]

Database: TypeAlias = SqliteDatabase | PostgresDatabase
Tables: TypeAlias = Mapping[str, Mapping[str, str]]
"""Which tables are filled, and what takes the place of the pattern's values there."""
Timed: TypeAlias = Callable[[], Awaitable[object] | None]

NAMED = "named"
"""Takes the place of a value in which the pattern's id stands, in a text or in JSON."""

_ID = {"id": "'o-' || number"}
BEGUN: Tables = {"telic_instance": _ID, "telic_journal": _ID}
"""The rows of an instance that has begun, and asks for nothing."""
EMITTED: Tables = {
    "telic_instance": {**_ID, "rest": NAMED},
    "telic_journal": {**_ID, "intents": NAMED},
    "telic_outbox": {**_ID, "intent_id": NAMED, "due_us": "due_us + number"},
}
"""The rows of an instance that has asked for something, which is due a little later for each."""


class Side(Protocol):
    """The raw side of a home: the same tables, without telic."""

    async def fill(self, tables: Tables, count: int, pattern: WorkflowId) -> None:
        """Add rows as those of the pattern."""
        ...

    async def prepared(self, ids: Sequence[WorkflowId], pattern: WorkflowId) -> Timed:
        """Return the work, to be done once, that takes one step of each instance as the pattern has taken it."""
        ...


class Home(NamedTuple):
    """A place for instances.

    Attributes:
        name: What a reader calls it.
        callers: How many calls telic has under way at once there.
        url: The server; empty for a file.
    """

    name: str
    callers: int
    url: str = ""

    @property
    def absent(self) -> str:
        """Why nothing can live there."""
        return "there is no server" if self.name == "PostgreSQL" and not self.url else ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Database, Side]]:
        """Give an empty home, and take it down with the block."""
        if self.url:
            async with postgres_schema(self.url) as schema, PostgresDatabase(self.url, schema=schema) as database:
                raw = await RawPostgres.opened(self.url, schema, _CONNECTIONS)
                try:
                    yield database, _OnServer(raw, self.callers)
                finally:
                    await raw.aclose()
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "telic.sqlite"
            async with SqliteDatabase(path, commit="inline") as file:
                yield file, _InFile(path, self.callers)


def homes(url: str) -> tuple[Home, Home]:
    """Return a file, and the server."""
    return Home("SQLite", 100), Home("PostgreSQL", 50, url)


_CONNECTIONS = 10
_NAMED = "replace({name}, '{pattern}', 'o-' || number)"
# What is kept as bytes is a text for as long as the name is put into it.
_IN_FILE = {"rest": "CAST(replace(CAST(rest AS TEXT), '{pattern}', 'o-' || number) AS BLOB)"}
_ON_SERVER = {"rest": "convert_to(replace(convert_from(rest, 'UTF8'), '{pattern}', 'o-' || number), 'UTF8')"}


def _written(expressions: Mapping[str, str], pattern: WorkflowId, bytewise: Mapping[str, str]) -> dict[str, str]:
    """Return the expressions, with those of names as this database writes them."""
    return {
        name: bytewise.get(name, _NAMED).format(name=name, pattern=pattern) if text == NAMED else text
        for name, text in expressions.items()
    }


class _InFile(NamedTuple):
    path: Path
    group: int

    async def fill(self, tables: Tables, count: int, pattern: WorkflowId) -> None:
        raw = Raw(self.path)
        for table, expressions in tables.items():
            raw.copy(table, count, pattern, _written(expressions, pattern, _IN_FILE))
        raw.settle()
        raw.close()

    async def prepared(self, ids: Sequence[WorkflowId], pattern: WorkflowId) -> Timed:
        raw = Raw(self.path)
        work = raw.work(ids, pattern)

        def run() -> None:
            raw.run(work, self.group)
            raw.close()

        return run


class _OnServer(NamedTuple):
    raw: RawPostgres
    callers: int

    async def fill(self, tables: Tables, count: int, pattern: WorkflowId) -> None:
        for table, expressions in tables.items():
            await self.raw.fill(table, count, pattern, _written(expressions, pattern, _ON_SERVER))
        await self.raw.settle()

    async def prepared(self, ids: Sequence[WorkflowId], pattern: WorkflowId) -> Timed:
        work = await self.raw.work(ids, pattern)

        async def run() -> None:
            await self.raw.run(work, self.callers, whole=False)

        return run
