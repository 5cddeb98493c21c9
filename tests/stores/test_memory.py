"""The memory store keeps what the others keep, and is what they are compared with."""

from datetime import timedelta

import pytest

from telic.kernel.errors import EncodeError, RevisionConflict
from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.journal import fold
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.hints import Bell
from telic.runtime.protocols import WorkflowStore
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from tests.kernel import lamp
from tests.stores.desk import DESK, NOON, Add, Begin, Submit, desk
from tests.stores.test_round_trip import live
from tests.stores.test_saving import decided, gathered, whole


@pytest.fixture
def store():
    return MemoryStore(desk)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=desk, store=store)


async def test_the_journal_leads_to_the_state(store, runtime):
    await live(runtime)
    snapshot = await store.load(DESK)
    assert fold(desk, snapshot.meta, await store.journal(DESK)) == snapshot


async def test_both_stores_are_stores(store):
    assert isinstance(store, WorkflowStore)
    assert repr(store) == "MemoryStore('desk', 0 instances)"


async def test_a_commit_on_an_older_revision_is_a_conflict(store):
    await store.save(decided(None, Begin()))
    first = await store.load(DESK)
    await store.save(decided(first, Add()))
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(first, Submit()))
    assert (conflict.value.id, conflict.value.expected, conflict.value.found) == (DESK, 1, 2)
    with pytest.raises(RevisionConflict) as conflict:
        await store.save(decided(None, Begin()))
    assert (conflict.value.expected, conflict.value.found) == (0, 2)
    assert len(await store.journal(DESK)) == 2


async def test_a_known_event_id_is_a_conflict_and_writes_nothing(store):
    await store.save(decided(None, Begin(), event_id=EventId("e")))
    loaded = await store.load(DESK)
    with pytest.raises(RevisionConflict):
        await store.save(decided(loaded, Submit(), event_id=EventId("e")))
    assert await store.load(DESK) == loaded
    assert len(await store.journal(DESK)) == 1


async def kept(store, event, **details):
    """Take a plain step and keep it as a step at hand does."""
    held = store.load_now(lamp.ID)
    commit = lamp.step(held, event, **details)
    store.keep_now(lamp.ID, held, commit.records[0], commit.after, details.get("event_id"))
    return commit


async def test_a_plain_step_is_kept_as_its_commit_is_saved():
    quick, slow = MemoryStore(lamp.lamp), MemoryStore(lamp.lamp)
    for store in (quick, slow):
        await store.save(lamp.step(None, lamp.Install()))
    for event, details in (
        (lamp.Switch(), {"event_id": EventId("s")}),
        (lamp.Glowed(), {"answers": IntentId("desk:2:0"), "event_id": EventId("g")}),
        (lamp.Switch(), {}),
    ):
        await slow.save(await kept(quick, event, **details))
        assert await quick.journal(lamp.ID) == await slow.journal(lamp.ID)
        assert await quick.load(lamp.ID) == await slow.load(lamp.ID)
        assert (await quick.load(lamp.ID)).seen == {}
    asked = (EventId("s"), EventId("g"), EventId("?"))
    assert (await quick.load(lamp.ID, asked)).seen == (await slow.load(lamp.ID, asked)).seen
    assert set((await quick.load(lamp.ID, asked)).seen) == {"s", "g"}
    assert await quick.outbox() == await slow.outbox()


async def test_a_plain_step_on_an_older_revision_or_with_a_known_id_is_a_conflict():
    store = MemoryStore(lamp.lamp)
    await store.save(lamp.step(None, lamp.Install(), event_id=EventId("i")))
    held = await store.load(lamp.ID)
    again = lamp.step(held, lamp.Switch(), event_id=EventId("i"))
    with pytest.raises(RevisionConflict):
        store.keep_now(lamp.ID, held, again.records[0], again.after, EventId("i"))
    late = lamp.step(held, lamp.Switch())
    await kept(store, lamp.Switch())
    with pytest.raises(RevisionConflict):
        store.keep_now(lamp.ID, held, late.records[0], late.after, None)
    assert [one.revision for one in await store.journal(lamp.ID)] == [1, 2]


@pytest.fixture
async def lit():
    store = MemoryStore(lamp.lamp)
    await store.save(lamp.step(None, lamp.Install()))
    return store


async def test_a_plain_step_is_told_to_the_books_once_they_are_open(lit):
    assert await lit.outbox() == ()  # whoever asks has the books opened
    await kept(lit, lamp.Switch())
    assert [one.id for _, one in await lit.outbox()] == ["desk:2:0"]


async def test_a_plain_step_that_makes_work_rings_the_bells(lit):
    bell = Bell()
    lit.hints.add(bell)
    await kept(lit, lamp.Switch())
    assert bell.rung


class Meanwhile:
    """A lock beside which another thread does something before it is taken."""

    def __init__(self, lock, act):
        self._lock = lock
        self._act = act

    def acquire(self):
        self._act()
        return self._lock.acquire()

    def release(self):
        self._lock.release()


async def test_books_and_bells_that_come_while_a_plain_step_is_kept_are_told_of_it(lit):
    bell = Bell()

    def come():
        lit.hints.add(bell)
        lit._books()

    lit._saving = Meanwhile(lit._saving, come)
    await kept(lit, lamp.Switch())
    assert [one.id for _, one in await lit.outbox()] == ["desk:2:0"]
    assert bell.rung


async def test_a_plain_step_by_an_actor_that_cannot_be_written_is_refused(lit):
    with pytest.raises(EncodeError, match="the actor"):
        await kept(lit, lamp.Switch(), actor="a\ud800")
    assert (await lit.load(lamp.ID)).revision == 1


async def test_many_callers_of_one_instance_are_each_applied_once(store, runtime):
    await runtime.run_step(DESK, Begin())
    outcomes = await gathered(60, lambda number: runtime.run_step(DESK, Add(), event_id=EventId(f"e-{number % 20}")))
    assert sorted(one.kind for one in outcomes) == ["duplicate"] * 40 + ["stepped"] * 20
    await whole(store, 20)


async def test_ids_and_outbox_come_in_pages(store, runtime):
    for number in (3, 1, 2):
        await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
        await runtime.run_step(WorkflowId(f"w-{number}"), Submit())
    assert await store.ids() == ("w-1", "w-2", "w-3")
    assert await store.ids(after=WorkflowId("w-1"), limit=1) == ("w-2",)
    assert [id for id, _ in await store.outbox(limit=2)] == ["w-3", "w-1"]


async def test_the_outbox_has_the_order_of_emission_not_that_of_the_instances(store, runtime):
    for number in (3, 1, 2):
        await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
    for number in (1, 3, 2):
        await runtime.run_step(WorkflowId(f"w-{number}"), Submit())
    assert [id for id, _ in await store.outbox()] == ["w-1", "w-3", "w-2"]


async def test_books_that_are_opened_late_say_what_those_kept_from_the_start_say():
    late, early = MemoryStore(desk), MemoryStore(desk)
    assert await early.outbox() == ()  # whoever asks has the books opened
    for store in (late, early):
        runtime = WorkflowRuntime(machine=desk, store=store)
        for number, id in enumerate((WorkflowId("b"), WorkflowId("a"), WorkflowId("held"), WorkflowId("withdrawn"))):
            at = NOON + number * timedelta(seconds=1)
            await runtime.run_step(id, Begin(), now=at)
            await runtime.run_step(id, Submit(), now=at)
        await runtime.run_step(WorkflowId("held"), Pause(), now=NOON)
        await runtime.run_step(WorkflowId("withdrawn"), Cancel(), now=NOON)
    hour = NOON + timedelta(hours=1)
    assert await late.next_due({"check-it"}) == await early.next_due({"check-it"})
    claims = [await one.claim({"check-it": 9}, 9, now=hour, until=hour, worker="w") for one in (late, early)]
    assert claims[0] == claims[1]
    assert [one.workflow_id for one in claims[0]] == ["withdrawn", "b", "a"]
    assert sorted(await late.outbox()) == sorted(await early.outbox())
    for store in (late, early):
        await WorkflowRuntime(machine=desk, store=store).run_step(WorkflowId("held"), Resume(), now=hour)
    assert await late.next_due({"check-it"}) == await early.next_due({"check-it"})
