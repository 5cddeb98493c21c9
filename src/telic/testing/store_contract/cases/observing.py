"""Cases of what is told to observers: the trace of what is open, and how much there is of everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from telic.kernel.events import Event, Pause, Terminate
from telic.kernel.values import IntentId, WaitKey, WorkflowId
from telic.runtime.observing import GivesFigures, KeepsTraces
from telic.runtime.protocols import DurableStore
from telic.testing.store_contract.machine import (
    NOON,
    Again,
    Approve,
    Check,
    Checked,
    ItemId,
    Listen,
    Mark,
    Open,
    Paid,
    Send,
)
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import open_intent, wait_of
from telic.testing.store_contract.trial import ID, AnyCommit, AnySnapshot, Trial

_TRACE = "write record.trace beside what the record opens: the revision stands in the intent's id, and in wait.since"
_AGE = "leave the trace of a wait that stays open as it is"
_COUNT = "count what is there at this moment, in one read"


def _traces(trial: Trial) -> KeepsTraces:
    return cast("KeepsTraces", trial.store)


def _traced(commit: AnyCommit, trace: str) -> AnyCommit:
    return commit._replace(records=tuple(one._replace(trace=trace) for one in commit.records))


async def _step(trial: Trial, event: Event, trace: str) -> AnySnapshot:
    await trial.save(_traced(trial.decide(await trial.load(), event), trace))
    return await trial.load()


@case(Capability.TRACES, do=_TRACE)
async def an_intent_has_the_trace_of_the_step_that_emitted_it(trial: Trial) -> None:
    """An open intent has the trace of its own step, or none; one that is not open has none."""
    await trial.begin()
    loaded = await _step(trial, Send(), "00-a-1-01 ß=1")
    loaded = await _step(trial, Again(item_id=ItemId("b")), "00-b-2-01")
    await trial.step(Again(item_id=ItemId("c")))
    loaded = await trial.load()
    asked = [open_intent(loaded, Check, number) for number in range(3)]
    found = [await _traces(trial).intent_trace(IntentId(one)) for one in asked]
    trial.hold(found == ["00-a-1-01 ß=1", "00-b-2-01", ""], "the trace of each step, and none of the last", found)
    await trial.step(Checked(item_id=ItemId("b")), answers=asked[1])
    for gone in (asked[1], f"{ID}:2:99", "elsewhere:1:0"):
        left = await _traces(trial).intent_trace(IntentId(gone))
        trial.hold(left == "", f"no trace of {gone!r}, which is not open", left)


@case(Capability.TRACES, do=_AGE)
async def a_wait_has_the_trace_of_the_step_that_opened_it(trial: Trial) -> None:
    """A wait has the trace of the step that opened it for as long as it is open, and another when it is opened anew."""
    await trial.begin()
    await _step(trial, Send(), "first")
    loaded = await _step(trial, Mark(mark=3), "second")
    keys = [WaitKey(wait_of(loaded, one)) for one in (Approve, Paid)]
    found = [await _traces(trial).wait_trace(ID, one) for one in keys]
    trial.hold(found == ["first", "first"], "the trace of the step that opened both", found)
    await _step(trial, Listen(on=False), "third")
    found = [await _traces(trial).wait_trace(ID, one) for one in keys]
    trial.hold(found == ["first", ""], "no trace of a wait that is not open", found)
    await _step(trial, Listen(on=True), "fourth")
    found = [await _traces(trial).wait_trace(ID, one) for one in keys]
    trial.hold(found == ["first", "fourth"], "the trace of its new opening", found)
    unknown = await _traces(trial).wait_trace(WorkflowId("nobody"), keys[0])
    trial.hold(unknown == "", "no trace of an instance that is not there", unknown)


@case(Capability.TRACES, do=_TRACE)
async def steps_that_are_saved_together_have_traces_of_their_own(trial: Trial) -> None:
    """Of two steps in one commit, each leaves its own trace with what it opens."""
    await trial.begin()
    first = _traced(trial.decide(await trial.load(), Send()), "first")
    second = _traced(trial.decide(first.after, Again(item_id=ItemId("again"))), "second")
    third = trial.decide(second.after, Again(item_id=ItemId("untraced")))
    await trial.save(first.followed_by(second).followed_by(third))
    loaded = await trial.load()
    asked = [IntentId(open_intent(loaded, Check, number)) for number in range(3)]
    found = [await _traces(trial).intent_trace(one) for one in asked]
    trial.hold(found == ["first", "second", ""], "the trace of each step", found)
    known = await _traces(trial).wait_trace(ID, WaitKey(wait_of(loaded, Approve)))
    trial.hold(known == "first", "the trace of the step that opened the task", known)


@case(Capability.FIGURES, do=_COUNT)
async def figures_tell_how_much_there_is(trial: Trial) -> None:
    """The figures are those of the model: of instances, intents, tasks and deadlines, with the oldest of each."""
    await _count(trial, NOON)
    for number, id in enumerate(WorkflowId(f"w-{number}") for number in range(5)):
        await trial.begin(Open(), id)
        if number:
            await trial.step(Send(), id)
    await _count(trial, NOON)
    await trial.step(Pause(reason="why"), WorkflowId("w-1"))
    await trial.step(Terminate(reason="why"), WorkflowId("w-2"))
    loaded = await trial.load(WorkflowId("w-3"))
    await trial.step(Approve(), WorkflowId("w-3"), wait=wait_of(loaded, Approve))
    for hours in (0, 1, 3, 30):
        await _count(trial, NOON + timedelta(hours=hours))


@case(Capability.FIGURES, Capability.CLAIMS, do=_COUNT)
async def figures_tell_where_intents_stand(trial: Trial) -> None:
    """Intents are counted by where they stand: ready, and leased once they are claimed."""
    await trial.begin()
    await trial.step(Send())
    claims = [
        await cast("DurableStore", store).claim(
            {Check.__tag__: 1}, 1, now=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2), worker="w"
        )
        for store in (trial.store, trial.model)
    ]
    trial.hold(len(claims[0]) == 1, "one intent to be claimed", claims[0])
    await _count(trial, NOON + timedelta(hours=1))


@case(Capability.FIGURES, Capability.TENANTS, do="begin every key with the tenant")
async def figures_of_tenants_are_apart(trial: Trial) -> None:
    """What another tenant has is not counted."""
    other = trial.full.within(tenant="other")
    await trial.beside(other, tenant="other").begin()
    await _count(trial, NOON)
    found = await cast("GivesFigures", other).figures(NOON)
    trial.hold([one.number for one in found] == [1], "one instance of the other tenant", found)


async def _count(trial: Trial, now: datetime) -> None:
    expected = sorted(await trial.model.figures(now))
    trial.same(expected, sorted(await cast("GivesFigures", trial.store).figures(now)), "figures")
