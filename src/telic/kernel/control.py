"""The commands that the kernel understands by itself: cancel, terminate, pause, resume.

They reach this place only in a state that has no transition of its own for them. What may
never be here: compensation; that is a state's business.
"""

from __future__ import annotations

from pydantic import BaseModel

from telic.kernel.draft import NO_INTENT, Draft, Source
from telic.kernel.events import Cancel, Control, Pause, Resume, Terminate
from telic.kernel.offering import offer_parked
from telic.kernel.results import Refusal, Rejected
from telic.kernel.snapshot import Commit, Outcome, Status

__all__ = ["controlled"]


def controlled(draft: Draft, event: Control, source: Source) -> Commit[BaseModel] | Refusal:
    """Carry out a kernel command.

    Args:
        draft: The instance; it has not ended.
        event: The command.
        source: Who sent it.
    """
    if isinstance(event, (Cancel, Terminate)):
        draft.status = Status.CANCELLED if isinstance(event, Cancel) else Status.TERMINATED
        draft.withdraw_all()
        draft.waits = ()
    elif isinstance(event, Pause) and draft.status is Status.RUNNING:
        draft.status = Status.PAUSED
    elif isinstance(event, Resume) and draft.status is Status.PAUSED:
        draft.status = Status.RUNNING
    else:
        wanted = "a running" if isinstance(event, Pause) else "a paused"
        return Rejected(
            draft.meta.id, (f"expected {wanted} instance for {type(event).__name__}, got one that is {draft.status}",)
        )
    draft.paused_for = event.reason if isinstance(event, Pause) else ""
    draft.revision += 1
    emitted = draft.report(event) if isinstance(event, (Cancel, Terminate)) else ()
    draft.record(event, Outcome.STEPPED, source, emission=NO_INTENT, emitted=emitted)
    if draft.parked:
        offer_parked(draft, changed=not isinstance(event, Pause))
    return draft.commit()
