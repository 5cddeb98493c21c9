"""The record that ends a child opens its report; one that nobody spawned has none."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field

from telic import Cancel, Command, Fact, FinalState, Machine, NoIntent, State, WorkflowId, start, transition
from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.events import Terminate
from telic.kernel.journal import entry_of, fold
from telic.kernel.orders import FailureCause, IntentDone, IntentFailed
from telic.kernel.plain import plain_step
from telic.kernel.reporting import Report, child_id
from telic.kernel.results import Invalid, Unasked
from telic.kernel.snapshot import Delivery, Status
from telic.kernel.values import IntentId

PARENT = IntentId("p:4:1")
ID = WorkflowId("owner/p:4:1")
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Kind(StrEnum):
    BUSY = "busy"
    DONE = "done"
    MUTE = "mute"


class Go(Command): ...


class End(Command):
    mute: bool = False


class Result(Fact):
    value: int


class Done(FinalState):
    kind: Literal[Kind.DONE] = Kind.DONE

    def outcome(self) -> Result:
        return Result(value=7)


class Mute(FinalState):
    kind: Literal[Kind.MUTE] = Kind.MUTE


class Busy(State):
    kind: Literal[Kind.BUSY] = Kind.BUSY

    @classmethod
    @start
    def go(cls, event: Go) -> tuple["Busy", NoIntent]:
        return cls(), NoIntent()

    @transition
    def end(self, event: End) -> tuple[Done, NoIntent] | tuple[Mute, NoIntent]:
        return (Mute(), NoIntent()) if event.mute else (Done(), NoIntent())


job = Machine[Annotated[Busy | Done | Mute, Field(discriminator="kind")], Go | End](name="job")


def ctx(id=ID):
    return Context(NOW, id, "", "")


def begun(parent=PARENT, id=ID):
    return advance(job, None, Delivery(Go(), parent=parent), ctx(id))


def ended(event, parent=PARENT, id=ID):
    return advance(job, begun(parent, id).after, Delivery(event), ctx(id))


def test_a_child_has_the_id_of_its_parents_machine_and_intent():
    assert child_id("owner", PARENT) == ID


def test_an_end_tells_the_outcome():
    commit = ended(End())
    (report,) = commit.opened
    assert report.id == f"{ID}:2:0"
    assert report.intent == Report(machine="owner", parent=PARENT, tag="Result", version=1, data='{"value":7}')
    assert commit.records[-1].emitted == (report,)


@pytest.mark.parametrize(
    ("event", "status", "cause"),
    [
        (Cancel(reason="why"), Status.CANCELLED, FailureCause.CHILD_CANCELLED),
        (Terminate(reason="why"), Status.TERMINATED, FailureCause.CHILD_TERMINATED),
    ],
)
def test_an_end_by_order_tells_the_reason(event, status, cause):
    commit = ended(event)
    (report,) = commit.opened
    assert (commit.after.status, report.withdrawn) == (status, False)
    assert report.intent == Report(machine="owner", parent=PARENT, cause=cause, detail="why")


def test_an_end_without_an_outcome_tells_that():
    (report,) = ended(End(mute=True)).opened
    assert (report.intent.cause, report.intent.detail) == (
        FailureCause.UNDELIVERABLE,
        "expected an outcome of Mute, got none; do write def outcome(self) -> SomeFact",
    )


@pytest.mark.parametrize("event", [End(), Cancel(), Terminate()])
def test_an_instance_that_nobody_spawned_tells_nobody(event):
    assert not ended(event, None).opened


def test_a_child_under_an_id_of_its_own_names_no_machine():
    (report,) = ended(End(), id=WorkflowId("other")).opened
    assert report.intent.parent == PARENT
    assert child_id(report.intent.machine, PARENT) != ID


def test_the_short_way_leaves_the_end_of_a_child_to_the_long_one():
    delivery = (End(), None, None, ctx().now, "", ctx())
    assert plain_step(job, begun().after, *delivery) is None
    assert plain_step(job, begun(None).after, *delivery) is not None


def test_a_report_is_closed_when_it_is_carried_out():
    after = ended(End()).after
    answered = advance(job, after, Delivery(IntentDone(), answers=IntentId(f"{ID}:2:0")), ctx())
    assert (answered.after.open, answered.closed) == ({}, (f"{ID}:2:0",))


def test_a_report_takes_no_fact_and_no_failure():
    after, id = ended(End()).after, IntentId(f"{ID}:2:0")
    failure = IntentFailed[Report](intent=after.open[id].intent, cause=FailureCause.EXHAUSTED)
    assert isinstance(advance(job, after, Delivery(failure, answers=id), ctx()), Unasked)
    assert isinstance(advance(job, after, Delivery(Result(value=1), answers=id), ctx()), Invalid)


def test_a_child_is_read_back_with_its_report():
    after = ended(End()).after
    stored = job.codec.encode_snapshot(after)
    given = {"meta": after.meta, "revision": after.revision, "status": after.status, "at": after.at}
    assert job.codec.decode_snapshot(stored, **given).open == after.open


def test_the_journal_of_a_child_leads_to_its_report():
    first, last = begun(), ended(End())
    entries = [entry_of(record, job) for record in (*first.records, *last.records)]
    assert fold(job, last.after.meta, entries).open == last.after.open
