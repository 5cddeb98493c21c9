"""What every store keeps for hooks, and the rows of schedules."""

from datetime import UTC, datetime, timedelta

import pytest

from telic.kernel.events import Cancel
from telic.kernel.orders import FailureCause
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.claims import buried
from telic.runtime.happenings import Happened, TellsHooks
from telic.runtime.runtime import WorkflowRuntime
from telic.runtime.timetables import KeepsSchedules, Scheduled
from tests.stores.desk import Add, Approve, Begin, Checked, Skip, Submit, desk

NOW = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ID = WorkflowId("d-1")


@pytest.fixture
def runtime(durable):
    return WorkflowRuntime(machine=desk, store=durable)


async def told(runtime, name="audit", limit=100):
    return await runtime.store.unheard(name, limit)


async def test_stores_tell_hooks_and_keep_schedules(runtime):
    assert isinstance(runtime.store, TellsHooks)
    assert isinstance(runtime.store, KeepsSchedules)


async def test_a_hook_hears_of_steps_with_event_actor_and_state(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW, actor="ann")
    await runtime.run_step(ID, Add(), now=NOW + SECOND, actor="bob", event_id=EventId("e"))
    first, second = await told(runtime)
    assert first.number < second.number
    assert first[1:] == (Happened.STARTED, "", "desk", ID, 1, NOW, "draft", "Begin", "ann", "", "", "")
    assert second[1:] == (Happened.STEPPED, "", "desk", ID, 2, NOW + SECOND, "draft", "Add", "bob", "", "", "")


async def test_a_hook_hears_nothing_of_what_was_ignored_or_refused(runtime):
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Skip(), now=NOW)
    await runtime.run_step(ID, Approve(), now=NOW)
    assert await told(runtime) == ()


async def test_a_hook_hears_what_happens_after_it_was_added(runtime):
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.store.add_hook("audit")
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Add(), now=NOW)
    assert [one.revision for one in await told(runtime)] == [2]


async def test_a_hook_hears_of_a_task_when_it_is_opened_and_not_when_it_is_declared_again(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    (intent,) = (await runtime.run_step(ID, Submit(), now=NOW + SECOND)).intents
    tasks = [one for one in await told(runtime) if one.kind is Happened.TASK_OPENED]
    assert [one[1:] for one in tasks] == [
        (Happened.TASK_OPENED, "", "desk", ID, 2, NOW + SECOND, "review", "Approve", "", "Approve", "", "approve")
    ]
    await runtime.answer(intent.id, Checked(), now=NOW + 2 * SECOND)
    assert len([one for one in await told(runtime) if one.kind is Happened.TASK_OPENED]) == 1


async def test_a_hook_hears_of_the_end_after_the_step_that_led_there(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.run_step(ID, Submit(), now=NOW)
    await runtime.run_step(ID, Approve(), now=NOW + SECOND)
    *_, step, end = await told(runtime)
    assert (step.kind, step.event) == (Happened.STEPPED, "Approve")
    assert end[1:] == (Happened.FINISHED, "", "desk", ID, 3, NOW + SECOND, "done", "", "", "ended", "", "")


async def test_a_hook_hears_of_a_cancellation(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.run_step(ID, Cancel(reason="no more"), now=NOW)
    assert [(one.kind, one.subject) for one in await told(runtime)][-1] == (Happened.FINISHED, "cancelled")


async def test_a_hook_hears_of_a_dead_letter_once(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.run_step(ID, Submit(), now=NOW + SECOND)
    later = NOW + 2 * SECOND
    claims = await runtime.store.claim({"check-it": 1}, 1, now=later, until=later + SECOND, worker="w")
    for _ in range(2):
        await runtime.store.settle([buried(claims[0], "no ink", FailureCause.EXHAUSTED)])
    dead = [one for one in await told(runtime) if one.kind is Happened.FAILED]
    assert [one[1:] for one in dead] == [
        (Happened.FAILED, "", "desk", ID, 2, NOW + SECOND, "review", "", "", claims[0].id, "exhausted", "no ink")
    ]


async def test_what_was_heard_is_not_told_again(runtime):
    await runtime.store.add_hook("audit")
    await runtime.store.add_hook("mail")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.run_step(ID, Add(), now=NOW)
    (first,) = await told(runtime, limit=1)
    await runtime.store.heard("audit", [first.number])
    assert [one.revision for one in await told(runtime)] == [2]
    assert [one.revision for one in await told(runtime, "mail")] == [1, 2]


async def test_a_hook_says_only_what_it_has_heard_itself(runtime):
    await runtime.store.add_hook("audit")
    await runtime.store.add_hook("mail")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.store.heard("mail", [one.number for one in await told(runtime)])
    assert len(await told(runtime)) == len(await told(runtime, "mail")) == 1


async def test_a_number_does_not_come_again(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    (first,) = await told(runtime)
    await runtime.store.heard("audit", [first.number])
    await runtime.run_step(ID, Add(), now=NOW)
    assert (await told(runtime))[0].number > first.number


async def test_a_hook_that_is_removed_is_told_nothing_more(runtime):
    await runtime.store.add_hook("audit")
    await runtime.run_step(ID, Begin(text="t"), now=NOW)
    await runtime.store.remove_hook("audit")
    await runtime.run_step(ID, Add(), now=NOW)
    assert await told(runtime) == ()


async def test_one_worker_at_a_time_has_the_turn(runtime):
    async def asks(worker, now, until):
        return await runtime.store.take_turn("audit", worker=worker, now=now, until=until)

    assert not await asks("a", NOW, NOW + SECOND)
    await runtime.store.add_hook("audit")
    assert await asks("a", NOW, NOW + 2 * SECOND)
    assert not await asks("b", NOW + SECOND, NOW + 9 * SECOND)
    assert await asks("a", NOW + SECOND, NOW + 3 * SECOND)
    assert await asks("b", NOW + 3 * SECOND, NOW + 9 * SECOND)
    assert await asks("b", NOW + 4 * SECOND, NOW + 4 * SECOND)
    assert await asks("a", NOW + 4 * SECOND, NOW + 9 * SECOND)


async def test_a_schedule_has_a_row_that_moves_on_once(runtime):
    store, first = runtime.store, Scheduled("daily", NOW)
    assert await store.scheduled("report") is None
    assert await store.reschedule("report", None, first)
    assert not await store.reschedule("report", None, Scheduled("other", NOW))
    assert await store.scheduled("report") == first
    second = Scheduled("daily", NOW + SECOND, last=NOW)
    assert await store.reschedule("report", first, second)
    assert not await store.reschedule("report", first, second)
    assert await store.scheduled("report") == second
    assert await store.scheduled("bill") is None
