"""``Shift``: one run of a worker, from its beginning to its end.

It claims as many intents as it has room for, attempts each in a task of its own, renews the
leases of those under way, and writes down what came of each. What may never be here: a rule
about failures (see ``policy``), or a decision about an instance.
"""

from __future__ import annotations

import logging
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

import anyio
from anyio.abc import TaskGroup

from telic.kernel.errors import DecodeError, StoreClosed, StoreError
from telic.kernel.events import Fact
from telic.kernel.handling import Binding, Later
from telic.kernel.intents import Intent
from telic.kernel.messages import Spawn
from telic.kernel.orders import FailureCause
from telic.kernel.retry import Retry
from telic.kernel.values import IntentId
from telic.runtime.claims import Claim, Settlement, buried, given_up, left_for_later, released
from telic.runtime.hints import Bell
from telic.runtime.logs import context
from telic.shell.attempts import ACCOUNTED, Attempt, Outcome, Served, Stop, delivered
from telic.shell.lots import Asking, Lot, Turns
from telic.shell.policy import after_failure, cut_short, interrupted, not_to_be_run, told, unanswered
from telic.shell.timing import Timing

__all__ = ["Pass", "Settings", "Shift"]

_Key: TypeAlias = tuple[str, str, IntentId, int]
_log = logging.getLogger("telic.worker")
_DEFAULT_RETRY = Retry()
_RENEWALS_PER_LEASE = 3
_TRUSTED_SHARE = 0.9
"""How much of a lease is trusted: the rest is for clocks and pauses that differ."""
_SHORTEST_WAIT_SECONDS = 0.01
_OTHER_CODE_SECONDS = 60.0
"""How long what today's code cannot read is left alone: perhaps other code comes."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0


class Settings(NamedTuple):
    """How a worker works; see :class:`telic.shell.worker.Worker`."""

    concurrency: int
    per_intent: Mapping[type[Intent[Fact]], int]
    lease_seconds: float
    poll_seconds: float
    drain_seconds: float | None
    max_crashes: int
    name: str


class Pass:
    """What a shift that ends by itself came to: each intent is attempted once.

    Attributes:
        carried_out: How many intents were carried out and accounted for.
        later: The keys whose answers come later.
        errors: What the other attempts raised, by key, with the names of their intents.
    """

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.carried_out = 0
        self.later: list[IntentId] = []
        self.errors: dict[IntentId, tuple[str, Exception]] = {}


class Shift:
    """One run of a worker.

    Attributes:
        stopping: It claims nothing more.
    """

    def __init__(
        self,
        lots: Sequence[Lot],
        binding_of: Callable[[type[Intent[Fact]]], Binding | None],
        settings: Settings,
        timing: Timing,
        once: Pass | None = None,
    ) -> None:
        """Keep what to do, in the event loop of the calling task.

        Args:
            lots: What is claimed together.
            binding_of: Says who carries out a type of intent.
            settings: How.
            timing: Lets time pass.
            once: Attempt each intent once, note here what came of it, and end when there is
                nothing left.
        """
        self._lots = list(lots)
        self._turns = Turns(lots)
        self._served = list({id(lot.served): lot.served for lot in lots}.values())
        self._asking = Asking(settings.name, settings.lease_seconds, settings.max_crashes, once is not None)
        self._binding_of = binding_of
        self._settings = settings
        self._timing = timing
        self._once = once
        self._bell = Bell()
        self.stopping = False
        self._running: dict[_Key, Attempt] = {}
        self._aside: dict[_Key, Attempt] = {}
        self._count: Counter[str] = Counter()
        self._limits = {intent.__tag__: limit for intent, limit in settings.per_intent.items()}
        self._asked_at, self._asked_elapsed = timing.now(), timing.elapsed()
        self._over: StoreClosed | None = None

    def stop(self) -> None:
        """Claim nothing more, and end when what runs has ended; call it from any thread."""
        self.stopping = True
        self._bell.ring_from_anywhere()

    async def run(self) -> None:
        """Work until stopped or cancelled, or until there is nothing left in a pass.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        hints = {id(one.store.hints): one.store.hints for one in self._served}
        for each in hints.values():
            each.add(self._bell)
        try:
            async with anyio.create_task_group() as around:
                around.start_soon(self._beat)
                await self._work(around)
                around.cancel_scope.cancel()
        finally:
            for each in hints.values():
                each.remove(self._bell)
            with anyio.CancelScope(shield=True):
                await self._give_back()
        if self._over is not None:
            raise self._over

    async def _work(self, around: TaskGroup) -> None:
        """Claim until there is an end to it, and wait for what still runs."""
        async with anyio.create_task_group() as attempts:
            await self._claim_all(attempts)
            if self._settings.drain_seconds is not None:
                around.start_soon(self._cut_off, self._settings.drain_seconds, attempts.cancel_scope)

    async def _claim_all(self, attempts: TaskGroup) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self.stopping:
            self._bell.silence()
            try:
                begun = await self._claim_round(attempts)
                self._heed_withdrawals()
                if begun:
                    continue
                # It has rung when one ended during the round, and opened more behind what was asked for.
                if self._once is not None and not (self._running or self._bell.rung or self._closed()):
                    return
                await self._timing.until_rung(self._bell, await self._idle_seconds())
                pause = _FIRST_PAUSE_SECONDS
            except StoreClosed as over:
                self._over = over
                return
            except StoreError:
                _log.exception("the store did not answer; asking again in %.2f s", pause)
                await self._timing.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _claim_round(self, attempts: TaskGroup) -> int:
        """Claim what there is room for, the most urgent first; return how many attempts began."""
        begun = 0
        self._asked_at, self._asked_elapsed = self._timing.now(), self._timing.elapsed()
        for lot, most in self._turns:
            free = self._settings.concurrency - len(self._running)
            wanted = {tag: room for tag in lot.tags if (room := self._room(tag, free)) > 0}
            if not wanted or lot.closed_until(self._timing.elapsed()) is not None:
                continue
            count = await self._claim_from(lot, wanted, free if most is None else min(free, most), attempts)
            self._turns.asked(lot, count)
            begun += count
        return begun

    async def _claim_from(self, lot: Lot, wanted: Mapping[str, int], most: int, attempts: TaskGroup) -> int:
        trusted = self._timing.elapsed() + _TRUSTED_SHARE * self._settings.lease_seconds
        # Once asked for, claims have to be taken: nobody else would, until they lapse.
        claims: Sequence[Claim] = ()
        with anyio.CancelScope(shield=True):
            claims = await lot.claim(wanted, most, self._asking, self._timing)
            for claim in claims:
                self._begin(attempts, Attempt(lot.served, claim, trusted))
        return len(claims)

    def _closed(self) -> list[float]:
        """Return until when limits let nothing begin of what they concern, lot by lot.

        As of the last round: one that has opened since then has something to be claimed all the same.
        """
        return [until for lot in self._lots if (until := lot.closed_until(self._asked_elapsed)) is not None]

    def _room(self, tag: str, free: int) -> int:
        limit = self._limits.get(tag)
        return free if limit is None else min(free, limit - self._count[tag])

    def _begin(self, attempts: TaskGroup, attempt: Attempt) -> None:
        self._running[_key_of(attempt)] = attempt
        self._count[attempt.claim.opened.intent.__tag__] += 1
        attempts.start_soon(self._attempt, attempt)

    async def _idle_seconds(self) -> float | None:
        """Return how long nothing is to be done, as far as anybody knows; ``None`` until it rings."""
        free = self._settings.concurrency - len(self._running)
        if free <= 0:
            return None
        opening = min(self._closed(), default=math.inf)
        if self._once is not None:
            return None if opening == math.inf else self._wait_seconds(opening - self._asked_elapsed)
        poll = self._settings.poll_seconds * random.uniform(0.5, 1.5)
        dues = [await self._due_seconds(served, free) for served in self._served]
        return min(poll, *map(self._wait_seconds, (opening - self._asked_elapsed, *dues)))

    def _wait_seconds(self, since_asked: float) -> float:
        """Return how long to wait for what comes so long after the last claims were asked for.

        What came meanwhile is not waited for. What was there already, and was not claimed all
        the same, is in the hands of another: a little later it may be gone.
        """
        if since_asked <= 0:
            return _SHORTEST_WAIT_SECONDS
        return max(0.0, since_asked - (self._timing.elapsed() - self._asked_elapsed))

    async def _due_seconds(self, served: Served, free: int) -> float:
        """Return how long after the last claims the next intent is due that nothing but time keeps back."""
        open_lots = [
            lot for lot in self._lots if lot.served is served and lot.closed_until(self._asked_elapsed) is None
        ]
        tags = [tag for lot in open_lots for tag in lot.tags if self._room(tag, free) > 0]
        due = await served.store.next_due(tags)
        return math.inf if due is None else (due - self._asked_at).total_seconds()

    async def _attempt(self, attempt: Attempt) -> None:
        key = _key_of(attempt)
        try:
            await self._carry_out(attempt)
        except Exception:  # the store, at worst: the lease lapses, and somebody takes over  # noqa: BLE001
            _log.exception("intent %s was left to the end of its lease", attempt.claim.id, extra=_context_of(attempt))
        finally:
            self._running.pop(key, None)
            self._count[attempt.claim.opened.intent.__tag__] -= 1
            self._bell.ring()

    async def _carry_out(self, attempt: Attempt) -> None:
        claim = attempt.claim
        reason = not_to_be_run(claim, self._settings.max_crashes)
        if reason is not None and claim.cause is not None:
            await self._fail(attempt, *reason)
        elif reason is not None:
            with anyio.CancelScope(shield=True):
                await self._give_up(attempt, given_up(claim, *reason))
        else:
            await self._run(attempt)

    async def _run(self, attempt: Attempt) -> None:
        claim, name = attempt.claim, type(attempt.claim.opened.intent).__name__
        binding = cast("Binding", self._binding_of(type(claim.opened.intent)))
        try:
            outcome = await attempt.run(binding, self._timing)
            if outcome.stop is None and outcome.error is None and not isinstance(outcome.answer, Later):
                await self._deliver(attempt, outcome.answer)
                return
            with anyio.CancelScope(shield=True):
                await self._account_for(attempt, binding, outcome)
        except anyio.get_cancelled_exc_class():
            _log.info("handler of %s was cut off for %s", name, claim.id, extra=_context_of(attempt))
            with anyio.CancelScope(shield=True):
                await self._settle(attempt, interrupted(claim, self._timing.now()))
            raise

    async def _account_for(self, attempt: Attempt, binding: Binding, outcome: Outcome) -> None:
        """Write down what becomes of an intent that has no answer yet."""
        claim, now = attempt.claim, self._timing.now()
        if outcome.stop is Stop.WITHDRAWN:
            await self._give_up(attempt, cut_short(claim))
        elif outcome.stop is Stop.LOST:
            _log.warning(
                "intent %s: the lease was lost, and its handler cancelled", claim.id, extra=_context_of(attempt)
            )
        elif isinstance(outcome.answer, Later):
            kept = await self._settle(attempt, left_for_later(claim, outcome.answer.until))
            if kept and self._once is not None and not isinstance(claim.opened.intent, Spawn):
                self._once.later.append(claim.id)
        elif self._once is not None and outcome.error is not None:
            self._put_aside(attempt, outcome.error)
        elif outcome.error is not None:
            _log.warning(
                "handler of %s failed for %s: %s", type(claim.opened.intent).__name__, claim.id, outcome.error,
                extra=_context_of(attempt),
            )  # fmt: skip
            settlement = after_failure(claim, outcome.error, binding.retry or _DEFAULT_RETRY, now)
            await (self._settle if settlement.cause is None else self._give_up)(attempt, settlement)

    async def _deliver(self, attempt: Attempt, answer: object) -> None:
        """Bring the answer back, again and again while the store does not answer."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                with anyio.CancelScope(shield=True):
                    await delivered(attempt, answer, self._timing.now())
            except StoreError as error:
                if isinstance(error, StoreClosed) or self._timing.elapsed() > attempt.trusted_until:
                    raise
                _log.warning(
                    "the answer to %s was not saved; again in %.2f s: %s", attempt.claim.id, pause, error,
                    extra=_context_of(attempt),
                )  # fmt: skip
                await self._timing.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            except Exception as error:  # the code of a handler or of the machine is to be changed  # noqa: BLE001
                await self._keep_unanswered(attempt, error)
                return
            else:
                if self._once is not None:
                    self._once.carried_out += 1
                return

    async def _keep_unanswered(self, attempt: Attempt, error: Exception) -> None:
        """Keep an intent whose answer could not be taken; with this code, another would end likewise."""
        if self._once is not None:
            self._put_aside(attempt, error)
            return
        claim, unread = attempt.claim, isinstance(error, DecodeError)
        settlement = unanswered(claim, error, self._timing.after(_OTHER_CODE_SECONDS) if unread else None)
        _log.error(
            "the answer to %s was not taken: %s", claim.id, settlement.state.name, exc_info=error,
            extra=_context_of(attempt),
        )  # fmt: skip
        with anyio.CancelScope(shield=True):
            await self._settle(attempt, settlement)

    async def _give_up(self, attempt: Attempt, settlement: Settlement) -> None:
        """Note that it is given up, while the claim stands, and tell the instance.

        Noted first: whoever finds the note delivers the failure, and nobody runs it again. But
        what was begun is taken back before: nobody would come again to do it.
        """
        kind = type(attempt.claim.opened.intent)
        binding = self._binding_of(kind) if settlement.cause is FailureCause.WITHDRAWN else None
        if binding is not None and binding.take_back is not None:
            await binding.take_back(attempt.claim.opened.intent, attempt.call())
        if await self._settle(attempt, settlement) and settlement.cause is not None:
            await self._fail(attempt, settlement.cause, settlement.problem)

    async def _fail(self, attempt: Attempt, cause: FailureCause, detail: str) -> None:
        claim = attempt.claim
        try:
            result = await attempt.served.runtime.fail(claim.id, cause, detail, now=self._timing.now())
        except StoreError:
            raise
        except DecodeError as error:
            due = self._timing.after(_OTHER_CODE_SECONDS)
            _log.error(
                "the failure of %s is told by code that can read its instance: %s", claim.id, error,
                extra=_context_of(attempt),
            )  # fmt: skip
            await self._settle(attempt, given_up(claim, cause, detail, due=due))
            return
        except Exception as error:  # the transition that takes the failure is broken  # noqa: BLE001
            _log.exception("the failure of %s was not taken: a dead letter", claim.id, extra=_context_of(attempt))
            await self._settle(attempt, buried(claim, f"{detail}; then {told(error)}", cause))
            return
        if result.kind not in ACCOUNTED:
            _log.warning("intent %s is a dead letter (%s): %s", claim.id, cause, detail, extra=_context_of(attempt))
            await self._settle(attempt, buried(claim, detail, cause))

    async def _settle(self, attempt: Attempt, settlement: Settlement) -> bool:
        """Write down what becomes of the intent; return whether the claim still stood."""
        (heard,) = await attempt.served.store.settle([settlement])
        return heard

    def _put_aside(self, attempt: Attempt, error: Exception) -> None:
        """Keep the claim until the end of the pass, so that the intent is attempted once."""
        assert self._once is not None
        name = type(attempt.claim.opened.intent).__name__
        _log.error(
            "handler of %s failed for %s; the intent stays open", name, attempt.claim.id, exc_info=error,
            extra=_context_of(attempt),
        )  # fmt: skip
        self._aside[_key_of(attempt)] = attempt
        self._once.errors[attempt.claim.id] = name, error

    async def _give_back(self) -> None:
        now = self._timing.now()
        for attempt in self._aside.values():
            _, error = self._once.errors[attempt.claim.id] if self._once is not None else ("", None)
            problem = told(error) if error is not None else ""
            await self._settle(attempt, released(attempt.claim, now, problem))
        self._aside.clear()

    def _heed_withdrawals(self) -> None:
        """Cancel the handlers of intents that this process has withdrawn."""
        taken_back = {(one.tenant, one.machine, one.intent_id) for one in self._bell.withdrawn()}
        for key, attempt in self._running.items() if taken_back else ():
            if key[:3] in taken_back:
                attempt.stop(Stop.WITHDRAWN)

    async def _beat(self) -> None:
        """Renew the leases of what is under way, for as long as this runs."""
        following = self._timing.elapsed()
        while True:
            following += self._settings.lease_seconds / _RENEWALS_PER_LEASE
            await self._timing.sleep_until(following)
            for served in tuple(self._served):
                mine = [one for one in (*self._running.values(), *self._aside.values()) if one.served is served]
                if mine:
                    await self._renew(served, mine)

    async def _renew(self, served: Served, attempts: Sequence[Attempt]) -> None:
        lease = self._settings.lease_seconds
        began = self._timing.elapsed()
        held: Mapping[IntentId, bool] | None = None
        try:
            with anyio.move_on_after(lease / _RENEWALS_PER_LEASE):
                held = await served.store.renew([one.claim for one in attempts], self._timing.after(lease))
        except StoreError:
            _log.exception("leases were not renewed")
        for one in attempts:
            if held is None:
                if self._timing.elapsed() >= one.trusted_until:
                    one.stop(Stop.LOST)
            elif one.claim.id not in held:
                one.stop(Stop.LOST)
            else:
                one.trusted_until = began + _TRUSTED_SHARE * lease
                if held[one.claim.id]:
                    one.stop(Stop.WITHDRAWN)

    async def _cut_off(self, seconds: float, attempts: anyio.CancelScope) -> None:
        await self._timing.sleep(seconds)
        attempts.cancel()


def _key_of(attempt: Attempt) -> _Key:
    claim: Claim = attempt.claim
    return attempt.served.tenant, attempt.served.runtime.machine.name, claim.id, claim.epoch


def _context_of(attempt: Attempt) -> dict[str, object]:
    """Return the fields of what is logged about an attempt."""
    claim, served = attempt.claim, attempt.served
    return context(
        machine=served.runtime.machine.name, workflow_id=claim.workflow_id, intent_id=claim.id,
        attempt=claim.attempt, tenant=served.tenant,
    )  # fmt: skip
