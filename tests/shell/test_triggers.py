"""A published fact starts an instance, at the moment that it names, once for each key."""

import logging
from datetime import timedelta

import pytest
from pydantic import AwareDatetime

from telic import Fact, Handlers, System, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.handling import Call
from telic.kernel.messages import Publish
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.shell.timing import Timing
from telic.shell.topics import publish, publish_binding
from telic.shell.triggers import Trigger, Triggers
from telic.stores.memory import MemoryStore
from tests.kernel.lamp import Glow, lamp
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.till import NOW, HandClock
from tests.stores.desk import Begin, Check, Submit, desk

HOUR = timedelta(hours=1)


class Booked(Fact):
    booking: str
    begins: AwareDatetime


class Announce(Publish[Booked]): ...


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


def begin(fact):
    return Begin(text=fact.begins.isoformat())


def remind(name="remind", *, event=begin, at=lambda fact: fact.begins, **how):
    return Trigger(
        name, fact=Booked, topic="bookings", machine=desk, event=event, key=lambda fact: fact.booking, at=at, **how
    )


def system(runtime, *triggers):
    async def checks(intent, call): ...

    return System(runtimes=[runtime], handlers=Handlers(Check.handled_by(checks)), triggers=triggers)


class Office:
    def __init__(self, runtime, *triggers):
        self.runtime = runtime
        self.system = system(runtime, *triggers)
        self.published = 0

    async def book(self, booking, begins, *, name="bookings"):
        self.published += 1
        fact = Booked(booking=booking, begins=begins)
        return await publish(self.system, fact, name=name, event_id=EventId(f"p-{self.published}"))

    async def fire(self):
        return await Triggers(self.system, Timing(self.runtime.clock)).fire()

    async def started(self):
        ids = await self.runtime.store.ids()
        return sorted([(await self.runtime.load(id)).state.text for id in ids])


async def test_a_fact_starts_an_instance_at_its_offset_before_the_moment_it_names(runtime, clock):
    office = Office(runtime, remind(offset=-HOUR))
    await office.book("b-1", NOW + 3 * HOUR)
    clock.move(2 * 3600 - 1)
    assert await office.fire() == 0
    clock.move(1)
    assert [await office.fire() for _ in range(2)] == [1, 0]
    snapshot = await runtime.load(runtime.id_of("remind:b-1"))
    assert (snapshot.meta.key, snapshot.at, snapshot.state.text) == (
        "remind:b-1",
        NOW + 2 * HOUR,
        (NOW + 3 * HOUR).isoformat(),
    )
    assert [one.actor for one in await runtime.store.journal(snapshot.id)] == ["trigger:remind"]


async def test_a_fact_without_a_moment_starts_an_instance_at_once(runtime):
    office = Office(runtime, remind(at=None))
    await office.book("b-1", NOW + 9 * HOUR)
    assert await office.fire() == 1


async def test_a_later_fact_moves_a_start_that_was_not_made(runtime, clock):
    office = Office(runtime, remind())
    await office.book("b-1", NOW + HOUR)
    clock.move(60)
    await office.book("b-1", NOW + 2 * HOUR)
    clock.move(3600)
    assert await office.fire() == 0
    clock.move(3600)
    assert await office.fire() == 1
    assert await office.started() == [(NOW + 2 * HOUR).isoformat()]


async def test_an_older_fact_that_comes_late_moves_nothing(runtime, clock):
    one = remind()
    office = Office(runtime, one)
    await office.book("b-1", NOW + 2 * HOUR)
    older = Booked(booking="b-1", begins=NOW)
    await publish(office.system, older, name="bookings", event_id=EventId("older"), now=NOW - HOUR)
    assert await office.fire() == 0


async def test_a_fact_after_the_start_starts_no_second_instance(runtime, clock):
    office = Office(runtime, remind())
    await office.book("b-1", NOW)
    assert await office.fire() == 1
    await office.book("b-1", NOW)
    assert await office.fire() == 0
    assert len(await office.started()) == 1
    assert await runtime.store.due_starts("remind", NOW, 9) == ()


async def test_each_key_has_a_start_of_its_own(runtime):
    office = Office(runtime, remind())
    for booking in ("b-1", "b-2"):
        await office.book(booking, NOW)
    assert await office.fire() == 2


async def test_a_start_waits_until_no_other_fact_came_for_a_while(runtime, clock):
    office = Office(runtime, remind(at=None, debounce=timedelta(seconds=60)))
    for _ in range(3):
        await office.book("b-1", NOW)
        clock.move(59)
        assert await office.fire() == 0
    clock.move(1)
    assert await office.fire() == 1


async def test_a_start_that_was_made_is_dropped_only_if_it_was_not_moved_meanwhile(runtime, clock):
    office = Office(runtime, remind())
    await office.book("b-1", NOW)
    (due,) = await runtime.store.due_starts("remind", NOW, 9)
    clock.move(1)
    await office.book("b-1", NOW + HOUR)
    await runtime.store.drop_start(due)
    assert [one.due for one in await runtime.store.due_starts("remind", NOW + HOUR, 9)] == [NOW + HOUR]


async def test_a_fact_of_another_topic_or_type_starts_nothing(here):
    class Cancelled(Fact): ...

    office = Office(here, remind())
    await office.book("b-1", NOW, name="other")
    await publish(office.system, Cancelled(), name="bookings", event_id=EventId("c"))
    assert await office.fire() == 0


async def test_what_a_machine_publishes_starts_instances_too(here, clock):
    one = remind()
    binding = publish_binding(Announce, {"desk": here}, [one])
    call = Call(IntentId("d:1:0"), WorkflowId("d"), "", 1, None, machine="desk")
    fact = Booked(booking="b-1", begins=NOW)
    await binding.handler(Announce(fact=fact, name="bookings", key=""), call)
    assert await Triggers(system(here, one), Timing(clock)).fire() == 1


async def test_a_trigger_whose_machine_refuses_is_logged_and_done(here, caplog):
    office = Office(here, remind(event=lambda fact: Submit()))
    await office.book("b-1", NOW)
    caplog.set_level(logging.WARNING, "telic.triggers")
    assert [await office.fire() for _ in range(2)] == [0, 0]
    (record,) = caplog.records
    assert record.getMessage().startswith("trigger remind: b-1 was not started: ")
    assert record.machine == "desk"


async def test_without_triggers_there_is_nothing_to_run(here, clock):
    await Triggers(system(here), Timing(clock)).run()


def test_triggers_that_do_not_fit_are_all_listed():
    class TwoMethods:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

        async def outbox(self, limit=100): ...

    async def shines(intent, call): ...

    dark = WorkflowRuntime(machine=lamp, store=TwoMethods())
    lit = Trigger("dusk", fact=Booked, topic="t", machine=lamp, event=begin, key=lambda fact: "k")
    with pytest.raises(ConfigurationError) as error:
        System(runtimes=[dark], handlers=Handlers(Glow.handled_by(shines)), triggers=[lit, remind(), remind()])
    assert error.value.findings == (
        "expected triggers of different names, got 'remind' 2 times; do rename one of them",
        "expected a store that keeps starts for machine 'lamp', got TwoMethods; do use one with the methods of KeepsStarts",
        *("expected the machine 'desk' that trigger 'remind' starts, got none; do add its runtime",) * 2,
    )


def test_a_trigger_shows_name_and_machine():
    assert repr(remind()) == "Trigger('remind', 'desk')"
