"""What a SQLite file tells to whoever observes it: seen from a transaction, a closed file, and older tables."""

import sqlite3
from contextlib import closing

import pytest

from telic.kernel.errors import StoreClosed, StoreFailed
from telic.runtime.observing import Counted
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.counting import figures_values
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.observing import _FIGURES
from telic.stores.sqlite.schema import MIGRATIONS
from telic.stores.sqlite.schema_traces import TRACES
from tests.stores.desk import DESK, NOON, Begin, Submit, desk
from tests.stores.test_saving import decided


async def test_figures_and_traces_within_a_transaction_are_those_of_the_transaction(path):
    async with SqliteDatabase(path) as db:
        store = db.store(desk)
        with closing(sqlite3.connect(path, isolation_level=None)) as sql:
            sql.execute("BEGIN IMMEDIATE")
            inside = store.within(conn=sql)
            await WorkflowRuntime(machine=desk, store=inside).run_step(DESK, Begin())
            commit = decided(await inside.load(DESK), Submit())
            await inside.save(commit._replace(records=tuple(one._replace(trace="t") for one in commit.records)))
            (opened,) = (await inside.load(DESK)).open
            assert {one.counted for one in await inside.figures(NOON)} == {
                Counted.INSTANCES, Counted.INTENTS, Counted.TASKS
            }  # fmt: skip
            assert await inside.intent_trace(opened) == await inside.wait_trace(DESK, "Approve") == "t"
            assert await store.figures(NOON) == ()
            assert await store.intent_trace(opened) == ""


async def test_each_figure_of_waits_is_read_from_its_index(path):
    async with SqliteDatabase(path) as db:
        await db.store(desk).figures(NOON)
        with closing(sqlite3.connect(path)) as sql:
            plan = [row[3] for row in sql.execute(f"EXPLAIN QUERY PLAN {_FIGURES}", figures_values(("", "desk"), NOON))]
    asked = [line for line in plan if line.startswith(("SEARCH telic_wait", "SCAN telic_wait"))]
    assert [line.split(" (")[0] for line in asked] == [
        "SEARCH telic_wait USING INDEX telic_wait_task",
        "SEARCH telic_wait USING INDEX telic_wait_task",
        "SEARCH telic_wait USING INDEX telic_wait_due",
    ]


async def test_a_file_that_is_closed_or_damaged_gives_no_figures(path):
    async with SqliteDatabase(path) as db:
        store = db.store(desk)
        await store.figures(NOON)
        with closing(sqlite3.connect(path)) as sql:
            sql.execute("DROP TABLE telic_happening")
        with pytest.raises(StoreFailed, match="^figures failed: expected SQLite to work on .*, got no such table"):
            await store.figures(NOON)
    with pytest.raises(StoreClosed):
        await store.figures(NOON)


async def test_what_is_open_from_before_traces_has_none(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        older = MIGRATIONS[: MIGRATIONS.index(TRACES)]
        for statement in (one for version in older for one in version):
            sql.execute(statement)
        sql.execute("CREATE TABLE telic_schema (version INTEGER PRIMARY KEY) STRICT")
        sql.execute("INSERT INTO telic_schema VALUES (?)", (len(older),))
        sql.execute(
            "INSERT INTO telic_outbox (tenant, machine, intent_id, id, tag, version, payload, emitted_us, due_us) "
            "VALUES ('', 'desk', 'd:1:0', 'd', 'check-it', 1, CAST('{\"text\":\"x\"}' AS BLOB), 0, 0)"
        )
    async with SqliteDatabase(path) as db:
        store = db.store(desk)
        assert await store.intent_trace("d:1:0") == ""
        (claim,) = await store.claim({"check-it": 1}, 1, now=NOON, until=NOON, worker="w")
        assert claim.id == "d:1:0"
