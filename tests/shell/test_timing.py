"""Time passes by the clock that a worker was given, and a wait ends with its bell."""

import anyio

from telic.runtime.hints import Bell
from telic.runtime.protocols import SystemClock
from telic.shell.timing import Timing
from tests.shell.till import NOW, HandClock


async def test_a_virtual_clock_passes_its_own_time():
    clock = HandClock()
    timing = Timing(clock)
    began = timing.elapsed()
    async with anyio.create_task_group() as group:
        group.start_soon(timing.sleep, 3600)
        await anyio.wait_all_tasks_blocked()
        clock.move(3600)
    assert (timing.elapsed() - began, timing.now() - NOW, timing.after(1) - timing.now()) == (
        3600, timing.after(3600) - timing.now(), timing.after(2) - timing.after(1),
    )  # fmt: skip
    await timing.sleep_until(began)
    await timing.breathe(9999)


async def test_a_wait_ends_with_its_bell_or_its_time():
    clock = HandClock()
    for timing in (Timing(clock), Timing(SystemClock())):
        bell = Bell()
        bell.ring()
        await timing.until_rung(bell, 9999)
        bell.ring()
        await timing.until_rung(bell, None)
    async with anyio.create_task_group() as group:
        group.start_soon(Timing(clock).until_rung, Bell(), 60)
        await anyio.wait_all_tasks_blocked()
        clock.move(60)
    await Timing(SystemClock()).until_rung(Bell(), 0)


async def test_what_takes_too_long_is_cancelled_and_returns_nothing():
    async def quick():
        return 7

    clock = HandClock()
    for timing in (Timing(clock), Timing(SystemClock())):
        assert await timing.limited(60, quick) == (7,)
    assert await Timing(SystemClock()).limited(0, anyio.sleep_forever) is None
    found = []

    async def limited():
        found.append(await Timing(clock).limited(60, anyio.sleep_forever))

    async with anyio.create_task_group() as group:
        group.start_soon(limited)
        await anyio.wait_all_tasks_blocked()
        clock.move(60)
    assert found == [None]
