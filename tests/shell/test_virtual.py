"""The event loop of a virtual world: its time, and processes whose code stops when they die."""

import asyncio
import gc
import pickle
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel
import pytest

from telic.shell.virtual import Process, Stalled, VirtualClock, VirtualLoop, Watched

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def loop():
    made = VirtualLoop()
    yield made
    made.end()


def run(loop, work, process=None):
    with loop.entered():
        task = loop.begin(process or Process("one"), work)
        loop.run_ready()
        while not task.done() and loop.advance():
            loop.run_ready()
    return task


def test_whoever_sleeps_is_woken_at_its_moment_in_order(loop):
    woken = []

    async def sleep(seconds):
        await anyio.sleep(seconds)
        woken.append((seconds, loop.time()))

    async def all_of_them():
        async with anyio.create_task_group() as group:
            for seconds in (172800.1, 0, 60):
                group.start_soon(sleep, seconds)

    run(loop, all_of_them())
    assert woken == [(0, 0), (60, 60), (172800.1, 172800.1)]
    assert loop.microseconds == 172800_100000


def test_a_limit_of_time_is_one_of_virtual_time(loop):
    async def limited():
        with anyio.move_on_after(5) as scope:
            await anyio.sleep(10)
        return scope.cancelled_caught

    assert run(loop, limited()).result() is True
    assert loop.time() == 5


def test_time_does_not_move_beyond_what_is_asked(loop):
    with loop.entered():
        loop.begin(Process("one"), anyio.sleep(10))
        loop.run_ready()
        assert not loop.advance(9_999_999)
        assert loop.advance(10_000_000)


def test_time_never_goes_back(loop):
    loop.move_to(5)
    loop.move_to(3)
    assert loop.microseconds == 5


def test_a_cancelled_timer_wakes_nobody(loop):
    loop.call_later(1, lambda: None).cancel()
    assert loop.next_timer() is None


def test_a_dead_process_runs_no_code_and_its_timers_are_gone(loop):
    process, told = Process("one"), []

    async def work():
        try:
            await anyio.sleep(1)
        finally:
            told.append("woken")

    with loop.entered():
        loop.begin(process, work())
        loop.run_ready()
        process.dead = True
        assert not loop.advance()
    assert told == []
    loop.end()
    assert told == ["woken"]


def test_a_task_that_was_to_go_on_when_its_process_died_ends_with_the_loop(loop):
    process, told = Process("one"), []

    async def work():
        try:
            await anyio.lowlevel.checkpoint()
            told.append("went on")
        finally:
            told.append("ended")

    async def kill():
        process.dead = True

    with loop.entered():
        task = loop.begin(process, work())
        loop.begin(Process("other"), kill())
        loop.run_ready()
    assert told == []
    loop.end()
    assert told == ["ended"]
    assert task.cancelled()


def test_a_task_that_had_not_begun_when_its_process_died_never_does_and_nobody_is_warned(loop, recwarn):
    process, told = Process("one"), []

    async def child():
        told.append("began")

    async def parent():
        async with anyio.create_task_group() as group:
            group.start_soon(child)
            process.dead = True

    with loop.entered():
        task = loop.begin(process, parent())
        loop.run_ready()
    loop.end()
    gc.collect()
    assert told == []
    assert task.cancelled()
    assert recwarn.list == []


def test_tasks_belong_to_the_process_that_began_them(loop):
    process, told = Process("one"), []

    async def child():
        await anyio.sleep(1)
        told.append("child")

    async def parent():
        async with anyio.create_task_group() as group:
            group.start_soon(child)

    with loop.entered():
        loop.begin(process, parent())
        loop.run_ready()
        process.dead = True
        loop.begin(Process("other"), child())
        loop.run_ready()
        while loop.advance():
            loop.run_ready()
    assert told == ["child"]


def test_what_never_rests_is_found(loop):
    async def spin():
        while loop:
            await anyio.lowlevel.checkpoint()

    with pytest.raises(Stalled, match="more than 100000 turns in one moment"):
        run(loop, spin())


def test_an_error_of_a_callback_is_raised(loop):
    def broken():
        raise ValueError("broken")

    with loop.entered():
        loop.call_soon_threadsafe(broken)
        with pytest.raises(ValueError, match="broken"):
            loop.run_ready()


def test_threads_are_refused(loop):
    task = run(loop, asyncio.to_thread(print))
    assert isinstance(task.exception(), NotImplementedError)


def test_many_tasks_are_not_kept_when_they_are_done(loop):
    async def nothing(): ...

    for _ in range(1500):
        run(loop, nothing())
    assert len(loop._tasks) < 1500


def test_a_clock_tells_the_time_of_its_loop(loop):
    clock = VirtualClock(loop, NOW)
    loop.move_to(clock.until(NOW + timedelta(days=2)))
    assert clock.now() == NOW + timedelta(days=2)


def test_each_await_of_a_coroutine_is_told(loop):
    told = []

    async def work():
        await asyncio.sleep(0)
        try:
            await anyio.sleep(5)
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def whole():
        await Watched(work(), lambda: told.append("await"))

    with loop.entered():
        task = loop.begin(Process("one"), whole())
        loop.run_ready()
        task.cancel()
        loop.run_ready()
    assert told == ["await", "await", "cancelled"]


def test_a_watched_coroutine_ends_with_whoever_awaits_it():
    told = []

    async def work():
        try:
            await asyncio.sleep(0)
        finally:
            told.append("closed")

    async def whole():
        await Watched(work(), lambda: None)

    outer = whole()
    outer.send(None)
    outer.close()
    assert told == ["closed"]


def test_the_texts_say_what_to_do_and_pickle():
    error = Stalled("ChargeCard still to be done")
    assert str(pickle.loads(pickle.dumps(error))) == (
        "expected the world to come to rest, got ChargeCard still to be done; "
        "do let each handler end in virtual time, and await nothing from outside"
    )
    assert repr(Process("worker")) == "Process('worker')"
