"""Moves: what can happen to a world next, each as one plain value.

What may never be here: what a move leads to; see ``stepping``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.snapshot import Begin, Outcome

__all__ = ["How", "Move", "described"]

_NOW = timedelta(0)


class How(StrEnum):
    """By what way an event comes."""

    BEGIN = "begin"
    COMMAND = "command"
    TASK = "task"
    ANSWER = "answer"
    LATE = "late answer"
    FAILURE = "failure"
    END = "end"  # carried out without an answer, or withdrawn and over
    DEADLINE = "deadline"
    TOPIC = "topic"
    TIME = "time"  # passes, and nothing else happens
    CHILD = "child"
    SIGNAL = "signal"
    PUBLICATION = "publication"


class Move(NamedTuple):
    """One thing that can happen.

    Attributes:
        how: By what way the event comes.
        event: The event; ``None`` where only time passes.
        intent: The intent that it answers, if it answers one.
        wait: The key of the wait that it comes from, if it comes from one.
        actor: Who sends it, where that matters.
        after: How far it moves the clock.
        outcome: What the step makes of the event.
        rearms: The keys of deadlines that it sets anew, from the moment of the step.
        who: The instance that moves, where there are several.
    """

    how: How
    event: Event | Begin[BaseModel] | None
    intent: Intent[Fact] | None = None
    wait: str = ""
    actor: str = ""
    after: timedelta = _NOW
    outcome: Outcome | None = None
    rearms: tuple[str, ...] = ()
    who: str = ""


def described(move: Move) -> str:
    """Return a move as one line of a story."""
    sender = f" by {move.actor}" if move.actor else ""
    subject = type(move.intent).__name__ if move.intent is not None else ""
    event = move.event.state if isinstance(move.event, Begin) else move.event
    later = f", {move.after} later" if move.after else ""
    texts = {
        How.ANSWER: f"{subject} answers {event!r}",
        How.CHILD: f"{subject} begins with {event!r}" if move.outcome is None else f"{subject} ends with {event!r}",
        How.SIGNAL: f"{subject} brings {event!r}",
        How.PUBLICATION: f"{subject} publishes {event!r}",
        How.LATE: f"{subject} answers late {event!r}",
        How.FAILURE: f"{subject} fails: {getattr(event, 'cause', '')}",
        How.END: f"{subject} ends without an answer",
        How.DEADLINE: f"deadline {move.wait} fires {event!r}{later}",
        How.TASK: f"task {move.wait} is completed with {event!r}{sender}",
        How.TOPIC: f"topic {move.wait} brings {event!r}",
        How.TIME: f"{move.after} pass",
    }
    text = texts.get(move.how, f"{event!r}{sender}")
    return f"{move.who}: {text}" if move.who else text
