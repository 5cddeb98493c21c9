"""Hints: who commits wakes who waits for work in the same process."""

import threading

import anyio

from telic import IntentId
from telic.kernel.events import Pause, Resume
from telic.runtime.hints import Bell, Hints, WithdrawnIntent
from tests.kernel import machines as m
from tests.kernel.machines import OPENED, ORDERING, part, step, walk

WITHDRAWN = WithdrawnIntent("t", "shop", OPENED)


async def heard(bell):
    """Return whether a bell has rung by now."""
    with anyio.move_on_after(0):
        await bell.wait()
        return True
    return False


async def test_a_bell_that_rang_twice_is_heard_once():
    bell = Bell()
    bell.ring()
    bell.ring_from_anywhere()
    await bell.wait()
    assert not await heard(bell)


async def test_what_rang_before_the_silence_is_not_heard():
    bell = Bell()
    bell.ring([WITHDRAWN])
    bell.silence()
    assert not await heard(bell)
    assert (bell.withdrawn(), bell.withdrawn()) == ([WITHDRAWN], [])


async def test_a_bell_wakes_the_task_that_waits():
    bell, woken = Bell(), []

    async def wait():
        await bell.wait()
        woken.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert woken == []
        bell.ring_from_anywhere()
    assert woken == [True]


async def test_a_bell_may_be_rung_from_another_thread():
    bell = Bell()
    thread = threading.Thread(target=bell.ring_from_anywhere, args=([WITHDRAWN],))
    thread.start()
    await bell.wait()
    thread.join()
    assert bell.withdrawn() == [WITHDRAWN]


async def rings(before, event, **how):
    """Return whether a commit rings, and what it reports as withdrawn."""
    bell, hints = Bell(), Hints()
    hints.add(bell)
    hints.saved(step(before, event, **how), "t", "shop")
    rung, withdrawn = await heard(bell), bell.withdrawn()
    hints.remove(bell)
    return rung, withdrawn


async def test_a_commit_rings_where_it_may_have_made_work():
    opened, ordering = walk(m.Open()), walk(*ORDERING)
    assert await rings(None, m.Open()) == (True, [])
    assert await rings(opened, m.Quote(price=1)) == (True, [])
    assert await rings(step(opened, Pause()).after, Resume()) == (True, [])
    assert await rings(opened, m.Collect()) == (False, [])
    assert await rings(opened, m.Mailed(), answers=OPENED) == (False, [])
    missing, how = part(0, m.PartMissing)
    taken_back = WithdrawnIntent("t", "shop", IntentId("bike:3:1"))
    assert await rings(ordering, missing, **how) == (True, [taken_back])


async def test_hints_ring_every_bell_that_was_added_and_not_removed():
    hints, one, other = Hints(), Bell(), Bell()
    assert not hints
    hints.saved(step(None, m.Open()), "", "shop")
    hints.add(one)
    hints.add(other)
    hints.remove(other)
    hints.ring()
    assert (bool(hints), await heard(one), await heard(other)) == (True, True, False)
