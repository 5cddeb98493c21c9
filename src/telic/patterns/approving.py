"""Approvals: a machine ready to use, in which people approve something.

It runs by itself, or as the child of whatever waits for the decision::

    class AskBoard(Spawn[ApprovalGiven | ApprovalDenied], machine=lambda: approvals): ...

A process of its own words holds an :class:`~telic.patterns.approval.Approval` instead. What may
never be here: a rule about who approves; the panels come with the request.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field

from telic.kernel.context import Context
from telic.kernel.events import Command, Fact
from telic.kernel.intents import NoIntent
from telic.kernel.machine import Machine
from telic.kernel.states import FinalState, State, start, transition
from telic.kernel.values import TypedId
from telic.kernel.verdicts import Reject
from telic.kernel.waits import Deadline, HumanTask
from telic.patterns.approval import Approval, Approved, Choice, Declined, Lapsed, Returned, Seat
from telic.patterns.panels import Panel
from telic.patterns.refusing import NobodyToAsk, NotAsked, Refusal

__all__ = [
    "ApprovalAsked",
    "ApprovalDenied",
    "ApprovalGiven",
    "ApprovalGranted",
    "ApprovalRefused",
    "ApprovalReturned",
    "Approver",
    "DecideApproval",
    "DelegateApproval",
    "ReassignApproval",
    "RequestApproval",
    "ResubmitApproval",
    "approvals",
]


class ApprovalKind(StrEnum):
    """The kinds of states of an approval."""

    ASKED = "asked"
    RETURNED = "returned"
    GRANTED = "granted"
    REFUSED = "refused"


class Approver(TypedId):
    """Names somebody who may be asked: the actor, as the shell authenticates it."""

    __slots__ = ()


class RequestApproval(Command):
    """Begins an approval.

    Attributes:
        about: What is to be approved, for the inbox.
        panels: Who is asked, one panel after the other.
        coordinators: Who may reassign seats, and bring back what was returned.
    """

    about: str
    panels: Annotated[tuple[Panel[Approver], ...], Field(min_length=1)]
    coordinators: tuple[Approver, ...] = ()


class DecideApproval(Command):
    """What somebody who is asked says; the form of the task.

    Attributes:
        choice: Approve, decline, or ask for changes.
        comment: The reason; may be left out by those who approve.
    """

    choice: Choice
    comment: str = ""


class DelegateApproval(Command):
    """Asks that somebody else speaks for the sender.

    Attributes:
        to: Who.
    """

    to: Approver


class ReassignApproval(Command):
    """Asks, as a coordinator, that somebody else is asked instead.

    Attributes:
        holder: Who was asked.
        to: Who is to be asked.
    """

    holder: Approver
    to: Approver


class ResubmitApproval(Command):
    """Brings back what was changed.

    Attributes:
        about: What is to be approved now.
    """

    about: str


class ApprovalOverdue(Fact):
    """The time of a panel is up."""


class ApprovalGiven(Fact):
    """It was approved.

    Attributes:
        by: Who has agreed, panel by panel.
    """

    by: tuple[Approver, ...]


class ApprovalDenied(Fact):
    """It was not approved.

    Attributes:
        reason: Why.
    """

    reason: str


class ApprovalGranted(FinalState):
    """Every panel has agreed.

    Attributes:
        by: Who has agreed, panel by panel.
    """

    kind: Literal[ApprovalKind.GRANTED] = ApprovalKind.GRANTED
    by: tuple[Approver, ...]

    def outcome(self) -> ApprovalGiven:
        """Return what a parent receives."""
        return ApprovalGiven(by=self.by)


class ApprovalRefused(FinalState):
    """A panel has declined, or nobody has decided in time.

    Attributes:
        reason: Why.
        said: Who has said what.
    """

    kind: Literal[ApprovalKind.REFUSED] = ApprovalKind.REFUSED
    reason: str
    said: tuple[Seat[Approver], ...]

    def outcome(self) -> ApprovalDenied:
        """Return what a parent receives."""
        return ApprovalDenied(reason=self.reason)


class _Approving(State):
    about: str
    coordinators: tuple[Approver, ...]
    approval: Approval[Approver]

    def _refusal_of(self, actor: str) -> NotAsked | None:
        return None if actor in self.coordinators else NotAsked(who=actor, asked=self.coordinators)


class ApprovalAsked(_Approving):
    """People are asked; each open seat is a task."""

    kind: Literal[ApprovalKind.ASKED] = ApprovalKind.ASKED

    @classmethod
    @start
    def request(cls, event: RequestApproval, ctx: Context) -> tuple[ApprovalAsked, NoIntent]:
        """Ask the first panel."""
        approval = Approval[Approver].asked(event.panels, ctx.now)
        return cls(about=event.about, coordinators=event.coordinators, approval=approval), NoIntent()

    @transition
    def decide(
        self, event: DecideApproval, ctx: Context
    ) -> (
        tuple[Self, NoIntent | Reject]
        | tuple[ApprovalGranted, NoIntent]
        | tuple[ApprovalRefused, NoIntent]
        | tuple[ApprovalReturned, NoIntent]
    ):
        """Note what somebody says."""
        match self.approval.decide(ctx.actor, event.choice, event.comment, ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Approved(by=by):
                return ApprovalGranted(by=by), NoIntent()
            case Declined(approval=approval, reason=reason):
                return ApprovalRefused(reason=reason, said=approval.said), NoIntent()
            case Returned() if not self.coordinators:
                return self, Reject(NobodyToAsk(what="make the changes"))
            case Returned(approval=approval, reason=reason):
                returned = ApprovalReturned(
                    about=self.about, coordinators=self.coordinators, approval=approval, reason=reason
                )
                return returned, NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def delegate(self, event: DelegateApproval, ctx: Context) -> tuple[Self, NoIntent | Reject]:
        """Let somebody else speak for the sender."""
        return self._handed_over(ctx.actor, event.to)

    @transition
    def reassign(self, event: ReassignApproval, ctx: Context) -> tuple[Self, NoIntent | Reject]:
        """Ask somebody else instead."""
        refusal = self._refusal_of(ctx.actor)
        return (self, Reject(refusal)) if refusal is not None else self._handed_over(event.holder, event.to)

    @transition
    def escalate(
        self,
        event: ApprovalOverdue,  # noqa: ARG002  (that it came is all it says)
        ctx: Context,
    ) -> tuple[Self, NoIntent] | tuple[ApprovalRefused, NoIntent]:
        """Ask whoever comes next, or end without a decision."""
        match self.approval.overdue(ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Lapsed(approval=approval):
                return ApprovalRefused(reason="nobody has decided in time", said=approval.said), NoIntent()

    def waits(self) -> tuple[HumanTask[DecideApproval] | Deadline[ApprovalOverdue], ...]:
        """Ask each whose answer is missing, until the time is up."""
        return (
            *self.approval.tasks(DecideApproval, title=self.about),
            *self.approval.deadline(ApprovalOverdue()),
        )

    def _handed_over(self, holder: str, to: Approver) -> tuple[Self, NoIntent | Reject]:
        match self.approval.hand_over(holder, to):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)


class ApprovalReturned(_Approving):
    """Somebody asks for changes; a coordinator brings it back.

    Attributes:
        reason: What is to be changed.
    """

    kind: Literal[ApprovalKind.RETURNED] = ApprovalKind.RETURNED
    reason: str

    @transition
    def resubmit(self, event: ResubmitApproval, ctx: Context) -> tuple[ApprovalAsked, NoIntent] | tuple[Self, Reject]:
        """Ask everybody anew."""
        refusal = self._refusal_of(ctx.actor)
        if refusal is not None:
            return self, Reject(refusal)
        approval = self.approval.resubmitted(ctx.now)
        return ApprovalAsked(about=event.about, coordinators=self.coordinators, approval=approval), NoIntent()

    def waits(self) -> tuple[HumanTask[ResubmitApproval]]:
        """Ask the coordinators for the changes."""
        title = f"{self.about}: {self.reason}"
        return (HumanTask(answer=ResubmitApproval, title=title, groups=self.coordinators),)


ApprovalState: TypeAlias = ApprovalAsked | ApprovalReturned | ApprovalGranted | ApprovalRefused
ApprovalEvent: TypeAlias = (
    RequestApproval | DecideApproval | DelegateApproval | ReassignApproval | ResubmitApproval | ApprovalOverdue
)
approvals = Machine[ApprovalState, ApprovalEvent](name="approvals")
