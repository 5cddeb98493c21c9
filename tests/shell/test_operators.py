"""Operators act on one instance or on many, once for each operation, and each act has its actor."""

import pytest

from telic import WorkflowId, WorkflowRuntime
from telic.kernel.errors import ConfigurationError, DecodeError, StoreFailed
from telic.kernel.events import Cancel, Control, Pause
from telic.kernel.results import Ended, NotFound, Rejected
from telic.kernel.snapshot import Status
from telic.kernel.values import IntentId
from telic.runtime.claims import buried
from telic.runtime.queries import Query
from telic.shell.operators import Acted, Effect, Operators
from tests.kernel import machines as m
from tests.shell.test_shell import system
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, Ask, Open, everything


async def opened(runtime, *names):
    for name in names:
        await runtime.run_step(WorkflowId(name), Open())


async def dead(runtime, *names):
    """Instances with a dead letter each."""
    await opened(runtime, *names)
    for name in names:
        await runtime.run_step(WorkflowId(name), Ask(what="quiet"))
    claims = await runtime.store.claim({"Quiet": 99}, 99, now=NOW, until=NOW, worker="w")
    await runtime.store.settle([buried(one, "broken") for one in claims])


async def told(acts):
    return [(str(one.intent or one.id), str(one.effect)) async for one in acts]


async def statuses(runtime):
    return {one.id: str(one.status) for one in (await runtime.store.find()).items}


async def test_an_instance_is_paused_and_resumed(operators, runtime):
    await opened(runtime, "a")
    assert await told(operators.pause("till", WorkflowId("a"), reason="stocktaking")) == [("a", "done")]
    assert await statuses(runtime) == {"a": "paused"}
    assert await told(operators.resume("till", WorkflowId("a"))) == [("a", "done")]
    assert await statuses(runtime) == {"a": "running"}


async def test_those_that_were_paused_for_one_reason_go_on_and_the_others_stay(operators, runtime):
    await opened(runtime, "a", "b", "c")
    await told(operators.pause("till", WorkflowId("a"), reason="stocktaking"))
    await told(operators.pause("till", WorkflowId("b"), reason="audit"))
    for effect, how in (("would", {"dry_run": True}), ("done", {}), ("already", {})):
        acts = operators.resume("till", Query(), paused_for="stocktaking", operation="op-1", **how)
        assert await told(acts) == [("a", effect)]
    assert await statuses(runtime) == {"a": "running", "b": "paused", "c": "running"}


async def test_one_that_is_none_or_cannot_be_read_is_told_whatever_it_was_paused_for(operators, runtime, monkeypatch):
    assert await told(operators.resume("till", WorkflowId("z"), paused_for="audit")) == [("z", "refused")]
    await opened(runtime, "a")

    async def torn(store, id, event_ids=()):
        monkeypatch.undo()
        raise DecodeError("torn", 1, "expected a state, got a tear")

    monkeypatch.setattr(type(runtime.store), "load", torn)
    assert await told(operators.resume("till", WorkflowId("a"), paused_for="audit")) == [("a", "refused")]


async def test_an_act_is_journaled_with_its_actor_and_its_reason(operators, runtime):
    await opened(runtime, "a")
    await told(operators.pause("till", WorkflowId("a"), reason="stocktaking", operation="op-1"))
    entry = (await runtime.store.journal(WorkflowId("a")))[-1]
    assert (entry.actor, entry.event, entry.given_id) == (
        "ann",
        Pause(reason="stocktaking"),
        "telic.operator:op-1:pause",
    )


async def test_a_state_may_compensate_a_cancellation(operators, runtime):
    await opened(runtime, "a")
    (act,) = [one async for one in operators.cancel("till", WorkflowId("a"), reason="fraud")]
    assert (act.effect, [str(one.id) for one in act.result.intents]) == (Effect.DONE, ["a:2:0"])
    assert (await runtime.store.journal(WorkflowId("a")))[-1].event == Cancel(reason="fraud")
    assert await statuses(runtime) == {"a": "running"}


async def test_a_termination_asks_no_state(operators, runtime):
    await opened(runtime, "a")
    assert await told(operators.terminate("till", WorkflowId("a"))) == [("a", "done")]
    assert await statuses(runtime) == {"a": "terminated"}


async def test_all_that_a_query_finds_are_acted_on_over_pages(operators, runtime, monkeypatch):
    monkeypatch.setattr("telic.shell.operators._PAGE", 2)
    await opened(runtime, "a", "b", "c", "d", "e")
    await told(operators.pause("till", [WorkflowId("b"), WorkflowId("e")]))
    running = Query(status=Status.RUNNING)
    assert await told(operators.terminate("till", running)) == [("a", "done"), ("c", "done"), ("d", "done")]
    assert await statuses(runtime) == {
        "a": "terminated",
        "b": "paused",
        "c": "terminated",
        "d": "terminated",
        "e": "paused",
    }


async def test_an_operation_that_is_repeated_is_done_once(operators, runtime):
    await opened(runtime, "a", "b")
    await told(operators.pause("till", WorkflowId("a"), operation="op-1"))
    await told(operators.resume("till", WorkflowId("a")))
    again = operators.pause("till", Query(), operation="op-1")
    assert await told(again) == [("a", "already"), ("b", "done")]
    assert await statuses(runtime) == {"a": "running", "b": "paused"}


async def test_one_operation_may_pause_and_resume(operators, runtime):
    await opened(runtime, "a")
    await told(operators.pause("till", WorkflowId("a"), operation="op-1"))
    assert await told(operators.resume("till", WorkflowId("a"), operation="op-1")) == [("a", "done")]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(operators, runtime):
    await opened(runtime, "a", "b")
    await told(operators.pause("till", WorkflowId("b"), operation="op-1"))
    before = await runtime.store.find()
    foreseen = [one async for one in operators.pause("till", Query(), operation="op-1", dry_run=True)]
    assert [(one.id, one.effect) for one in foreseen] == [("a", Effect.WOULD), ("b", Effect.ALREADY)]
    assert foreseen[0].result.snapshot.status is Status.PAUSED
    assert await told(operators.cancel("till", Query(), reason="r", dry_run=True)) == [("a", "would"), ("b", "would")]
    assert await runtime.store.find() == before


async def test_what_stands_in_the_way_is_told(operators, runtime):
    await opened(runtime, "a", "b")
    await told(operators.terminate("till", WorkflowId("b")))
    (unpaused, over, absent) = [one async for one in operators.resume("till", map(WorkflowId, ["a", "b", "c"]))]
    assert [one.effect for one in (unpaused, over, absent)] == [Effect.REFUSED] * 3
    assert unpaused.why == "expected a paused instance for Resume, got one that is running"
    assert over.why == "expected an instance that goes on, got one that is terminated"
    assert absent.why == "expected an instance, got the id c, which is none"
    assert [type(one.result) for one in (unpaused, over, absent)] == [Rejected, Ended, NotFound]
    dry = [one async for one in operators.resume("till", WorkflowId("c"), dry_run=True)]
    assert dry == [absent]


async def test_an_instance_whose_code_is_broken_does_not_stop_the_others(operators, runtime, monkeypatch):
    await opened(runtime, "a", "b")
    whole = type(runtime).run_step

    async def breaks(self, id, event, **how):
        if id == "a":
            raise ZeroDivisionError("no drawer")
        return await whole(self, id, event, **how)

    monkeypatch.setattr(type(runtime), "run_step", breaks)
    first, second = [one async for one in operators.pause("till", Query())]
    assert first == Acted(WorkflowId("a"), Effect.FAILED, "ZeroDivisionError: no drawer")
    assert second.effect is Effect.DONE


async def test_a_store_that_does_not_answer_ends_the_act(operators, runtime, monkeypatch):
    await opened(runtime, "a", "b")

    async def fails(self, id, event, **how):
        raise StoreFailed("save", "disk full")

    monkeypatch.setattr(type(runtime), "run_step", fails)
    with pytest.raises(StoreFailed):
        await told(operators.pause("till", Query()))


async def test_leaving_the_loop_leaves_the_rest_alone(operators, runtime):
    await opened(runtime, "a", "b")
    acts = operators.pause("till", Query())
    assert (await anext(acts)).id == "a"
    await acts.aclose()
    assert await statuses(runtime) == {"a": "paused", "b": "running"}


async def test_all_dead_letters_are_redriven_over_pages(operators, runtime, monkeypatch):
    monkeypatch.setattr("telic.shell.operators._PAGE", 1)
    await dead(runtime, "a", "b", "c")
    assert await told(operators.redrive("till")) == [("a:2:0", "done"), ("b:2:0", "done"), ("c:2:0", "done")]
    assert await runtime.store.dead_letters() == ()


async def test_dead_letters_are_redriven_by_their_ids(operators, runtime):
    await dead(runtime, "a", "b")
    letters = [IntentId("b:2:0"), IntentId("a:9:9")]
    one, other = [one async for one in operators.redrive("till", letters)]
    assert (one.effect, other.effect) == (Effect.DONE, Effect.REFUSED)
    assert other.why == "expected a dead letter, got a:9:9, which is none"
    assert [one.opened.id for one in await runtime.store.dead_letters()] == ["a:2:0"]
    assert await told(operators.redrive("till", IntentId("a:2:0"))) == [("a:2:0", "done")]


async def test_dead_letters_of_the_instances_that_a_query_finds_are_redriven(operators, runtime):
    await dead(runtime, "a", "a:x", "b", "c")
    await told(operators.pause("till", [WorkflowId("a"), WorkflowId("c")]))
    paused = Query(status=Status.PAUSED)
    assert await told(operators.redrive("till", paused)) == [("a:2:0", "done"), ("c:2:0", "done")]
    assert [one.opened.id for one in await runtime.store.dead_letters()] == ["a:x:2:0", "b:2:0"]


async def test_a_redrive_leaves_a_trace_with_its_actor_and_is_done_once(operators, runtime):
    await dead(runtime, "a")
    await told(operators.redrive("till", operation="op-1"))
    (act,) = await runtime.store.acts(WorkflowId("a"))
    assert (act.actor, act.name, act.subject, act.at) == ("ann", "redrive", "a:2:0", NOW)
    claims = await runtime.store.claim({"Quiet": 9}, 9, now=NOW, until=NOW, worker="w")
    await runtime.store.settle([buried(one, "again") for one in claims])
    assert await told(operators.redrive("till", operation="op-1", dry_run=True)) == [("a:2:0", "already")]
    assert await told(operators.redrive("till", operation="op-1")) == [("a:2:0", "already")]
    assert len(await runtime.store.dead_letters()) == 1


async def test_a_dry_run_of_a_redrive_changes_nothing(operators, runtime):
    await dead(runtime, "a")
    letters = [IntentId("a:2:0"), IntentId("a:9:9")]
    assert await told(operators.redrive("till", letters, dry_run=True)) == [("a:2:0", "would"), ("a:9:9", "refused")]
    assert len(await runtime.store.dead_letters()) == 1
    assert await told(operators.release("till", letters, dry_run=True)) == [("a:2:0", "refused"), ("a:9:9", "refused")]


async def test_an_operator_has_a_name(runtime):
    with pytest.raises(ValueError, match="^expected the name of who acts, got none$"):
        Operators(everything(runtime), actor="")


async def test_a_machine_that_is_not_there_is_refused_at_once(operators):
    for act in (operators.pause, operators.resume, operators.redrive, operators.terminate):
        with pytest.raises(ConfigurationError) as refused:
            act("tilt", WorkflowId("a"))
        assert refused.value.findings == (
            "expected a machine of the system, got 'tilt' (did you mean 'till'?); do add its runtime",
        )


def test_a_store_that_keeps_no_books_is_refused_where_they_are_needed():
    runtime = WorkflowRuntime(machine=m.shop, store=OnlyLists(m.shop))
    operators = Operators(system(runtime), actor="ann")
    with pytest.raises(ConfigurationError, match="expected a store with dead letters and acts, got OnlyLists"):
        operators.redrive("shop")
    with pytest.raises(ConfigurationError, match=r"expected a store with find\(...\), got OnlyLists; do name the ids"):
        operators.pause("shop", Query())


async def test_a_store_that_cannot_be_asked_can_be_acted_on_by_ids():
    runtime = WorkflowRuntime(machine=m.shop, store=OnlyLists(m.shop))
    await runtime.run_step(m.ID, m.Open())
    assert await told(Operators(system(runtime), actor="ann").pause("shop", m.ID)) == [(m.ID, "done")]


def test_every_kernel_command_has_its_act():
    assert {one.__name__.lower() for one in Control.__subclasses__()} <= set(dir(Operators))
