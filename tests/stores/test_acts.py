"""What every store keeps of acts on intents: each once, with a trace, and what is set aside."""

from datetime import UTC, datetime, timedelta

import pytest

from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.acts import Act, Happened, KeepsActs
from telic.runtime.claims import IntentState, buried
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import desk
from tests.stores.test_claims import LEASE, NOW, SECOND, claimed, names, submitted

A, B = WorkflowId("a"), WorkflowId("b")
LETTER = IntentId("a:2:0")
DEAD, ASIDE = IntentState.DEAD, IntentState.ASIDE


@pytest.fixture
def runtime(durable):
    return WorkflowRuntime(machine=desk, store=durable)


def act(operation="one", id=A, subject=LETTER, at=NOW):
    return Act(id, operation, subject, "redrive", "ann", at, "why not")


async def bury(runtime, *ids):
    await submitted(runtime, *ids)
    await runtime.store.settle([buried(one, "broken") for one in await claimed(runtime.store, now=NOW + LEASE)])


async def test_stores_keep_acts(runtime):
    assert isinstance(runtime.store, KeepsActs)


async def test_a_dead_letter_that_is_let_go_is_carried_out_as_if_for_the_first_time(runtime):
    await bury(runtime, "a", "b")
    assert await runtime.store.let_go([act()], DEAD) == (Happened.DONE,)
    assert [one.opened.id for one in await runtime.store.dead_letters()] == ["b:2:0"]
    (claim,) = await claimed(runtime.store, now=NOW + SECOND)
    assert (claim.id, claim.attempt, claim.crashes, claim.cause) == (LETTER, 1, 0, None)


async def test_an_act_leaves_a_trace_and_is_done_once(runtime):
    await bury(runtime, "a")
    store = runtime.store
    assert await store.acts(A) == ()
    await store.let_go([act()], DEAD)
    assert await store.acts(A) == (act(),)
    await store.settle([buried(one, "again") for one in await claimed(store, now=NOW + 9 * SECOND)])
    assert await store.let_go([act(at=NOW + SECOND)], DEAD) == (Happened.KNOWN,)
    assert len(await store.dead_letters()) == 1
    assert await store.let_go([act("two", at=NOW + SECOND)], DEAD) == (Happened.DONE,)
    assert [one.operation for one in await store.acts(A)] == ["one", "two"]
    assert await store.acts(B) == ()


async def test_what_does_not_stand_there_is_absent_and_leaves_no_trace(runtime):
    await submitted(runtime, "a")
    store = runtime.store
    acts = [act(), act(subject=IntentId("a:9:0")), act(id=B)]
    assert await store.let_go(acts, DEAD) == (Happened.ABSENT,) * 3
    assert await store.let_go(acts, ASIDE) == (Happened.ABSENT,) * 3
    assert await store.let_go([], DEAD) == ()
    assert (await store.acts(A), await store.acts(B)) == ((), ())


async def test_several_acts_are_told_apart_in_their_order(runtime):
    await bury(runtime, "b", "a")
    await runtime.store.let_go([act()], DEAD)
    told = await runtime.store.let_go([act(id=B, subject=IntentId("b:2:0")), act("x", subject="none"), act()], DEAD)
    assert told == (Happened.DONE, Happened.ABSENT, Happened.KNOWN)


async def test_a_dead_letter_of_a_paused_instance_goes_on_with_its_resumption(runtime):
    await bury(runtime, "a")
    await runtime.run_step(A, Pause())
    await runtime.store.let_go([act()], DEAD)
    assert await claimed(runtime.store, now=NOW + 9 * SECOND) == ()
    await runtime.run_step(A, Resume())
    assert names(await claimed(runtime.store, now=NOW + 9 * SECOND)) == ["a"]


async def test_what_is_set_aside_stays_so_beyond_the_resumption_until_it_is_let_go(runtime):
    await submitted(runtime, "a", "a:2", "b")
    store = runtime.store
    for id in (A, B):
        await runtime.run_step(id, Pause())
    assert await store.set_aside(A) == 1
    assert await store.set_aside(A) == 0
    for id in (A, B):
        await runtime.run_step(id, Resume())
    assert names(await claimed(store, now=NOW + 9 * SECOND)) == ["a:2", "b"]
    assert [one.id for one in await store.aside(A)] == [LETTER]
    assert (await store.aside(B), await store.dead_letters()) == ((), ())
    assert await store.redrive(now=NOW) == 0
    assert await store.let_go([act()], ASIDE) == (Happened.DONE,)
    assert await store.aside(A) == ()
    assert names(await claimed(store, now=NOW + 9 * SECOND)) == ["a"]


async def test_what_nothing_holds_is_not_set_aside(runtime):
    await submitted(runtime, "a")
    assert await runtime.store.set_aside(A) == 0
    assert await runtime.store.set_aside(WorkflowId("none")) == 0


async def test_what_is_set_aside_and_withdrawn_ends_as_withdrawn(runtime):
    await submitted(runtime, "a")
    await runtime.run_step(A, Pause())
    await runtime.store.set_aside(A)
    await runtime.run_step(A, Cancel())
    (claim,) = await claimed(runtime.store, now=datetime(2026, 3, 1, tzinfo=UTC) - timedelta(days=9))
    assert claim.opened.withdrawn
