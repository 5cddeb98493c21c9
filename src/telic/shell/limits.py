"""``Limit``: how often intents may be begun, in each process or by all who share a store.

A permit is taken for each intent before it is claimed, so what has to wait holds no lease.
What may never be here: the arithmetic of a rate (see :mod:`telic.kernel.rates`), or a claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telic.kernel.errors import nearest
from telic.kernel.rates import Permits, Rate
from telic.runtime.limits import KeepsLimits
from telic.stores.memory.limits import MemoryLimits

if TYPE_CHECKING:
    from telic.kernel.intents import Intent
    from telic.runtime.runtime import WorkflowRuntime

__all__ = ["Limit", "Meter", "meters_of", "misfit_limits"]


class Limit:
    """How often intents of some types may be begun: by each process, or by all together.

    Every attempt counts, also one that is made again.

    Attributes:
        intents: The types that have the rate together.
        rate: How often.
        shared: The name under which all processes share it; ``None`` when each has its own.
        keeper: Who keeps a shared one.

    Example:
        ``Limit(ChargeCard, RefundCard, rate=Rate(count=10), shared="card api")``
    """

    __slots__ = ("intents", "keeper", "rate", "shared")

    def __init__(
        self,
        *intents: type[Intent[Any]],
        rate: Rate,
        shared: str | None = None,
        keeper: KeepsLimits | None = None,
    ) -> None:
        """Say what is limited, and how.

        Args:
            intents: The types that have the rate together.
            rate: How often.
            shared: A name, to share it with all processes that use the same name; by default
                each process has the rate for itself.
            keeper: Who keeps a shared one, such as ``store.limits``; by default the store of the
                first machine that emits one of the intents.

        Raises:
            ValueError: Without an intent, for an empty name, or with a keeper for what is not shared.
        """
        checks = (
            (bool(intents), "at least one intent to limit, got none"),
            (shared != "", "a name for a shared limit, got ''"),
            (keeper is None or shared is not None, "a keeper of a shared limit only, got one; do add shared=name"),
        )
        for holds, text in checks:
            if not holds:
                raise ValueError(f"expected {text}")
        self.intents = tuple(dict.fromkeys(intents))
        self.rate = rate
        self.shared = shared
        self.keeper = keeper

    def __repr__(self) -> str:
        """Return the limit as the call that makes it."""
        names = ", ".join(intent.__name__ for intent in self.intents)
        shared = f", shared={self.shared!r}" if self.shared is not None else ""
        return f"Limit({names}, rate={self.rate!r}{shared})"


class Meter:
    """What is left of a limit.

    Attributes:
        limit: The limit.
    """

    __slots__ = ("_keeper", "_name", "limit")

    def __init__(self, limit: Limit, keeper: KeepsLimits, name: str) -> None:
        """Keep where it is kept, and under which name."""
        self.limit = limit
        self._keeper = keeper
        self._name = name

    async def take(self, most: int, now: datetime) -> Permits:
        """Take as many permits as there are, up to so many.

        Args:
            most: How many are wanted.
            now: The present moment.

        Raises:
            StoreError: When the store does not answer.
        """
        while True:  # somebody else has taken some whenever this goes round
            spent = await self._keeper.spent(self._name)
            permits = self.limit.rate.taken(spent, most, now)
            if permits.spent is None or permits.spent == spent:
                return permits
            if await self._keeper.spend(self._name, spent, permits.spent):
                return permits

    async def give_back(self, permits: Permits, count: int, now: datetime) -> None:
        """Give back permits that were not used.

        Args:
            permits: What was taken.
            count: How many of them.
            now: The present moment.

        Raises:
            StoreError: When the store does not answer; they are lost then.
        """
        while (spent := await self._keeper.spent(self._name)) is not None:
            left = self.limit.rate.returned(spent, permits, count, now)
            if left == spent or await self._keeper.spend(self._name, spent, left):
                return


def misfit_limits(limits: Sequence[Limit], runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> list[str]:
    """Return what does not fit about the limits of a system.

    Args:
        limits: The limits.
        runtimes: Its runtimes, by the name of their machine.
    """
    emitted = {intent: None for runtime in runtimes.values() for intent in runtime.machine.intents}
    names = [intent.__name__ for intent in emitted]
    findings = [
        f"expected a limit on intents that a machine emits, got one on {intent.__name__}"
        f"{nearest(intent.__name__, names)}; do remove it, or add its machine"
        for limit in limits
        for intent in limit.intents
        if intent not in emitted
    ]
    shared = [limit.shared for limit in limits if limit.shared is not None]
    findings += [
        f"expected one limit named {name!r}, got {shared.count(name)}; "
        "do name all its intents in one Limit, or rename the others"
        for name in dict.fromkeys(shared)
        if shared.count(name) > 1
    ]
    findings += [
        f"expected a store that keeps the shared limit {limit.shared!r}, got none; "
        "do use one of telic's stores, or say keeper=, or leave shared= out"
        for limit in limits
        if limit.shared is not None and emitted.keys() >= set(limit.intents) and _keeper_of(limit, runtimes) is None
    ]
    return findings


def meters_of(limits: Sequence[Limit], runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> tuple[Meter, ...]:
    """Return a meter of each limit; those that are not shared count anew.

    Args:
        limits: The limits; they fit.
        runtimes: The runtimes of the system, by the name of their machine.
    """
    own = MemoryLimits()
    found = [
        Meter(limit, own, str(number))
        if limit.shared is None or (keeper := _keeper_of(limit, runtimes)) is None
        else Meter(limit, keeper, limit.shared)
        for number, limit in enumerate(limits)
    ]
    # What is asked of this process alone comes first: it costs nothing.
    return tuple(sorted(found, key=lambda meter: meter.limit.shared is not None))


def _keeper_of(limit: Limit, runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> KeepsLimits | None:
    if limit.keeper is not None:
        return limit.keeper
    for runtime in runtimes.values():
        keeper: object = getattr(runtime.store, "limits", None)
        if isinstance(keeper, KeepsLimits) and any(intent in runtime.machine.intents for intent in limit.intents):
            return keeper
    return None
