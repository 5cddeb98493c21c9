"""Spans are linked over waits, also where what they belong to happens in another process."""

import anyio
import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.kernel.errors import StoreFailed
from telic.kernel.messages import Reach
from telic.kernel.values import EventId
from telic.shell.deadlines import Deadlines
from telic.shell.tasks import Inbox
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from telic.stores.memory import MemoryStore
from tests.adapters.opentelemetry.seen import Seen
from tests.shell.press import News, Subscribe, reader
from tests.shell.till import ID, NOW, Arm, Ask, Charge, Done, Note, Open, Quiet, Wire, till
from tests.stores.desk import Approve, Begin, Check, Checked, Submit, desk


def linked(span):
    return [one.context.span_id for one in span.links]


def spans_of(*spans):
    return [one.context.span_id for one in spans]


def tills(store, clock):
    async def done(intent, call):
        return Done(ref=intent.ref)

    async def noted(intent, call): ...

    handlers = (*(one.handled_by(done) for one in (Charge, Wire, Quiet)), Note.handled_by(noted))
    runtime = WorkflowRuntime(machine=till, store=store, clock=clock)
    return System(runtimes=[runtime], handlers=Handlers(*handlers))


async def test_an_attempt_in_another_process_is_linked_to_the_step_that_emitted_its_intent(
    stores, seen, elsewhere, clock
):
    async with stores(till) as store:
        here = seen.telemetry.system(tills(store, clock)).runtimes["till"]
        await here.run_step(ID, Open())
        await here.run_step(ID, Ask(what="charge"))
        worker = Worker(elsewhere.telemetry.system(tills(store, clock)), clock=clock)
        assert (await worker.drain()).carried_out == 1
    _, asked = seen.of("transition till")
    (attempt,) = elsewhere.of("process Charge")
    (answered,) = elsewhere.of("transition till")
    assert linked(attempt) == spans_of(asked)
    assert attempt.links[0].context.trace_id == asked.context.trace_id != attempt.context.trace_id
    assert linked(answered) == spans_of(attempt)


async def test_an_answer_that_comes_to_another_process_is_linked_to_the_step_that_asked(stores, seen, elsewhere, clock):
    async with stores(till) as store:
        here, there = (
            one.telemetry.runtime(WorkflowRuntime(machine=till, store=store, clock=clock)) for one in (seen, elsewhere)
        )
        await here.run_step(ID, Open())
        await here.run_step(ID, Ask(what="charge"))
        assert (await there.answer("till:2:0", Done(ref="charge-0"))).kind == "stepped"
    (answered,) = elsewhere.of("transition till")
    assert linked(answered) == spans_of(seen.of("transition till")[1])


async def test_a_deadline_that_fires_is_linked_to_the_step_that_opened_it(stores, seen, elsewhere, clock):
    async with stores(till) as store:
        here = seen.telemetry.system(tills(store, clock)).runtimes["till"]
        await here.run_step(ID, Open())
        await here.run_step(ID, Arm(at=NOW))
        await here.run_step(ID, Ask(what="note"))  # it stays open, and keeps the step that opened it
        there = elsewhere.telemetry.system(tills(store, clock))
        assert await Deadlines(there, Timing(clock)).fire() == 1
    _, armed, _ = seen.of("transition till")
    (fired,) = elsewhere.of("transition till")
    assert linked(fired) == spans_of(armed)


async def test_a_task_that_is_answered_is_linked_to_the_step_that_opened_it(stores, seen, elsewhere, clock):
    async def check(intent, call):
        return Checked()

    async with stores(desk) as store:
        runtime = WorkflowRuntime(machine=desk, store=store, clock=clock)
        system = System(runtimes=[runtime], handlers=Handlers(Check.handled_by(check)))
        here = seen.telemetry.system(system).runtimes["desk"]
        await here.run_step(ID, Begin())
        await here.run_step(ID, Submit())
        inbox = Inbox(elsewhere.telemetry.system(system))
        (task,) = (await inbox.tasks()).items
        assert (await inbox.complete(task, Approve(), actor="ann", groups=("desk",))).kind == "stepped"
    (answered,) = elsewhere.of("transition desk")
    assert linked(answered) == spans_of(seen.of("transition desk")[1])


@pytest.mark.parametrize("reach", Reach)
async def test_a_fact_that_is_delivered_is_linked_to_the_step_that_opened_its_topic(
    stores, seen, elsewhere, clock, reach
):
    async with stores(reader) as store:
        system = System(runtimes=[WorkflowRuntime(machine=reader, store=store, clock=clock)], handlers=Handlers())
        await seen.telemetry.system(system).runtimes["reader"].run_step(ID, Subscribe(news="x"))
        await publish(system, News(text="hot"), name="news", key="x", event_id=EventId("n-1"), reach=reach)
        assert await Feeding(elsewhere.telemetry.system(system), Timing(clock)).feed() == 1
    (delivered,) = elsewhere.of("transition reader")
    assert linked(delivered) == spans_of(*seen.of("transition reader"))


async def test_steps_that_are_saved_together_keep_their_own_spans(stores, seen, clock):
    async with stores(till) as store:
        runtime = seen.telemetry.runtime(WorkflowRuntime(machine=till, store=store, clock=clock))
        await runtime.run_step(ID, Open())
        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(runtime.run_step, ID, Ask(what=("charge", "wire")[number % 2]))
        kept = [await store.intent_trace(one) for one in (await runtime.load(ID)).open]
    asked = seen.of("transition till")[1:]
    emitted = {one.events[0].attributes["telic.intent_id"]: f"{one.context.span_id:016x}" for one in asked}
    assert len(emitted) == 6
    assert [one.split("-")[2] for one in kept] == [emitted[f"till:{revision}:0"] for revision in range(2, 8)]
    assert all((one.attributes["telic.from"], one.attributes["telic.to"]) == ("till", "till") for one in asked)


async def test_without_tracing_nothing_is_kept(stores, clock):
    dark = Seen(sampler=ALWAYS_OFF)
    async with stores(till) as store:
        plain = WorkflowRuntime(machine=till, store=store, clock=clock)
        await plain.run_step(ID, Open())
        await plain.run_step(ID, Ask(what="charge"))
        await dark.telemetry.runtime(plain).run_step(ID, Arm(at=NOW))
        (wait,) = (await plain.load(ID)).waits
        assert (await store.intent_trace("till:2:0"), await store.wait_trace(ID, wait.key)) == ("", "")
    dark.close()


async def test_where_the_store_does_not_answer_a_link_is_left_out(seen, clock, caplog):
    class Mute(MemoryStore):
        async def intent_trace(self, id):
            raise StoreFailed("trace", "expected an answer, got none")

    store = Mute(till)
    plain = WorkflowRuntime(machine=till, store=store, clock=clock)
    await plain.run_step(ID, Open())
    await plain.run_step(ID, Ask(what="charge"))
    assert (await seen.telemetry.runtime(plain).answer("till:2:0", Done(ref="charge-0"))).kind == "stepped"
    (answered,) = seen.of("transition till")
    assert linked(answered) == []
    assert [one.getMessage() for one in caplog.records if one.name == "telic.opentelemetry"] == [
        "till:2:0: the link to an earlier span is left out: trace failed: expected an answer, got none"
    ]


async def test_a_span_that_nobody_records_asks_no_store(clock):
    class Asked(MemoryStore):
        async def intent_trace(self, id):
            raise AssertionError(id)

        wait_trace = intent_trace

    dark = Seen(sampler=ALWAYS_OFF)
    plain = WorkflowRuntime(machine=till, store=Asked(till), clock=clock)
    await plain.run_step(ID, Open())
    await plain.run_step(ID, Arm(at=NOW))
    await plain.run_step(ID, Ask(what="charge"))
    runtime = dark.telemetry.runtime(plain)
    assert (await runtime.answer("till:3:0", Done(ref="charge-0"))).kind == "stepped"
    (wait,) = (await plain.load(ID)).waits
    assert (await runtime.run_step(ID, wait.wait.event, wait=wait.key)).kind == "stepped"
    dark.close()
