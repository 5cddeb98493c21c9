"""The same statements on the same tables, by hand with the driver: read, move, record, emit.

The rows are made before the clock starts; what is timed is the driver and the server. What may
never be here: a measurement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg  # type: ignore[import-untyped]

from telic import WorkflowId

_KEY = ("tenant", "machine", "id")


class Work(NamedTuple):
    """The parameters of one step: those of each statement."""

    id: str
    moved: tuple[object, ...]
    recorded: tuple[object, ...]
    emitted: tuple[object, ...]


class RawPostgres:
    """A schema that telic has made, without telic."""

    def __init__(self, connections: list[Any], columns: dict[str, list[str]]) -> None:
        """Keep connections for the callers to share; :meth:`opened` makes them."""
        self._connections = connections
        self._columns = columns
        names = [name for name in columns["telic_instance"] if name not in _KEY]
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 1))
        at = len(names)
        self._load = f"SELECT {', '.join(names)} FROM telic_instance WHERE tenant = '' AND machine = $1 AND id = $2"
        self._move = (
            f"UPDATE telic_instance SET {sets} "
            f"WHERE tenant = '' AND machine = ${at + 1} AND id = ${at + 2} AND revision = ${at + 3}"
        )
        self._record = _insert("telic_journal", columns["telic_journal"])
        self._open = _insert("telic_outbox", columns["telic_outbox"])
        self._whole = self._one_statement(at + 3)

    @classmethod
    async def opened(cls, url: str, schema: str, connections: int) -> RawPostgres:
        """Connect, and learn the columns."""
        found = [await asyncpg.connect(url, server_settings={"search_path": schema}) for _ in range(connections)]
        rows = await found[0].fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1 "
            "AND is_generated = 'NEVER' "
            "ORDER BY table_name, ordinal_position",
            schema,
        )
        columns: dict[str, list[str]] = {}
        for table, column in rows:
            columns.setdefault(table, []).append(column)
        return cls(found, columns)

    async def aclose(self) -> None:
        """Take leave of the server."""
        for connection in self._connections:
            await connection.close()

    async def fill(self, table: str, count: int, pattern: str, expressions: Mapping[str, str]) -> None:
        """Add rows, each as another one, but for the columns that have an expression of ``number``."""
        names = self._columns[table]
        chosen = ", ".join(expressions.get(name, name) for name in names)
        await self._connections[0].execute(
            f"INSERT INTO {table} ({', '.join(names)}) "
            f"SELECT {chosen} FROM {table}, generate_series(0, $1 - 1) AS number WHERE id = $2",
            count,
            pattern,
            timeout=600,
        )

    async def settle(self) -> None:
        """Have the server know what is there, and rest."""
        await self._connections[0].execute(
            "VACUUM ANALYZE telic_instance, telic_journal, telic_outbox, telic_wait", timeout=600
        )

    async def work(self, ids: Sequence[WorkflowId], pattern: str) -> list[Work]:
        """Return what a step of each instance writes: what that of another one has written."""
        moved = await self._row("telic_instance", pattern, "true")
        recorded = await self._row("telic_journal", pattern, "revision = 2")
        emitted = await self._row("telic_outbox", pattern, "true")
        return [
            Work(
                id,
                (*(value for name, value in moved.items() if name not in _KEY), moved["machine"], id, 1),
                tuple((recorded | {"id": id}).values()),
                tuple((emitted | {"id": id, "intent_id": f"{id}:2:0"}).values()),
            )
            for id in ids
        ]

    async def run(self, work: Iterable[Work], callers: int, *, whole: bool) -> None:
        """Take the steps from so many callers, each in four statements, or in one."""
        waiting = iter(work)
        step = self._step_whole if whole else self._step
        free: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
        for connection in self._connections:
            free.put_nowait(connection)

        async def caller() -> None:
            for one in waiting:
                connection = await free.get()
                await step(connection, one)
                free.put_nowait(connection)

        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(caller())

    async def _step(self, connection: Any, one: Work) -> None:
        async with connection.transaction():
            await connection.fetchrow(self._load, one.moved[-3], one.id)
            assert await connection.execute(self._move, *one.moved) == "UPDATE 1"
            await connection.execute(self._record, *one.recorded)
            await connection.execute(self._open, *one.emitted)

    async def _step_whole(self, connection: Any, one: Work) -> None:
        done = await connection.execute(self._whole, *one.moved, *one.recorded, *one.emitted)
        assert done == "INSERT 0 1"

    def _one_statement(self, first: int) -> str:
        journal, outbox = self._columns["telic_journal"], self._columns["telic_outbox"]
        recorded = _selected("telic_journal", journal, first)
        return (
            f"WITH moved AS ({self._move} RETURNING 1), recorded AS ({recorded}) "
            f"{_selected('telic_outbox', outbox, first + len(journal))}"
        )

    async def _row(self, table: str, pattern: str, condition: str) -> dict[str, object]:
        found = await self._connections[0].fetchrow(
            f"SELECT {', '.join(self._columns[table])} FROM {table} WHERE id = $1 AND {condition}", pattern
        )
        return dict(found)


def _insert(table: str, names: Sequence[str]) -> str:
    values = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"


def _selected(table: str, names: Sequence[str], first: int) -> str:
    values = ", ".join(f"${first + place}" for place in range(1, len(names) + 1))
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM moved"
