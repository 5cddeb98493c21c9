"""What becomes of the instances in flight."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Machine,
    NoIntent,
    Reject,
    State,
    WorkflowId,
    start,
    transition,
)
from telic.kernel.advance import advance
from telic.kernel.events import Terminate
from telic.kernel.snapshot import Delivery
from telic.verify import Bound, prospects


class ParcelKind(StrEnum):
    PACKED = "packed"
    WAITING = "waiting"
    SENT = "sent"


class Pack(Command):
    heavy: bool


class Send(Command): ...


class Overdue(Fact): ...


class Packed(State):
    kind: Literal[ParcelKind.PACKED] = ParcelKind.PACKED
    heavy: bool
    until: AwareDatetime

    @classmethod
    @start
    def pack(cls, event: Pack, ctx: Context) -> tuple["Packed", NoIntent]:
        return cls(heavy=event.heavy, until=ctx.now + timedelta(days=1)), NoIntent()

    @transition
    def overdue(self, event: Overdue) -> tuple["Sent", NoIntent] | tuple["AwaitingCourier", NoIntent]:
        return (AwaitingCourier() if self.heavy else Sent()), NoIntent()

    def waits(self) -> tuple[Deadline[Overdue]]:
        return (Deadline(at=self.until, event=Overdue()),)


class AwaitingCourier(State):
    kind: Literal[ParcelKind.WAITING] = ParcelKind.WAITING

    @transition
    def send(self, event: Send) -> tuple["Sent", NoIntent] | tuple["AwaitingCourier", Reject]:
        return self, Reject("there is no courier any more")


class Sent(FinalState):
    kind: Literal[ParcelKind.SENT] = ParcelKind.SENT


parcel = Machine[Packed | AwaitingCourier | Sent, Pack | Send | Overdue](name="parcel")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def packed(number, *, heavy, hours=0):
    ctx = Context(AT + timedelta(hours=hours), WorkflowId(f"p-{number}"))
    return advance(parcel, None, Delivery(Pack(heavy=heavy)), ctx).after


def test_it_says_how_many_can_finish_and_which_are_stuck_where():
    living = [packed(number, heavy=number >= 9, hours=number) for number in range(12)]
    found = prospects(parcel, living)
    assert (found.in_flight, found.can_finish, found.states) == (12, 9, (("Packed", 12),))
    (stuck,) = found.found
    assert (stuck.problem.kind, stuck.problem.where, stuck.ids) == ("stuck", "AwaitingCourier", ("p-9", "p-10", "p-11"))
    assert found.text().splitlines()[:2] == ["parcel: 12 in flight, 9 can finish", "  12 in Packed"]
    with pytest.raises(AssertionError, match="3 may come to this"):
        found.assert_ok()


def test_instances_that_differ_only_in_their_dates_are_looked_at_once():
    living = [packed(number, heavy=False, hours=number) for number in range(50)]
    found = prospects(parcel, living)
    found.assert_ok()
    assert found.can_finish == 50


def test_what_is_over_is_passed_by():
    ctx = Context(AT, WorkflowId("p-1"))
    ended = advance(parcel, packed(1, heavy=True), Delivery(Terminate()), ctx).after
    assert prospects(parcel, [ended]).in_flight == 0


def test_a_bound_that_was_hit_is_said_and_fails():
    found = prospects(parcel, [packed(1, heavy=False)], bound=Bound(depth=0))
    assert not found.complete
    assert "not all was tried: 0 steps deep" in found.text()
    with pytest.raises(AssertionError):
        found.assert_ok()


def test_a_long_list_of_instances_is_cut():
    living = [packed(number, heavy=True) for number in range(7)]
    (stuck,) = prospects(parcel, living).found
    assert "7 may come to this (p-0, p-1, p-2, p-3, p-4, …)" in stuck.text()
