"""``Operators``: what people do to running instances: pause, resume, cancel, terminate, redrive.

Each act is a step like any other, or a change of an intent's row, and leaves a trace with its
actor. What may never be here: a decision about an instance; ``advance`` decides.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import uuid4

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import ConfigurationError, DecodeError, StoreError, nearest
from telic.kernel.events import Cancel, Control, Pause, Resume, Terminate
from telic.kernel.results import Duplicate, ResultKind
from telic.kernel.snapshot import Delivery, Status
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.acts import Act, Happened, KeepsActs
from telic.runtime.claims import IntentState
from telic.runtime.protocols import DurableStore
from telic.runtime.queries import Query
from telic.runtime.results import RunResult, result_of
from telic.runtime.runtime import workflow_of
from telic.shell.acted import Acted, Effect
from telic.shell.archives import Archived
from telic.shell.choosing import Which, chosen, each
from telic.shell.exporting import Exported, exported
from telic.shell.forking import Forked, ForkRefused, fork
from telic.shell.halting import Departure
from telic.shell.importing import Arrival, Check, folded, imported, seen_from

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime, System

__all__ = ["Acted", "Effect", "Operators", "Which"]

Id = TypeVar("Id", WorkflowId, IntentId)
_PAGE = 100
_TAKEN = frozenset({ResultKind.STARTED, ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED})


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
        self,
        machine: str,
        which: Which,
        *,
        paused_for: str | None = None,
        operation: str | None = None,
        dry_run: bool = False,
    ) -> AsyncGenerator[Acted, None]:
        """Let paused instances go on; other arguments and errors as for :meth:`pause`.

        Args:
            machine: The name of the machine.
            which: An id, ids, or a query.
            paused_for: Only those that were paused for this reason, word for word; the others are passed over.
            operation: Your id for this act; a new one by default.
            dry_run: Say what would happen, and change nothing.
        """
        return self._stepped(machine, which, Resume(), operation, dry_run=dry_run, paused_for=paused_for)

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
        letters = self._letters(runtime, which) if isinstance(which, Query) else each(which)
        return self._let_go(runtime, store, letters, ("redrive", operation or str(uuid4())), dry_run=dry_run)

    def release(
        self,
        machine: str,
        which: Query | Iterable[IntentId] | IntentId,
        *,
        operation: str | None = None,
        dry_run: bool = False,
    ) -> AsyncGenerator[Acted, None]:
        """Let intents go that are set aside, of a fork or of what was imported; as :meth:`redrive`."""
        runtime = self.runtime(machine)
        store = self._durable(runtime)
        intents = _set_aside(runtime, store, which) if isinstance(which, Query) else each(which)
        return self._let_go(runtime, store, intents, ("release", operation or str(uuid4())), dry_run=dry_run)

    def move(
        self, machine: str, which: Which, *, to: str, operation: str | None = None, dry_run: bool = False
    ) -> AsyncGenerator[Exported, None]:
        """Halt instances that go to another store, and yield all of each.

        Each is paused, with where it goes in the journal, and in the same transaction its intents are set
        aside, beyond a resumption: they may be carried out where it goes, and here only when they are
        released. One with an intent that is being carried out is refused, and comes with a later try. An
        instance that was moved already is yielded again. It ends here when somebody terminates it.

        Before one is read, all of its family are halted in the same way, on every machine of the system: no
        child ends for a parent that has left, and no parent for its child. So let the others of a family follow;
        while an intent of one is being carried out, all of them are refused.

        Args:
            machine: The name of the machine.
            which: An id, ids, or a query.
            to: Where they go; kept in the journal.
            operation: Your id for this act; a new one by default.
            dry_run: Say what would happen, and change nothing.

        Raises:
            ConfigurationError: For a machine that is not in the system, a store without images, or a query for
                those that run, which none does once it moves.
            StoreError: While iterating, when a store does not answer; what was done stays done.
        """
        if isinstance(which, Query) and which.status is Status.RUNNING:
            got = "got status running, which none is once it moves; do choose them otherwise"
            raise _misfit(f"expected a query that finds them a second time, {got}")
        departure = Departure(to, self.actor, operation or str(uuid4()))
        everywhere = self._system.runtimes.values()
        return exported(self.runtime(machine), which, departure, among=everywhere, dry_run=dry_run)

    async def admit(
        self,
        archived: Archived,
        *,
        origin: str,
        operation: str | None = None,
        check: Check = folded,
        dry_run: bool = False,
    ) -> Acted:
        """Write an instance of another store here; twice is as good as once, and nothing is ever put over another.

        Its lines have to lead to where it stands. One that runs arrives paused; each intent that somebody would
        carry out is set aside until :meth:`release` lets it go. Hooks are told nothing of its past.

        Args:
            archived: The instance; it goes to the store of its machine, to its tenant.
            origin: Where it comes from; kept in the journal.
            operation: Your id for this act; a new one by default.
            check: What takes its journal once more; by default today's code has to come to the very same states.
            dry_run: Say what would happen, and change nothing.

        Raises:
            ConfigurationError: For a machine that is not in the system, or a store without images or tenants.
            StoreError: When the store does not answer.
        """
        runtime = seen_from(self.runtime(archived.machine), archived.tenant)
        arrival = Arrival(origin, self.actor, operation or str(uuid4()), check)
        return await imported(runtime, archived, arrival, dry_run=dry_run)

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
        self,
        machine: str,
        which: Which,
        event: Control,
        operation: str | None,
        *,
        dry_run: bool,
        paused_for: str | None = None,
    ) -> AsyncGenerator[Acted, None]:
        runtime = self.runtime(machine)
        ids = chosen(runtime, which)
        event_id = EventId(f"telic.operator:{operation or uuid4()}:{type(event).__name__.lower()}")
        if paused_for is not None:
            ids = _paused_for(runtime, ids, paused_for, event_id)
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
        async with aclosing(chosen(runtime, query)) as ids:
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


async def _paused_for(
    runtime: AnyRuntime, ids: AsyncGenerator[WorkflowId, None], reason: str, event_id: EventId
) -> AsyncGenerator[WorkflowId, None]:
    """Yield those that are paused for a reason, and those that were resumed by the same act before."""
    async with aclosing(ids) as found:
        async for id in found:
            try:
                snapshot = await runtime.store.load(id, (event_id,))
            except DecodeError:  # the act says what is wrong with it
                yield id
                continue
            paused = snapshot is not None and snapshot.status is Status.PAUSED and snapshot.paused_for == reason
            if snapshot is None or paused or event_id in snapshot.seen:
                yield id


async def _set_aside(runtime: AnyRuntime, store: KeepsActs, query: Query) -> AsyncGenerator[IntentId, None]:
    """Yield what is set aside of the instances that a query finds."""
    async with aclosing(chosen(runtime, query)) as ids:
        async for id in ids:
            for one in await store.aside(id):
                yield one.id


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
    wanted = "a dead letter" if act.name == "redrive" else "an intent that is set aside"
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
