"""Kept events: deferred ones are offered again after a change of state, oldest first.

What may never be here: how an event comes to be kept; ``advance`` decides that.
"""

from __future__ import annotations

from telic.kernel.dispatch import accepted_commands
from telic.kernel.draft import Draft, Source
from telic.kernel.errors import UndeclaredResult
from telic.kernel.events import Command
from telic.kernel.intents import Emission
from telic.kernel.orders import FailureCause, IntentFailed
from telic.kernel.results import NotAccepted
from telic.kernel.snapshot import Outcome, Parked, Status
from telic.kernel.verdicts import Defer, Ignore, Reject

__all__ = ["UNHEARD", "offer_parked"]

UNHEARD = "withdrawn, and no state asks to hear of it"
"""Why a withdrawn intent ends quietly."""


def offer_parked(draft: Draft, *, changed: bool) -> None:
    """Offer the kept events once each; begin again when one of them changes the state.

    Each round that begins again has taken at least one event, so this ends.

    Args:
        draft: The instance, after its step.
        changed: Whether the step changed the state; without, only facts that are unplaced
            and that the code can place now are offered.
    """
    again = True
    while again:
        again = False
        for kept in tuple(draft.parked):
            if kept.outcome is Outcome.DEFERRED and not changed:
                continue
            before = draft.state
            if _offered(draft, kept) and draft.state is not before and draft.state != before:
                changed = again = True
                break


def _offered(draft: Draft, kept: Parked) -> bool:
    """Offer one event; return whether it was taken."""
    if draft.status is Status.PAUSED:
        return False
    row = draft.info.rows.get(type(kept.event))
    if row is None or draft.status is not Status.RUNNING:
        return _unhandled(draft, kept)
    source = _source(draft, kept)
    state, out = draft.decide(row, kept.event, source)
    if isinstance(out, Defer):
        return False
    draft.parked.remove(kept)
    if isinstance(out, Emission):
        draft.enter(kept.event, state, out, source)
    elif isinstance(out, Ignore):
        draft.note(kept.event, Outcome.IGNORED, source, (out.why,))
    elif isinstance(out, Reject) and isinstance(kept.event, Command):
        draft.note(kept.event, Outcome.REJECTED, source, out.reasons)
    else:
        raise UndeclaredResult(
            row.where, f"expected a state for a fact, got {out!r}; do handle, ignore or defer it: a fact has happened"
        )
    return True


def _unhandled(draft: Draft, kept: Parked) -> bool:
    why = draft.info.ignored.get(type(kept.event))
    source = _source(draft, kept)
    if why is not None and type(kept.event) not in draft.info.kept:
        draft.parked.remove(kept)
        draft.note(kept.event, Outcome.IGNORED, source, (why,))
    elif isinstance(kept.event, Command):
        draft.parked.remove(kept)
        name = type(kept.event).__name__
        reason = NotAccepted(command=name, state=draft.info.state.__name__, accepts=accepted_commands(draft.info))
        draft.note(kept.event, Outcome.REJECTED, source, (reason,))
    elif isinstance(kept.event, IntentFailed) and kept.event.cause is FailureCause.WITHDRAWN:
        draft.parked.remove(kept)
        draft.note(kept.event, Outcome.IGNORED, source, (UNHEARD,))
    elif kept.outcome is Outcome.DEFERRED:
        draft.parked.remove(kept)
        draft.park(kept.event, Outcome.UNPLACED, source)
    else:
        return False
    return True


def _source(draft: Draft, kept: Parked) -> Source:
    wait = next((one for one in draft.waits if one.key == kept.wait), None) if kept.wait is not None else None
    # The id belongs to the first record; only an offer's own record is without one.
    return Source(None, kept.answers, wait, kept.actor, kept.first)
