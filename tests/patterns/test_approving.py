"""The machine of approvals: explored by itself, as a child, and run with people who answer their tasks."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

from telic import Command, FinalState, Machine, NoIntent, State, WorkflowId, WorkflowRuntime, start, transition
from telic.kernel.messages import Spawn
from telic.kernel.results import Rejected, Started, Stepped
from telic.patterns import (
    ApprovalAsked,
    ApprovalDenied,
    ApprovalGiven,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalReturned,
    Approver,
    Choice,
    DecideApproval,
    DelegateApproval,
    NobodyToAsk,
    NotAsked,
    Panel,
    ReassignApproval,
    RequestApproval,
    ResubmitApproval,
    approvals,
)
from telic.stores.memory import MemoryStore
from telic.testing import begin, suite
from telic.verify import Domain, always, explore, is_, sometimes

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA, BEN, CYD, HEAD = map(Approver, ("ada", "ben", "cyd", "head"))
lead = Panel[Approver].of(ADA, within=timedelta(days=1), escalate_to=(HEAD,))
board = Panel[Approver].of(BEN, CYD, need=1)
REQUEST = RequestApproval(about="A lamp", panels=(lead, board), coordinators=(HEAD,))
DOMAIN = (
    Domain()
    .of(RequestApproval, [REQUEST])
    .field(DecideApproval, "comment", "because")
    .field(DelegateApproval, "to", CYD)
    .field(ReassignApproval, "holder", ADA, BEN)
    .field(ReassignApproval, "to", HEAD)
    .field(ResubmitApproval, "about", "A lamp")
    .field(ApprovalGiven, "by", (ADA, BEN))
    .field(ApprovalDenied, "reason", "because")
    .actors(ADA, BEN, CYD, HEAD)
)


def two_have_agreed(world):
    return not isinstance(world.state, ApprovalGranted) or len(world.state.by) == 2


TestApprovals = suite(
    approvals,
    domain=DOMAIN,
    check=[
        always("a panel after the other has agreed", two_have_agreed),
        sometimes("the head is asked instead", lambda world: HEAD in getattr(world.state, "by", ())),
        sometimes("it is returned", is_(ApprovalReturned)),
    ],
)


ALONE = RequestApproval(about="A lamp", panels=(lead,))


def test_nothing_is_returned_where_nobody_could_bring_it_back():
    report = explore(
        approvals,
        domain=Domain()
        .of(RequestApproval, [ALONE])
        .field(DecideApproval, "comment", "because")
        .field(DelegateApproval, "to", CYD)
        .field(ReassignApproval, "holder", ADA)
        .field(ReassignApproval, "to", HEAD)
        .field(ResubmitApproval, "about", "A lamp")
        .actors(ADA, CYD, HEAD),
        check=[always("nothing is returned", lambda world: not isinstance(world.state, ApprovalReturned))],
    )
    # What only coordinators can do is dead, and that is all.
    assert {one.name for one in report.failures} <= {"dead state", "dead transition", "dead alternative"}
    flow = begin(approvals, ALONE).when(DecideApproval(choice=Choice.ASK_FOR_CHANGES, comment="too dear"), actor=ADA)
    flow.then_rejected(NobodyToAsk(what="make the changes"))


# --- as a child -----------------------------------------------------------------------------------


class PurchaseKind(StrEnum):
    WAITING = "waiting"
    MADE = "made"
    DROPPED = "dropped"


class Purchase(Command): ...


class AskBoard(Spawn[ApprovalGiven | ApprovalDenied], machine=lambda: approvals):
    def begin(self) -> RequestApproval:
        return REQUEST


class PurchaseMade(FinalState):
    kind: Literal[PurchaseKind.MADE] = PurchaseKind.MADE


class PurchaseDropped(FinalState):
    kind: Literal[PurchaseKind.DROPPED] = PurchaseKind.DROPPED


class PurchaseWaiting(State):
    kind: Literal[PurchaseKind.WAITING] = PurchaseKind.WAITING

    @classmethod
    @start
    def begin(cls, event: Purchase) -> tuple["PurchaseWaiting", AskBoard]:
        return cls(), AskBoard()

    @transition
    def buy(self, event: ApprovalGiven) -> tuple[PurchaseMade, NoIntent]:
        return PurchaseMade(), NoIntent()

    @transition
    def drop(self, event: ApprovalDenied) -> tuple[PurchaseDropped, NoIntent]:
        return PurchaseDropped(), NoIntent()


purchase = Machine[PurchaseWaiting | PurchaseMade | PurchaseDropped, Purchase | ApprovalGiven | ApprovalDenied](
    name="purchase"
)


def test_a_parent_hears_what_its_approval_comes_to():
    report = explore(
        purchase,
        approvals,
        domain=DOMAIN,
        check=[sometimes("it is bought", is_(PurchaseMade)), sometimes("or not", is_(PurchaseDropped))],
    )
    report.assert_ok()


# --- run ------------------------------------------------------------------------------------------

ID = WorkflowId("w")
YES, NO, CHANGE = Choice.APPROVE, Choice.DECLINE, Choice.ASK_FOR_CHANGES


class People:
    """An approval in a store, and people who answer what they are asked."""

    def __init__(self):
        self.runtime = WorkflowRuntime(machine=approvals, store=MemoryStore(approvals))

    async def begin(self):
        assert isinstance(await self.runtime.run_step(ID, REQUEST, now=NOON), Started)
        return self

    async def send(self, event, who):
        return await self.runtime.run_step(ID, event, actor=who, now=NOON)

    async def decide(self, who, choice, comment="because"):
        snapshot = await self.runtime.load(ID)
        tasks = [one.key for one in snapshot.waits if getattr(one.wait, "assignee", None) == who]
        event = DecideApproval(choice=choice, comment=comment)
        return await self.runtime.run_step(ID, event, actor=who, wait=tasks[0] if tasks else None, now=NOON)

    async def state(self):
        return (await self.runtime.load(ID)).state


async def test_an_approval_goes_from_panel_to_panel():
    people = await People().begin()
    assert isinstance(await people.decide("ada", YES), Stepped)
    await people.decide("cyd", YES)
    assert await people.state() == ApprovalGranted(by=(ADA, CYD))
    assert (await people.state()).outcome() == ApprovalGiven(by=(ADA, CYD))


async def test_one_who_declines_gives_the_reason():
    people = await People().begin()
    await people.decide("ada", NO, "too dear")
    refused = await people.state()
    assert isinstance(refused, ApprovalRefused)
    assert refused.outcome() == ApprovalDenied(reason="too dear")
    assert [(seat.holder, seat.choice) for seat in refused.said] == [(ADA, NO)]


async def test_only_a_coordinator_reassigns_and_resubmits():
    people = await People().begin()
    refusal = Rejected(ID, (NotAsked(who="ben", asked=(HEAD,)),))
    assert await people.send(ReassignApproval(holder=ADA, to=CYD), "ben") == refusal
    await people.send(ReassignApproval(holder=ADA, to=CYD), "head")
    await people.decide("cyd", CHANGE, "cheaper")
    assert await people.send(ResubmitApproval(about="A candle"), "ben") == refusal
    await people.send(ResubmitApproval(about="A candle"), "head")
    again = await people.state()
    assert isinstance(again, ApprovalAsked)
    assert (again.about, again.approval.seats[0].holder) == ("A candle", ADA)


async def test_somebody_who_is_not_asked_cannot_delegate():
    people = await People().begin()
    result = await people.send(DelegateApproval(to=CYD), "ben")
    assert result == Rejected(ID, (NotAsked(who="ben", asked=("ada",)),))
