"""``Lot``: types of intents that are claimed together; ``Turns``: which lot comes first.

The more urgent lots come first, and none is passed over for ever. What may never be here: a
handler, or what becomes of a claim.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from telic.kernel.rates import Permits
from telic.runtime.claims import Claim
from telic.shell.attempts import Served
from telic.shell.limits import Meter
from telic.shell.policy import not_to_be_run
from telic.shell.system import System
from telic.shell.timing import Timing

__all__ = ["Asking", "Lot", "Turn", "Turns", "lots_of"]

_log = logging.getLogger("telic.worker")
_PATIENCE = 8
"""How many that are more urgent may be begun, before one that is less so goes first."""
_SAME_MOMENT_SECONDS = 1e-6


class Asking(NamedTuple):
    """How a worker asks for claims.

    Attributes:
        worker: Its name, for operators.
        lease_seconds: How long a claim stands when its worker is not heard of.
        max_crashes: After how many lapsed leases an intent is given up.
        early: Whether to take what is ready though it is not due yet, too.
    """

    worker: str
    lease_seconds: float
    max_crashes: int
    early: bool


class Lot:
    """Types of intents of one machine, of one priority and under the same limits.

    Attributes:
        served: The machine.
        tags: The stored names of the types.
        priority: How urgent they are: higher goes first.
    """

    __slots__ = ("_closed_until", "_meters", "priority", "served", "tags")

    def __init__(self, served: Served, tags: frozenset[str], priority: int, meters: Sequence[Meter] = ()) -> None:
        """Keep what is claimed together."""
        self.served = served
        self.tags = tags
        self.priority = priority
        self._meters = meters
        self._closed_until: float | None = None

    def closed_until(self, elapsed: float) -> float | None:
        """Return until when a limit lets nothing begin; ``None`` when none is known to.

        Args:
            elapsed: The moment for which this is asked, as :meth:`Timing.elapsed` told it.
        """
        until = self._closed_until
        return until if until is not None and until > elapsed + _SAME_MOMENT_SECONDS else None

    async def claim(self, wanted: Mapping[str, int], most: int, asking: Asking, timing: Timing) -> Sequence[Claim]:
        """Claim what is due, as far as the limits permit.

        Args:
            wanted: The stored names of types, each with the number of them at most.
            most: How many at most in all.
            asking: How to ask.
            timing: Tells the time.

        Raises:
            StoreError: When the store does not answer.
        """
        if not self._meters:
            return await self._claimed(wanted, most, asking, timing)
        now, due = timing.now(), await self.served.store.next_due(list(wanted))
        if due is None or (due > now and not asking.early):
            return ()  # nothing is taken of a limit for nothing
        taken: list[tuple[Meter, Permits]] = []
        for meter in self._meters:
            permits = await meter.take(most, timing.now())
            taken.append((meter, permits))
            most = permits.granted
            if not most:
                seconds = max(0.0, (permits.again - timing.now()).total_seconds())
                self._closed_until = timing.elapsed() + seconds
                _log.debug("%r is empty; again in %.2f s", meter.limit, seconds)
                break
        claims = await self._claimed(wanted, most, asking, timing) if most else ()
        begun = sum(not_to_be_run(claim, asking.max_crashes) is None for claim in claims)
        for meter, permits in taken:
            if permits.granted > begun:
                await meter.give_back(permits, permits.granted - begun, timing.now())
        return claims

    async def _claimed(self, wanted: Mapping[str, int], most: int, asking: Asking, timing: Timing) -> Sequence[Claim]:
        return await self.served.store.claim(
            wanted, most, now=timing.now(), until=timing.after(asking.lease_seconds), worker=asking.worker,
            early=asking.early,
        )  # fmt: skip

    def __repr__(self) -> str:
        """Return what it is of."""
        return f"Lot({self.served.runtime.machine.name!r}, {sorted(self.tags)}, priority={self.priority})"


class Turn(NamedTuple):
    """A lot that is asked for claims.

    Attributes:
        lot: The lot.
        most: How many at most; ``None`` for as many as there is room for.
    """

    lot: Lot
    most: int | None


class Turns:
    """Which lot comes first: the more urgent one, and of equals each in its turn.

    One that was passed over often enough comes first for once, so that it is late, and never
    forgotten.
    """

    def __init__(self, lots: Sequence[Lot]) -> None:
        """Take the lots."""
        self._levels: dict[int, list[Lot]] = defaultdict(list)
        for lot in sorted(lots, key=lambda one: -one.priority):
            self._levels[lot.priority].append(lot)
        self._passed = dict.fromkeys(self._levels, 0)

    def __iter__(self) -> Iterator[Turn]:
        """Yield the turns of one round."""
        for level in self._levels.values():
            level.append(level.pop(0))
        waited = [priority for priority, passed in self._passed.items() if passed >= _PATIENCE]
        for priority in waited:
            yield from [Turn(lot, 1) for lot in self._levels[priority]]
        for level in self._levels.values():
            yield from [Turn(lot, None) for lot in level]

    def asked(self, lot: Lot, begun: int) -> None:
        """Note that a lot was asked, and how many of it were begun."""
        self._passed[lot.priority] = 0
        for priority in self._passed:
            if priority < lot.priority:
                self._passed[priority] += begun


def lots_of(system: System, served: Sequence[Served]) -> list[Lot]:
    """Return the lots of the machines that a worker serves.

    Args:
        system: Says who carries out what, and within which limits.
        served: The machines.
    """
    found: dict[tuple[int, int, tuple[Meter, ...]], tuple[Served, set[str]]] = {}
    for number, one in enumerate(served):
        for intent in system.intents(one.runtime):
            binding = system.binding(intent)
            priority = binding.priority if binding is not None else intent.__priority__
            key = number, priority, system.meters(intent)
            found.setdefault(key, (one, set()))[1].add(intent.__tag__)
    return [Lot(one, frozenset(tags), priority, meters) for (_, priority, meters), (one, tags) in found.items()]
