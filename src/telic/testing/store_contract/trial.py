"""One case at work: a store, its model, and the steps that both are given.

The model is the store in memory. Every commit that the store takes the model takes too, and
``agree`` asks both everything there is to ask. What may never be here: a rule; the cases say
what they try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypedDict, TypeVar, cast

from pydantic import BaseModel
from typing_extensions import Unpack

from telic.kernel.advance import advance
from telic.kernel.context import Context, derived_event_id
from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Begin, Commit, Delivery, OpenIntent, Recorded, Snapshot
from telic.kernel.values import EventId, IntentId, TypedId, WaitKey, WorkflowId
from telic.runtime.protocols import WorkflowStore
from telic.stores.memory import MemoryStore
from telic.testing.store_contract.comparing import differences
from telic.testing.store_contract.machine import NOON, Open
from telic.testing.store_contract.rules import Capability, Case, shown

if TYPE_CHECKING:
    from telic.testing.store_contract.scheduling import Effort

__all__ = ["ID", "TICK", "AnyCommit", "AnySnapshot", "AnyStore", "Details", "Trial", "View"]

AnyStore = WorkflowStore[BaseModel]
AnySnapshot = Snapshot[BaseModel]
AnyCommit = Commit[BaseModel]
Reopen = Callable[[AnyMachine], AbstractAsyncContextManager[AnyStore]]

T = TypeVar("T", bound=TypedId)

ID = WorkflowId("parcel:ß-😀/1")
TICK = timedelta(seconds=1, microseconds=1)
_ALL = 100_000


class _Full(Protocol):
    """The methods that the capabilities stand for."""

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the lines of an instance."""
        ...

    async def outbox(self, limit: int = 100) -> tuple[tuple[WorkflowId, OpenIntent], ...]:
        """Return what is still to be carried out."""
        ...

    async def ids(self, *, after: WorkflowId | None = None, limit: int = 1000) -> tuple[WorkflowId, ...]:
        """Return the ids of instances."""
        ...

    def within(self, *, tenant: str) -> AnyStore:
        """Return the store of a tenant."""
        ...


class Details(TypedDict, total=False):
    """What the sender of an event says beside it.

    Attributes:
        event_id: The id that the caller gives to it.
        answers: The intent that it answers.
        wait: The wait that it comes from.
        actor: Who sends it.
        key: The business key of an instance that this begins.
        parent: The parent's intent of an instance that this begins.
        at: The moment; the next one by default.
    """

    event_id: str | None
    answers: str | None
    wait: str | None
    actor: str
    key: str | None
    parent: str | None
    at: datetime


class View(NamedTuple):
    """All that a store says of one instance; ``None`` stands for what it cannot be asked.

    Attributes:
        loaded: The snapshot.
        seen: What it knows of the event ids that the case has used, and of derived ones.
        journal: The lines of its journal.
        outbox: The intents that are still to be carried out, by id.
        listed: Whether it is among the ids.
    """

    loaded: AnySnapshot | None
    seen: Mapping[EventId, Recorded] | None
    journal: tuple[JournalEntry, ...] | None
    outbox: Mapping[IntentId, OpenIntent] | None
    listed: bool | None


class Trial:
    """A store under trial, and the model beside it.

    Attributes:
        case: The case that is tried.
        store: The store.
        machine: Whose instances it keeps.
        capabilities: What it can do beyond ``load`` and ``save``.
        model: What it should be like.
        tenant: Whose instances they are.
        effort: How far the random and the exhaustive cases go.
        said: What was not tried in full, and why.
    """

    def __init__(
        self,
        case: Case,
        store: AnyStore,
        machine: AnyMachine,
        capabilities: frozenset[Capability],
        effort: Effort,
        reopen: Reopen,
        tenant: str = "",
    ) -> None:
        """Begin with an empty model."""
        self.case = case
        self.store = store
        self.machine = machine
        self.capabilities = capabilities
        self.effort = effort
        self.model: MemoryStore[BaseModel] = MemoryStore(machine)
        self.tenant = tenant
        self.said: tuple[str, ...] = ()
        self._reopen = reopen
        self._ticks = 0
        self._ids: dict[WorkflowId, dict[EventId, None]] = {}

    @property
    def full(self) -> _Full:
        """The store with the methods of its capabilities."""
        return cast("_Full", self.store)

    def has(self, capability: Capability) -> bool:
        """Say whether the store can do something."""
        return capability in self.capabilities

    def beside(self, store: AnyStore, *, machine: AnyMachine | None = None, tenant: str | None = None) -> Trial:
        """Return a trial of another store over the same database, with a model of its own."""
        return Trial(
            self.case, store, machine or self.machine, self.capabilities, self.effort, self._reopen,
            self.tenant if tenant is None else tenant,
        )  # fmt: skip

    def fresh(self) -> Trial:
        """Return a trial of the same store with a model of its own, for other instances."""
        return self.beside(self.store)

    def reopened(self, machine: AnyMachine | None = None) -> AbstractAsyncContextManager[AnyStore]:
        """Open another store over the same data."""
        return self._reopen(machine or self.machine)

    def say(self, what: str) -> None:
        """Note, once, what was not tried in full, and why."""
        self.said = tuple(dict.fromkeys((*self.said, what)))

    def now(self) -> datetime:
        """Return the next moment; each is later than the one before."""
        self._ticks += 1
        return NOON + self._ticks * TICK

    def decide(
        self,
        before: AnySnapshot | None,
        event: Event | Begin[BaseModel],
        *,
        id: WorkflowId = ID,
        **details: Unpack[Details],
    ) -> AnyCommit:
        """Return the commit of one step, made by ``advance`` like every other.

        Args:
            before: What the step is decided on; ``None`` to begin.
            event: The event.
            id: The instance.
            details: What else its sender says.
        """
        given = _id(EventId, details.get("event_id"))
        delivery = Delivery(
            event, given, _id(IntentId, details.get("answers")), _id(WaitKey, details.get("wait")),
            details.get("key"), _id(IntentId, details.get("parent")),
        )  # fmt: skip
        context = Context(details.get("at") or self.now(), id, self.tenant, details.get("actor", ""))
        outcome = advance(self.machine, before, delivery, context)
        if not isinstance(outcome, Commit):
            raise self.broken(f"expected {event!r} to be taken on what was loaded, got {outcome!r}")
        self.notice(id, *([given] if given is not None else []))
        return outcome

    def notice(self, id: WorkflowId, *event_ids: EventId) -> None:
        """Note an instance and event ids, so that ``agree`` asks for them."""
        self._ids.setdefault(id, {}).update(dict.fromkeys(event_ids))

    async def load(self, id: WorkflowId = ID) -> AnySnapshot:
        """Return an instance that has to be there."""
        self.notice(id)
        found = await self.store.load(id)
        if found is None:
            raise self.broken(f"expected instance {id!r} after its save, got None")
        return found

    async def save(self, commit: AnyCommit) -> None:
        """Let the store save a commit that is in order, and the model too."""
        try:
            await self.store.save(commit)
        except RevisionConflict as conflict:
            raise self.broken(f"expected a commit that is in order to be saved, got {conflict!r}") from conflict
        await self.model.save(commit)

    async def begin(self, event: Event | None = None, id: WorkflowId = ID, **details: Unpack[Details]) -> None:
        """Begin an instance."""
        await self.save(self.decide(None, event or Open(), id=id, **details))

    async def step(self, event: Event, id: WorkflowId = ID, **details: Unpack[Details]) -> None:
        """Load an instance, take one step, and save it."""
        await self.save(self.decide(await self.load(id), event, id=id, **details))

    async def refuse(self, commit: AnyCommit, what: str) -> None:
        """Hold the store to refuse a commit and to change nothing by that.

        Args:
            commit: The commit that has to be refused.
            what: What it is, for the message.
        """
        try:
            await self.store.save(commit)
        except RevisionConflict as conflict:
            if conflict.id != commit.id:
                raise self.broken(f"expected the conflict to name {commit.id!r}, got {conflict.id!r}") from conflict
        except Exception as error:
            raise self.broken(f"expected RevisionConflict for {what}, got {error!r}") from error
        else:
            raise self.broken(f"expected RevisionConflict for {what}, got no error")
        await self.agree()

    async def agree(self) -> None:
        """Hold the store to say of each instance what the model says."""
        for id in self._ids:
            self.same(await self.model_view(id), await self.view(id), f"instance {id!r}")

    async def view(self, id: WorkflowId) -> View:
        """Return all that the store says of an instance."""
        return await self._view(self.full, self.store, id, self.capabilities)

    async def model_view(self, id: WorkflowId) -> View:
        """Return what it should say."""
        return await self._view(cast("_Full", self.model), self.model, id, self.capabilities)

    async def _view(self, full: _Full, store: AnyStore, id: WorkflowId, can: frozenset[Capability]) -> View:
        loaded = await store.load(id)
        found = await store.load(id, self._asked(id, loaded))
        listed = outbox = journal = None
        if Capability.JOURNAL in can:
            journal = await full.journal(id)
            if Capability.CUTTING not in can:  # then nobody needs them
                journal = tuple(one._replace(checkpoint=None) for one in journal)
        if Capability.OUTBOX in can:
            outbox = {one.id: one for of, one in await full.outbox(limit=_ALL) if of == id}
            outbox = dict(sorted(outbox.items()))
        if Capability.LISTING in can:
            listed = id in await full.ids(limit=_ALL)
        seen = dict(sorted(found.seen.items())) if found is not None else None
        return View(loaded, seen, journal, outbox, listed)

    def _asked(self, id: WorkflowId, loaded: AnySnapshot | None) -> tuple[EventId, ...]:
        revision = loaded.revision if loaded is not None else 0
        derived = (derived_event_id(id, number) for number in range(min(revision, 40) + 2))
        others = (each for ids in self._ids.values() for each in ids)
        return (*others, *derived, EventId("unknown"))

    def same(self, expected: object, got: object, what: str) -> None:
        """Hold two values to be the same, strictly.

        Args:
            expected: The right one.
            got: The one to judge.
            what: What both are called.
        """
        found = list(differences(expected, got, what))
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise self.broken(f"{found[0]}{more}")

    def hold(self, fact: bool, expected: str, got: object) -> None:  # noqa: FBT001  (what is held)
        """Hold something to be true.

        Args:
            fact: What has to be true.
            expected: What was expected, in words.
            got: What was found.
        """
        if not fact:
            raise self.broken(f"expected {expected}, got {shown(got)}")

    def broken(self, found: str) -> AssertionError:
        """Return the error that says what was found."""
        return self.case.broken(found)


def _id(kind: type[T], text: str | None) -> T | None:
    return kind(text) if text is not None else None
