"""Cases of interruption: a caller that is cancelled, a call that fails, and what is left behind."""

from __future__ import annotations

import anyio
from pydantic import BaseModel

from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.testing.store_contract.comparing import differences
from telic.testing.store_contract.machine import NOON, ItemId, Mark, Open, Send
from telic.testing.store_contract.rules import case
from telic.testing.store_contract.scheduling import interrupted
from telic.testing.store_contract.trial import ID, TICK, AnyCommit, AnySnapshot, AnyStore, Trial, View

_ATOMIC = "write a commit in one transaction that ends as a whole, also when its caller is cancelled"
_AWAITS = 40


@case(do=_ATOMIC)
async def a_cancelled_save_leaves_all_or_nothing(trial: Trial) -> None:
    """A save that is cancelled at any of its awaits has written all of its commit, or nothing of it."""
    for at in range(_AWAITS):
        beside = trial.fresh()
        id = WorkflowId(f"cancelled-{at}")
        await beside.begin(id=id, event_id="open")
        before = await beside.load(id)
        first = beside.decide(before, Mark(mark=1), id=id, event_id="mark")
        commit = first.followed_by(
            beside.decide(first.after, Send(items=(ItemId("a"),), legs=1), id=id, event_id="send")
        )
        nothing = await beside.model_view(id)
        reached = await interrupted(_saving(beside.store, commit), at)
        with anyio.CancelScope(shield=True):
            await beside.model.save(commit)
            await _all_or_nothing(beside, id, nothing)
            await _again(beside, commit)
            await beside.agree()
        if not reached:
            return


@case(do=_ATOMIC)
async def a_cancelled_start_leaves_all_or_nothing(trial: Trial) -> None:
    """A start that is cancelled at any of its awaits has begun the instance, or has written nothing."""
    for at in range(_AWAITS):
        beside = trial.fresh()
        commit = beside.decide(None, Open(), id=WorkflowId(f"cancelled-start-{at}"), event_id="open")
        nothing = await beside.model_view(commit.id)
        reached = await interrupted(_saving(beside.store, commit), at)
        await beside.model.save(commit)
        await _all_or_nothing(beside, commit.id, nothing)
        await _again(beside, commit)
        await beside.agree()
        if not reached:
            return


@case(do="end what a cancelled load has begun: give connections and locks back")
async def a_cancelled_load_disturbs_nobody(trial: Trial) -> None:
    """A load that is cancelled at any of its awaits leaves the store usable."""
    await trial.begin(event_id="open")
    for at in range(_AWAITS):
        reached = await interrupted(_loading(trial.store, (EventId("open"),)), at)
        await trial.step(Mark(mark=at))
        if not reached:
            break
    await trial.agree()


@case(do="let seen tell a commit that was saved from one that was not")
async def a_step_that_fails_and_is_tried_again_counts_once(trial: Trial) -> None:
    """A call that fails before or after it reached the store, and is made again, counts once by its event id."""
    for at in range(6):
        for after in (False, True):
            await _with_failure(trial, WorkflowId(f"failing-{at}-{after}"), at, after=after)


class FailingStore:
    """A store of which one call fails, as the runtime would see a lost connection.

    Attributes:
        inner: The store.
    """

    def __init__(self, inner: AnyStore, at: int, *, after: bool) -> None:
        """Name the call that fails.

        Args:
            inner: The store.
            at: The number of the call.
            after: It fails when it is done, and not before it has begun.
        """
        self.inner = inner
        self.tenant = str(getattr(inner, "tenant", ""))
        self._at = at
        self._after = after
        self._calls = 0

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> AnySnapshot | None:
        """Return an instance, or fail."""
        failing = self._failing()
        if failing and not self._after:
            raise _lost("load")
        found = await self.inner.load(id, event_ids)
        if failing:
            raise _lost("load")
        return found

    async def save(self, commit: AnyCommit) -> None:
        """Save a commit, or fail."""
        failing = self._failing()
        if failing and not self._after:
            raise _lost("save")
        await self.inner.save(commit)
        if failing:
            raise _lost("save")

    def _failing(self) -> bool:
        self._calls += 1
        return self._calls - 1 == self._at


def _lost(operation: str) -> StoreFailed:
    return StoreFailed(operation, "expected an answer, got none: the connection was lost; do try again")


async def _with_failure(trial: Trial, id: WorkflowId, at: int, *, after: bool) -> None:
    failing = FailingStore(trial.store, at, after=after)
    model: MemoryStore[BaseModel] = MemoryStore(trial.machine)
    runtime = WorkflowRuntime(machine=trial.machine, store=failing)
    in_memory = WorkflowRuntime(machine=trial.machine, store=model)
    for number, event in enumerate((Open(), Mark(mark=1), Send(items=(ItemId("a"),)))):
        event_id, now = EventId(f"e-{number}"), NOON + number * TICK
        try:
            await runtime.run_step(id, event, event_id=event_id, now=now)
        except StoreFailed:
            again = await runtime.run_step(id, event, event_id=event_id, now=now)
            trial.hold(again.kind in ("started", "stepped", "duplicate"), "a step, or a duplicate", again)
        await in_memory.run_step(id, event, event_id=event_id, now=now)
    beside = trial.fresh()
    beside.model = model
    beside.notice(id, *(EventId(f"e-{number}") for number in range(3)))
    await beside.agree()


async def _saving(store: AnyStore, commit: AnyCommit) -> None:
    await store.save(commit)


async def _loading(store: AnyStore, event_ids: tuple[EventId, ...]) -> None:
    await store.load(ID, event_ids)


async def _all_or_nothing(trial: Trial, id: WorkflowId, nothing: View) -> None:
    """Hold what the store says to be one of the two; it may still be on its way from one to the other."""
    everything = await trial.model_view(id)
    for _ in range(_AWAITS):
        view = await trial.view(id)
        loaded = await trial.store.load(id)
        if not list(differences(view.loaded, loaded, "")):
            break
    else:
        raise trial.broken(f"expected instance {id!r} to come to rest, got another one at each load")
    expected = everything if loaded is not None and loaded.revision == _revision(everything) else nothing
    trial.same(expected, view, f"instance {id!r} after a cancelled save")


def _revision(view: View) -> int:
    """Return the revision that a view has loaded."""
    return view.loaded.revision if view.loaded is not None else 0


async def _again(trial: Trial, commit: AnyCommit) -> None:
    """Save a commit unless it is there, as a runtime would that does not know."""
    asked = tuple(one.given_id for one in commit.records if one.given_id is not None)
    for _ in range(_AWAITS):
        found = await trial.store.load(commit.id, asked)
        if found is not None and set(asked) <= set(found.seen):
            return
        try:
            await trial.store.save(commit)
        except RevisionConflict:
            continue
        return
    raise trial.broken("expected a commit to be saved, or its event ids to be seen, got neither")
