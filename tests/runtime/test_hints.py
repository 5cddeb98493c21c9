"""Hints wake who waits, from any task of any thread, and only where a commit may have made work."""

import anyio
import anyio.to_thread

from telic import WorkflowRuntime
from telic.kernel.events import Pause, Resume
from telic.runtime.hints import Bell, Hints, makes_work
from telic.stores.memory import MemoryStore
from tests.kernel import machines as m
from tests.kernel.machines import ID, shop, step


async def heard(bell):
    with anyio.move_on_after(0) as scope:
        await bell.wait()
    return not scope.cancelled_caught


async def test_a_bell_that_has_rung_is_heard_once_by_who_comes_later():
    bell = Bell()
    bell.ring()
    bell.ring()
    await bell.wait()
    assert not await heard(bell)
    bell.ring()
    bell.silence()
    assert not await heard(bell)


async def test_a_bell_wakes_who_waits_from_any_thread():
    bell = Bell()
    async with anyio.create_task_group() as group:
        group.start_soon(bell.wait)
        await anyio.wait_all_tasks_blocked()
        await anyio.to_thread.run_sync(bell.ring_from_anywhere)


async def test_a_removed_bell_is_not_rung():
    hints, bell = Hints(), Bell()
    assert not hints
    hints.add(bell)
    assert hints
    hints.remove(bell)
    hints.ring()
    assert bell.rung is False


async def test_a_commit_rings_where_it_may_have_made_work():
    store = MemoryStore(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    bell = Bell()
    store.hints.add(bell)

    async def rings(event, **how):
        bell.silence()
        result = await runtime.run_step(ID, event, **how)
        assert result.kind in ("started", "stepped", "ignored", "deferred"), result
        return bell.rung

    assert await rings(m.Open(parts=1))
    assert not await rings(m.Mailed(), answers="bike:1:0")
    assert not await rings(m.Poke(how="hush"))
    assert await rings(Pause())
    assert await rings(Resume())
    assert await rings(m.Quote(price=1))
    assert await rings(m.Approve(), wait="boss")
    assert bell.withdrawn() == []


async def test_a_withdrawal_is_told_with_its_instance():
    store = MemoryStore(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    bell = Bell()
    store.hints.add(bell)
    await runtime.run_step(ID, m.Open(parts=2))
    await runtime.run_step(ID, m.Quote(price=1))
    await runtime.run_step(ID, m.Approve(), wait="boss")
    await runtime.run_step(ID, m.PartMissing(part_id=m.PartId("p0")), answers="bike:3:0")
    assert bell.withdrawn() == [("", "shop", "bike:3:1")]
    assert bell.withdrawn() == []


async def test_ringing_reaches_every_bell():
    hints, bells = Hints(), (Bell(), Bell())
    for bell in bells:
        hints.add(bell)
    hints.ring()
    await anyio.wait_all_tasks_blocked()
    assert [bell.rung for bell in bells] == [True, True]


async def test_without_a_bell_a_commit_is_told_to_nobody():
    hints = Hints()
    hints.saved(step(None, m.Open(parts=1)), "", "shop")
    assert not hints


def test_a_commit_makes_work_where_it_opens_waits_or_ends_a_pause():
    opened = step(None, m.Open(parts=1))
    assert makes_work(opened)
    poked = step(opened.after, m.Poke(how="hush"))
    assert not makes_work(poked)
    assert makes_work(step(opened.after, Pause()))
