"""Steps and attempts are spans that are linked over waits, and measured."""

import importlib
import sys
from datetime import timedelta

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.adapters.opentelemetry import Telemetry
from telic.kernel.errors import MissingExtra, RevisionConflict
from telic.kernel.events import Terminate
from telic.kernel.handling import Later
from telic.kernel.orders import FailureCause
from telic.runtime.claims import buried
from telic.shell import Limit, Rate
from telic.shell.deadlines import Deadlines
from telic.shell.hooks import Hooks
from telic.shell.timing import Timing
from telic.stores.memory import MemoryStore
from tests.shell.till import ID, NOW, Arm, Ask, Charge, Done, Note, Open, Quiet, Wire, till
from tests.stores.desk import Approve, Begin, Submit, desk

HOUR = timedelta(hours=1)


@pytest.fixture
async def plain(stores, clock):
    async with stores(till) as store:
        yield WorkflowRuntime(machine=till, store=store, clock=clock)


@pytest.fixture
def here(clock):
    return WorkflowRuntime(machine=till, store=MemoryStore(till), clock=clock)


def system(runtime, charge=None):
    async def done(intent, call):
        return Done(ref=intent.ref)

    async def noted(intent, call): ...

    bound = {one: one.handled_by(done) for one in (Charge, Wire, Quiet)} | {Note: Note.handled_by(noted)}
    if charge is not None:
        bound[Charge] = Charge.handled_by(charge)
    return System(runtimes=[runtime], handlers=Handlers(*bound.values()))


def test_a_traced_system_has_the_limits_and_priorities_of_the_other(here, seen):
    bindings = [Charge.handled_by(do_nothing, priority=3), *(one.handled_by(do_nothing) for one in OTHERS)]
    limit = Limit(Charge, rate=Rate(count=1))
    traced = seen.telemetry.system(System(runtimes=[here], handlers=Handlers(*bindings), limits=[limit]))
    assert (traced.binding(Charge).priority, traced.binding(Wire).priority) == (3, 0)
    assert [one.limit for one in traced.meters(Charge)] == [limit]


async def do_nothing(intent, call): ...


OTHERS = (Wire, Quiet, Note)


async def test_a_step_is_a_span_that_says_from_where_to_where(plain, seen):
    runtime = seen.telemetry.runtime(plain)
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge"))
    first, second = seen.of("transition till")
    assert (first.kind, dict(first.attributes)) == (
        SpanKind.INTERNAL,
        {
            "telic.workflow": "till", "telic.workflow_id": "till", "telic.version": "1", "telic.tenant": "",
            "telic.event": "Open", "telic.to": "till", "telic.result": "started", "telic.revision": 1,
        },
    )  # fmt: skip
    assert second.attributes["telic.from"] == "till"
    assert [dict(one.attributes) for one in second.events] == [
        {"telic.intent_id": "till:2:0", "telic.intent": "Charge"}
    ]


async def test_an_attempt_is_linked_to_the_step_before_and_the_step_after_to_the_attempt(plain, seen, clock):
    traced = seen.telemetry.system(system(plain))
    runtime = traced.runtimes["till"]
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge"))
    assert (await Worker(traced, clock=clock).drain()).carried_out == 1
    _, asked, answered = seen.of("transition till")
    (attempt,) = seen.of("process Charge")
    assert attempt.kind is SpanKind.CONSUMER
    assert attempt.parent is None
    assert [one.context.span_id for one in attempt.links] == [asked.context.span_id]
    assert [one.context.span_id for one in answered.links] == [attempt.context.span_id]
    assert dict(attempt.attributes) == {
        "telic.workflow": "till", "telic.workflow_id": "till", "telic.intent": "Charge", "telic.intent_id": "till:2:0",
        "telic.attempt": 1, "telic.tenant": "", "messaging.system": "telic", "messaging.operation.type": "process",
        "messaging.operation.name": "process", "messaging.destination.name": "Charge",
        "messaging.message.id": "till:2:0", "telic.result": "answered", "telic.answer": "Done",
    }  # fmt: skip
    assert answered.attributes["telic.intent_id"] == "till:2:0"


async def test_an_attempt_that_fails_is_an_error_with_its_exception(here, seen, clock):
    async def broken(intent, call):
        raise ValueError("no such card")

    traced = seen.telemetry.system(system(here, broken))
    await traced.runtimes["till"].run_step(ID, Open())
    await traced.runtimes["till"].run_step(ID, Ask(what="charge"))
    await Worker(traced, clock=clock).drain()
    (attempt,) = seen.of("process Charge")
    assert attempt.status.status_code is StatusCode.ERROR
    assert [one.name for one in attempt.events] == ["exception"]
    assert seen.counts("telic.intent.attempts") == {"failed": 1}


async def test_an_answer_that_comes_later_is_counted_apart(here, seen, clock):
    async def later(intent, call):
        return Later()

    traced = seen.telemetry.system(system(here, later))
    await traced.runtimes["till"].run_step(ID, Open())
    await traced.runtimes["till"].run_step(ID, Ask(what="charge"))
    await Worker(traced, clock=clock).drain()
    assert seen.counts("telic.intent.attempts") == {"later": 1}
    assert seen.counts("telic.intent.duration") == {"later": 1}


async def test_what_telic_carries_out_itself_is_traced_too_and_what_nobody_does_stays_so(here, seen):
    traced = seen.telemetry.system(system(here))
    assert traced.binding(Note) is not None
    assert traced.binding(desk.intents and next(iter(desk.intents))) is None


async def test_steps_are_counted_by_result(plain, seen):
    runtime = seen.telemetry.runtime(plain)
    await runtime.run_step(ID, Ask(what="charge"))
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="note"), if_revision=7)
    assert seen.counts("telic.transitions") == {"rejected": 1, "committed": 1, "conflict": 1}
    assert seen.counts("telic.transition.duration") == {"rejected": 1, "committed": 1, "conflict": 1}
    assert seen.of("transition till")[-1].status.status_code is StatusCode.ERROR


async def test_no_metric_names_an_instance(plain, seen, clock):
    traced = seen.telemetry.system(system(plain))
    await traced.runtimes["till"].run_step(ID, Open())
    await traced.runtimes["till"].run_step(ID, Ask(what="charge"))
    await Worker(traced, clock=clock).drain()
    names = ("telic.transitions", "telic.transition.duration", "telic.intent.duration", "telic.intent.attempts")
    told = [key for name in names for attributes, _ in seen.points(name) for key in attributes]
    assert set(told) == {"telic.workflow", "telic.result", "telic.intent"}


async def test_code_that_is_broken_is_an_error_of_the_step(here, seen):
    runtime = seen.telemetry.runtime(here)
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge"))
    with pytest.raises(ValueError, match="no such drawer"):
        await runtime.answer("till:2:0", Done(ref="broken"), now=NOW)
    assert seen.counts("telic.transitions") == {"committed": 2, "error": 1}


async def test_a_race_that_is_lost_is_counted(clock, seen):
    class Raced(MemoryStore):
        lost = 1

        def save_now(self, commit):
            if self.lost:
                self.lost -= 1
                raise RevisionConflict(commit.id, 0, 1)
            super().save_now(commit)

    runtime = seen.telemetry.runtime(WorkflowRuntime(machine=till, store=Raced(till), clock=clock))
    assert (await runtime.run_step(ID, Open())).kind == "started"
    assert seen.counts("telic.store.conflicts", by="telic.workflow") == {"till": 1}


async def test_the_lag_of_a_deadline_is_measured_from_its_moment(plain, seen, clock):
    traced = seen.telemetry.system(system(plain))
    await traced.runtimes["till"].run_step(ID, Open())
    await traced.runtimes["till"].run_step(ID, Arm(at=NOW + HOUR))
    clock.move(3600 + 25)
    assert await Deadlines(traced, Timing(clock)).fire() == 1
    ((told, point),) = seen.points("telic.timer.lag")
    assert (told, point.sum) == ({"telic.workflow": "till", "telic.event": "Lapsed"}, 25)


async def test_the_time_to_complete_a_task_is_measured_from_its_opening(clock, seen):
    runtime = seen.telemetry.runtime(WorkflowRuntime(machine=desk, store=MemoryStore(desk), clock=clock))
    await runtime.run_step(ID, Begin())
    await runtime.run_step(ID, Submit())
    clock.move(90)
    result = await runtime.run_step(ID, Approve(), wait="Approve")
    assert result.kind == "stepped"
    ((told, point),) = seen.points("telic.task.time_to_complete")
    assert (told, point.sum) == ({"telic.workflow": "desk", "telic.event": "Approve"}, 90)


async def test_a_fact_that_no_state_takes_is_counted_once(plain, seen):
    runtime = seen.telemetry.runtime(plain)
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge"))
    await runtime.run_step(ID, Terminate(reason="why"))
    assert [(await runtime.answer("till:2:0", Done(ref="charge-0"))).kind for _ in range(2)] == [
        "unplaced", "duplicate"
    ]  # fmt: skip
    ((told, point),) = seen.points("telic.facts.unplaced")
    assert (told, point.value) == ({"telic.workflow": "till", "telic.event": "Done"}, 1)


async def test_dead_letters_are_counted_by_a_hook(here, seen, clock):
    hooks = Hooks(system(here), [seen.telemetry.hook()])
    await hooks.drain()
    await here.run_step(ID, Open())
    await here.run_step(ID, Ask(what="quiet"))
    (claim,) = await here.store.claim({"Quiet": 1}, 1, now=NOW, until=NOW + HOUR, worker="w")
    await here.store.settle([buried(claim, "no line", FailureCause.EXHAUSTED)])
    await hooks.drain()
    ((told, point),) = seen.points("telic.intent.dead")
    assert (told, point.value) == ({"telic.workflow": "till", "telic.cause": "exhausted"}, 1)


async def test_what_is_traced_is_left_as_it_is(here, seen):
    traced = seen.telemetry.runtime(here)
    await here.run_step(ID, Open())
    assert seen.spans == ()
    assert traced == here


async def test_without_a_provider_everything_works(here, clock):
    traced = Telemetry().system(system(here))
    await traced.runtimes["till"].run_step(ID, Open())
    await traced.runtimes["till"].run_step(ID, Ask(what="charge"))
    assert (await Worker(traced, clock=clock).drain()).carried_out == 1


def test_without_the_api_the_line_to_install_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    monkeypatch.delitem(sys.modules, "telic.adapters.opentelemetry")
    with pytest.raises(MissingExtra) as error:
        importlib.import_module("telic.adapters.opentelemetry")
    assert str(error.value) == (
        "telic.adapters.opentelemetry needs an extra that is not installed; do pip install 'telic[otel]'"
    )
