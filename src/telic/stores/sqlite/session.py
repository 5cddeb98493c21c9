"""What the parts of a store on SQLite work through: the database, or a transaction of the caller.

What may never be here: an implementation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from telic.runtime.hints import Hints
from telic.stores.writes import Row, SqlValue, Write

__all__ = ["Handed", "Session"]

T = TypeVar("T")


class Handed(Protocol):
    """What was handed over to be saved."""

    def wait(self) -> Awaitable[object]:
        """Await that it is saved; raises what went wrong."""
        ...


class Session(Protocol):
    """Reads and writes rows; see :class:`telic.stores.sqlite.database.SqliteDatabase` for what each does."""

    @property
    def path(self) -> str:
        """The file."""
        ...

    @property
    def hints(self) -> Hints:
        """Where it is said that a commit may have made work."""
        ...

    def submit(self, write: Write) -> Handed:
        """Hand over what one commit writes."""
        ...

    async def carry_out(self, operation: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements in a transaction, and return what they came to."""
        ...

    def rows(self, operation: str, text: str, values: tuple[SqlValue, ...] | Mapping[str, SqlValue]) -> list[Row]:
        """Return what a query finds."""
        ...

    async def rows_apart(self, operation: str, text: str, values: tuple[SqlValue, ...]) -> list[Row]:
        """Return what a long query finds, without holding up the loop."""
        ...

    async def listen(self) -> None:
        """Ring the hints when somebody has written, until cancelled."""
        ...
