"""The one step: all the rules by which an instance moves, as a pure function.

``advance(machine, snapshot, delivery, ctx)`` returns a commit, or a refusal that writes
nothing. Runtime and shell hold no rule; whatever they are asked, they ask this function.
What may never be here: I/O, a clock, or anything that outlives the call.

How an event finds its way::

    known event id ────────────────────────────► Duplicate
    no instance ── start event ────────────────► Started, else NotFound
    kernel command (Cancel, Pause, ...) ───────► ``control``
    fact that nobody asked for ────────────────► Unasked
    reminder of an open task ──────────────────► Stepped, with the state as it is; Unasked in a pause
    ended, cancelled, terminated ──────────────► Ended (command), Ignored or Unplaced (fact; kept for people)
    paused ────────────────────────────────────► Rejected (command), Deferred (fact),
                                                 Unasked (failure that the state does not take)
    transition ── state and intent ────────────► Stepped, then the deferred events
               └─ verdict ─────────────────────► Rejected, Ignored, Deferred
    no transition, ignored ────────────────────► Ignored
    no transition ─────────────────────────────► Rejected (command), Unplaced (fact)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.context import DERIVED, Context
from telic.kernel.control import controlled
from telic.kernel.dispatch import accepted_commands
from telic.kernel.draft import NO_INTENT, Draft, Source, run_transition
from telic.kernel.errors import UndeclaredResult
from telic.kernel.events import Cancel, Command, Control, Event, Fact
from telic.kernel.intents import Emission, Intent
from telic.kernel.offering import UNHEARD, offer_parked
from telic.kernel.orders import FailureCause, IntentDone, IntentFailed
from telic.kernel.plain import plain_step
from telic.kernel.reminders import ReminderDue
from telic.kernel.results import (
    Duplicate,
    Ended,
    Invalid,
    NotAccepted,
    NotFound,
    Paused,
    Refusal,
    Rejected,
    TooManyDeferred,
    Unasked,
)
from telic.kernel.snapshot import Begin, Commit, Delivery, Meta, Outcome, Snapshot, Status
from telic.kernel.sources import source_of
from telic.kernel.values import EventId, WorkflowId
from telic.kernel.verdicts import Defer, Ignore, Reject, Verdict
from telic.kernel.waits import Deadline

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["advance", "long_step"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_tuple = tuple.__new__  # makes a named tuple as its own __new__ does, at half the cost
_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})


def advance(
    machine: Machine[S, E], snapshot: Snapshot[S] | None, delivery: Delivery, ctx: Context
) -> Commit[S] | Refusal:
    """Decide what one event does to one instance.

    Args:
        machine: The description of the process.
        snapshot: The instance as it was loaded, or ``None`` where there is none.
        delivery: The event, its id, and what it answers.
        ctx: The moment, the instance's id, the tenant and the actor.

    Returns:
        A commit of one record or more, or a refusal, for which nothing is to be written.

    Raises:
        TransitionError: When the code of the machine is broken; nothing has changed.
    """
    if snapshot is not None:
        event, event_id, answers, _, _, _, _ = delivery
        written = plain_step(machine, snapshot, event, event_id, answers, ctx.now, ctx.actor, ctx)
        if written is not None:
            record, after = written
            commit: Commit[S] = _tuple(Commit, (snapshot, after, (record,)))
            return commit
    return long_step(machine, snapshot, delivery, ctx)


def long_step(
    machine: Machine[S, E], snapshot: Snapshot[S] | None, delivery: Delivery, ctx: Context
) -> Commit[S] | Refusal:
    """Decide what ``plain_step`` leaves, and whatever else; ``advance`` asks both.

    Args:
        machine: As for ``advance``, like all that follow.
        snapshot: The instance.
        delivery: The event.
        ctx: The moment, the instance's id, the tenant and the actor.

    Raises:
        TransitionError: When the code of the machine is broken; nothing has changed.
    """
    if delivery.event_id is not None and (refusal := _known_id(snapshot, delivery.event_id, ctx)) is not None:
        return refusal
    # Inside, states are known by their base: the classes are the table's business.
    plain = cast("Machine[BaseModel, Event]", machine)
    if snapshot is None:
        return cast("Commit[S] | Refusal", _begun(plain, delivery, ctx))
    return cast("Commit[S] | Refusal", _moved(plain, cast("Snapshot[BaseModel]", snapshot), delivery, ctx))


def _known_id(snapshot: Snapshot[S] | None, event_id: EventId, ctx: Context) -> Refusal | None:
    known = snapshot.seen.get(event_id) if snapshot is not None else None
    if known is not None:
        return Duplicate(ctx.workflow_id, event_id, known)
    if event_id.startswith(DERIVED):
        error = f"expected an event id of your own, got {event_id!s}, a form in which telic names records"
        return Invalid(ctx.workflow_id, (error,))
    return None


def _begun(machine: Machine[BaseModel, Event], delivery: Delivery, ctx: Context) -> Commit[BaseModel] | Refusal:
    meta = Meta(ctx.workflow_id, ctx.tenant, delivery.key, ctx.now, delivery.parent, delivery.root)
    source = Source(delivery.event_id, actor=ctx.actor)
    event = delivery.event
    if isinstance(event, Begin):
        if type(event.state) not in machine.start_states:
            names = ", ".join(cls.__name__ for cls in machine.start_states) or "an event with @start"
            return Invalid(ctx.workflow_id, (f"expected {names} to begin with, got {type(event.state).__name__}",))
        draft = Draft(machine, None, meta, event.state, ctx)
        draft.enter(event, event.state, NO_INTENT, source, outcome=Outcome.STARTED)
        return draft.commit()
    row = machine.start_rows.get(type(event))
    if row is None:
        return NotFound(ctx.workflow_id, tuple(one.__name__ for one in machine.start_rows))
    at = ctx.in_step(meta.id, meta.tenant, ctx.actor, 1, delivery.event_id) if row.takes_context else None
    state, out = run_transition(machine.name, row, row.state, event, at)
    if isinstance(out, Reject):
        return Rejected(ctx.workflow_id, out.reasons)
    if isinstance(out, Verdict):
        raise UndeclaredResult(row.where, f"expected a first state and an intent, got {out!r}; do reject or begin")
    draft = Draft(machine, None, meta, state, ctx)
    draft.enter(event, state, out, source, outcome=Outcome.STARTED)
    return draft.commit()


def _moved(
    machine: Machine[BaseModel, Event], snapshot: Snapshot[BaseModel], delivery: Delivery, ctx: Context
) -> Commit[BaseModel] | Refusal:
    id, event = snapshot.meta.id, delivery.event
    if isinstance(event, Begin) or not known_event(machine, event):
        return Invalid(id, (f"expected an event of machine {machine.name!r}, got {type(event).__name__}",))
    if isinstance(event, Command) and snapshot.status in _OVER:
        return Ended(id, snapshot.status)
    draft = Draft(machine, snapshot, snapshot.meta, snapshot.state, ctx)
    if isinstance(event, Control) and type(event) not in draft.info.rows:
        return controlled(draft, event, Source(delivery.event_id, actor=ctx.actor))
    source = source_of(draft, event, delivery)
    if not isinstance(source, Source):
        return source
    if isinstance(event, IntentDone):
        draft.note(event, Outcome.IGNORED, source, ("carried out, and no answer was asked for",))
        return draft.commit()
    if isinstance(event, ReminderDue):
        return _reminded(draft, event, source)
    # A state that compensates may do so while the instance is paused: nothing is carried out yet.
    takes = snapshot.status is Status.RUNNING or isinstance(event, Cancel)
    refusal = _took(draft, event, source) if takes else _held(draft, event, source)
    if refusal is not None:
        return refusal
    if draft.parked:
        offer_parked(draft, changed=draft.state is not snapshot.state and draft.state != snapshot.state)
    return draft.commit()


def known_event(machine: Machine[BaseModel, Event], event: Event) -> bool:
    """Say whether an event belongs to a machine, or to the kernel."""
    return type(event) in machine.event_set or isinstance(event, (Control, IntentFailed, IntentDone, ReminderDue))


def _reminded(draft: Draft, event: ReminderDue, source: Source) -> Commit[BaseModel] | Refusal:
    if draft.status is Status.PAUSED:
        return Unasked(
            draft.meta.id,
            "expected a running instance for a reminder, got one that is paused; do give it after the resumption",
        )
    draft.remind(event, source)
    return draft.commit()


def _took(draft: Draft, event: Event, source: Source) -> Refusal | None:
    """Let the state decide; return a refusal, or write the record and return nothing."""
    row = draft.info.rows.get(type(event))
    if row is None:
        return _untaken(draft, event, source)
    state, out = draft.decide(row, event, source)
    if isinstance(out, Emission):
        draft.enter(event, state, out, source)
    elif isinstance(out, Ignore):
        draft.note(event, Outcome.IGNORED, source, (out.why,))
    elif isinstance(out, Defer):
        return _deferred(draft, event, source)
    elif isinstance(out, Reject) and isinstance(event, Command):
        return Rejected(draft.meta.id, out.reasons)
    else:
        raise UndeclaredResult(
            row.where, f"expected a state for a fact, got {out!r}; do handle, ignore or defer it: a fact has happened"
        )
    return None


def _untaken(draft: Draft, event: Event, source: Source) -> Refusal | None:
    why = draft.info.ignored.get(type(event))
    name = type(event).__name__
    if why is not None:
        draft.note(event, Outcome.IGNORED, source, (why,))
    elif isinstance(event, Command):
        accepts = accepted_commands(draft.info)
        return Rejected(draft.meta.id, (NotAccepted(command=name, state=draft.info.state.__name__, accepts=accepts),))
    elif isinstance(event, IntentFailed):
        return _failure_untaken(draft, event, source)
    else:
        draft.park(event, Outcome.UNPLACED, source)
    return None


def _failure_untaken(draft: Draft, event: IntentFailed[Intent[Fact]], source: Source) -> Refusal | None:
    if event.cause is FailureCause.WITHDRAWN:
        draft.note(event, Outcome.IGNORED, source, (UNHEARD,))
        return None
    return Unasked(
        draft.meta.id,
        f"expected {draft.info.state.__name__} to take {type(event).__name__}, "
        "got no transition for it: a dead letter; do redrive it",
    )


def _deferred(draft: Draft, event: Event, source: Source) -> Refusal | None:
    limit = draft.machine.max_deferred
    kept = sum(isinstance(one.event, Command) for one in draft.parked)
    if isinstance(event, Command) and kept >= limit:
        return Rejected(draft.meta.id, (TooManyDeferred(limit=limit),))
    draft.park(event, Outcome.DEFERRED, source)
    return None


def _held(draft: Draft, event: Event, source: Source) -> Refusal | None:
    """Take an event for an instance that is paused or over."""
    id: WorkflowId = draft.meta.id
    if isinstance(event, Command):
        return Rejected(id, (Paused(reason=draft.paused_for),))
    if draft.status is Status.PAUSED:
        if source.wait is not None and isinstance(source.wait.wait, Deadline):
            return Unasked(
                id,
                "expected a running instance for a deadline, got one that is paused; do fire it after the resumption",
            )
        if isinstance(event, IntentFailed) and type(event) not in draft.info.rows:
            return _failure_untaken(draft, event, source)  # kept, it would shut its intent for every answer
        draft.park(event, Outcome.DEFERRED, source)
        return None
    if type(event) in draft.info.rows and draft.status is Status.ENDED:
        return _took(draft, event, source)  # the last state of a classic machine says itself that it ignores
    why = draft.info.ignored.get(type(event))
    if why is not None and type(event) not in draft.info.kept:
        draft.note(event, Outcome.IGNORED, source, (why,))
        return None
    if isinstance(event, IntentFailed):
        return _failure_untaken(draft, event, source)
    draft.park(event, Outcome.UNPLACED, source)
    return None
