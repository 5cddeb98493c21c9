"""A fact for the first who waits is taken by exactly one wait, which the database decides."""

from functools import partial

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowId
from telic import WorkflowRuntime as Runtime
from telic.kernel.errors import ConfigurationError, RevisionConflict
from telic.kernel.events import Cancel, Pause
from telic.kernel.messages import Reach
from telic.kernel.results import ResultKind
from telic.kernel.values import EventId
from telic.runtime.topics import KeepsPublications, Taken
from telic.shell.simulation import Simulation
from telic.shell.taking import TakenByOther, TakingStore, taken_by
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.topics import LONGEST, UNMATCHED
from tests.services import postgres_url
from tests.shell.hands import Busy, Give, Hire, Job, Rest, foreman, hands, others
from tests.shell.places import PLACES, store_in
from tests.shell.till import HandClock, until

NAMES = [WorkflowId(one) for one in ("cid", "ann", "bob")]
CID, ANN, BOB = NAMES


class Yard:
    """Hands that wait for jobs."""

    def __init__(self, store):
        self.clock = HandClock()
        self.store = store
        self.hands = Runtime(machine=hands, store=store, clock=self.clock)
        self.system = System(runtimes=[self.hands], handlers=Handlers())
        self.feeding = Feeding(self.system, Timing(self.clock))

    async def hires(self, *ids, key=""):
        for id in ids:
            self.clock.move(1)
            await self.hands.run_step(id, Hire(key=key))

    async def offers(self, *jobs, **how):
        for job in jobs:
            self.clock.move(1)
            await publish(
                self.system, Job(name=job), name="jobs", event_id=EventId(job), reach=Reach.FIRST_WAITER, **how
            )

    async def done(self):
        return {id: snapshot.state.done for id in NAMES if (snapshot := await self.hands.load(id)) is not None}


@pytest.fixture(params=PLACES)
def place(request):
    return request.param, postgres_url() if request.param == "postgres" else ""


@pytest.fixture
async def yard(place, tmp_path, anyio_backend_name):
    async with store_in(place[0], hands, tmp_path, place[1], anyio_backend_name) as store:
        yield Yard(store)


async def test_the_wait_that_is_open_longest_takes_a_fact_and_no_other(yard):
    await yard.hires(*NAMES)
    await yard.feeding.feed()
    await yard.offers("dig")
    assert await yard.feeding.feed() == 1
    assert await yard.done() == {CID: ("dig",), ANN: (), BOB: ()}
    assert await yard.feeding.feed() == 0


async def test_a_fact_is_kept_until_somebody_waits_and_the_oldest_goes_first(yard):
    await yard.offers("dig", "saw")
    assert await yard.feeding.feed() == 0
    await yard.hires(ANN)
    assert await yard.feeding.feed() == 1
    await yard.hires(BOB)
    assert await yard.feeding.feed() == 1
    assert await yard.done() == {ANN: ("dig",), BOB: ("saw",)}


async def test_many_facts_are_shared_out_among_those_who_wait(yard):
    await yard.hires(*NAMES)
    jobs = [f"j{number}" for number in range(7)]
    await yard.offers(*jobs)
    taken = await yard.feeding.feed()
    while len(await all_done(yard)) < len(jobs):
        for id in NAMES:
            if isinstance((await yard.hands.load(id)).state, Busy):
                await yard.hands.run_step(id, Rest())
        taken += await yard.feeding.feed()
    assert taken == 7
    assert sorted(await all_done(yard)) == jobs


async def all_done(yard):
    return [job for done in (await yard.done()).values() for job in done]


async def test_a_wait_that_closes_before_it_takes_leaves_the_fact_to_the_next(yard):
    await yard.hires(CID, ANN)
    await yard.feeding.feed()
    await yard.offers("dig")
    await yard.store.topics.match(yard.clock.now(), 10)
    await yard.hands.run_step(CID, Rest())
    assert await yard.feeding.feed() == 1
    assert await yard.done() == {CID: (), ANN: ("dig",)}


async def test_of_two_waits_that_try_one_fact_one_gets_it(yard):
    await yard.hires(CID, ANN)
    await yard.offers("dig")
    feeds = await yard.store.topics.feeds(yard.clock.now(), 10)
    assert [(one.contested, one.whole) for one in feeds] == [({"dig"}, False)] * 2
    ((event_id, fact),) = feeds[0].facts
    told = [await taken_by(yard.hands, one, event_id, fact, yard.clock.now()) for one in feeds]
    assert told == [ResultKind.STEPPED, None]
    assert sorted((await yard.done()).values()) == [(), ("dig",)]


async def test_of_two_that_are_saved_at_the_same_moment_one_is(yard):
    for number in range(20):
        ids, job = [WorkflowId(f"{who}{number}") for who in "ab"], f"job{number}"
        await yard.hires(*ids, key=job)
        await yard.offers(job, key=job)
        feeds = await yard.store.topics.feeds(yard.clock.now(), 10)
        told = []

        async def attempt(feed, told=told):
            ((event_id, fact),) = feed.facts
            told.append(await taken_by(yard.hands, feed, event_id, fact, yard.clock.now()))

        async with anyio.create_task_group() as group:
            for one in feeds:
                group.start_soon(attempt, one)
        assert sorted(map(str, told)) == ["None", "stepped"]
        assert len([id for id in ids if (await yard.hands.load(id)).state.done]) == 1
        await yard.feeding.feed()


async def test_a_stale_feed_does_not_take_for_a_wait_that_was_opened_anew(yard):
    await yard.hires(CID)
    await yard.offers("dig")
    (feed,) = await yard.store.topics.feeds(yard.clock.now(), 10)
    for _ in range(2):
        await yard.hands.run_step(CID, Rest())
    ((event_id, fact),) = feed.facts
    assert await taken_by(yard.hands, feed, event_id, fact, yard.clock.now()) is ResultKind.UNASKED
    assert await yard.store.topics.is_free(Taken("jobs", "", event_id))
    assert await yard.feeding.feed() == 1


async def test_a_store_refuses_a_step_that_takes_what_is_taken_and_saves_nothing_of_it(yard):
    await yard.hires(CID, ANN)
    await yard.offers("dig")
    dig = Taken("jobs", "", EventId("dig"))
    assert isinstance(yard.store, KeepsPublications)
    through = yard.hands.through(TakingStore(yard.store, dig))
    await through.run_step(CID, Job(name="dig"), event_id=EventId("dig"), wait="Job")
    assert not await yard.store.topics.is_free(dig)
    before = await yard.hands.load(ANN)
    with pytest.raises(TakenByOther) as refused:
        await through.run_step(ANN, Job(name="dig"), event_id=EventId("dig"), wait="Job")
    assert isinstance(refused.value.__cause__, RevisionConflict)
    assert str(refused.value) == (
        "publication dig: expected it to be free, got it taken by another wait; do try another"
    )
    assert await yard.hands.load(ANN) == before
    assert repr(TakingStore(yard.store, dig)) == f"TakingStore({yard.store!r}, 'dig')"


async def test_another_key_and_another_fact_are_not_for_a_wait(yard):
    await yard.hires(CID, key="roof")
    await yard.offers("dig")
    assert await yard.feeding.feed() == 0
    await yard.offers("tile", key="roof")
    assert await yard.feeding.feed() == 1
    assert await yard.done() == {CID: ("tile",)}


async def test_what_has_expired_is_taken_by_nobody_and_is_deleted(yard):
    await yard.hires(CID)
    await yard.feeding.feed()
    await yard.offers("dig", ttl_seconds=60)
    yard.clock.move(60)
    assert (await yard.feeding.feed(), await yard.feeding.purge()) == (0, 1)
    await yard.offers("dig")
    assert await yard.feeding.feed() == 1


async def test_a_hand_that_breaks_leaves_the_fact_to_others_and_tries_again_later(yard):
    await yard.hires(CID, ANN)
    await yard.offers("break")
    assert await yard.feeding.feed() == 0
    assert await yard.done() == {CID: (), ANN: ()}
    await yard.offers("dig")
    await yard.hires(BOB)
    await yard.feeding.feed()
    yard.clock.move(61)
    await yard.feeding.feed()
    assert "dig" in await all_done(yard)


async def test_one_that_is_over_takes_nothing_and_one_that_is_paused_keeps_it_for_later(yard):
    await yard.hires(CID, ANN)
    await yard.hands.run_step(CID, Cancel())
    await yard.hands.run_step(ANN, Pause())
    await yard.offers("dig")
    assert await yard.feeding.feed() == 1
    assert [one.event for one in (await yard.hands.load(ANN)).deferred] == [Job(name="dig")]
    assert (await yard.hands.load(CID)).state.done == ()


async def test_a_fact_is_published_once_though_it_was_taken(yard):
    await yard.hires(CID)
    await yard.offers("dig")
    await yard.feeding.feed()
    await yard.hires(ANN)
    await yard.offers("dig")
    assert await yard.feeding.feed() == 0
    assert await yard.done() == {CID: ("dig",), ANN: ()}


async def test_workers_of_one_store_share_the_jobs_out(yard):
    await yard.hires(*NAMES)
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(Feeding(yard.system, Timing(yard.clock)).run)
        async with anyio.create_task_group() as offering:
            for job in ("dig", "saw", "nail"):
                offering.start_soon(partial(yard.offers, job))

        async def all_taken():
            return len(await all_done(yard)) == 3

        await until(all_taken)
        group.cancel_scope.cancel()
    assert sorted(await all_done(yard)) == ["dig", "nail", "saw"]


async def test_two_machines_of_one_database_compete(tmp_path):
    async with SqliteDatabase(tmp_path / "yard.db") as database:
        clock = HandClock()
        first, second, gives = (
            Runtime(machine=one, store=database.store(one), clock=clock) for one in (hands, others, foreman)
        )
        system = System(runtimes=[first, second, gives], handlers=Handlers())
        await second.run_step(ANN, Hire())
        clock.move(1)
        await first.run_step(ANN, Hire())
        await Feeding(system, Timing(clock)).feed()
        await gives.run_step(CID, Give())
        await Worker(system, clock=clock).drain()
        assert await Feeding(system, Timing(clock)).feed() == 1
        assert ((await second.load(ANN)).state.done, (await first.load(ANN)).state.done) == (("dig",), ())


async def test_takers_in_several_databases_are_refused_for_nobody_could_decide():
    runtimes = [Runtime(machine=one, store=MemoryStore(one)) for one in (hands, others)]
    told = (
        "expected the takers of Job, which is for the first who waits, in one database, "
        "got machines 'hands', 'others' in 2; do keep them in one, or broadcast it",
    )
    with pytest.raises(ConfigurationError) as refused:
        await publish(
            System(runtimes=runtimes, handlers=Handlers()), Job(name="x"), name="jobs", event_id=EventId("x"),
            reach=Reach.FIRST_WAITER,
        )  # fmt: skip
    assert refused.value.findings == told
    with pytest.raises(ConfigurationError) as refused:
        System(runtimes=[*runtimes, Runtime(machine=foreman, store=MemoryStore(foreman))], handlers=Handlers())
    assert refused.value.findings == told


def test_in_a_simulated_world_one_takes_what_is_offered():
    with Simulation(hands, foreman) as world:
        crew = [world.start(hands, Hire(), key=one) for one in ("a", "b")]
        for number in range(3):
            world.start(foreman, Give(name=f"j{number}"), key=str(number))
            world.run_until_idle()
        assert sorted(one.state.done for one in crew) == [("j0",), ("j1",)]
        crew[0].send(Rest())
        world.run_until_idle()
        assert sorted(job for one in crew for job in one.state.done) == ["j0", "j1", "j2"]


async def test_a_file_finds_the_longest_wait_and_what_nobody_has_by_an_index(tmp_path):
    async with SqliteDatabase(tmp_path / "plan.db") as database:
        await Runtime(machine=hands, store=database.store(hands)).run_step(ANN, Hire())
        asked = {"tenant": "", "topic": "", "topic_key": "", "tag": "", "now": 0, "limit": 1}
        for text, index in ((LONGEST, "telic_wait_first"), (UNMATCHED, "telic_publication_turn")):
            plan = database.rows("plan", f"EXPLAIN QUERY PLAN {text}", asked)
            assert index in str(plan)
            assert "TEMP B-TREE" not in str(plan)
