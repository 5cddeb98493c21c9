"""A broadcast to 100,000 waits is many small transactions: none touches more than a batch of them."""

import re
from itertools import pairwise

import pytest

from telic import Handlers, System, WorkflowId, WorkflowRuntime
from telic.kernel.values import EventId
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from telic.stores.sqlite import SqliteDatabase
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.press import News, Subscribe, reader
from tests.shell.till import HandClock

MANY = 100_000
FEWER = 10_000
"""On a server, for the time that it takes; the batches are the same."""
BATCH = 1000
"""How many waits one transaction of a worker stirs at most, and a tenth of it how many it feeds."""
# The row of one real wait, so many times; their instances are not needed to be told.
COPIES_SQLITE = """
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
    INSERT INTO telic_wait SELECT {columns} FROM telic_wait, n WHERE id = 'first'
"""
COPIES_POSTGRES = "INSERT INTO {s}.telic_wait SELECT {columns} FROM {s}.telic_wait, generate_series(1, $1) AS n(n)"


async def tell(runtime, text):
    system = System(runtimes=[runtime], handlers=Handlers())
    await publish(system, News(text=text), name="news", event_id=EventId(text))
    return Feeding(system, Timing(runtime.clock))


def copied(names, number):
    """The columns of a wait, with an id of its own and fed as the first one is."""
    changed = {"id": number, "fed": "stirred"}
    return ", ".join(changed.get(name, name) for name in names)


async def test_in_a_file_each_transaction_stirs_a_batch(tmp_path):
    async with SqliteDatabase(tmp_path / "many.db") as database:
        store = database.store(reader)
        runtime = WorkflowRuntime(machine=reader, store=store, clock=HandClock())
        await runtime.run_step(WorkflowId("first"), Subscribe(news=""))
        names = [str(row[1]) for row in database.rows("test", "PRAGMA table_info(telic_wait)", ())]
        text = COPIES_SQLITE.format(columns=copied(names, "printf('r%06d', n)"))
        await database.carry_out("test", lambda connection: connection.execute(text, (MANY - 1,)))
        await tell(runtime, "all")
        seen = []
        await database.carry_out("test", lambda connection: connection.set_trace_callback(seen.append))
        rounds = 0
        while await store.topics.spread(BATCH):
            rounds += 1
        await database.carry_out("test", lambda connection: connection.set_trace_callback(None))
        transactions = "\n".join(seen).split("COMMIT")
        stirs = [len(re.findall(r"UPDATE telic_wait SET stirred", one)) for one in transactions]
        assert (rounds, sum(stirs), max(stirs)) == (MANY // BATCH + 1, MANY, BATCH)
        assert len([one for one in stirs if one]) == MANY // BATCH
        assert database.rows("test", "SELECT count(*) FROM telic_wait WHERE stirred <> fed", ()) == [(MANY,)]


@pytest.fixture
def url():
    return postgres_url()


async def test_on_a_server_each_statement_stirs_a_batch_in_a_transaction_of_its_own(
    url, tmp_path, anyio_backend_name, monkeypatch
):
    async with store_in("postgres", reader, tmp_path, url, anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=reader, store=store, clock=HandClock())
        await runtime.run_step(WorkflowId("first"), Subscribe(news=""))
        database = store.lane_key
        asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
        found = await database.rows("test", f"{asked} ORDER BY ordinal_position", database.schema, "telic_wait")
        columns = copied([str(row[0]) for row in found], "'r' || n")
        await database.change("test", COPIES_POSTGRES.format(s=f'"{database.schema}"', columns=columns), FEWER - 1)
        await tell(runtime, "all")
        whole, statements = database.change, []

        async def counted(operation, *given):
            statements.append(operation)
            return await whole(operation, *given)

        monkeypatch.setattr(database, "change", counted)
        hungry = f'SELECT count(*) FROM "{database.schema}".telic_wait WHERE stirred <> fed AND id <> $1'
        grown = [0]
        while await store.topics.spread(BATCH):
            ((count,),) = await database.rows("test", hungry, "first")
            grown.append(count)
        assert statements == ["spread"] * (FEWER // BATCH + 1)
        assert max(after - before for before, after in pairwise(grown)) == BATCH
        assert grown[-1] == FEWER - 1


@pytest.fixture(params=PLACES)
def place(request):
    return request.param, postgres_url() if request.param == "postgres" else ""


async def test_waits_are_fed_in_batches_and_each_instance_in_a_commit_of_its_own(
    place, tmp_path, anyio_backend_name, monkeypatch
):
    async with store_in(place[0], reader, tmp_path, place[1], anyio_backend_name) as store:
        runtime = WorkflowRuntime(machine=reader, store=store, clock=HandClock())
        ids = [WorkflowId(f"r{number}") for number in range(BATCH // 4)]
        for id in ids:
            await runtime.run_step(id, Subscribe(news=""))
        feeding = await tell(runtime, "all")
        whole, batches = store.topics.fed, []

        async def counted(feeds):
            batches.append(len(feeds))
            await whole(feeds)

        monkeypatch.setattr(store.topics, "fed", counted)
        assert await feeding.feed() == len(ids)
        assert batches == [BATCH // 10, BATCH // 10, BATCH // 20]
        assert {(await runtime.load(id)).revision for id in ids} == {2}
