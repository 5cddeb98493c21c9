"""The life of an instance in which everything happens that can happen to one.

What may never be here: an answer of a store; a chapter only decides a commit.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from telic.kernel.events import Event, Pause, Resume, Terminate
from telic.kernel.intents import Intent
from telic.kernel.orders import FailureCause, IntentDone
from telic.testing.store_contract.machine import (
    NOON,
    Again,
    Check,
    Checked,
    Everything,
    ItemId,
    Later,
    LegDue,
    Listen,
    Mark,
    Nagged,
    Notify,
    Open,
    Paid,
    Recall,
    Send,
    Skip,
    Unwanted,
    Weigh,
    Weighed,
)
from telic.testing.store_contract.trial import AnyCommit, AnySnapshot, Details, Trial

__all__ = ["Chapter", "chapters", "failure_of", "open_intent", "sent", "wait_of"]

Chapter: TypeAlias = Callable[[Trial, AnySnapshot], AnyCommit]
_LATE = NOON.replace(hour=20)


def open_intent(snapshot: AnySnapshot, kind: type[object], number: int = 0) -> str:
    """Return the id of an open intent of a type.

    Args:
        snapshot: The instance.
        kind: The type.
        number: Which of them, by the order of emission.
    """
    return [id for id, one in snapshot.open.items() if type(one.intent) is kind][number]


def wait_of(snapshot: AnySnapshot, event: type[object], number: int = 0) -> str:
    """Return the key of a declared wait for an event.

    Args:
        snapshot: The instance.
        event: The type of the event.
        number: Which of them, in the order of their declaration.
    """
    return [one.key for one in snapshot.waits if one.wait.event_type is event][number]


def failure_of(trial: Trial, kind: type[Intent[Checked]], cause: FailureCause = FailureCause.EXHAUSTED) -> Event:
    """Return the failure of an intent."""
    fields = {"intent": kind.model_validate({"item_id": "all"}), "cause": cause, "detail": "gave\x00 up: ü"}
    return trial.machine.failures[kind].model_validate(fields)


def chapters() -> tuple[Chapter, ...]:
    """Return the steps of the life, each decided on the snapshot that the one before led to."""
    items = tuple(ItemId(f"item-{number}") for number in range(3))
    held = Everything(text="sent", amount=Decimal("0.30"))
    return (
        _step(Mark(mark=7, held=held), event_id="e-2"),
        _step(Skip(), event_id="e-3"),
        _step(Later(mark=8), actor="bob"),
        _step(Unwanted(), event_id="unwanted"),
        _step(Later(mark=9), event_id="later"),
        _step(Send(items=items, legs=2)),
        _step(Recall()),
        _step(Again(item_id=ItemId("again"))),
        _step(Listen(on=False)),
        _step(Listen(on=True)),
        lambda trial, held: trial.decide(held, Nagged(), wait=wait_of(held, Nagged), at=_LATE),
        lambda trial, held: trial.decide(held, LegDue(leg=1), wait=wait_of(held, LegDue, 1), at=_LATE),
        lambda trial, held: trial.decide(held, failure_of(trial, Check), answers=open_intent(held, Check)),
        _step(Pause(reason="lunch")),
        lambda trial, held: trial.decide(held, Weighed(item_id=items[1]), answers=open_intent(held, Weigh, 1)),
        lambda trial, held: trial.decide(held, Paid(), wait=wait_of(held, Paid), event_id="paid", actor="bank"),
        _step(Resume()),
        lambda trial, held: trial.decide(held, IntentDone(), answers=open_intent(held, Notify), event_id="done"),
        _step(Terminate(reason="enough")),
        lambda trial, held: trial.decide(
            held, Checked(item_id=ItemId("again")), answers=open_intent(held, Check), event_id="too-late"
        ),
    )


async def sent(trial: Trial, items: int = 3, legs: int = 1, **details: object) -> AnySnapshot:
    """Begin an instance, send it, and return it.

    Args:
        trial: The trial.
        items: How many weighings it emits.
        legs: How many parts it has.
        details: Fields of the values that it holds.
    """
    await trial.begin(Open(held=Everything.model_validate(details)))
    await trial.step(Send(items=tuple(ItemId(f"item-{number}") for number in range(items)), legs=legs))
    return await trial.load()


def _step(event: Event, event_id: str | None = None, actor: str = "") -> Chapter:
    details: Details = {"event_id": event_id, "actor": actor}
    return lambda trial, held: trial.decide(held, event, id=held.id, **details)
