"""``WorkflowRuntime``: load, ask the pure step, save, return the result.

The runtime is a frozen model that holds a machine, a store and a clock, and no rule. What
may never be here: a decision about an instance, or the execution of an intent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, Self, TypeAlias, TypeVar, cast, overload
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from telic.kernel.events import Control, Event, Fact
from telic.kernel.machine import Machine
from telic.kernel.orders import FailureCause, IntentDone, IntentFailed
from telic.kernel.reminders import Remind, RemindFailed
from telic.kernel.reporting import child_id
from telic.kernel.results import Invalid, NotFound
from telic.kernel.snapshot import Ancestor, Begin, Delivery, Snapshot
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.protocols import Clock, SystemClock, WorkflowStore
from telic.runtime.results import RunResult
from telic.runtime.stepping import Stepper

if TYPE_CHECKING:
    from telic.kernel.intents import Intent

__all__ = ["WorkflowRuntime", "workflow_of"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_ENGINE = "engine"
_tuple = tuple.__new__


def workflow_of(intent_id: IntentId) -> WorkflowId:
    """Return the instance that emitted an intent; its id begins with that of the instance."""
    workflow_id, _, _ = intent_id.rsplit(":", 2)
    return WorkflowId(workflow_id)


class WorkflowRuntime(BaseModel, Generic[S, E]):
    """Drives the instances of one machine in one store.

    Attributes:
        machine: The description of the process.
        store: Where the instances are kept.
        clock: Tells the moment of a step; a caller may name another.

    Example:
        ``runtime = WorkflowRuntime(machine=signup, store=MemoryStore(signup))``
        ``result = await runtime.run_step(WorkflowId("s-1"), BeginSignup(email="a@b.c"))``
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    machine: Machine[S, E]
    store: WorkflowStore[S]
    clock: Clock = SystemClock()

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002  (asked for by Pydantic)
        """Make the one helper of the hot path; it is no field, and no part of equality."""
        vars(self)[_ENGINE] = Stepper(self.machine, self.store, self.clock)

    def _engine(self) -> Stepper[S, E]:
        engine: Stepper[S, E] = vars(self)[_ENGINE]
        return engine

    def through(self, store: WorkflowStore[S]) -> Self:
        """Return the same runtime over another store: that of another tenant, or of a transaction.

        What is put around a runtime, such as tracing, goes along.

        Args:
            store: The store; of the same machine.

        Example:
            ``await runtime.through(store.within(conn=conn)).run_step(id, event)``
        """
        other = self.model_copy(update={"store": store})
        vars(other)[_ENGINE] = self._engine().over(store)
        return other

    async def run_step(
        self,
        id: WorkflowId,
        event: E | Control,
        *,
        event_id: EventId | None = None,
        answers: IntentId | None = None,
        wait: WaitKey | None = None,
        actor: str = "",
        if_revision: int | None = None,
        limit_seconds: float | None = None,
        now: datetime | None = None,
    ) -> RunResult[S]:
        """Apply one event to one instance, durably, at most once.

        Args:
            id: The instance; a start event begins it where there is none.
            event: A command, a fact, or a kernel command such as ``Cancel``.
            event_id: Your id for the event; sent again, it is a ``Duplicate``.
            answers: The open intent that a fact answers.
            wait: The declared wait that a fact comes from, or the task that a command
                completes where several tasks ask for it.
            actor: Who sends it, as you have authenticated them.
            if_revision: Refuse with ``Conflict`` unless the instance is at this revision.
            limit_seconds: Refuse with ``Conflict`` when races last longer.
            now: The moment of the step; the clock's by default.

        Returns:
            A :data:`RunResult`; whatever is expected is a result.

        Raises:
            TransitionError: When the code of the machine is broken; nothing has changed.
            StoreError: When the store cannot load or save.
        """
        engine: Stepper[S, E] = self.__dict__[_ENGINE]
        at = now if now is not None else engine.now()
        store = engine.at_hand
        if store is not None and if_revision is None:
            result = engine.step_now(store, id, event, event_id, answers, wait, at, actor)
            if result is not None:
                return result
        # As Delivery(...) does, cheaper.
        delivery = _tuple(Delivery, (event, event_id, answers, wait, None, None, None))
        return await engine.step(id, delivery, at, actor, if_revision, limit_seconds)

    @overload
    async def start(
        self,
        first: WorkflowId,
        state: S,
        /,
        *,
        event_id: EventId | None = ...,
        actor: str = ...,
        now: datetime | None = ...,
    ) -> RunResult[S]: ...
    @overload
    async def start(self, first: E, /, *, key: str, actor: str = ..., now: datetime | None = ...) -> RunResult[S]: ...
    async def start(
        self,
        first: WorkflowId | E,
        state: S | None = None,
        /,
        *,
        key: str | None = None,
        event_id: EventId | None = None,
        actor: str = "",
        now: datetime | None = None,
    ) -> RunResult[S]:
        """Begin an instance: under a business key, or with a first state.

        ``start(event, key="order-7")`` derives the id from machine, tenant and key, so a
        second start is a ``Duplicate`` that names the first. ``start(id, state)`` begins
        with a state, for a machine that names its ``starts``.

        Args:
            first: The start event, or the id.
            state: The first state, after an id.
            key: The business key, beside an event.
            event_id: Your id for the start with a state.
            actor: Who starts it.
            now: The moment; the clock's by default.
        """
        at = now if now is not None else self.clock.now()
        if isinstance(first, Event):
            if key is None:
                raise TypeError(
                    "expected key= beside a start event, got none; do start(event, key=...) or run_step(id, event)"
                )
            id = self.id_of(key)
            delivery = Delivery(first, EventId(f"telic.start:{key}"), key=key)
        else:
            if state is None:
                raise TypeError("expected a first state beside the id, got none; do start(id, state)")
            id, delivery = first, Delivery(Begin(state), event_id or EventId(f"telic.start:{first}"))
        return await self._engine().step(id, delivery, at, actor)

    async def start_child(
        self, first: E, *, machine: str, parent: IntentId, root: Ancestor | None = None, now: datetime | None = None
    ) -> RunResult[S]:
        """Begin the child that a parent's intent spawns; done again, it is a ``Duplicate``.

        Args:
            first: The start event.
            machine: The name of the parent's machine.
            parent: The parent's intent.
            root: The top of the family; the parent itself by default.
            now: The moment; the clock's by default.
        """
        at = now if now is not None else self.clock.now()
        above = root or Ancestor(machine, workflow_of(parent))
        delivery = Delivery(first, EventId(f"telic.spawn:{parent}"), parent=parent, root=above)
        return await self._engine().step(child_id(machine, parent), delivery, at)

    def id_of(self, key: str) -> WorkflowId:
        """Return the id of the instance that has this business key, whether or not it exists."""
        parts = (self.machine.name, str(getattr(self.store, "tenant", "")), key)
        text = "".join(f"{len(part)}:{part}" for part in parts)
        # A key that no store can hold has an id as well; whoever would start under it is told.
        return WorkflowId(str(UUID(bytes=blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest())))

    async def run_json(
        self,
        id: WorkflowId,
        data: bytes | str | Mapping[str, object],
        *,
        event_id: EventId | None = None,
        answers: IntentId | None = None,
        wait: WaitKey | None = None,
        actor: str = "",
        if_revision: int | None = None,
        now: datetime | None = None,
    ) -> RunResult[S]:
        """Apply an event that comes as ``{"type": TAG, ...fields}``; what is wrong is ``Invalid``.

        Args:
            id: The instance.
            data: JSON text, or what was read from it.
            event_id: As in :meth:`run_step`, like all that follow.
            answers: The open intent that a fact answers.
            wait: The declared wait that it comes from or completes.
            actor: Who sends it.
            if_revision: The revision that the caller has seen.
            now: The moment; the clock's by default.
        """
        event = self.machine.codec.parse_event(data)
        if isinstance(event, tuple):
            return Invalid(id, event)
        known = cast("E", event)  # the machine's codec knows no other
        return await self.run_step(
            id, known, event_id=event_id, answers=answers, wait=wait, actor=actor, if_revision=if_revision, now=now
        )

    async def answer(
        self,
        intent_id: IntentId,
        fact: E,
        *,
        event_id: EventId | None = None,
        actor: str = "",
        now: datetime | None = None,
    ) -> RunResult[S]:
        """Give the answer to an open intent; for whoever holds its key, such as a webhook.

        Args:
            intent_id: The idempotency key of the intent.
            fact: One of the facts that its type names.
            event_id: Your id for the answer; by default derived from the key, so that a
                second answer is a ``Duplicate``.
            actor: Who answers.
            now: The moment; the clock's by default.
        """
        id = workflow_of(intent_id)
        known = event_id or EventId(f"telic.answer:{intent_id}")
        return await self.run_step(id, fact, event_id=known, answers=intent_id, actor=actor, now=now)

    async def done(self, intent_id: IntentId, *, actor: str = "", now: datetime | None = None) -> RunResult[S]:
        """Say that an intent which expects no answer was carried out; closes it.

        Args:
            intent_id: The idempotency key of the intent.
            actor: Who carried it out.
            now: The moment; the clock's by default.
        """
        at = now if now is not None else self.clock.now()
        delivery = Delivery(IntentDone(), EventId(f"telic.done:{intent_id}"), intent_id)
        return await self._engine().step(workflow_of(intent_id), delivery, at, actor)

    async def fail(
        self, intent_id: IntentId, cause: FailureCause, detail: str = "", *, now: datetime | None = None
    ) -> RunResult[S]:
        """Say that an open intent was given up; ``Unasked`` where no state wants to know.

        Args:
            intent_id: The idempotency key of the intent.
            cause: Why it was given up.
            detail: The last error, as text.
            now: The moment; the clock's by default.
        """
        id = workflow_of(intent_id)
        snapshot = await self.store.load(id)
        if snapshot is None:
            return NotFound(id)
        opened = snapshot.open.get(intent_id)
        # An intent that is answered by now has no failure: the step says so.
        failure = self._failure(opened.intent if opened is not None else None, cause, detail)
        at = now if now is not None else self.clock.now()
        delivery = Delivery(failure, answers=intent_id)
        return await self._engine().step(id, delivery, at)

    def _failure(self, intent: Intent[Fact] | None, cause: FailureCause, detail: str) -> Event:
        if intent is None:
            return Fact()
        known = RemindFailed if type(intent) is Remind else self.machine.failures.get(type(intent))
        if known is None:  # one of telic's own: no state hears of its failure
            return Fact()
        failure = cast("type[IntentFailed[Intent[Fact]]]", known)
        return failure(intent=intent, cause=cause, detail=detail)

    async def load(self, id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as it stands now, or ``None`` where there is none."""
        return await self.store.load(id)

    def __repr__(self) -> str:
        """Return machine and store."""
        return f"WorkflowRuntime(machine={self.machine!r}, store={self.store!r})"


AnyRuntime: TypeAlias = WorkflowRuntime[BaseModel, Event]
