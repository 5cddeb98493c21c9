"""Stepping: one call alone, or the calls of a lane folded into one load and one save.

What may never be here: a rule of the process; ``advance`` is asked for each delivery.
"""

from __future__ import annotations

import logging
import random
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar, cast

import anyio
from pydantic import BaseModel

from telic.kernel.advance import advance, long_step
from telic.kernel.context import Context
from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Event
from telic.kernel.plain import plain_step
from telic.kernel.results import Conflict, Refusal, Written, stepped
from telic.kernel.snapshot import Commit, Delivery, Record, Snapshot
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.lanes import Lanes, Waiter, lanes_of
from telic.runtime.logs import context
from telic.runtime.results import RunResult, result_of
from telic.runtime.waker import current_loop

if TYPE_CHECKING:
    from telic.kernel.machine import Machine
    from telic.runtime.protocols import Clock, WorkflowStore

__all__ = ["MAX_FOLD", "AtHand", "Call", "Recalls", "Request", "Stepper"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_log = logging.getLogger("telic.step")
_DEBUG = logging.DEBUG
# How many calls one save may carry: enough that the save costs little per call, few enough
# that its transaction stays short.
MAX_FOLD = 128
# The longest pause between two tries after a lost race, in seconds.
_LONGEST_PAUSE_SECONDS = 0.05


class Request(NamedTuple):
    """What one call asks of an instance.

    Attributes:
        delivery: The event and where it comes from.
        now: The moment of the step.
        actor: Who sends it.
        if_revision: The revision that the caller has seen.
        limit_seconds: How long races may last.
    """

    delivery: Delivery
    now: datetime
    actor: str = ""
    if_revision: int | None = None
    limit_seconds: float | None = None


class AtHand(Protocol[S]):
    """A store that answers at once, within this process: a step there need not wait for anything.

    The first two methods do what those of :class:`telic.runtime.protocols.WorkflowStore` do.
    """

    def load_now(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance, or ``None`` where there is none."""
        ...

    def save_now(self, commit: Commit[S]) -> None:
        """Save all of a commit, or nothing of it."""
        ...

    def keep_now(
        self, id: WorkflowId, before: Snapshot[S], record: Record[S], after: Snapshot[S], event_id: EventId | None
    ) -> None:
        """Save what :func:`telic.kernel.plain.plain_step` has written, as a commit of it would be saved."""
        ...


class Recalls(Protocol[S]):
    """A store that remembers what it has saved: a step there need not read first."""

    def recalled(self, id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as it was saved last through this store, or ``None`` where that is not known.

        Others may have moved it on since, or removed it. So only a commit may come of it, for
        a save holds that against what is there; whatever else is to be said needs a ``load``.

        Args:
            id: The instance.
        """
        ...


def _at_hand(store: WorkflowStore[S]) -> AtHand[S] | None:
    """Return a store that answers at once."""
    return cast("AtHand[S]", store) if _has(store, *_AT_HAND) else None


def _is_its_own(store: object, method: str) -> bool:
    """Say whether a store has a method of its own: those of its class are bound anew whenever they are asked for.

    Whoever looks into its ``__dict__`` instead slows down all that read it from then on.
    """
    return getattr(store, method) is getattr(store, method)


_AT_HAND = (("load", "load_now"), ("save", "save_now"), ("save_now", "keep_now"))


def _recalls(store: WorkflowStore[S]) -> Recalls[S] | None:
    """Return a store that remembers what it has saved."""
    return cast("Recalls[S]", store) if _has(store, ("load", "recalled"), ("save", "recalled")) else None


def _has(store: WorkflowStore[S], *pairs: tuple[str, str]) -> bool:
    """Say whether a store has a quick form of each method; not one where a subclass has changed the plain form."""
    for plain, quick in pairs:
        owner = next((cls for cls in type(store).__mro__ if plain in vars(cls)), None)
        if owner is None or quick not in vars(owner) or _is_its_own(store, plain):
            return False
    return True


class Call(Generic[S]):
    """A request that waits in a lane, with what came of it.

    Attributes:
        stepper: Whose request it is.
        request: What is asked.
        result: What came of it, once it is done.
        error: What was raised instead.
    """

    __slots__ = ("error", "request", "result", "stepper")

    def __init__(self, stepper: Stepper[S, Event], request: Request) -> None:
        """Begin without a result."""
        self.stepper = stepper
        self.request = request
        self.result: RunResult[S] | None = None
        self.error: BaseException | None = None

    def outcome(self) -> RunResult[S]:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("RunResult[S]", self.result)


class Stepper(Generic[S, E]):
    """Carries out the requests of one runtime."""

    def __init__(self, machine: Machine[S, E], store: WorkflowStore[S], clock: Clock) -> None:
        """Keep what every step needs at hand."""
        self.clock = clock
        self.now = clock.now
        self.machine = machine
        self.store = store
        self.tenant = str(getattr(store, "tenant", ""))
        self.joins = bool(getattr(store, "joins_transaction", False))
        self._lanes = cast("Lanes[Call[S]]", lanes_of(store, machine.name, self.tenant))
        self._taken = self._lanes.taken
        self.at_hand = _at_hand(store)
        self._recalls = _recalls(store)

    def over(self, store: WorkflowStore[S]) -> Stepper[S, E]:
        """Return a stepper that does the same over another store.

        Args:
            store: The store; of the same machine.
        """
        return Stepper(self.machine, store, self.clock)

    def step_now(
        self,
        store: AtHand[S],
        id: WorkflowId,
        event: Event,
        event_id: EventId | None,
        answers: IntentId | None,
        wait: WaitKey | None,
        now: datetime,
        actor: str,
    ) -> RunResult[S] | None:
        """Carry out one request on a store at hand, without giving way to any other task.

        Args:
            store: Where the instances are.
            id: The instance.
            event: The event.
            event_id: The caller's id for it.
            answers: The open intent that it answers.
            wait: The declared wait that it comes from or completes.
            now: The moment of the step.
            actor: Who sends it.

        Returns:
            The result; ``None`` where somebody else is at work on the instance, so that
            :meth:`step` has to wait its turn.
        """
        if id in self._taken:
            return None
        # No lane is taken: no other task can come in between, and of two threads one meets a conflict.
        snapshot = store.load_now(id) if event_id is None else store.load_now(id, (event_id,))
        written = None
        if snapshot is not None:
            written = plain_step(self.machine, snapshot, event, event_id, answers, now, actor, None)
        try:
            if snapshot is not None and written is not None:
                record, after = written
                store.keep_now(id, snapshot, record, after, event_id)
                if _log.isEnabledFor(_DEBUG):
                    self._log_steps(Commit(snapshot, after, (record,)))
                return stepped(record, after)
            delivery = Delivery(event, event_id, answers, wait)
            outcome = long_step(self.machine, snapshot, delivery, Context(now, id, self.tenant, actor))
            if type(outcome) is Commit:
                store.save_now(outcome)
                self._log_steps(outcome)
        except RevisionConflict:
            return None
        return result_of(outcome)

    async def step(
        self,
        id: WorkflowId,
        delivery: Delivery,
        now: datetime,
        actor: str = "",
        if_revision: int | None = None,
        limit_seconds: float | None = None,
    ) -> RunResult[S]:
        """Carry out one request, behind those for the same instance that came before it.

        Args:
            id: The instance.
            delivery: The event and where it comes from.
            now: The moment of the step.
            actor: Who sends it.
            if_revision: The revision that the caller has seen.
            limit_seconds: How long races may last.
        """
        lanes = self._lanes
        if not self.joins and not lanes.enter(id):
            return await self._queued(id, Request(delivery, now, actor, if_revision, limit_seconds))
        try:
            recalls = self._recalls if if_revision is None else None
            held = recalls.recalled(id) if recalls is not None else None
            if held is not None:
                result = await self._stepped(held, delivery, Context(now, id, self.tenant, actor))
                if result is not None:
                    return result
            event_id = delivery.event_id
            snapshot = await self.store.load(id, (event_id,) if event_id is not None else ())
            if if_revision is None:
                outcome = advance(self.machine, snapshot, delivery, Context(now, id, self.tenant, actor))
            else:
                outcome = self._decided(id, snapshot, Request(delivery, now, actor, if_revision))
            if type(outcome) is Commit:
                try:
                    await self.store.save(outcome)
                except RevisionConflict as conflict:
                    request = Request(delivery, now, actor, if_revision, limit_seconds)
                    return await self._again(id, request, conflict)
                if _log.isEnabledFor(_DEBUG):
                    self._log_steps(outcome)
            return result_of(outcome)
        finally:
            if not self.joins:
                lanes.leave(id)

    async def _stepped(self, held: Snapshot[S], delivery: Delivery, ctx: Context) -> RunResult[S] | None:
        """Carry out one request on what the store remembers; ``None`` where that has to be read first.

        An event id that is known, and whatever else others have done since, is met by the save.
        """
        try:
            outcome = advance(self.machine, held, delivery, ctx)
        except Exception:  # noqa: BLE001  (it may come of what is out of date; if not, it comes again)
            return None
        if type(outcome) is not Commit:
            return None
        try:
            await self.store.save(outcome)
        except RevisionConflict:
            return None
        if _log.isEnabledFor(_DEBUG):
            self._log_steps(outcome)
        return result_of(outcome)

    def _decided(self, id: WorkflowId, snapshot: Snapshot[S] | None, request: Request) -> Commit[S] | Refusal:
        wanted = request.if_revision
        if wanted is not None and wanted != (found := snapshot.revision if snapshot is not None else 0):
            event_id = request.delivery.event_id
            if snapshot is None or event_id is None or event_id not in snapshot.seen:
                return Conflict(id, wanted, found)
        return advance(self.machine, snapshot, request.delivery, Context(request.now, id, self.tenant, request.actor))

    async def _again(self, id: WorkflowId, request: Request, conflict: RevisionConflict) -> RunResult[S]:
        """Try again after a lost race; give up only for a caller who set a limit."""
        if self.joins:
            raise conflict  # the caller's transaction has seen an older state: it is theirs to begin again
        limit = anyio.current_time() + request.limit_seconds if request.limit_seconds is not None else None
        pause = 0.0
        while True:
            _log.debug(
                "%s: a race was lost at revision %d; once more", id, conflict.expected,
                extra=context(machine=self.machine.name, workflow_id=id, revision=conflict.found, tenant=self.tenant),
            )  # fmt: skip
            if limit is not None and anyio.current_time() >= limit:
                return Conflict(id, request.if_revision, conflict.found)
            await anyio.sleep(random.uniform(0, pause))
            pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause + 0.001)
            event_id = request.delivery.event_id
            snapshot = await self.store.load(id, (event_id,) if event_id is not None else ())
            outcome = self._decided(id, snapshot, request)
            if type(outcome) is not Commit:
                return result_of(outcome)
            try:
                await self.store.save(outcome)
            except RevisionConflict as again:
                conflict = again
                continue
            self._log_steps(outcome)
            return result_of(outcome)

    async def _queued(self, id: WorkflowId, request: Request) -> RunResult[S]:
        call = Call(cast("Stepper[S, Event]", self), request)
        waiter = Waiter(call, current_loop())
        if self._lanes.join(id, waiter):
            try:
                leads = await waiter.ticket.wait()
            except BaseException:
                # Cancelled. Not in the queue any more: either it was just made leader, and
                # passes the lane on, or its step is under way with others and goes on.
                if not self._lanes.abandon(id, waiter) and call.result is None and not waiter.under_way:
                    self._lanes.leave(id)
                raise
            if not leads:
                return call.outcome()
        try:
            waiters = [waiter, *self._lanes.take(id, MAX_FOLD - 1, lambda other: other.stepper.store is self.store)]
            for one in waiters:
                one.under_way = True
            # What others wait for must not end with this task: the fold is carried through.
            with anyio.CancelScope(shield=True):
                await self._folded(id, [one.request for one in waiters])
            for one in waiters[1:]:
                one.wake(lead=False)
        finally:
            self._lanes.leave(id)
        return call.outcome()

    async def _folded(self, id: WorkflowId, calls: list[Call[S]]) -> None:
        """Carry out several requests with one load and one save."""
        event_ids = tuple(
            call.request.delivery.event_id for call in calls if call.request.delivery.event_id is not None
        )
        pause = 0.0
        held = self._recalls.recalled(id) if self._recalls is not None else None
        try:
            while True:
                snapshot = held if held is not None else await self.store.load(id, event_ids)
                commit = self._fold(id, snapshot, calls)
                if held is not None and not all(isinstance(call.result, Written) for call in calls):
                    held = None  # what is not to be written has to be decided on what is there
                    continue
                held = None
                if commit is None:
                    return
                try:
                    await self.store.save(commit)
                except RevisionConflict:
                    await anyio.sleep(random.uniform(0, pause))
                    pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause + 0.001)
                    continue
                self._log_steps(commit)
                return
        except BaseException as error:  # noqa: BLE001  (every call of the fold is told)
            for call in calls:
                call.result, call.error = None, error

    def _fold(self, id: WorkflowId, snapshot: Snapshot[S] | None, calls: list[Call[S]]) -> Commit[S] | None:
        whole: Commit[S] | None = None
        for call in calls:
            call.result = call.error = None
            try:
                outcome = call.stepper._decided(id, snapshot, call.request)  # noqa: SLF001
            except Exception as error:  # the code of one step is broken: the others go on  # noqa: BLE001  (told to its own caller)
                call.error = error
                continue
            if isinstance(outcome, Commit):
                whole = outcome if whole is None else whole.followed_by(outcome)
                snapshot = outcome.after
            call.result = result_of(outcome)
        return whole

    def _log_steps(self, commit: Commit[S]) -> None:
        """Say what was committed, record by record; for whoever reads ``telic.step`` at DEBUG."""
        if not _log.isEnabledFor(_DEBUG):
            return
        for one in commit.records:
            _log.debug(
                "%s: %s by %s, now %s at revision %d",
                one.workflow_id, one.outcome, type(one.event).__name__, one.kind, one.revision,
                extra=context(
                    machine=self.machine.name, workflow_id=one.workflow_id, revision=one.revision,
                    intent_id=one.answers, tenant=self.tenant,
                ),
            )  # fmt: skip
