"""What passes between a durable store and whoever carries intents out: plain values.

A claim is the right to carry out one intent until a moment, under an epoch that every new
claim of it raises. A settlement says what becomes of a claimed intent that is not answered.
What may never be here: a store, or a rule about retries.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import IntentId, WaitKey, WorkflowId

__all__ = [
    "Claim",
    "DeadLetter",
    "DueDeadline",
    "IntentState",
    "Settlement",
    "Swept",
    "buried",
    "given_up",
    "left_for_later",
    "released",
    "retried",
]


class IntentState(IntEnum):
    """Where an open intent stands with whoever carries it out; an answered one is gone.

    The first three become due: to be carried out, to be taken over, to be given up. The others
    wait: for a resumption, for a redrive, for an operator who lets them go one by one.
    """

    READY = 0
    LEASED = 1
    LATER = 2
    HELD = 3
    DEAD = 4
    ASIDE = 5


class Claim(NamedTuple):
    """The right to carry out one intent, until its lease ends.

    Attributes:
        workflow_id: The instance that emitted it.
        opened: The intent with its id, and whether it is withdrawn.
        attempt: The number of this attempt, from 1.
        crashes: How many of the attempts before ended with their lease, not with a word.
        epoch: Raised by each claim; a store hears only the present one about failures.
        until: The end of the lease.
        overdue: Its answer was to come later, and did not come in time.
        cause: It was given up already; only the failure is still to be delivered.
        problem: What went wrong last.
    """

    workflow_id: WorkflowId
    opened: OpenIntent
    attempt: int
    crashes: int
    epoch: int
    until: datetime
    overdue: bool = False
    cause: FailureCause | None = None
    problem: str = ""

    @property
    def id(self) -> IntentId:
        """The idempotency key."""
        return self.opened.id

    @property
    def failures(self) -> int:
        """How many attempts have failed, if this one does; crashes are counted apart."""
        return self.attempt - self.crashes


class Settlement(NamedTuple):
    """What becomes of a claimed intent that stays open; made by the functions below.

    Attributes:
        claim: The claim; a store does nothing when its epoch has passed.
        state: What it becomes.
        due: When it is due in that state; ``None`` for never.
        problem: What went wrong, if anything did.
        cause: Why it is given up, if it is.
        counts: Whether the attempt counts.
    """

    claim: Claim
    state: IntentState
    due: datetime | None
    problem: str = ""
    cause: FailureCause | None = None
    counts: bool = True


def retried(claim: Claim, due: datetime, problem: str) -> Settlement:
    """Have it tried again at a moment, after a failure."""
    return Settlement(claim, IntentState.READY, due, problem)


def released(claim: Claim, due: datetime, problem: str = "") -> Settlement:
    """Give it back as if it had not been claimed."""
    return Settlement(claim, IntentState.READY, due, problem, counts=False)


def left_for_later(claim: Claim, until: datetime | None) -> Settlement:
    """Leave it to whoever holds its key, until a moment or for ever."""
    return Settlement(claim, IntentState.LATER, until)


def given_up(claim: Claim, cause: FailureCause, problem: str, *, due: datetime | None = None) -> Settlement:
    """Note that it is not carried out any more; its failure is still to be delivered.

    Args:
        claim: The claim.
        cause: Why it is given up.
        problem: What went wrong.
        due: When somebody else is to deliver the failure; by default the claimant keeps it.
    """
    state = IntentState.LEASED if due is None else IntentState.READY
    return Settlement(claim, state, due or claim.until, problem, cause)


def buried(claim: Claim, problem: str, cause: FailureCause | None = None) -> Settlement:
    """Make it a dead letter: open, and carried out only after a redrive."""
    return Settlement(claim, IntentState.DEAD, None, problem, cause)


class DeadLetter(NamedTuple):
    """An open intent that nobody carries out any more, until it is redriven.

    Attributes:
        workflow_id: The instance that emitted it.
        opened: The intent.
        attempt: How many attempts were made.
        crashes: How many of them ended with their lease.
        cause: Why it was given up, where no state took the failure.
        problem: What went wrong last.
    """

    workflow_id: WorkflowId
    opened: OpenIntent
    attempt: int
    crashes: int
    cause: FailureCause | None
    problem: str


class DueDeadline(NamedTuple):
    """A declared deadline, or the next reminder of a task, whose moment has come.

    Attributes:
        workflow_id: The instance.
        key: The key of the wait.
        at: The moment that it was declared for.
    """

    workflow_id: WorkflowId
    key: WaitKey
    at: datetime


class Swept(NamedTuple):
    """One page of a sweep over instances.

    Attributes:
        last: The last instance of the page; ``None`` when there is no further page.
        repaired: The instances whose rows of waits were put right.
    """

    last: WorkflowId | None
    repaired: tuple[WorkflowId, ...]
