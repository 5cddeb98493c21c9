"""The runtime: what callers see of steps, starts and answers."""

from datetime import timedelta

import anyio
import pytest

from telic import Cancel, EventId, IntentId, Machine, WorkflowId, WorkflowRuntime
from telic.kernel.orders import FailureCause
from telic.kernel.reminders import ReminderDue
from telic.kernel.results import (
    Conflict,
    Deferred,
    Duplicate,
    Ignored,
    Invalid,
    NotFound,
    Started,
    Stepped,
    Unasked,
)
from telic.kernel.snapshot import Ancestor, Begin, Status
from telic.runtime.lanes import lanes_of
from telic.runtime.runtime import workflow_of
from telic.stores.memory import MemoryStore
from tests.kernel import machines as m
from tests.kernel.machines import ID, NOW, shop
from tests.kernel.test_reminders import NOW as THEN
from tests.kernel.test_reminders import Ask, Sign, papers


@pytest.fixture
def store():
    return MemoryStore(shop)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=shop, store=store)


async def test_a_key_that_no_store_can_hold_begins_nothing(runtime):
    with pytest.raises(
        ValueError, match=r"^expected EventId of text that UTF-8 can write, got 'telic.start:\\ud800'; do"
    ):
        await runtime.start(m.Open(), key="\ud800")
    assert await runtime.store.load(runtime.id_of("\ud800")) is None


async def test_a_start_under_a_key_is_a_duplicate_the_second_time(runtime):
    first = await runtime.start(m.Open(), key="bike-7")
    second = await runtime.start(m.Open(), key="bike-7")
    assert isinstance(first, Started)
    assert (second.id, second.recorded.outcome) == (first.id, "started")
    assert first.id == runtime.id_of("bike-7") != runtime.id_of("bike-8")
    assert first.snapshot.meta.key == "bike-7"


async def test_a_start_says_what_it_needs(runtime):
    with pytest.raises(TypeError, match="expected key= beside a start event, got none"):
        await runtime.start(m.Open())
    with pytest.raises(TypeError, match="expected a first state beside the id, got none"):
        await runtime.start(ID)
    named = Machine[m.Shop, m.ShopEvent](name="named", starts=(m.New,))
    begun = await WorkflowRuntime(machine=named, store=MemoryStore(named)).start(ID, m.New(parts=1), now=NOW)
    assert (begun.state, begun.record.event, begun.record.at) == (m.New(parts=1), Begin(m.New(parts=1)), NOW)
    assert repr(begun.record.event).startswith("Begin(New(")
    assert len({begun.record.event, Begin(m.New(parts=1))}) == 1


async def test_results_carry_what_was_written(runtime):
    opened = await runtime.run_step(ID, m.Open(), event_id=EventId("e"))
    assert (opened.id, opened.revision, opened.state, opened.intent, opened.intents[0].id, opened.followed) == (
        ID, 1, m.New(), m.Mail(), "bike:1:0", (),
    )  # fmt: skip
    assert repr(opened) == f"Started(id=WorkflowId('bike'), revision=1, state={m.New()!r})"
    assert opened == type(opened)(opened.record, opened.snapshot)
    assert len({opened, opened}) == 1
    assert opened != 1
    deferred = await runtime.run_step(ID, m.Collect())
    assert (type(deferred), deferred.record.event_id) == (Deferred, "telic:bike:2")
    ignored = await runtime.run_step(ID, m.Poke(how="hush"))
    assert (type(ignored), ignored.why) == (Ignored, "hush")
    again = await runtime.run_step(ID, m.Open(), event_id=EventId("telic:bike:2"))
    assert isinstance(again, Duplicate)


async def test_answers_failures_and_done_come_by_key(runtime):
    opened = await runtime.run_step(ID, m.Open())
    key = opened.intents[0].id
    assert workflow_of(key) == ID
    assert isinstance(await runtime.fail(key, FailureCause.EXHAUSTED, "no mail today"), Unasked)
    assert isinstance(await runtime.fail(IntentId("bike:9:9"), FailureCause.EXHAUSTED), Invalid)
    assert await runtime.fail(IntentId("ghost:1:0"), FailureCause.EXHAUSTED) == NotFound(WorkflowId("ghost"))
    assert isinstance(await runtime.answer(key, m.Mailed()), Ignored)
    assert isinstance(await runtime.answer(key, m.Mailed()), Duplicate)
    poked = await runtime.run_step(ID, m.Poke())
    assert isinstance(await runtime.done(poked.intents[0].id), Ignored)
    await runtime.run_step(ID, Cancel())
    ended = await runtime.load(ID)
    assert ended.status is Status.ENDED


async def test_events_may_come_as_json(runtime):
    assert isinstance(await runtime.run_json(ID, b'{"type": "Open", "parts": 1}'), Started)
    for data, text in (
        (b"{", "expected a JSON object, got text that is not JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", 'expected a JSON object with a "type", got list'),
        ({"type": "Opne"}, "expected \"type\" to be one of Approve, Collect, Lapsed, Mailed, Open, PartCame, PartMissing, Poke, Quote, Recalled, got 'Opne' (did you mean 'Open'?)"),
        ({"type": "Quote", "price": "x"}, "Quote.price: Input should be a valid integer, unable to parse string as an integer, got 'x'"),
        ({"type": "Quote", "price": 1, "tip": 2}, "Quote.tip: Extra inputs are not permitted, got 2"),
    ):  # fmt: skip
        assert await runtime.run_json(ID, data) == Invalid(ID, (text,))


async def test_a_caller_may_name_the_revision_it_has_seen(runtime):
    await runtime.run_step(ID, m.Open())
    assert await runtime.run_step(ID, m.Poke(), if_revision=7) == Conflict(ID, 7, 1)
    stepped = await runtime.run_step(ID, m.Poke(), if_revision=1, event_id=EventId("p"))
    assert isinstance(stepped, Stepped)
    assert isinstance(await runtime.run_step(ID, m.Poke(), if_revision=1, event_id=EventId("p")), Duplicate)
    assert await runtime.run_step(WorkflowId("none"), m.Poke(), if_revision=1) == Conflict(WorkflowId("none"), 1, 0)


def test_a_runtime_names_its_parts(runtime):
    assert (
        repr(runtime)
        == "WorkflowRuntime(machine=Machine('shop', version=1, 5 states, 10 events), store=MemoryStore('shop', 0 instances))"
    )
    typed = WorkflowRuntime[m.Shop, m.ShopEvent](machine=shop, store=MemoryStore(shop))
    assert typed.machine is shop


async def test_a_step_on_an_instance_that_somebody_works_on_waits_its_turn(runtime, store):
    lanes, found = lanes_of(store, "shop", ""), []
    assert lanes.enter(ID)

    async def begin():
        found.append(await runtime.run_step(ID, m.Open()))

    async with anyio.create_task_group() as group:
        group.start_soon(begin)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        lanes.leave(ID)
    assert [type(one) for one in found] == [Started]


async def test_a_child_begins_once_and_its_report_cannot_fail_its_own_machine(runtime):
    parent = IntentId("p:1:0")
    begun = await runtime.start_child(m.Open(), machine="desk", parent=parent)
    again = await runtime.start_child(m.Open(), machine="desk", parent=parent, now=NOW)
    assert isinstance(begun, Started)
    assert (again.kind, again.id) == ("duplicate", begun.id)
    assert (begun.id, begun.snapshot.meta.parent) == ("desk/p:1:0", parent)
    assert begun.snapshot.meta.root == Ancestor("desk", WorkflowId("p"))
    below = await runtime.start_child(m.Open(), machine="shop", parent=IntentId("q:1:0"), root=begun.snapshot.meta.root)
    assert below.snapshot.meta.root == Ancestor("desk", WorkflowId("p"))
    ended = await runtime.run_step(begun.id, Cancel(reason="no more"))
    (report,) = [key for key, one in ended.snapshot.open.items() if type(one.intent).__name__ == "Report"]
    refused = await runtime.fail(report, FailureCause.EXHAUSTED)
    assert refused.kind == "invalid"
    assert report in (await runtime.load(begun.id)).open


async def test_a_runtime_goes_through_another_store_of_its_machine(runtime):
    other = MemoryStore(shop)
    through = runtime.through(other)
    await through.run_step(ID, m.Open())
    assert (await runtime.load(ID), (await through.load(ID)).revision) == (None, 1)
    assert (through.store, through.machine, runtime.store is other) == (other, shop, False)


async def test_a_reminder_that_is_taken_back_ends_without_a_state_that_hears_of_it():
    office = WorkflowRuntime(machine=papers, store=MemoryStore(papers))
    await office.run_step(ID, Ask(), now=THEN)
    at = THEN + timedelta(hours=5)
    (opened,) = (await office.run_step(ID, ReminderDue(at=at), wait="Sign", now=at)).snapshot.open.values()
    await office.run_step(ID, Sign(), now=at)
    result = await office.fail(opened.id, FailureCause.WITHDRAWN, now=at)
    assert (result.kind, (await office.load(ID)).open) == ("ignored", {})
