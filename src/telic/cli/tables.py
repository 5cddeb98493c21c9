"""The tables of a database: which version they are of, and what leads to the present one.

What may never be here: a statement; each store brings its own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from telic.cli.databases import path_of
from telic.cli.exits import Exit, Stopped
from telic.cli.session import Session

if TYPE_CHECKING:
    from telic.stores.postgres.connection import Connection

__all__ = ["Tables", "tables_of"]

_VERSIONS = "CREATE TABLE {prefix}telic_schema (version INTEGER PRIMARY KEY)"
_ENTER = "INSERT INTO {prefix}telic_schema (version) VALUES ({number})"


class Tables(Protocol):
    """The tables of one database."""

    name: str
    newest: int

    async def version(self) -> int:
        """Return the version of the tables; 0 where there are none. Nothing is made."""
        ...

    async def upgrade(self) -> None:
        """Bring the tables up to date, whole or not at all."""
        ...

    def statements(self, version: int) -> Iterator[str]:
        """Yield the statements that lead from a version to the newest."""
        ...

    async def skew_seconds(self) -> float:
        """Return how far the clock of the database is ahead of the one here."""
        ...


def tables_of(session: Session) -> Tables:
    """Return the tables of the database that ``--store`` names.

    Raises:
        Stopped: When it names none that has tables.
    """
    url = session.store
    kind = urlsplit(url).scheme if url is not None else None
    if url is not None and kind == "sqlite":
        return _File(path_of(url))
    if url is not None and kind in ("postgresql", "postgres"):
        return _Server(url)
    raise Stopped(
        Exit.USAGE,
        f"expected --store sqlite:///file.db or postgresql://user@host/database, got {url!r}"
        if url is not None
        else "expected a database, got none; do add --store URL, or set TELIC_STORE",
    )


class _File:
    """The tables of a SQLite file."""

    def __init__(self, path: str) -> None:
        from telic.stores.sqlite.schema import MIGRATIONS

        self.name, self.newest, self._path = path, len(MIGRATIONS), Path(path)

    async def version(self) -> int:
        from telic.stores.sqlite.connection import failed
        from telic.stores.sqlite.schema import version_of

        if not self._path.exists():
            return 0
        try:
            with closing(sqlite3.connect(f"file:{quote(self.name)}?mode=ro", uri=True)) as connection:
                return version_of(connection)
        except sqlite3.Error as error:
            raise failed("open", self.name, error) from error

    async def upgrade(self) -> None:
        from telic.stores.sqlite.connection import connected, failed
        from telic.stores.sqlite.schema import migrate

        try:
            with closing(connected(self.name, "full")) as connection:
                migrate(connection, self.name)
        except sqlite3.Error as error:
            raise failed("open", self.name, error) from error

    def statements(self, version: int) -> Iterator[str]:
        from telic.stores.sqlite.schema import MIGRATIONS

        yield from _script(MIGRATIONS, version, "", " STRICT")

    async def skew_seconds(self) -> float:
        return 0.0  # a file has no clock


class _Server:
    """The tables in the schema ``public`` of a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        from telic.stores.postgres.connection import Server
        from telic.stores.postgres.schema import MIGRATIONS

        self._server = Server.of(url, prepared=False)
        self.name, self.newest = self._server.name, len(MIGRATIONS)

    async def version(self) -> int:
        from telic.stores.postgres.schema import version_of

        connection = await self._connected()
        try:
            return await version_of(connection, "public")
        finally:
            connection.terminate()

    async def upgrade(self) -> None:
        from telic.stores.postgres.connection import failed
        from telic.stores.postgres.schema import migrate

        connection = await self._connected()
        try:
            await migrate(connection, "public", self.name)
        except Exception as error:
            raise failed("open", self.name, error) from error
        finally:
            connection.terminate()

    def statements(self, version: int) -> Iterator[str]:
        from telic.stores.postgres.schema import MIGRATIONS

        yield from _script(MIGRATIONS, version, '"public".', "")

    async def skew_seconds(self) -> float:
        connection = await self._connected()
        try:
            before = time.time()
            ((there,),) = await connection.fetch("SELECT extract(epoch FROM clock_timestamp())::float8")
            assert isinstance(there, float)
            return there - (before + time.time()) / 2
        finally:
            connection.terminate()

    async def _connected(self) -> Connection:
        from telic.stores.postgres.connection import connected, failed

        try:
            return await connected(self._server)
        except Exception as error:
            raise failed("open", self.name, error) from error


def _script(migrations: tuple[tuple[str, ...], ...], version: int, prefix: str, kind: str) -> Iterator[str]:
    if version == 0:
        yield _VERSIONS.format(prefix=prefix) + kind
    for number, statements in enumerate(migrations[version:], version + 1):
        yield from (one.format(s=prefix.removesuffix(".")) if prefix else one for one in statements)
        yield _ENTER.format(prefix=prefix, number=number)
