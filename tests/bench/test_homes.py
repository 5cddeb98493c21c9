"""Rows that are put in by bulk are those that the store itself would have written."""

import sqlite3
from datetime import UTC, datetime

import pytest

from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench.homes import BEGUN, EMITTED, Home
from tests.bench.measure import BEGIN, PAY, Orders
from tests.bench.order import OrderId, order
from tests.bench.reminder import BeginReminder, Reminders, reminder
from tests.bench.sizes import DECLARED, FAR
from tests.bench.sqlite import FRESH, PAID
from tests.services import postgres_url

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
COUNT = 12


async def begun(database, id):
    await Orders(machine=order, store=database.store(order)).run_step(id, BEGIN, now=NOON)


async def paid(database, id):
    await begun(database, id)
    await Orders(machine=order, store=database.store(order)).run_step(id, PAY, now=NOON)


async def waiting(database, id):
    reminders = Reminders(machine=reminder, store=database.store(reminder))
    await reminders.run_step(id, BeginReminder(order_id=OrderId("o-1"), at=FAR), now=NOON)


# Intents that are filled in are due one after the other, so that claims find them in an order.
LATER = {"telic_outbox": {"due_us"}}
KINDS = [
    pytest.param(begun, FRESH, BEGUN, {}, id="begun"),
    pytest.param(paid, PAID, EMITTED, LATER, id="emitted"),
    pytest.param(waiting, FRESH, DECLARED, {}, id="declared"),
]


@pytest.fixture
def anyio_backend():
    return "asyncio"  # as the benchmarks run


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def home(request):
    return Home(request.param, 10, postgres_url() if request.param == "PostgreSQL" else "")


async def tables_of(database, raw, but):
    """Every row of every table, but for the pattern's and for some columns; empty tables are left out."""
    found = {}
    for table, rows in (await all_rows(database, raw)).items():
        kept = [
            {name: value for name, value in row.items() if name not in but.get(table, ())}
            for row in rows
            if str(row.get("id", "")).startswith("o-")
        ]
        if kept:
            found[table] = sorted(kept, key=lambda row: str(sorted(row.items(), key=str)))
    return found


async def all_rows(database, raw):
    if isinstance(database, SqliteDatabase):
        connection = sqlite3.connect(database.path)
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}
        connection.close()
        return found
    connection = raw.raw._connections[0]
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {name: [dict(row) for row in await connection.fetch(f"SELECT * FROM {name}")] for (name,) in names}


@pytest.mark.parametrize(("bring", "pattern", "tables", "but"), KINDS)
async def test_what_is_filled_in_is_what_the_store_would_have_written(home, bring, pattern, tables, but):
    async with home.opened() as (database, raw):
        await bring(database, pattern)
        await raw.fill(tables, COUNT, pattern)
        filled = await tables_of(database, raw, but)
    async with home.opened() as (database, raw):
        for number in range(COUNT):
            await bring(database, WorkflowId(f"o-{number}"))
        written = await tables_of(database, raw, but)
    assert filled == written
    assert set(filled) == set(tables)
    assert len(filled["telic_instance"]) == COUNT


async def test_telic_goes_on_from_what_is_filled_in(home):
    async with home.opened() as (database, raw):
        await begun(database, FRESH)
        await raw.fill(BEGUN, COUNT, FRESH)
        orders = Orders(machine=order, store=database.store(order))
        results = [await orders.run_step(WorkflowId(f"o-{number}"), PAY) for number in range(COUNT)]
        assert [(one.kind, one.record.revision) for one in results] == [("stepped", 2)] * COUNT
