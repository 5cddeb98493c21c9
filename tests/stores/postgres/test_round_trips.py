"""What a step costs on the way to the server and back: counted where it goes over the wire."""

import asyncio

import anyio
import pytest

from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase
from tests.stores.desk import DESK, Begin, Checked, Submit, desk
from tests.stores.postgres.wire import wire_to

WRITTEN = ("instance", "journal", "event_id", "outbox", "wait", "attribute")


@pytest.fixture
def prepared():
    return True


@pytest.fixture
async def wire(url):
    async with wire_to(url) as wire:
        yield wire


@pytest.fixture
async def runtime(wire, schema, db):
    """A runtime whose one session has met each kind of statement before; a session learns each once."""
    async with PostgresDatabase(wire.url, schema=schema, connections=1) as counted:
        runtime = WorkflowRuntime(machine=desk, store=counted.store(desk))
        for number in range(2):
            await through(runtime, WorkflowId(f"first-{number}"))
        await silent(counted)
        yield runtime


async def through(runtime, id):
    await runtime.run_step(id, Begin(), event_id=EventId(f"begin-{id}"))
    submitted = await runtime.run_step(id, Submit(), event_id=EventId(f"submit-{id}"))
    return await runtime.answer(submitted.intents[0].id, Checked())


async def silent(counted):
    """Wait until what others are told is told: it goes over the wire beside the steps."""
    under_way = counted._opened.ringer._task
    if under_way is not None:
        await asyncio.wait({under_way}, timeout=30)


async def cost(wire, runtime, step):
    """How often a step waits for the server, and how many statements it executes."""
    await silent(runtime.store.lane_key)
    trips, executed = wire.trips, wire.executed
    result = await step
    return result, (wire.trips - trips, wire.executed - executed)


async def transactions(sql):
    """Which transactions have written the rows of the desk that are there."""
    found = set()
    for table in WRITTEN:
        found |= {row[0] for row in await sql.fetch(f"SELECT xmin::text FROM telic_{table} WHERE id = $1", DESK)}
    return found


async def test_a_step_takes_two_round_trips_and_one_transaction(wire, runtime, sql):
    begun, costs = await cost(wire, runtime, runtime.run_step(DESK, Begin(), event_id=EventId("e-1")))
    assert (begun.kind, costs) == ("started", (2, 2))
    assert len(await transactions(sql)) == 1


async def test_a_step_takes_two_round_trips_its_answer_one_and_each_of_them_one_transaction(wire, runtime, sql):
    await runtime.run_step(DESK, Begin())
    before = await transactions(sql)
    submitted, costs = await cost(wire, runtime, runtime.run_step(DESK, Submit(), event_id=EventId("e-2")))
    assert (submitted.kind, costs) == ("stepped", (2, 2))
    during = await transactions(sql)
    answered, costs = await cost(wire, runtime, runtime.answer(submitted.intents[0].id, Checked()))
    assert (answered.kind, costs) == ("stepped", (1, 1))  # it is remembered
    after = await transactions(sql)
    assert len(during - before) == 1
    assert len(after - during) == 1


async def test_a_step_that_nothing_comes_of_takes_one_round_trip_for_what_is_known(wire, runtime):
    await through(runtime, DESK)
    again, costs = await cost(wire, runtime, runtime.run_step(DESK, Begin(), event_id=EventId(f"begin-{DESK}")))
    assert (again.kind, costs) == ("duplicate", (1, 1))


async def test_a_hundred_callers_take_as_few_round_trips_together(wire, runtime):
    results = []

    async def begin(number):
        results.append(await runtime.run_step(WorkflowId(f"w-{number}"), Begin()))

    async def begin_all():
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(begin, number)

    _, costs = await cost(wire, runtime, begin_all())
    assert {one.kind for one in results} == {"started"}
    assert costs == (2, 2)
