"""Provenance: a fact comes only from where it was asked for.

What may never be here: what an event does; only where it may come from.
"""

from __future__ import annotations

from typing import cast

from telic.kernel.draft import Draft, Source
from telic.kernel.events import Command, Event, Fact
from telic.kernel.orders import IntentDone, IntentFailed
from telic.kernel.reminders import Remind, ReminderDue, RemindFailed, misfit_reminder
from telic.kernel.results import Invalid, NoOpenTask, Refusal, Rejected, TaskNotNamed, Unasked
from telic.kernel.snapshot import Delivery, OpenIntent, OpenWait
from telic.kernel.values import IntentId, WaitKey
from telic.kernel.waits import Deadline, HumanTask, Topic

__all__ = ["source_of"]


def source_of(draft: Draft, event: Event, delivery: Delivery) -> Source | Refusal:
    """Return where an event comes from, or a refusal when nobody asked for it.

    Args:
        draft: The instance.
        event: The event.
        delivery: What its sender says of it.
    """
    if isinstance(event, Command):
        return _command(draft, event, delivery)
    if delivery.answers is not None:
        return _answer(draft, event, delivery, delivery.answers)
    if delivery.wait is not None:
        return _from_wait(draft, event, delivery, delivery.wait)
    name = type(event).__name__
    return Unasked(
        draft.meta.id,
        f"expected {name} as the answer to an open intent or from a declared wait, got neither; "
        f"do name it: answers= or wait=",
    )


def _command(draft: Draft, event: Command, delivery: Delivery) -> Source | Refusal:
    if type(event) not in draft.machine.task_commands:
        return Source(delivery.event_id, actor=draft.ctx.actor)
    asking = [
        one
        for one in draft.waits
        if isinstance(one.wait, HumanTask) and one.wait.answer is type(event) and delivery.wait in (None, one.key)
    ]
    name = type(event).__name__
    if not asking:
        return Rejected(draft.meta.id, (NoOpenTask(command=name, task=delivery.wait),))
    if len(asking) > 1:
        return Rejected(draft.meta.id, (TaskNotNamed(command=name, tasks=tuple(one.key for one in asking)),))
    return Source(delivery.event_id, wait=asking[0], actor=draft.ctx.actor)


def _answer(draft: Draft, event: Event, delivery: Delivery, answers: IntentId) -> Source | Refusal:
    opened = draft.open.get(answers) or draft.late.get(answers)
    if opened is None:
        return Unasked(
            draft.meta.id,
            f"expected the id of an open intent, got {answers!s}; do check the id, it may be answered already",
        )
    if any(one.answers is not None and one.answers.id == answers for one in draft.parked):
        return Unasked(
            draft.meta.id,
            f"expected an intent without an answer, got {answers!s}, whose answer is kept with the instance",
        )
    kind = type(opened.intent)
    declared = draft.machine.intents.get(kind, frozenset())  # the machine declares none for telic's own
    if isinstance(event, IntentFailed):
        failure = RemindFailed if kind is Remind else draft.machine.failures.get(kind)
        if type(event) is not failure or answers not in draft.open:
            return Unasked(
                draft.meta.id, f"expected the failure of an open {kind.__name__}, got {type(event).__name__}"
            )
    elif isinstance(event, IntentDone) and not declared and answers in draft.open:
        return Source(delivery.event_id, opened, actor=draft.ctx.actor)
    elif type(event) not in declared:
        expected = ", ".join(sorted(one.__name__ for one in declared)) or "no answer"
        return Unasked(
            draft.meta.id, f"expected {expected} as the answer to {kind.__name__}, got {type(event).__name__}"
        )
    elif opened.correlated and not _same_ids(draft, opened, event):
        return Invalid(
            draft.meta.id, (f"expected {type(event).__name__} with the typed ids of {opened.intent!r}, got {event!r}",)
        )
    return Source(delivery.event_id, opened, actor=draft.ctx.actor)


def _same_ids(draft: Draft, opened: OpenIntent, event: Event) -> bool:
    names = draft.machine.shared_ids.get((type(opened.intent), cast("type[Fact]", type(event))), ())
    return all(getattr(opened.intent, name) == getattr(event, name) for name in names)


def _from_wait(draft: Draft, event: Event, delivery: Delivery, key: WaitKey) -> Source | Refusal:
    found = next((one for one in draft.waits if one.key == key), None)
    if found is None:
        declared = ", ".join(one.key for one in draft.waits) or "none"
        return Unasked(
            draft.meta.id, f"expected a wait that {draft.info.state.__name__} declares ({declared}), got {key!s}"
        )
    mismatch = _mismatch(draft, event, found)
    if mismatch is not None:
        return Unasked(draft.meta.id, mismatch)
    return Source(delivery.event_id, wait=found, actor=draft.ctx.actor)


def _mismatch(draft: Draft, event: Event, found: OpenWait) -> str | None:
    wait = found.wait
    if isinstance(wait, Deadline):
        if event != wait.event:
            return f"expected {wait.event!r} from deadline {found.key!s}, got {event!r}"
        if found.fired is not None:
            return (
                f"expected a deadline that has not fired, got {found.key!s}, which fired for {found.fired.isoformat()}"
            )
        if draft.ctx.now < wait.at:
            return f"expected deadline {found.key!s} not before {wait.at.isoformat()}, got {draft.ctx.now.isoformat()}"
        return None
    if isinstance(wait, HumanTask) and isinstance(event, ReminderDue):
        return misfit_reminder(found, wait, event, draft.ctx.now)
    if isinstance(wait, Topic) and type(event) is wait.fact:
        return None
    return f"expected {wait.event_type.__name__} from {found.key!s}, got {type(event).__name__}"
