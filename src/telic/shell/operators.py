"""``Operators``: what people do to running instances: pause, resume, cancel, terminate, redrive.

Each act is a step like any other, or a change of an intent's row, and leaves a trace with its
actor. What may never be here: a decision about an instance; ``advance`` decides.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar, cast
from uuid import uuid4

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import ConfigurationError, StoreError, nearest
from telic.kernel.events import Cancel, Control, Pause, Resume, Terminate
from telic.kernel.results import Duplicate, ResultKind
from telic.kernel.snapshot import Delivery
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.acts import Act, Happened, KeepsActs
from telic.runtime.claims import IntentState
from telic.runtime.protocols import DurableStore, Queries
from telic.runtime.queries import Query
from telic.runtime.results import RunResult, result_of
from telic.runtime.runtime import workflow_of
from telic.shell.forking import Forked, ForkRefused, fork

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime, System

__all__ = ["Acted", "Effect", "Operators", "Which"]

Id = TypeVar("Id", WorkflowId, IntentId)
_PAGE = 100
_TAKEN = frozenset({ResultKind.STARTED, ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED})

Which: TypeAlias = Query | Iterable[WorkflowId] | WorkflowId


class Effect(StrEnum):
    """What came of an act on one instance or one intent."""

    DONE = "done"
    WOULD = "would"
    ALREADY = "already"
    REFUSED = "refused"
    FAILED = "failed"


class Acted(NamedTuple):
    """What came of an act on one instance, or on one of its intents.

    Attributes:
        id: The instance.
        effect: ``DONE``; ``WOULD`` be done, in a dry run; ``ALREADY`` done by this operation;
            ``REFUSED``, as ``why`` says; or ``FAILED``: code is broken or does not fit the data.
        why: What stands in the way.
        result: What the step returned, or would return.
        intent: The intent, where the act is on one.
    """

    id: WorkflowId
    effect: Effect
    why: str = ""
    result: RunResult[BaseModel] | None = None
    intent: IntentId | None = None


class Operators:
    """Acts on the instances of a system, one by one or all that a query finds.

    Each act returns an iterator: an instance is acted on when its turn comes, so a loop over it
    shows progress, and leaving the loop leaves the rest alone. Under the same ``operation``,
    an act that was done is not done again: a run that was cut off is repeated as it was.

    Example:
        ``async for one in Operators(system, actor="ann").pause("order", Query(kind="packing")):``
        ``    print(one.id, one.effect)``
    """

    def __init__(self, system: System, *, actor: str) -> None:
        """Keep whose instances, and who acts.

        Args:
            system: The machines with their stores.
            actor: Who acts, as you have authenticated them; each trace names them.

        Raises:
            ValueError: Without an actor.
        """
        if not actor:
            raise ValueError("expected the name of who acts, got none")
        self._system = system
        self.actor = actor

    def pause(
        self, machine: str, which: Which, *, reason: str = "", operation: str | None = None, dry_run: bool = False
    ) -> AsyncGenerator[Acted, None]:
        """Halt instances: commands are rejected, facts are kept, unclaimed intents held.

        Args:
            machine: The name of the machine.
            which: An id, ids, or a query.
            reason: Why; kept in the journal.
            operation: Your id for this act; a new one by default.
            dry_run: Say what would happen, and change nothing.

        Raises:
            ConfigurationError: For a machine that is not in the system, or a store that cannot
                be asked.
            StoreError: While iterating, when a store does not answer; what was done stays done.
        """
        return self._stepped(machine, which, Pause(reason=reason), operation, dry_run=dry_run)

    def resume(
        self, machine: str, which: Which, *, operation: str | None = None, dry_run: bool = False
    ) -> AsyncGenerator[Acted, None]:
        """Let paused instances go on; arguments and errors as for :meth:`pause`."""
        return self._stepped(machine, which, Resume(), operation, dry_run=dry_run)

    def cancel(
        self, machine: str, which: Which, *, reason: str, operation: str | None = None, dry_run: bool = False
    ) -> AsyncGenerator[Acted, None]:
        """End instances for a reason; a state may compensate first; as :meth:`pause`."""
        return self._stepped(machine, which, Cancel(reason=reason), operation, dry_run=dry_run)

    def terminate(
        self, machine: str, which: Which, *, reason: str = "", operation: str | None = None, dry_run: bool = False
    ) -> AsyncGenerator[Acted, None]:
        """End instances at once, without any code of the machine; as :meth:`pause`."""
        return self._stepped(machine, which, Terminate(reason=reason), operation, dry_run=dry_run)

    def redrive(
        self,
        machine: str,
        which: Query | Iterable[IntentId] | IntentId = Query(),  # noqa: B008  (immutable)
        *,
        operation: str | None = None,
        dry_run: bool = False,
    ) -> AsyncGenerator[Acted, None]:
        """Have dead letters carried out again, as if for the first time.

        Args:
            machine: The name of the machine.
            which: The ids of intents, or a query for their instances; all by default.
            operation: Your id for this act; a new one by default.
            dry_run: Say what would happen, and change nothing.

        Raises:
            ConfigurationError: For a machine that is not in the system, or a store that keeps
                no books.
            StoreError: While iterating, when a store does not answer; what was done stays done.
        """
        runtime = self.runtime(machine)
        store = self._durable(runtime)
        letters = self._letters(runtime, which) if isinstance(which, Query) else _each(which)
        return self._let_go(runtime, store, letters, ("redrive", operation or str(uuid4())), dry_run=dry_run)

    def release(
        self,
        machine: str,
        which: Iterable[IntentId] | IntentId,
        *,
        operation: str | None = None,
        dry_run: bool = False,
    ) -> AsyncGenerator[Acted, None]:
        """Let intents of a fork go that are kept back; as :meth:`redrive`, by their ids only."""
        runtime = self.runtime(machine)
        acts = ("release", operation or str(uuid4()))
        return self._let_go(runtime, self._durable(runtime), _each(which), acts, dry_run=dry_run)

    async def fork(
        self,
        machine: str,
        id: WorkflowId,
        revision: int | None = None,
        *,
        operation: str | None = None,
        dry_run: bool = False,
    ) -> Forked | ForkRefused:
        """Make a new instance of what another one was at a revision; see :func:`telic.shell.forking.fork`."""
        return await fork(self, machine, id, revision, operation=operation, dry_run=dry_run)

    def runtime(self, machine: str) -> AnyRuntime:
        """Return the runtime of a machine.

        Raises:
            ConfigurationError: When it is not in the system.
        """
        found = self._system.runtimes.get(machine)
        if found is None:
            told = nearest(machine, self._system.runtimes)
            raise _misfit(f"expected a machine of the system, got {machine!r}{told}; do add its runtime")
        return found

    def _durable(self, runtime: AnyRuntime) -> KeepsActs:
        store: object = runtime.store
        if not (isinstance(store, KeepsActs) and isinstance(store, DurableStore)):
            raise _misfit(
                f"expected a store with dead letters and acts, got {type(store).__name__}; "
                "do use one with the methods of DurableStore and KeepsActs"
            )
        return cast("KeepsActs", store)

    def _stepped(
        self, machine: str, which: Which, event: Control, operation: str | None, *, dry_run: bool
    ) -> AsyncGenerator[Acted, None]:
        runtime = self.runtime(machine)
        ids = _found(runtime, which) if isinstance(which, Query) else _each(which)
        event_id = EventId(f"telic.operator:{operation or uuid4()}:{type(event).__name__.lower()}")
        return self._each_stepped(runtime, ids, Delivery(event, event_id), dry_run=dry_run)

    async def _each_stepped(
        self, runtime: AnyRuntime, ids: AsyncGenerator[WorkflowId, None], delivery: Delivery, *, dry_run: bool
    ) -> AsyncGenerator[Acted, None]:
        async with aclosing(ids) as found:
            async for id in found:
                yield await self._one_stepped(runtime, id, delivery, dry_run=dry_run)

    async def _one_stepped(self, runtime: AnyRuntime, id: WorkflowId, delivery: Delivery, *, dry_run: bool) -> Acted:
        try:
            if dry_run:
                result = await self._foreseen(runtime, id, delivery)
            else:
                result = await runtime.run_step(id, delivery.event, event_id=delivery.event_id, actor=self.actor)
        except StoreError:
            raise
        except Exception as error:  # this instance is to be looked at; the others go on  # noqa: BLE001
            return Acted(id, Effect.FAILED, f"{type(error).__name__}: {error}")
        if isinstance(result, Duplicate):
            return Acted(id, Effect.ALREADY, result=result)
        if result.kind in _TAKEN:
            return Acted(id, Effect.WOULD if dry_run else Effect.DONE, result=result)
        return Acted(id, Effect.REFUSED, _why(result), result)

    async def _foreseen(self, runtime: AnyRuntime, id: WorkflowId, delivery: Delivery) -> RunResult[BaseModel]:
        """Ask the pure step, and save nothing."""
        event_ids = (delivery.event_id,) if delivery.event_id is not None else ()
        snapshot = await runtime.store.load(id, event_ids)
        tenant = str(getattr(runtime.store, "tenant", ""))
        ctx = Context(runtime.clock.now(), id, tenant, self.actor)
        return cast("RunResult[BaseModel]", result_of(advance(runtime.machine, snapshot, delivery, ctx)))

    async def _letters(self, runtime: AnyRuntime, query: Query) -> AsyncGenerator[IntentId, None]:
        """Yield the dead letters of the instances that a query finds."""
        if query == Query():
            async with aclosing(_dead(runtime.store, None)) as letters:
                async for letter in letters:
                    yield letter
            return
        async with aclosing(_found(runtime, query)) as ids:
            async for id in ids:
                for letter in [one async for one in _dead(runtime.store, id)]:
                    yield letter

    async def _let_go(
        self,
        runtime: AnyRuntime,
        store: KeepsActs,
        letters: AsyncGenerator[IntentId, None],
        told: tuple[str, str],
        *,
        dry_run: bool,
    ) -> AsyncGenerator[Acted, None]:
        name, operation = told
        state = IntentState.DEAD if name == "redrive" else IntentState.ASIDE
        async with aclosing(letters) as found:
            async for letter in found:
                id, now = workflow_of(letter), runtime.clock.now()
                act = Act(id, f"telic.operator:{operation}:{name}", letter, name, self.actor, now)
                if dry_run:
                    happened = await _would(store, act, state)
                else:
                    (happened,) = await store.let_go((act,), state)
                yield _told(act, happened, dry_run=dry_run)


async def _each(which: Iterable[Id] | Id) -> AsyncGenerator[Id, None]:
    if isinstance(which, str):
        yield which
        return
    for one in which:
        yield one


def _found(runtime: AnyRuntime, query: Query) -> AsyncGenerator[WorkflowId, None]:
    store: object = runtime.store
    if not isinstance(store, Queries):
        raise _misfit(f"expected a store with find(...), got {type(store).__name__}; do name the ids")
    return _pages(store, query)


async def _pages(store: Queries, query: Query) -> AsyncGenerator[WorkflowId, None]:
    kind, status, parent, key, attributes, root = query
    after: str | None = None
    while True:
        page = await store.find(
            kind=kind, status=status, parent=parent, root=root, key=key, attributes=attributes, after=after, limit=_PAGE
        )
        for one in page.items:
            yield one.id
        after = page.next
        if after is None:
            return


async def _dead(store: object, id: WorkflowId | None) -> AsyncGenerator[IntentId, None]:
    """Yield dead letters in the order of their ids: of one instance, or all."""
    books = cast("DurableStore", store)
    after, beyond = (IntentId(f"{id}:"), f"{id};") if id is not None else (None, None)
    while page := await books.dead_letters(after=after, limit=_PAGE):
        for letter in page:
            if beyond is not None and letter.opened.id >= beyond:
                return
            if id is None or letter.workflow_id == id:
                yield letter.opened.id
        after = page[-1].opened.id


async def _would(store: KeepsActs, act: Act, state: IntentState) -> Happened:
    """Return what would come of an act now."""
    if any(one[:3] == act[:3] for one in await store.acts(act.workflow_id)):
        return Happened.KNOWN
    if state is IntentState.ASIDE:
        stands = any(one.id == act.subject for one in await store.aside(act.workflow_id))
    else:
        stands = any([letter == act.subject async for letter in _dead(store, act.workflow_id)])
    return Happened.DONE if stands else Happened.ABSENT


def _told(act: Act, happened: Happened, *, dry_run: bool) -> Acted:
    letter = IntentId(act.subject)
    if happened is Happened.DONE:
        return Acted(act.workflow_id, Effect.WOULD if dry_run else Effect.DONE, intent=letter)
    if happened is Happened.KNOWN:
        return Acted(act.workflow_id, Effect.ALREADY, intent=letter)
    wanted = "a dead letter" if act.name == "redrive" else "an intent that is kept back"
    return Acted(act.workflow_id, Effect.REFUSED, f"expected {wanted}, got {letter!s}, which is none", intent=letter)


def _why(result: RunResult[BaseModel]) -> str:
    """Return a refusal as one line."""
    if result.kind is ResultKind.REJECTED:
        return "; ".join(str(reason) for reason in result.reasons)
    if result.kind is ResultKind.ENDED:
        return f"expected an instance that goes on, got one that is {result.status}"
    if result.kind is ResultKind.NOT_FOUND:
        return f"expected an instance, got the id {result.id!s}, which is none"
    return repr(result)


def _misfit(finding: str) -> ConfigurationError:
    return ConfigurationError("Operators", (finding,))
