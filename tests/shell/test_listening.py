"""A worker notices work that another process makes without asking again and again, on each kind of database."""

from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import pytest

from telic import WorkflowRuntime
from telic.kernel.errors import StoreFailed
from telic.runtime.hints import Bell
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.store import SqliteStore
from tests.services import postgres_schema, postgres_url
from tests.shell.conftest import Bench
from tests.shell.till import ID, Ask, Open, till, until


@pytest.fixture(params=["sqlite", "postgres"])
def place(request):
    return request.param


@pytest.fixture
def url(place):
    return postgres_url() if place == "postgres" else ""


@asynccontextmanager
async def two_databases(place, url, path):
    """What two processes would have: two databases over the same tables."""
    if place == "sqlite":
        async with SqliteDatabase(path) as one, SqliteDatabase(path) as other:
            yield one, other
        return
    async with (
        postgres_schema(url) as schema,
        PostgresDatabase(url, schema=schema) as one,
        PostgresDatabase(url, schema=schema) as other,
    ):
        yield one, other


async def test_a_worker_takes_up_what_another_process_asks_for_though_its_clock_stands_still(
    place, url, tmp_path, clock, anyio_backend_name
):
    if place == "postgres" and anyio_backend_name != "asyncio":
        pytest.skip("the driver of PostgreSQL knows asyncio only")
    async with two_databases(place, url, tmp_path / "till.db") as (one, other):
        here = Bench(one.store(till), clock)
        await here.ask(Open())
        elsewhere = WorkflowRuntime(machine=till, store=other.store(till), clock=clock)

        async def is_carried_out():
            return (await elsewhere.load(ID)).state.log == ("charge-0 done",)

        listening = Bell()
        one.hints.add(listening)
        async with here.working(here.worker()):
            await listening.wait()
            await elsewhere.run_step(ID, Ask(what="charge"))
            await until(is_carried_out)


async def test_a_worker_that_hears_nothing_any_more_says_so_and_listens_again(tmp_path, clock, monkeypatch, caplog):
    again, tries = anyio.Event(), []

    async def listen(store):
        tries.append(store)
        if len(tries) == 1:
            raise StoreFailed("listen", "a cut cable")
        again.set()

    monkeypatch.setattr(SqliteStore, "listen", listen)
    async with SqliteDatabase(tmp_path / "till.db") as database:
        bench = Bench(database.store(till), clock)
        async with bench.working(bench.worker()):
            while not again.is_set():
                clock.move(1)
                await anyio.lowlevel.checkpoint()
    assert "commits of other processes are noticed late: listen failed: a cut cable" in caplog.messages
    assert len(tries) == 2
