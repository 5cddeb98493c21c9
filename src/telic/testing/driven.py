"""One instance, driven through a ``WorkflowRuntime`` and whatever store it has.

The runtime lives on an event loop of its own; each call waits for it. What may never be
here: a judgement of what came back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from anyio.from_thread import start_blocking_portal
from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import NOTHING_SEEN, Begin, Delivery, Snapshot
from telic.kernel.values import WorkflowId
from telic.runtime.results import RunResult
from telic.runtime.runtime import AnyRuntime, WorkflowRuntime

__all__ = ["Driven", "Driver", "RuntimeFactory"]

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

# What a test passes as runtime=: a runtime, or a block in which it may be used.
RuntimeFactory: TypeAlias = Callable[[], WorkflowRuntime[S, E] | AbstractAsyncContextManager[WorkflowRuntime[S, E]]]


class Driver(Protocol):
    """What can take the steps of one instance."""

    now: datetime

    @property
    def snapshot(self) -> Snapshot[BaseModel] | None:
        """Where the instance stands; ``None`` before it has begun."""
        ...

    def send(self, delivery: Delivery, *, actor: str = "") -> RunResult[BaseModel]:
        """Take one step."""
        ...

    def reload(self) -> None:
        """Do what a crash and a new start do."""
        ...

    def journal(self) -> tuple[JournalEntry, ...] | None:
        """Return the journal, or ``None`` where nothing keeps one."""
        ...


@runtime_checkable
class KeepsJournal(Protocol):
    """A store that gives its journal back."""

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first."""
        ...


class Driven:
    """One instance behind a runtime.

    Attributes:
        now: The moment of the next step.
    """

    def __init__(self, factory: Callable[[], object], id: WorkflowId, now: datetime) -> None:
        """Start an event loop and make the runtime on it."""
        self.now = now
        self._id = id
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal("asyncio"))
        made = self._portal.call(factory)
        if isinstance(made, AbstractAsyncContextManager):
            made = self._stack.enter_context(self._portal.wrap_async_context_manager(made))
        self._runtime = cast("AnyRuntime", made)
        self.snapshot = self._loaded()

    def _call(self, function: Callable[[], Awaitable[T]]) -> T:
        return self._portal.call(function)

    def _loaded(self) -> Snapshot[BaseModel] | None:
        found = self._call(lambda: self._runtime.load(self._id))
        return found._replace(seen=NOTHING_SEEN) if found is not None else None

    def send(self, delivery: Delivery, *, actor: str = "") -> RunResult[BaseModel]:
        """Take one step through the runtime, and load what it has saved."""
        event, event_id, answers, wait, *_ = delivery
        if isinstance(event, Begin):
            state: BaseModel = event.state
            result = self._call(lambda: self._runtime.start(self._id, state, event_id=event_id, now=self.now))
        else:
            known: Event = event
            result = self._call(
                lambda: self._runtime.run_step(
                    self._id, known, event_id=event_id, answers=answers, wait=wait, actor=actor, now=self.now
                )
            )
        self.snapshot = self._loaded()
        return result

    def reload(self) -> None:
        """Go on with a new runtime over the same store, as a new process would."""
        old = self._runtime
        self._runtime = WorkflowRuntime(machine=old.machine, store=old.store, clock=old.clock)
        self.snapshot = self._loaded()

    def journal(self) -> tuple[JournalEntry, ...] | None:
        """Return the journal, or ``None`` where the store gives none back."""
        store: object = self._runtime.store
        if not isinstance(store, KeepsJournal):
            return None
        return self._call(lambda: store.journal(self._id))

    def close(self) -> None:
        """Leave the runtime's block, and end the event loop."""
        self._stack.close()
