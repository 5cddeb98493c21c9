"""Mails at an offset from a moment, in memory and on SQLite."""

from examples.scenarios.appointments.handlers import handlers
from examples.scenarios.appointments.machine import (
    AppointmentId,
    AppointmentMade,
    MeetingEnded,
    MeetingId,
    follow_up,
    follow_up_after,
    remind_before,
    reminder,
)
from telic.shell import Simulation
from tests.examples.scenarios.stage import DAY, HOUR, MINUTE


def played(stage):
    return stage(reminder, follow_up, handlers=handlers, triggers=[remind_before, follow_up_after])


async def made(play, begins_at, name="a-1"):
    fact = AppointmentMade(appointment_id=AppointmentId(name), begins_at=begins_at)
    await play.publish(fact, name="appointments")


async def sent_at(play, machine):
    """When each mail was sent."""
    runtime = play.runtime(machine)
    journals = [await runtime.store.journal(id) for id in await play.instances(machine)]
    return sorted(journal[-1].at for journal in journals if len(journal) == 2)


async def test_the_reminder_goes_out_an_hour_before_the_appointment(stage):
    play = played(stage)
    begins_at = play.now + 3 * DAY
    await made(play, begins_at)
    assert await play.instances(reminder) == []
    await play.skip(5 * DAY)
    assert await sent_at(play, reminder) == [begins_at - 60 * MINUTE]


async def test_an_appointment_that_is_moved_is_reminded_of_once_at_its_new_time(stage):
    play = played(stage)
    first, second = play.now + 3 * DAY, play.now + 4 * DAY
    await made(play, first)
    await play.skip(HOUR)
    await made(play, second)
    await play.skip(5 * DAY)
    assert await sent_at(play, reminder) == [second - HOUR]


async def test_an_appointment_within_the_hour_is_reminded_of_at_once(stage):
    play = played(stage)
    await made(play, play.now + 10 * MINUTE)
    assert await sent_at(play, reminder) == [play.now]


async def test_each_appointment_has_its_own_reminder(stage):
    play = played(stage)
    begins_at = play.now + DAY
    await made(play, begins_at)
    await made(play, begins_at + HOUR, name="a-2")
    await play.skip(2 * DAY)
    assert await sent_at(play, reminder) == [begins_at - HOUR, begins_at]


async def test_the_follow_up_goes_out_half_an_hour_after_the_meeting_and_once(stage):
    play = played(stage)
    ended_at = play.now
    for _ in range(2):
        await play.publish(MeetingEnded(meeting_id=MeetingId("m-1"), ended_at=ended_at), name="meetings")
    await play.skip(29 * MINUTE)
    assert await play.instances(follow_up) == []
    await play.skip(DAY)
    assert await sent_at(play, follow_up) == [ended_at + 30 * MINUTE]


def test_a_year_ahead_is_tested_at_once_without_an_event_loop():
    with Simulation(reminder, follow_up, handlers=handlers, triggers=[remind_before, follow_up_after]) as world:
        begins_at = world.now + 365 * DAY
        fact = AppointmentMade(appointment_id=AppointmentId("a-1"), begins_at=begins_at)
        world.publish(fact, name="appointments")
        world.skip(366 * DAY)
        (sent,) = world.instances(reminder)
        assert [one.at for one in sent.journal] == [begins_at - HOUR] * 2
