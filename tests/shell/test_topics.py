"""A fact that is published reaches each wait for it once, whichever came first."""

from contextlib import AsyncExitStack
from functools import partial

import anyio
import pytest

from telic import Call, Handlers, System, Worker, WorkflowId
from telic import WorkflowRuntime as Runtime
from telic.kernel.errors import ConfigurationError, StoreFailed
from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.values import EventId, IntentId
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from telic.stores.memory import MemoryStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.topics import HUNGRY, NEW
from tests.services import postgres_schema, postgres_url
from tests.shell.press import Alarm, Announce, Found, News, Print, Subscribe, press, reader
from tests.shell.till import HandClock, until

PRESS, ANN, BOB = WorkflowId("times"), WorkflowId("ann"), WorkflowId("bob")


class Town:
    """A press and its readers, each in a store of its own choice."""

    def __init__(self, presses, readers):
        self.clock = HandClock()
        self.presses = Runtime(machine=press, store=presses, clock=self.clock)
        self.readers = Runtime(machine=reader, store=readers, clock=self.clock)
        self.system = System(runtimes=[self.presses, self.readers], handlers=Handlers())
        self.feeding = Feeding(self.system, Timing(self.clock))

    async def told(self, text, event_id="e1", key="", fact=News, **how):
        return await publish(self.system, fact(text=text), name="news", key=key, event_id=EventId(event_id), **how)

    async def subscribes(self, id=ANN, **what):
        await self.readers.run_step(id, Subscribe(**({"news": ""} | what)))

    async def log(self, id=ANN):
        return (await self.readers.load(id)).state.log

    async def fed(self):
        """Have everything delivered, and return how many facts were taken."""
        return await self.feeding.feed()


async def opened(kind, stack, tmp_path, machine):
    if kind == "memory":
        return MemoryStore(machine)
    if kind == "sqlite":
        database = await stack.enter_async_context(SqliteDatabase(tmp_path / f"{machine.name}.db"))
        return database.store(machine)
    schema = await stack.enter_async_context(postgres_schema(kind))
    return (await stack.enter_async_context(PostgresDatabase(kind, schema=schema))).store(machine)


@pytest.fixture(params=["memory", "sqlite", "postgres", "memory-sqlite"])
def kinds(request, anyio_backend_name):
    """The kinds of the stores of the press and of the readers, with a URL for PostgreSQL."""
    chosen = request.param.split("-")
    if "postgres" in chosen and anyio_backend_name != "asyncio":
        pytest.skip("the driver of PostgreSQL knows asyncio only")
    url = postgres_url() if "postgres" in chosen else ""
    return [url if one == "postgres" else one for one in (chosen[0], chosen[-1])]


@pytest.fixture
async def town(kinds, tmp_path):
    async with AsyncExitStack() as stack:
        presses = await opened(kinds[0], stack, tmp_path, press)
        yield Town(presses, await opened(kinds[1], stack, tmp_path, reader))


async def test_a_fact_reaches_all_that_wait_for_its_name_and_key(town):
    await town.subscribes(ANN)
    await town.subscribes(BOB, news="sport")
    assert await town.told("goal", key="sport")
    assert await town.fed() == 1
    assert (await town.log(ANN), await town.log(BOB)) == ((), ("goal",))


async def test_a_fact_that_comes_before_the_wait_is_kept_for_it(town):
    await town.told("early")
    assert await town.fed() == 0
    await town.subscribes()
    assert await town.fed() == 1
    assert await town.log() == ("early",)


async def test_a_fact_is_published_once_and_taken_once(town):
    await town.subscribes()
    assert (await town.told("once"), await town.told("twice")) == (True, False)
    assert (await town.fed(), await town.fed()) == (1, 0)
    assert not await town.told("again")
    await town.fed()
    assert await town.log() == ("once",)
    entry = (await town.readers.store.journal(ANN))[-1]
    assert (entry.given_id, entry.wait) == ("e1", "News")


async def test_a_topic_stays_open_and_takes_facts_in_their_order(town):
    await town.subscribes()
    for number in range(3):
        await town.told(f"n{number}", f"z{9 - number}")
        town.clock.move(1)
    assert await town.fed() == 3
    await town.told("n3", "a")
    assert await town.fed() == 1
    assert await town.log() == ("n0", "n1", "n2", "n3")


async def test_a_fact_that_has_expired_is_not_delivered_and_is_deleted(town):
    await town.told("old", ttl_seconds=60)
    town.clock.move(60)
    await town.subscribes()
    assert await town.fed() == 0
    assert (await town.log(), await town.feeding.purge() > 0, await town.feeding.purge()) == ((), True, 0)
    assert await town.told("old", ttl_seconds=60)


async def test_two_topics_of_one_name_take_each_its_own_facts(town):
    await town.subscribes(alarm="")
    await town.told("fire", "e1", fact=Alarm)
    town.clock.move(1)
    await town.told("sun", "e2")
    await town.fed()
    assert await town.log() in {("alarm: fire",), ("sun", "alarm: fire"), ("alarm: fire", "sun")}
    assert "alarm: fire" in await town.log()


async def test_a_wait_that_is_opened_again_is_not_told_again(town):
    await town.subscribes()
    await town.told("first")
    await town.fed()
    await town.subscribes(news=None)
    await town.told("missed", "e2")
    assert await town.fed() == 0
    await town.subscribes()
    assert await town.fed() == 1
    assert await town.log() == ("first", "missed")


async def test_a_wait_that_changes_its_key_looks_again(town):
    await town.told("goal", key="sport")
    await town.subscribes(news="arts")
    assert await town.fed() == 0
    await town.subscribes(news="sport")
    assert await town.fed() == 1


async def test_a_publication_between_the_look_and_the_note_is_not_lost(town):
    await town.subscribes()
    topics = town.readers.store.topics
    (feed,) = await topics.feeds(town.clock.now(), 10)
    assert (feed.workflow_id, feed.facts, feed.whole) == (ANN, (), True)
    await town.told("just now")
    while await topics.spread(10):
        pass
    await topics.fed([feed])
    assert await town.fed() == 1


async def test_a_worker_that_dies_after_a_delivery_costs_nothing(town):
    await town.subscribes()
    await town.told("news")
    await town.readers.run_step(ANN, News(text="news"), event_id=EventId("e1"), wait="News")
    assert await town.fed() == 0
    assert await town.log() == ("news",)


async def test_an_instance_whose_transition_breaks_holds_up_no_other(town):
    await town.subscribes(ANN)
    await town.subscribes(BOB, news="", alarm="")
    await town.told("broken")
    town.clock.move(1)
    await town.told("fire", "e2", fact=Alarm)
    await town.fed()
    assert (await town.log(ANN), await town.log(BOB)) == ((), ("alarm: fire",))
    assert await town.fed() == 0
    town.clock.move(61)
    assert await town.readers.store.topics.feeds(town.clock.now(), 10)


async def test_a_store_that_does_not_answer_for_one_wait_holds_up_no_other(town):
    store = town.readers.store
    save, failing = store.save, [StoreFailed("save", "expected an answer, got none")]

    async def flaky(commit):
        if commit.id == ANN and type(commit.records[0].event) is News and failing:
            raise failing.pop()
        await save(commit)

    store.save = flaky
    town = Town(town.presses.store, store)
    await town.subscribes(ANN)
    await town.subscribes(BOB)
    await town.told("goal")
    with pytest.raises(StoreFailed, match="expected an answer, got none"):
        await town.fed()
    assert (await town.log(ANN), await town.log(BOB)) == ((), ("goal",))
    assert await town.fed() == 1
    assert (await town.log(ANN), await town.log(BOB)) == (("goal",), ("goal",))


async def test_an_instance_that_is_over_or_paused_is_not_disturbed(town):
    await town.subscribes(ANN)
    await town.subscribes(BOB)
    await town.readers.run_step(ANN, Cancel())
    await town.readers.run_step(BOB, Pause())
    await town.told("news")
    assert await town.fed() == 1
    assert (await town.log(ANN), await town.log(BOB)) == ((), ())
    await town.readers.run_step(BOB, Resume())
    assert await town.log(BOB) == ("news",)


async def test_more_facts_than_one_look_takes_are_all_delivered(town):
    await town.subscribes()
    for number in range(120):
        await town.told(str(number), f"e{number:03}")
    assert await town.fed() == 120
    assert await town.log() == tuple(map(str, range(120)))


async def test_a_broadcast_is_spread_batch_by_batch(town):
    ids = [WorkflowId(f"r{number:04}") for number in range(1000)]
    async with anyio.create_task_group() as group:
        for id in ids:
            group.start_soon(town.readers.run_step, id, Subscribe(news=""))
    await town.fed()
    await town.told("all")
    topics, batches = town.readers.store.topics, 0
    while await topics.spread(300):
        batches += 1
    assert batches in {0, 4}  # in memory, publishing spreads
    assert await town.fed() == 1000
    assert [await town.log(id) for id in (ids[0], ids[500], ids[999])] == [("all",)] * 3


async def test_a_published_intent_reaches_readers_in_another_store(town):
    await town.subscribes()
    await town.presses.run_step(PRESS, Found())
    await town.presses.run_step(PRESS, Print(text="extra"))
    async with anyio.create_task_group() as group:
        group.start_soon(Worker(town.system).run)

        async def read():
            return await town.log() == ("extra",) and not (await town.presses.load(PRESS)).open

        await until(read)
        group.cancel_scope.cancel()


async def test_an_intent_that_is_carried_out_twice_is_published_once(town):
    await town.subscribes()
    bound = town.system.binding(Announce)
    for _ in range(2):
        told = Announce(fact=News(text="extra"), name="news")
        await bound.handler(told, Call(IntentId("times:2:0"), PRESS, machine="press"))
    assert await town.fed() == 1
    assert (await town.readers.store.journal(ANN))[-1].given_id == "telic.publish:press/times:2:0"


async def test_an_intent_says_for_how_long_its_fact_is_kept(town):
    await town.presses.run_step(PRESS, Found())
    await town.presses.run_step(PRESS, Print(text="psst", brief=True))
    assert (await Worker(town.system).drain()).carried_out == 1
    town.clock.move(10)
    await town.subscribes()
    assert await town.fed() == 0
    assert await town.feeding.purge() > 0


async def test_what_is_published_for_one_tenant_concerns_no_other(tmp_path):
    async with SqliteDatabase(tmp_path / "two.db") as database:
        towns = [Town(MemoryStore(press), database.store(reader, tenant=one)) for one in ("a", "b")]
        for one in towns:
            await one.subscribes()
        await towns[0].told("mine")
        assert [await one.fed() for one in towns] == [1, 0]


async def test_nothing_is_published_where_no_store_keeps_it():
    with pytest.raises(ConfigurationError):
        await publish(System(runtimes=[], handlers=Handlers()), News(text=""), name="n", event_id=EventId("e"))


async def test_of_a_publication_and_a_wait_at_the_same_moment_the_second_finds_the_first(town):
    keys = [f"k{number}" for number in range(50)]

    async def one(key):
        async with anyio.create_task_group() as both:
            both.start_soon(partial(town.told, key, key, key))
            both.start_soon(partial(town.subscribes, WorkflowId(key), news=key))

    async with anyio.create_task_group() as group:
        group.start_soon(Feeding(town.system, Timing(town.clock)).run)
        async with anyio.create_task_group() as racing:
            for key in keys:
                racing.start_soon(one, key)

        async def all_told():
            return [await town.log(WorkflowId(key)) for key in keys] == [(key,) for key in keys]

        await until(all_told)
        group.cancel_scope.cancel()


async def test_a_file_finds_hungry_waits_and_new_publications_by_an_index(tmp_path):
    async with SqliteDatabase(tmp_path / "plan.db") as database:
        await Runtime(machine=reader, store=database.store(reader)).run_step(ANN, Subscribe(news=""))
        asked = {"tenant": "", "machine": "reader", "now": 0, "limit": 1}
        for text, index in ((HUNGRY, "telic_wait_hungry"), (NEW, "telic_publication_new")):
            plan = database.rows("plan", f"EXPLAIN QUERY PLAN {text}", asked)
            assert index in str(plan)
            assert "TEMP B-TREE" not in str(plan)
