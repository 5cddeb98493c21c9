"""Schedules start one instance for each instant, whoever fires them and however often."""

import logging
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.kernel.errors import ConfigurationError, StoreClosed, StoreFailed
from telic.kernel.events import Terminate
from telic.shell.schedules import CatchUp, Every, Overlap, Schedule, Schedules
from telic.shell.timing import Timing
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.kernel.lamp import Glow, lamp
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.till import NOW, HandClock, until
from tests.stores.desk import Begin, Check, Submit, desk

HOUR = timedelta(hours=1)
HOURLY = Every(HOUR, NOW + HOUR)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def url(place):
    return postgres_url() if place == "postgres" else ""


@pytest.fixture
async def runtime(place, tmp_path, url, anyio_backend_name, clock):
    async with store_in(place, desk, tmp_path, url, anyio_backend_name) as store:
        yield WorkflowRuntime(machine=desk, store=store, clock=clock)


@pytest.fixture
def here(clock):
    return WorkflowRuntime(machine=desk, store=MemoryStore(desk), clock=clock)


def begin(instant):
    return Begin(text=instant.isoformat())


def hourly(name="report", *, event=begin, recurrence=HOURLY, **how):
    return Schedule(name, machine=desk, recurrence=recurrence, event=event, **how)


def system(runtime, *schedules):
    async def checks(intent, call): ...

    return System(runtimes=[runtime], handlers=Handlers(Check.handled_by(checks)), schedules=schedules)


def firing(runtime, *schedules, **how):
    return Schedules(system(runtime, *schedules), Timing(runtime.clock), **how)


async def started(runtime):
    ids = await runtime.store.ids()
    return sorted([(await runtime.load(id)).state.text for id in ids])


def texts(*hours):
    return [(NOW + hour * HOUR).isoformat() for hour in hours]


async def end(runtime, schedule, hour):
    await runtime.run_step(runtime.id_of(schedule.key(NOW + hour * HOUR)), Terminate(reason="over"))


async def test_a_schedule_counts_from_the_moment_it_is_seen(runtime, clock):
    schedules = firing(runtime, hourly(recurrence=Every(HOUR, NOW)))
    assert await schedules.fire() == 0
    clock.move(3599)
    assert await schedules.fire() == 0
    clock.move(1)
    assert await schedules.fire() == 1
    assert await schedules.fire() == 0
    assert await started(runtime) == texts(1)


async def test_an_instance_is_started_under_name_and_instant_by_the_schedule(runtime, clock):
    one = hourly()
    await firing(runtime, one).fire()
    clock.move(3700)
    await firing(runtime, one).fire()
    assert one.key(NOW + HOUR) == "report@2026-04-01T13:00:00+00:00"
    snapshot = await runtime.load(runtime.id_of("report@2026-04-01T13:00:00+00:00"))
    assert (snapshot.meta.key, snapshot.at) == (one.key(NOW + HOUR), NOW + timedelta(seconds=3700))
    assert [one.actor for one in await runtime.store.journal(snapshot.id)] == ["schedule:report"]


async def test_an_instant_that_is_fired_twice_starts_one_instance(runtime, clock):
    one = hourly()
    await firing(runtime, one).fire()
    clock.move(3600)
    before = await runtime.store.scheduled("report")
    assert await firing(runtime, one).fire() == 1
    # A worker dies between the start and the row: the row is as it was before.
    after = await runtime.store.scheduled("report")
    assert await runtime.store.reschedule("report", after, before)
    assert await firing(runtime, one).fire() == 0
    assert await started(runtime) == texts(1)
    assert (await runtime.store.scheduled("report")).next == NOW + 2 * HOUR


async def test_two_workers_fire_an_instant_once(runtime, clock):
    one, fired = hourly(), []
    await firing(runtime, one).fire()
    clock.move(3600)

    async def fire():
        fired.append(await firing(runtime, one).fire())

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(fire)
    assert sum(fired) == 1
    assert await started(runtime) == texts(1)


@pytest.mark.parametrize(
    ("policy", "hours"),
    [(CatchUp.ALL, (1, 2, 3)), (CatchUp.LATEST, (3,)), (CatchUp.NONE, ())],
)
async def test_instants_that_were_missed_are_made_up_for_by_policy(runtime, clock, policy, hours):
    one = hourly(catch_up=policy)
    await firing(runtime, one).fire()
    clock.move(3 * 3600 + 600)
    assert await firing(runtime, one).fire() == len(hours)
    assert await started(runtime) == texts(*hours)
    assert (await runtime.store.scheduled("report")).next == NOW + 4 * HOUR


async def test_an_instant_within_the_grace_is_not_missed(here, clock):
    one = hourly(catch_up=CatchUp.NONE, grace=timedelta(seconds=30))
    await firing(here, one).fire()
    clock.move(3 * 3600 + 30)
    assert await firing(here, one).fire() == 1
    assert await started(here) == texts(3)


async def test_a_pass_without_a_start_is_logged(here, clock, caplog):
    one = hourly(catch_up=CatchUp.NONE)
    await firing(here, one).fire()
    clock.move(3 * 3600 + 600)
    caplog.set_level(logging.WARNING, "telic.schedules")
    await firing(here, one).fire()
    assert [one.getMessage() for one in caplog.records] == [
        "schedule report: what was due from 2026-04-01T13:00:00+00:00 on has passed without a start"
    ]
    assert caplog.records[0].machine == "desk"


async def test_very_many_missed_instants_are_made_up_for(here, clock):
    one = hourly(catch_up=CatchUp.ALL, recurrence=Every(timedelta(minutes=1), NOW))
    await firing(here, one).fire()
    clock.move(250 * 60)
    assert await firing(here, one).fire() == 250
    assert len(await here.store.ids()) == 250


async def test_the_latest_of_a_year_of_minutes_is_found_at_once(here, clock):
    asked = []

    class Minutes(Every):
        def after(self, moment):
            asked.append(moment)
            return super().after(moment)

    one = hourly(recurrence=Minutes(timedelta(minutes=1), NOW))
    await firing(here, one).fire()
    clock.move(365 * 86_400)
    assert await firing(here, one).fire() == 1
    assert len(asked) < 30


async def test_start_lets_instances_run_beside_each_other(here, clock):
    one = hourly()
    for _ in range(3):
        await firing(here, one).fire()
        clock.move(3600)
    await firing(here, one).fire()
    assert await started(here) == texts(1, 2, 3)


async def test_skip_starts_nothing_while_the_instance_before_runs(runtime, clock):
    one = hourly(overlap=Overlap.SKIP)
    for _ in range(3):
        await firing(runtime, one).fire()
        clock.move(3600)
    assert await firing(runtime, one).fire() == 0
    assert await started(runtime) == texts(1)
    await end(runtime, one, 1)
    clock.move(3600)
    assert await firing(runtime, one).fire() == 1
    assert await started(runtime) == texts(1, 4)


async def test_wait_starts_when_the_instance_before_has_ended(runtime, clock):
    one = hourly(overlap=Overlap.WAIT, catch_up=CatchUp.ALL)
    for _ in range(3):
        await firing(runtime, one).fire()
        clock.move(3600)
    assert await firing(runtime, one).fire() == 0
    assert (await runtime.store.scheduled("report")).next == NOW + 2 * HOUR
    await end(runtime, one, 1)
    assert await firing(runtime, one).fire() == 1
    await end(runtime, one, 2)
    assert await firing(runtime, one).fire() == 1
    assert await started(runtime) == texts(1, 2, 3)


async def test_another_recurrence_counts_anew(runtime, clock):
    await firing(runtime, hourly()).fire()
    clock.move(5 * 3600)
    other = hourly(recurrence=Every(2 * HOUR, NOW))
    assert await firing(runtime, other).fire() == 0
    assert (await runtime.store.scheduled("report")).next == NOW + 6 * HOUR
    clock.move(3600)
    assert await firing(runtime, other).fire() == 1
    assert await started(runtime) == texts(6)


async def test_a_clock_that_is_put_back_fires_nothing_again(here, clock):
    one = hourly()
    await firing(here, one).fire()
    clock.move(3600)
    assert await firing(here, one).fire() == 1
    clock.move(-3600)
    assert await firing(here, one).fire() == 0
    clock.move(3600)
    assert await firing(here, one).fire() == 0
    clock.move(3600)
    assert await firing(here, one).fire() == 1


async def test_a_recurrence_that_ends_fires_no_more(here, clock):
    class Twice:
        def after(self, moment):
            return next((at for at in (NOW + HOUR, NOW + 2 * HOUR) if at > moment), None)

        def __str__(self):
            return "twice"

    one = hourly(recurrence=Twice(), catch_up=CatchUp.ALL)
    await firing(here, one).fire()
    clock.move(86_400)
    assert [await firing(here, one).fire() for _ in range(2)] == [2, 0]


async def test_a_schedule_whose_code_is_broken_stays_due_and_holds_up_no_other(here, clock, caplog):
    def broken(instant):
        raise KeyError("no such report")

    schedules = [hourly("broken", event=broken), hourly("sound")]
    await firing(here, *schedules).fire()
    clock.move(3600)
    caplog.set_level(logging.ERROR, "telic.schedules")
    assert await firing(here, *schedules).fire() == 1
    assert [one.getMessage() for one in caplog.records] == ["schedule broken was not fired, and stays due"]
    assert (await here.store.scheduled("broken")).next == NOW + HOUR
    assert await firing(here, hourly("broken")).fire() == 1


async def test_a_start_that_is_refused_is_logged_and_the_schedule_moves_on(here, clock, caplog):
    one = hourly(event=lambda instant: Submit())
    await firing(here, one).fire()
    clock.move(3600)
    caplog.set_level(logging.WARNING, "telic.schedules")
    assert await firing(here, one).fire() == 0
    (record,) = caplog.records
    assert record.getMessage().startswith("schedule report: nothing was started for 2026-04-01T13:00:00+00:00: ")
    assert (await here.store.scheduled("report")).next == NOW + 2 * HOUR


async def test_a_store_that_is_away_leaves_a_schedule_due(clock, caplog):
    class Away(MemoryStore):
        async def scheduled(self, name):
            raise StoreFailed("scheduled", "no disk")

    away = WorkflowRuntime(machine=desk, store=Away(desk), clock=clock)
    assert await firing(away, hourly()).fire() == 0
    assert caplog.records[0].getMessage() == "schedule report was not fired: the store did not answer"


async def test_a_worker_fires_schedules_when_their_instant_comes(runtime, clock):
    worker = Worker(system(runtime, hourly()), clock=clock)
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)

        async def seen():
            return await runtime.store.scheduled("report") is not None

        async def begun():
            clock.move(1)
            return await started(runtime) == texts(1)

        await until(seen)
        clock.move(3590)
        await until(begun)
        group.cancel_scope.cancel()


async def test_a_database_that_was_closed_ends_it(tmp_path, clock):
    db = SqliteDatabase(tmp_path / "desk.db")
    runtime = WorkflowRuntime(machine=desk, store=db.store(desk), clock=clock)
    await runtime.run_step(runtime.id_of("a"), Begin())
    await db.aclose()
    with pytest.raises(StoreClosed):
        await firing(runtime, hourly()).run()


async def test_without_schedules_there_is_nothing_to_run(here):
    await firing(here).run()


def test_schedules_that_do_not_fit_are_all_listed(here):
    class TwoMethods:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

        async def outbox(self, limit=100): ...

    async def shines(intent, call): ...

    dark = WorkflowRuntime(machine=lamp, store=TwoMethods())
    lit = Schedule("evening", machine=lamp, recurrence=HOURLY, event=begin)
    with pytest.raises(ConfigurationError) as error:
        System(runtimes=[dark], handlers=Handlers(Glow.handled_by(shines)), schedules=[lit, hourly(), hourly()])
    assert error.value.findings == (
        "expected schedules of different names, got 'report' 2 times; do rename one of them",
        "expected a store that keeps the rows of schedules for machine 'lamp', got TwoMethods; do use one with the methods of KeepsSchedules",
        *("expected the machine 'desk' that schedule 'report' starts, got none; do add its runtime",) * 2,
    )


def test_a_schedule_shows_name_and_recurrence():
    assert repr(hourly(recurrence=Every(HOUR, datetime(2026, 1, 1, tzinfo=UTC)))) == (
        "Schedule('report', every 3600 s from 2026-01-01T00:00:00+00:00)"
    )
