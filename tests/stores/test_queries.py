"""What every store finds of many instances: by kind, status, parent, key and attributes, in pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.events import Cancel, Pause
from telic.kernel.snapshot import Delivery, Status
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.protocols import Queries
from telic.runtime.queries import Between
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import Add, Approve, Begin, Checked, Submit, desk

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def runtime(durable):
    return WorkflowRuntime(machine=desk, store=durable)


async def begun(runtime, *names, text="t"):
    for name in names:
        await runtime.run_step(WorkflowId(name), Begin(text=text), now=NOW)


async def submitted(runtime, name, *, text="t", count=0, score=None, now=NOW):
    id = WorkflowId(name)
    await runtime.run_step(id, Begin(text=text), now=now)
    if count:
        await runtime.run_step(id, Add(amount=count), now=now)
    (intent,) = (await runtime.run_step(id, Submit(), now=now)).intents
    if score is not None:
        await runtime.answer(intent.id, Checked(score=score), now=now)


async def found(runtime, **asked):
    page = await runtime.store.find(**asked)
    assert page.next is None
    return [one.id for one in page.items]


async def test_stores_can_be_asked_about_many_instances(runtime):
    assert isinstance(runtime.store, Queries)


async def test_a_store_without_instances_finds_none(runtime):
    assert await runtime.store.find() == ((), None)


async def test_a_summary_tells_what_a_list_shows(runtime):
    await runtime.start(Begin(text="t"), key="k-1", now=NOW)
    id = runtime.id_of("k-1")
    await runtime.run_step(id, Submit(), now=NOW + SECOND)
    (one,) = (await runtime.store.find()).items
    assert one[:8] == (id, "review", Status.RUNNING, 2, NOW, NOW + SECOND, "k-1", None)
    assert one.attributes == {
        "text": "t",
        "count": 0,
        "open": True,
        "score": Decimal(0),
        "since": NOW + SECOND,
        "day": date(2026, 3, 1),
    }
    assert {type(value) for value in one.attributes.values()} == {str, int, bool, Decimal, datetime, date}


async def test_instances_are_found_by_kind(runtime):
    await begun(runtime, "a", "c")
    await submitted(runtime, "b")
    assert await found(runtime, kind="draft") == ["a", "c"]
    assert await found(runtime, kind="review") == ["b"]
    assert await found(runtime, kind="done") == []


async def test_instances_are_found_by_status(runtime):
    await begun(runtime, "a", "b", "c")
    await submitted(runtime, "d")
    await runtime.run_step(WorkflowId("b"), Pause())
    await runtime.run_step(WorkflowId("c"), Cancel())
    await runtime.run_step(WorkflowId("d"), Approve())
    told = {status: await found(runtime, status=status) for status in Status}
    assert told == {"running": ["a"], "paused": ["b"], "cancelled": ["c"], "ended": ["d"], "terminated": []}


async def test_an_instance_is_found_by_its_business_key(runtime):
    for key in ("k-1", "k-2"):
        await runtime.start(Begin(), key=key)
    assert await found(runtime, key="k-2") == [runtime.id_of("k-2")]
    assert await found(runtime, key="k-3") == []


async def test_children_are_found_by_their_parent_and_not_by_another_of_a_longer_name(runtime):
    parents = {"x": "p:3:0", "y": "p:12:1", "z": "p:q:3:0", "u": "pp:3:0", "v": "p:4:3:0"}
    for name, parent in parents.items():
        delivery = Delivery(Begin(), parent=IntentId(parent))
        await runtime.store.save(advance(desk, None, delivery, Context(NOW, WorkflowId(name))))
    await begun(runtime, "orphan")
    assert await found(runtime, parent=WorkflowId("p")) == ["x", "y"]
    assert await found(runtime, parent=WorkflowId("p:q")) == ["z"]
    assert await found(runtime, parent=WorkflowId("p:4")) == ["v"]
    assert await found(runtime, parent=WorkflowId("x")) == []


async def test_instances_are_found_by_each_type_of_attribute(runtime):
    await submitted(runtime, "a", text="apple", count=3, score=Decimal("0.1"))
    await submitted(runtime, "b", text="bär\U0001f600" * 60, count=40, score=Decimal("2.5"), now=NOW + SECOND)
    await begun(runtime, "c")  # a draft gives no attributes
    asked = {
        "text": "bär\U0001f600" * 60,
        "count": 40,
        "score": Decimal("2.5"),
        "since": NOW + SECOND,
    }
    for name, value in asked.items():
        assert await found(runtime, attributes={name: value}) == ["b"], name
    assert await found(runtime, attributes={"open": True, "day": date(2026, 3, 1)}) == ["a", "b"]
    assert await found(runtime, attributes={"open": False}) == []


async def test_a_value_of_another_type_is_another_value(runtime):
    await submitted(runtime, "a", count=1)
    assert await found(runtime, attributes={"count": 1}) == ["a"]
    assert await found(runtime, attributes={"count": True}) == []
    assert await found(runtime, attributes={"count": Decimal(1)}) == []
    assert await found(runtime, attributes={"open": 1}) == []


async def test_instances_are_found_by_ranges_with_both_ends_within(runtime):
    for number, name in enumerate("abcd"):
        await submitted(runtime, name, text=name, count=number, now=NOW + number * SECOND)
    assert await found(runtime, attributes={"count": Between(1, 2)}) == ["b", "c"]
    assert await found(runtime, attributes={"text": Between(low="c")}) == ["c", "d"]
    assert await found(runtime, attributes={"since": Between(high=NOW + SECOND)}) == ["a", "b"]
    assert await found(runtime, attributes={"count": Between(1), "text": Between(high="b")}) == ["b"]


async def test_a_range_that_makes_no_sense_is_refused(runtime):
    with pytest.raises(ValueError, match=r"expected one or two ends of one type for attribute 'count', got Between"):
        await runtime.store.find(attributes={"count": Between()})
    with pytest.raises(ValueError, match=r"expected one or two ends of one type for attribute 'count', got Between"):
        await runtime.store.find(attributes={"count": Between(1, "b")})
    with pytest.raises(ValueError, match=r"expected limit of at least 1, got 0"):
        await runtime.store.find(limit=0)


async def test_what_a_state_does_not_give_any_more_is_not_found(runtime):
    await submitted(runtime, "a", text="t")
    await runtime.run_step(WorkflowId("a"), Approve())
    assert await found(runtime, attributes={"text": "t"}) == []
    (one,) = (await runtime.store.find()).items
    assert one.attributes == {}


async def test_pages_follow_each_other_whatever_is_written_meanwhile(runtime):
    await begun(runtime, "a", "b", "ß", "\U0001f600", "c")
    first = await runtime.store.find(limit=2)
    await begun(runtime, "aa", "bb")
    second = await runtime.store.find(limit=2, after=first.next)
    third = await runtime.store.find(limit=9, after=second.next)
    told = [[one.id for one in page.items] for page in (first, second, third)]
    assert told == [["a", "b"], ["bb", "c"], ["ß", "\U0001f600"]]
    assert (first.next, second.next, third.next) == ("b", "c", None)


async def test_a_page_that_is_just_full_is_the_last_one(runtime):
    await submitted(runtime, "a")
    await submitted(runtime, "b")
    assert (await runtime.store.find(limit=2)).next is None


async def test_all_conditions_have_to_hold(runtime):
    await submitted(runtime, "a", text="x")
    await submitted(runtime, "b", text="x")
    await runtime.run_step(WorkflowId("b"), Pause())
    asked = {"kind": "review", "status": Status.PAUSED, "attributes": {"text": "x"}}
    assert await found(runtime, **asked) == ["b"]
    assert await found(runtime, **(asked | {"kind": "draft"})) == []
