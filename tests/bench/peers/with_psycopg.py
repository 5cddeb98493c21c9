"""The side of psycopg: the statements of a step by hand, on the tables that telic has made.

Each step is a transaction of four prepared statements; or the three that write go in one pipeline;
or one statement does all, without reading before. The rows are made before the clock starts. What
may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from psycopg import AsyncConnection, sql

from tests.bench.peers.answering import answered, timed

_KEY = ("tenant", "machine", "id")
_TABLES = ("telic_instance", "telic_journal", "telic_outbox")

Connection = AsyncConnection[Any]
Columns = dict[str, list[str]]


class Work(NamedTuple):
    """The parameters of one step: those of each statement."""

    id: str
    moved: list[Any]
    recorded: list[Any]
    emitted: list[Any]


class Statements:
    """The texts of a step."""

    def __init__(self, columns: Columns) -> None:
        """Make them of the columns that there are."""
        names = [name for name in columns["telic_instance"] if name not in _KEY]
        mark = "tenant = '' AND machine = %s AND id = %s"
        self.load = f"SELECT {', '.join(names)} FROM telic_instance WHERE {mark}"
        sets = ", ".join(f"{name} = %s" for name in names)
        self.move = f"UPDATE telic_instance SET {sets} WHERE {mark} AND revision = %s"
        journal, outbox = columns["telic_journal"], columns["telic_outbox"]
        self.record, self.open = _insert("telic_journal", journal), _insert("telic_outbox", outbox)
        self.whole = (
            f"WITH moved AS ({self.move} RETURNING 1), recorded AS ({_selected('telic_journal', journal)}) "
            f"{_selected('telic_outbox', outbox)}"
        )


def _insert(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"


def _selected(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(['%s'] * len(names))} FROM moved"


async def connected(url: str, schema: str, count: int) -> list[Connection]:
    """Return connections that see the schema, and commit by themselves outside transactions."""
    found = [await AsyncConnection.connect(url, autocommit=True) for _ in range(count)]
    for one in found:
        one.prepare_threshold = 0
        await one.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    return found


async def columns_of(connection: Connection, schema: str) -> Columns:
    """Return the columns of each table."""
    cursor = await connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = %s AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position",
        (schema,),
    )
    columns: Columns = {}
    for table, column in await cursor.fetchall():
        columns.setdefault(table, []).append(column)
    return columns


async def work_of(connection: Connection, columns: Columns, ids: Sequence[str], pattern: str) -> list[Work]:
    """Return what a step of each instance writes: what that of another one has written."""
    rows = []
    for table, condition in zip(_TABLES, ("true", "revision = 2", "true"), strict=True):
        text = f"SELECT {', '.join(columns[table])} FROM {table} WHERE id = %s AND {condition}"
        cursor = await connection.execute(text, (pattern,))
        row = await cursor.fetchone()
        assert row is not None
        rows.append(dict(zip(columns[table], row, strict=True)))
    moved, recorded, emitted = rows
    values = [value for name, value in moved.items() if name not in _KEY]
    return [
        Work(
            id,
            [*values, moved["machine"], id, 1],
            list((recorded | {"id": id}).values()),
            list((emitted | {"id": id, "intent_id": f"{id}:2:0"}).values()),
        )
        for id in ids
    ]


async def step_of_four(connection: Connection, texts: Statements, one: Work) -> None:
    """Take a step in four statements."""
    async with connection.transaction():
        await (await connection.execute(texts.load, (one.moved[-3], one.id))).fetchone()
        moved = await connection.execute(texts.move, one.moved)
        assert moved.rowcount == 1
        await connection.execute(texts.record, one.recorded)
        await connection.execute(texts.open, one.emitted)


async def step_in_pipeline(connection: Connection, texts: Statements, one: Work) -> None:
    """Take a step in a statement, and three that are sent together."""
    async with connection.transaction():
        await (await connection.execute(texts.load, (one.moved[-3], one.id))).fetchone()
        async with connection.pipeline():
            moved = await connection.execute(texts.move, one.moved)
            await connection.execute(texts.record, one.recorded)
            await connection.execute(texts.open, one.emitted)
        assert moved.rowcount == 1


async def step_at_once(connection: Connection, texts: Statements, one: Work) -> None:
    """Take a step in one statement."""
    done = await connection.execute(texts.whole, [*one.moved, *one.recorded, *one.emitted])
    assert done.rowcount == 1


STEPS = {"four": step_of_four, "pipeline": step_in_pipeline, "whole": step_at_once}


async def run(connections: Sequence[Connection], texts: Statements, work: Sequence[Work], asked: Any) -> None:
    """Take steps, from so many callers, who share the connections."""
    waiting, step = iter(work), STEPS[asked["mode"]]
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for connection in connections:
        free.put_nowait(connection)

    async def caller() -> None:
        for one in waiting:
            connection = await free.get()
            await step(connection, texts, one)
            free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for _ in range(asked["callers"]):
            group.create_task(caller())


async def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Take the steps that are asked for, after others with which everything is prepared."""
    connections = await connected(sys.argv[1], asked["schema"], asked["connections"])
    columns = await columns_of(connections[0], asked["schema"])
    texts = Statements(columns)
    first, then = [await work_of(connections[0], columns, asked[ids], asked["pattern"]) for ids in ("warm", "ids")]
    await run(connections, texts, first, asked)
    with timed() as clock:
        await run(connections, texts, then, asked)
    for connection in connections:
        await connection.close()
    return clock.told


def main() -> None:
    """Serve orders until there are no more."""
    with asyncio.Runner() as runner:
        answered(version("psycopg"), lambda asked: runner.run(carry_out(asked)))


if __name__ == "__main__":
    main()
