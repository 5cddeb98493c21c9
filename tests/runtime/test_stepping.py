"""Stepping: races, folds, cancelled and broken calls."""

import asyncio
import threading

import anyio
import pytest

from telic import Cancel, EventId, WorkflowId, WorkflowRuntime
from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.results import (
    Conflict,
    Duplicate,
    Ended,
    Rejected,
    Started,
    Stepped,
)
from telic.kernel.snapshot import Commit, Delivery, Status
from telic.kernel.values import IntentId
from telic.runtime.lanes import lanes_of
from telic.runtime.protocols import SystemClock
from telic.runtime.stepping import Request, Stepper
from telic.stores.memory import MemoryStore
from tests.kernel import lamp
from tests.kernel import machines as m
from tests.kernel.machines import ID, NOW, shop, step
from tests.runtime.stores import Breaking, Counting, Losing, Remembering, together


async def test_a_lost_race_is_tried_again_and_a_limit_gives_up():
    runtime = WorkflowRuntime(machine=shop, store=Losing(shop, 3))
    assert isinstance(await runtime.run_step(ID, m.Open()), Started)
    losing = WorkflowRuntime(machine=shop, store=Losing(shop, 10**9))
    assert await losing.run_step(ID, m.Open(), limit_seconds=0.01) == Conflict(ID, None, 99)


async def test_concurrent_calls_for_one_instance_share_a_load_and_a_save():
    store = Counting(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    await runtime.run_step(ID, m.Open())
    store.loads = store.saves = 0
    results = await together(*(runtime.run_step(ID, m.Poke(), event_id=EventId(f"e{n}")) for n in range(20)))
    assert sorted(one.revision for one in results) == list(range(2, 22))
    assert (store.loads, store.saves) == (2, 2)
    twice = await together(*(runtime.run_step(ID, m.Poke(), event_id=EventId("same")) for _ in range(3)))
    assert sorted(type(one).__name__ for one in twice) == ["Duplicate", "Duplicate", "Stepped"]


async def test_one_broken_step_of_a_fold_fails_alone():
    runtime = WorkflowRuntime(machine=shop, store=Counting(shop))
    await runtime.run_step(ID, m.Open())

    async def broken():
        with pytest.raises(ValueError, match="crash"):
            await runtime.run_step(ID, m.Poke(how="crash"))

    await together(
        runtime.run_step(ID, m.Poke()), runtime.run_step(ID, m.Poke()), broken(), runtime.run_step(ID, m.Poke())
    )
    assert (await runtime.load(ID)).state.pokes == 3


async def test_a_store_that_fails_fails_every_call_and_changes_nothing():
    store = Breaking(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)

    async def fails():
        with pytest.raises(StoreFailed, match="save failed: disk full"):
            await runtime.run_step(ID, m.Open())

    await together(*(fails() for _ in range(5)))
    assert await runtime.load(ID) is None


async def test_a_cancelled_call_does_not_disturb_the_others():
    runtime = WorkflowRuntime(machine=shop, store=Counting(shop))
    await runtime.run_step(ID, m.Open())

    async def impatient():
        with anyio.move_on_after(0):
            await runtime.run_step(ID, m.Poke(how="mail"))

    calls = [impatient() if n % 3 == 1 else runtime.run_step(ID, m.Poke()) for n in range(9)]
    done = [one for one in await together(*calls) if one is not None]
    assert len(done) == 6
    assert isinstance(await runtime.run_step(ID, m.Poke()), Stepped)


def test_several_threads_with_their_own_loops_share_the_lanes():
    store = MemoryStore(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    anyio.run(lambda: runtime.run_step(ID, m.Open()))

    async def poke():
        for _ in range(50):
            await runtime.run_step(ID, m.Poke())

    threads = [
        threading.Thread(target=anyio.run, args=(poke,), kwargs={"backend": backend})
        for backend in ("asyncio", "trio") * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store._snapshots[ID].state.pokes == 200


class Overtaken(MemoryStore):
    """A store in which others save their commits first, one before each save."""

    others = ()

    async def save(self, commit):
        if self.others:
            first, *self.others = self.others
            await super().save(first)
        await super().save(commit)


class Joining(Losing):
    """A store within a caller's transaction."""

    joins_transaction = True


def stepper_over(store):
    return Stepper(shop, store, SystemClock())


async def folded(stepper, *deliveries, meanwhile=lambda: None):
    """Make calls while the lane is taken, so that one of them leads all; return what each came to."""
    assert stepper._lanes.enter(ID)

    async def leave():
        while len(stepper._lanes._queues[ID]) < len(deliveries):
            await anyio.lowlevel.checkpoint()
        meanwhile()
        stepper._lanes.leave(ID)

    async def told(delivery):
        try:
            return await stepper.step(ID, delivery, NOW)
        except Exception as error:  # noqa: BLE001  (what each is told is the point)
            return error

    *results, _ = await together(*(told(one) for one in deliveries), leave())
    assert len(stepper._lanes) == 0
    return results


async def test_a_race_that_ends_in_a_refusal_is_told():
    store, began = Overtaken(shop), step(None, m.Open())
    await store.save(began)
    store.others = [step(began.after, Cancel(reason="first"))]
    assert await stepper_over(store).step(ID, Delivery(m.Poke()), NOW) == Ended(ID, Status.ENDED)


async def test_a_lost_race_may_turn_out_to_be_a_race_against_oneself():
    store, began = Overtaken(shop), step(None, m.Open())
    await store.save(began)
    store.others = [step(began.after, m.Poke(), event_id=EventId("p"))]
    assert isinstance(await stepper_over(store).step(ID, Delivery(m.Poke(), EventId("p")), NOW), Duplicate)


async def test_within_a_callers_transaction_a_lost_race_is_theirs():
    store = Joining(shop, 1)
    with pytest.raises(RevisionConflict):
        await stepper_over(store).step(ID, Delivery(m.Open()), NOW)
    assert isinstance(await stepper_over(store).step(ID, Delivery(m.Open()), NOW), Started)


async def test_a_revision_that_the_caller_named_is_held_to():
    stepper = stepper_over(MemoryStore(shop))
    assert await stepper.step(ID, Delivery(m.Open()), NOW, if_revision=1) == Conflict(ID, 1, 0)
    await stepper.step(ID, Delivery(m.Open(), EventId("o")), NOW, if_revision=0)
    assert await stepper.step(ID, Delivery(m.Poke()), NOW, if_revision=7) == Conflict(ID, 7, 1)
    assert await stepper.step(ID, Delivery(m.Poke(), EventId("p")), NOW, if_revision=7) == Conflict(ID, 7, 1)
    again = await stepper.step(ID, Delivery(m.Open(), EventId("o")), NOW, if_revision=0)
    assert isinstance(again, Duplicate)


async def test_a_fold_is_loaded_once_and_saved_once_each_step_on_the_one_before():
    store = Counting(shop)
    await store.save(step(None, m.Open()))
    store.loads = store.saves = 0
    results = await folded(stepper_over(store), *(Delivery(m.Poke(), EventId(f"e{n}")) for n in range(4)))
    assert sorted(one.revision for one in results) == [2, 3, 4, 5]
    assert (store.loads, store.saves) == (1, 1)


async def test_a_fold_that_loses_a_race_begins_again():
    store = Losing(shop, 0)
    await store.save(step(None, m.Open()))
    store.times = 3
    results = await folded(stepper_over(store), Delivery(m.Poke()), Delivery(m.Poke(), EventId("e")))
    assert ({type(one) for one in results}, store.times) == ({Stepped}, 0)


async def test_a_fold_of_refusals_needs_no_save():
    store = Counting(shop)
    await store.save(step(None, m.Open()))
    store.saves = 0
    results = await folded(stepper_over(store), *(Delivery(m.Quote(price=-1)) for _ in range(3)))
    assert ({type(one) for one in results}, store.saves) == ({Rejected}, 0)


async def test_a_store_that_fails_is_told_to_every_call_of_a_fold():
    results = await folded(stepper_over(Breaking(shop)), *(Delivery(m.Open(), EventId(f"e{n}")) for n in range(3)))
    assert [str(one) for one in results] == ["save failed: disk full"] * 3


async def test_broken_code_in_a_fold_is_told_to_its_own_caller():
    store = Counting(shop)
    await store.save(step(None, m.Open()))
    results = await folded(stepper_over(store), Delivery(m.Poke()), Delivery(m.Poke(how="crash")), Delivery(m.Poke()))
    assert [type(one) for one in results] == [Stepped, ValueError, Stepped]


async def test_a_fold_stops_at_a_call_through_another_store():
    class Shared(Counting):
        lane_key = Losing

    one, other = stepper_over(Shared(shop)), stepper_over(Shared(shop))
    assert one._lanes is other._lanes

    async def begin(stepper):
        return await stepper.step(ID, Delivery(m.Open()), NOW)

    begun = await together(*(begin(stepper) for stepper in (one, other, one, other)))
    assert sorted(type(each).__name__ for each in begun) == ["Rejected", "Rejected", "Started", "Started"]


async def test_a_call_that_finds_its_lane_free_after_all_leads_it():
    stepper = stepper_over(MemoryStore(shop))
    result = await stepper._queued(ID, Request(Delivery(m.Open()), NOW))
    assert (type(result), len(stepper._lanes)) == (Started, 0)


def test_a_call_that_is_cancelled_just_when_it_is_to_lead_passes_the_lane_on():
    async def main():
        stepper = stepper_over(MemoryStore(shop))
        stepper._lanes.enter(ID)
        first, second = (asyncio.ensure_future(stepper.step(ID, Delivery(m.Open()), NOW)) for _ in range(2))
        await anyio.lowlevel.checkpoint()
        stepper._lanes.leave(ID)
        first.cancel()
        return await asyncio.gather(first, second, return_exceptions=True), len(stepper._lanes)

    (cancelled, result), lanes = asyncio.run(main())
    assert (type(cancelled), type(result), lanes) == (asyncio.CancelledError, Started, 0)


async def test_a_call_that_is_cancelled_in_its_queue_leaves_it():
    stepper = stepper_over(MemoryStore(shop))
    stepper._lanes.enter(ID)
    with anyio.move_on_after(0):
        await stepper.step(ID, Delivery(m.Open()), NOW)
    assert stepper._lanes._queues[ID] == []
    stepper._lanes.leave(ID)
    assert isinstance(await stepper.step(ID, Delivery(m.Open()), NOW), Started)


async def test_a_step_on_a_store_in_memory_gives_way_to_nobody():
    runtime = WorkflowRuntime(machine=shop, store=MemoryStore(shop))
    for event in (m.Open(), m.Poke()):
        with pytest.raises(StopIteration) as done:
            runtime.run_step(ID, event, now=NOW).send(None)
        assert isinstance(done.value.value, Started | Stepped)


async def test_a_step_waits_for_whoever_is_at_work_on_the_instance():
    store = MemoryStore(shop)
    runtime = WorkflowRuntime(machine=shop, store=store)
    await runtime.run_step(ID, m.Open())
    lanes = lanes_of(store, "shop", "")
    lanes.enter(ID)
    found = []

    async def poke():
        found.append(await runtime.run_step(ID, m.Poke()))

    async with anyio.create_task_group() as group:
        group.start_soon(poke)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        assert (await runtime.load(ID)).revision == 1
        lanes.leave(ID)
    assert [one.revision for one in found] == [2]


def test_steps_of_several_threads_on_one_instance_in_memory_are_each_applied_once():
    runtime = WorkflowRuntime(machine=shop, store=MemoryStore(shop))
    anyio.run(runtime.run_step, ID, m.Open())

    async def poke():
        for _ in range(200):
            assert isinstance(await runtime.run_step(ID, m.Poke()), Stepped)

    threads = [threading.Thread(target=anyio.run, args=(poke,)) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert anyio.run(runtime.load, ID).state.pokes == 600


class OvertakenNow(MemoryStore):
    """A store at hand in which another thread saves first, once."""

    others = 1

    def save_now(self, commit):
        if self.others:
            self.others = 0
            raise RevisionConflict(commit.id, commit.expected)
        super().save_now(commit)

    def keep_now(self, id, before, record, after, event_id):
        self.save_now(Commit(before, after, (record,)))


async def test_a_step_at_hand_that_loses_a_race_is_taken_again():
    store = OvertakenNow(lamp.lamp)
    assert stepper_over(store).at_hand is store
    runtime = WorkflowRuntime(machine=lamp.lamp, store=store)
    for event in (lamp.Install(), lamp.Switch()):  # the second is a plain step
        store.others = 1
        await runtime.run_step(lamp.ID, event)
        assert store.others == 0
    assert (await runtime.run_step(lamp.ID, lamp.Glowed(), answers=IntentId("desk:2:0"))).revision == 3


async def test_a_step_at_hand_that_is_refused_writes_nothing():
    runtime = WorkflowRuntime(machine=shop, store=MemoryStore(shop))
    await runtime.run_step(ID, m.Open())
    assert isinstance(await runtime.run_step(ID, m.Quote(price=-1), event_id=EventId("q")), Rejected)
    assert (await runtime.load(ID)).revision == 1


def test_a_store_whose_load_or_save_was_changed_is_not_at_hand():
    store = MemoryStore(shop)
    assert stepper_over(store).at_hand is store
    assert stepper_over(Counting(shop)).at_hand is None
    store.save = store.save
    assert stepper_over(store).at_hand is None


async def test_a_step_at_hand_writes_and_says_what_a_step_that_waits_writes_and_says():
    at_hand, waiting = MemoryStore(shop), Counting(shop)
    for event, event_id in ((m.Open(), "e1"), (m.Poke(), None), (m.Poke(), "e2"), (m.Poke(), "e1"), (m.Open(), None)):
        results = [
            await WorkflowRuntime(machine=shop, store=store).run_step(
                ID, event, event_id=EventId(event_id) if event_id else None, actor="ann", now=NOW
            )
            for store in (at_hand, waiting)
        ]
        assert results[0] == results[1]
    assert await at_hand.journal(ID) == await waiting.journal(ID)
    assert await at_hand.load(ID) == await waiting.load(ID)
    assert waiting.saves == 3


@pytest.fixture
async def remembering():
    store = Remembering(shop)
    await WorkflowRuntime(machine=shop, store=store).run_step(ID, m.Open(), event_id=EventId("open"))
    store.loads = 0
    return store


async def test_a_step_on_what_is_remembered_reads_nothing(remembering):
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    results = [await runtime.run_step(ID, m.Poke(), event_id=EventId(f"e{n}")) for n in range(3)]
    assert [type(one) for one in results] == [Stepped] * 3
    assert remembering.loads == 0
    assert (await remembering.load(ID)).state.pokes == 3


async def test_what_is_remembered_but_has_moved_on_is_read_and_decided_again(remembering):
    await remembering.moved_on(ID, m.Poke())
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    stepped = await runtime.run_step(ID, m.Poke())
    assert (type(stepped), stepped.revision, stepped.state.pokes) == (Stepped, 3, 2)
    assert remembering.loads == 1


async def test_a_refusal_is_decided_on_what_is_there(remembering):
    await remembering.moved_on(ID, Cancel(reason="enough"))
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    assert await runtime.run_step(ID, m.Quote(price=-1)) == Ended(ID, Status.ENDED)
    assert remembering.loads == 1


async def test_an_event_id_that_is_not_remembered_is_known_all_the_same(remembering):
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    again = await runtime.run_step(ID, m.Poke(), event_id=EventId("open"))
    assert (type(again), again.recorded.revision, remembering.loads) == (Duplicate, 1, 1)


async def test_code_that_breaks_on_what_is_remembered_is_asked_about_what_is_there(remembering):
    await remembering.moved_on(ID, Cancel(reason="enough"))
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    assert await runtime.run_step(ID, m.Poke(how="crash")) == Ended(ID, Status.ENDED)
    await runtime.run_step(other := WorkflowId("other"), m.Open())
    with pytest.raises(ValueError, match="crash"):
        await runtime.run_step(other, m.Poke(how="crash"))


async def test_a_revision_that_the_caller_names_is_held_against_what_is_there(remembering):
    await remembering.moved_on(ID, m.Poke())
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    assert await runtime.run_step(ID, m.Poke(), if_revision=1) == Conflict(ID, 1, 2)


async def test_a_fold_on_what_is_remembered_reads_nothing(remembering):
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    results = await together(*(runtime.run_step(ID, m.Poke(), event_id=EventId(f"e{n}")) for n in range(9)))
    assert sorted(one.revision for one in results) == list(range(2, 11))
    assert remembering.loads == 0


async def test_a_fold_is_decided_again_where_others_have_come_before_or_something_is_refused(remembering):
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    results = await together(
        runtime.run_step(ID, m.Poke()),
        runtime.run_step(ID, m.Poke()),
        runtime.run_step(ID, m.Poke(), event_id=EventId("open")),
    )
    assert [type(one) for one in results] == [Stepped, Stepped, Duplicate]
    assert remembering.loads in {1, 2}  # whoever comes first leads, and on trio that may be any of them
    await remembering.moved_on(ID, m.Poke())
    results = await together(*(runtime.run_step(ID, m.Poke()) for _ in range(3)))
    assert sorted(one.revision for one in results) == [5, 6, 7]


async def test_what_is_refused_in_a_fold_is_decided_on_what_is_there(remembering):
    runtime = WorkflowRuntime(machine=shop, store=remembering)
    refused = [runtime.run_step(ID, m.Quote(price=-1)) for _ in range(3)]
    results = await together(runtime.run_step(ID, m.Poke()), *refused)
    assert [type(one) for one in results] == [Stepped, Rejected, Rejected, Rejected]


async def test_a_step_on_what_is_remembered_is_logged(remembering, caplog):
    with caplog.at_level("DEBUG", logger="telic.step"):
        await WorkflowRuntime(machine=shop, store=remembering).run_step(ID, m.Poke())
    assert [one.message for one in caplog.records] == [f"{ID}: stepped by Poke, now new at revision 2"]


def test_a_store_whose_load_or_save_was_changed_is_not_asked_what_it_remembers():
    class Reading(Remembering):
        async def load(self, id, event_ids=()):
            return await super().load(id, event_ids)

    assert stepper_over(Remembering(shop))._recalls is not None
    assert stepper_over(Reading(shop))._recalls is None


async def test_plain_steps_at_hand_write_say_and_log_what_those_that_wait_do(caplog):
    named = {"event_id": EventId("s"), "actor": "ann"}
    deliveries = [(lamp.Install(), {}), (lamp.Smash(), {}), (lamp.Switch(), named), (lamp.Switch(), named)]
    deliveries += [(lamp.Glowed(), {}), (lamp.Glowed(), {"answers": IntentId("desk:2:0")})]
    deliveries += [(lamp.Smash(how="hammer"), {"event_id": EventId("h"), "actor": "Zoë"}), (lamp.Switch(), {})]
    at_hand, waiting = MemoryStore(lamp.lamp), Counting(lamp.lamp)
    with caplog.at_level("DEBUG", logger="telic.step"):
        for event, details in deliveries:
            one, other = [
                await WorkflowRuntime(machine=lamp.lamp, store=store).run_step(lamp.ID, event, now=NOW, **details)
                for store in (at_hand, waiting)
            ]
            assert one == other
    assert await at_hand.journal(lamp.ID) == await waiting.journal(lamp.ID)
    assert await at_hand.load(lamp.ID) == await waiting.load(lamp.ID)
    assert waiting.saves == 4
    said = [one.message for one in caplog.records]
    assert (said[::2], len(said)) == (said[1::2], 8)


async def test_each_record_is_logged_for_whoever_reads_debug(caplog):
    with caplog.at_level("DEBUG", logger="telic.step"):
        at_hand = WorkflowRuntime(machine=shop, store=MemoryStore(shop))
        await at_hand.run_step(ID, m.Open())
        waiting = WorkflowRuntime(machine=shop, store=Counting(shop))
        await waiting.run_step(ID, m.Open())
        await together(*(waiting.run_step(ID, m.Poke()) for _ in range(3)))
    assert [one.message for one in caplog.records][:2] == [f"{ID}: started by Open, now new at revision 1"] * 2
    assert sorted(one.revision for one in caplog.records) == [1, 1, 2, 3, 4]
    assert {one.machine for one in caplog.records} == {"shop"}
    caplog.clear()
    await at_hand.run_step(ID, m.Poke())
    assert caplog.records == []


async def test_a_stepper_does_the_same_over_another_store():
    first, other = MemoryStore(shop), MemoryStore(shop)
    stepper = Stepper(shop, first, SystemClock()).over(other)
    await stepper.step(ID, Delivery(m.Open()), NOW)
    assert (await first.load(ID), (await other.load(ID)).revision) == (None, 1)
