"""What both type checkers see of the parts in ``telic.patterns``: exact types, and every case thought of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, Never, assert_never, assert_type

from telic import (
    Command,
    Deadline,
    Fact,
    FrozenMap,
    FrozenSet,
    HumanTask,
    Intent,
    Many,
    Reject,
    State,
    TypedId,
    Withdraw,
    start,
)
from telic.patterns import (
    AllDone,
    AnsweredAlready,
    Approval,
    Approved,
    BadDefinition,
    Choice,
    Claim,
    Declined,
    DoneAlready,
    HeldAlready,
    Join,
    Joined,
    Ladder,
    Meter,
    NoReason,
    NotAsked,
    NotYet,
    Panel,
    Poll,
    PollGaveUp,
    Refusal,
    Returned,
    Taken,
    TooSoon,
    Turns,
    Unjoinable,
)


class PersonId(TypedId): ...


class SupplierId(TypedId): ...


class DecideExpense(Command):
    choice: Choice


class ExpenseOverdue(Fact): ...


class PollDue(Fact): ...


class AskSupplier(Intent[Never]):
    supplier: SupplierId


def ask(supplier: SupplierId) -> AskSupplier:
    return AskSupplier(supplier=supplier)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, BEN = PersonId("ada"), PersonId("ben")
lead = Panel[PersonId].of(ADA, within=timedelta(days=2), escalate_to=(BEN,))
assert_type(lead, Panel[PersonId])
assert_type(
    Ladder[PersonId].of((1000, [lead]), (None, [lead, Panel[PersonId].of(ADA, BEN)])).panels_for(Decimal(1)),
    tuple[Panel[PersonId], ...],
)

approval = Approval[PersonId].asked([lead], NOON)
assert_type(approval, Approval[PersonId])
assert_type(approval.tasks(DecideExpense), tuple[HumanTask[DecideExpense], ...])
assert_type(approval.deadline(ExpenseOverdue()), tuple[Deadline[ExpenseOverdue], ...])
assert_type(approval.hand_over("ada", BEN), Approval[PersonId] | NotAsked | AnsweredAlready | HeldAlready)


def decided(given: Approval[PersonId]) -> str:
    outcome = given.decide("ada", Choice.APPROVE, "", NOON)
    match outcome:
        case Approval():
            assert_type(outcome, Approval[PersonId])
            return str(outcome.stage)
        case Approved(by=by):
            assert_type(by, tuple[PersonId, ...])
            return str(by)
        case Declined(by=by, reason=reason) | Returned(by=by, reason=reason):
            assert_type(by, PersonId)
            return reason
        case Refusal():
            assert_type(outcome, NotAsked | AnsweredAlready | NoReason)
            return outcome.why
        case _:
            assert_never(outcome)


quotes = Join[SupplierId, int].of(SupplierId("a"), SupplierId("b"), need=1)
assert_type(quotes, Join[SupplierId, int])
assert_type(quotes.fan_out(ask), Many[AskSupplier])
assert_type(quotes.withdraw(ask), Withdraw)
assert_type(Join[SupplierId, int].over([SupplierId("a")]), Join[SupplierId, int] | BadDefinition)


def answered(given: Join[SupplierId, int], supplier: SupplierId) -> str:
    outcome = given.answered(supplier, 7)
    match outcome:
        case Join():
            assert_type(outcome, Join[SupplierId, int])
            return str(outcome.settled)
        case Joined(results=results, rest=rest):
            assert_type(results, FrozenMap[SupplierId, int])
            assert_type(rest, FrozenSet[SupplierId])
            return str(results)
        case NotAsked() | AnsweredAlready():
            return outcome.why
        case _:
            assert_never(outcome)


def gave_up(given: Join[SupplierId, int], supplier: SupplierId) -> FrozenSet[SupplierId] | str:
    match given.gave_up(supplier):
        case Join() as join:
            return join.failed
        case Joined(rest=rest) | Unjoinable(rest=rest):
            return rest
        case Refusal() as refusal:
            return refusal.why


def taken(given: Claim[PersonId]) -> PersonId | str:
    match given.take("ada", NOON):
        case Taken(by=by):
            return by
        case Refusal() as refusal:
            return refusal.why


turns = Turns[SupplierId].of(SupplierId("a"), SupplierId("b"), after={SupplierId("b"): [SupplierId("a")]})
assert_type(turns, Turns[SupplierId])
assert_type(turns.ready, FrozenSet[SupplierId])


def begun(given: Turns[SupplierId]) -> str:
    outcome = given.begin(SupplierId("a"))
    match outcome:
        case Turns():
            assert_type(outcome, Turns[SupplierId])
            assert_type(outcome.end(), Turns[SupplierId] | AllDone[SupplierId] | NotAsked)
            return str(outcome.running)
        case HeldAlready() | DoneAlready() | NotYet() | NotAsked():
            return outcome.why
        case _:
            assert_never(outcome)


def again(poll: Poll, meter: Meter) -> datetime | None:
    outcome, room = poll.again(NOON), meter.take(NOON)
    assert_type(room, Meter | TooSoon)
    if isinstance(outcome, PollGaveUp):
        return None
    assert_type(outcome.deadline(PollDue()), tuple[Deadline[PollDue], ...])
    return outcome.at


class Begin(Command):
    suppliers: tuple[SupplierId, ...]


class Beginning(State):
    kind: Literal[Choice.APPROVE] = Choice.APPROVE
    quotes: Join[SupplierId, int]

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Beginning", Many[AskSupplier]] | tuple[None, Reject]:
        match Join[SupplierId, int].over(event.suppliers):
            case Join() as joined:
                return cls(quotes=joined), joined.fan_out(ask)
            case Refusal() as refusal:
                return None, Reject(refusal)
