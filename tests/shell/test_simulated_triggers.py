"""Triggers and publications in a virtual time: a start at its moment, once, whatever dies."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

import anyio
import pytest
from pydantic import AwareDatetime

from telic import (
    Command,
    Fact,
    FinalState,
    Handlers,
    Intent,
    Machine,
    NoIntent,
    State,
    Topic,
    TypedId,
    start,
    transition,
)
from telic.kernel.errors import ConfigurationError
from telic.kernel.messages import Reach
from telic.kernel.values import EventId
from telic.shell import Fate, Simulation, every_fault
from telic.shell.triggers import Trigger
from tests.shell.till import Open, till

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class TableId(TypedId): ...


class Kind(StrEnum):
    CALLING = "calling"
    WAITING = "waiting"
    SEATED = "seated"


class Booked(Fact):
    table: TableId
    at: AwareDatetime


class Called(Fact): ...


class Arrived(Fact): ...


class CallGuest(Command):
    table: TableId


class Call(Intent[Called]):
    table: TableId


class Seated(FinalState):
    kind: Literal[Kind.SEATED] = Kind.SEATED


class Waiting(State):
    kind: Literal[Kind.WAITING] = Kind.WAITING
    table: TableId

    @transition
    def seat(self, event: Arrived) -> tuple[Seated, NoIntent]:
        return Seated(), NoIntent()

    def waits(self) -> tuple[Topic[Arrived]]:
        return (Topic(fact=Arrived, name="arrivals", key=self.table),)


class Calling(State):
    kind: Literal[Kind.CALLING] = Kind.CALLING
    table: TableId

    @classmethod
    @start
    def call(cls, event: CallGuest) -> tuple["Calling", Call]:
        return cls(table=event.table), Call(table=event.table)

    @transition
    def wait(self, event: Called) -> tuple[Waiting, NoIntent]:
        return Waiting(table=self.table), NoIntent()


guests = Machine[Calling | Waiting | Seated, CallGuest | Called | Arrived](name="guests")
an_hour_before = Trigger(
    "call guests",
    fact=Booked,
    topic="bookings",
    machine=guests,
    event=lambda fact: CallGuest(table=fact.table),
    key=lambda fact: fact.table,
    at=lambda fact: fact.at,
    offset=-HOUR,
)
T1, T2 = TableId("t-1"), TableId("t-2")


def world_of(**rest):
    return Simulation(guests, answers={Call: Called()}, triggers=[an_hour_before], **rest)


def test_a_start_is_made_at_its_moment_and_what_follows_is_done():
    with world_of() as world:
        at = world.now + DAY
        assert world.publish(Booked(table=T1, at=at), name="bookings")
        world.skip(DAY - HOUR - timedelta(seconds=1))
        assert world.instances(guests) == ()
        world.skip(timedelta(seconds=1))
        (guest,) = world.instances(guests)
        assert [one.at for one in guest.journal] == [at - HOUR] * 2
        assert guest.id == world.start(guests, CallGuest(table=T1), key=an_hour_before.key_of(T1)).id


def test_starts_and_deadlines_come_in_the_order_of_their_moments():
    with world_of() as world:
        for table, days in ((T1, 3), (T2, 2)):
            world.publish(Booked(table=table, at=world.now + days * DAY), name="bookings")
        world.skip(9 * DAY)
        begun = sorted((one.journal[0].at, one.state.table) for one in world.instances(guests))
        assert [table for _, table in begun] == [T2, T1]


def test_a_moved_booking_calls_once_at_its_new_time():
    with world_of() as world:
        first = world.now
        for days in (2, 4):
            world.publish(Booked(table=T1, at=first + days * DAY), name="bookings")
            world.skip(HOUR)
        world.skip(9 * DAY)
        (guest,) = world.instances(guests)
        assert guest.journal[0].at == first + 4 * DAY - HOUR


def test_a_published_fact_reaches_who_waits_and_is_new_once():
    with world_of() as world:
        guest = world.start(guests, CallGuest(table=T1), key="g")
        world.run_until_idle()
        assert world.publish(Arrived(), name="arrivals", key=T1, event_id=EventId("a"))
        assert not world.publish(Arrived(), name="arrivals", key=T1, event_id=EventId("a"))
        world.run_until_idle()
        assert isinstance(guest.state, Seated)


def test_a_fact_for_the_first_is_taken_by_one():
    with world_of() as world:
        for key in ("g", "h"):
            world.start(guests, CallGuest(table=T1), key=key)
        world.run_until_idle()
        world.publish(Arrived(), name="arrivals", key=T1, reach=Reach.FIRST_WAITER)
        world.run_until_idle()
        assert sorted(one.state.kind for one in world.instances(guests)) == ["seated", "waiting"]


def test_a_start_that_falls_due_while_a_handler_sleeps_is_made_in_the_meantime():
    async def call(intent, call):
        await anyio.sleep(DAY.total_seconds())
        return Called()

    with Simulation(guests, handlers=Handlers(Call.handled_by(call)), triggers=[an_hour_before]) as world:
        world.start(guests, CallGuest(table=T2), key="g")
        due = world.now + 2 * HOUR
        world.publish(Booked(table=T1, at=due + HOUR), name="bookings")
        world.skip(3 * HOUR)
        (begun,) = [one.journal[0].at for one in world.instances(guests) if one.state.table == T1]
        assert due <= begun <= due + timedelta(seconds=450)


def called_once(fate):
    with world_of(fate=fate) as world:
        world.publish(Booked(table=T1, at=world.now + DAY), name="bookings")
        world.skip(2 * DAY)
        world.settle()
        (guest,) = world.instances(guests)
        assert isinstance(guest.state, Waiting)


def test_a_start_is_made_once_with_every_fault():
    every_fault(called_once).check()
    smooth = Fate(faults=[])
    called_once(smooth)
    assert any("end of a start by call guests" in point.where for point in smooth.points)


def test_a_trigger_of_a_machine_that_is_not_there_is_found_at_once():
    stray = Trigger("open", fact=Booked, topic="bookings", machine=till, event=lambda fact: Open(), key=str)
    with pytest.raises(ConfigurationError, match="'till'"):
        Simulation(guests, answers={Call: Called()}, triggers=[stray])
