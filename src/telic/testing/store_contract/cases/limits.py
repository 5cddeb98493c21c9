"""Cases of shared limits: of all who read the same moment, one moves it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol, cast

import anyio

from telic.runtime.limits import KeepsLimits
from telic.testing.store_contract.machine import NOON
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.trial import AnyStore, Trial

_COMPARED = "write only where the moment is still the one that was read, in the statement that writes"
_TICK = timedelta(microseconds=1)


class _HasLimits(Protocol):
    @property
    def limits(self) -> KeepsLimits: ...


def _limits(store: AnyStore) -> KeepsLimits:
    return cast("_HasLimits", store).limits


@case(Capability.LIMITS, do=_COMPARED)
async def a_limit_is_moved_from_where_it_was_read(trial: Trial) -> None:
    """A limit begins without a moment, keeps the one that is written, and refuses to be moved from another."""
    limits = _limits(trial.store)
    trial.hold(await limits.spent("a") is None, "no moment of a new limit", await limits.spent("a"))
    wrote = [
        await limits.spend("a", before, after)
        for before, after in (
            (NOON, NOON + _TICK),  # there is none yet
            (None, NOON),
            (None, NOON + _TICK),
            (NOON - _TICK, NOON + _TICK),
            (NOON, NOON + 2 * _TICK),
            (NOON + 2 * _TICK, NOON - _TICK),
        )
    ]
    trial.hold(wrote == [False, True, False, False, True, True], "what is stale refused, the rest written", wrote)
    found = await limits.spent("a")
    trial.hold(found == NOON - _TICK, "the last moment that was written", found)
    trial.hold(await limits.spent("A") is None, "no moment of another limit", await limits.spent("A"))


@case(Capability.LIMITS, do=_COMPARED)
async def of_many_who_spend_at_once_each_is_counted(trial: Trial) -> None:
    """Of many who move one limit at the same time, each moves it once, and none on top of another."""
    await _spend_together(trial, [_limits(trial.store)] * 6)


@case(Capability.LIMITS, Capability.REOPEN, do="keep limits where all processes see them")
async def two_stores_share_a_limit(trial: Trial) -> None:
    """Two stores over one database move the same limit."""
    async with trial.reopened() as other:
        await _spend_together(trial, [_limits(trial.store), _limits(other)] * 3)


@case(Capability.LIMITS, Capability.TENANTS, do="begin every key with the tenant")
async def limits_of_tenants_are_apart(trial: Trial) -> None:
    """A tenant does not see what another one has spent."""
    one, two = (_limits(trial.full.within(tenant=name)) for name in ("one", "two"))
    trial.hold(await one.spend("a", None, NOON), "a first moment to be written", await one.spent("a"))
    trial.hold(await two.spent("a") is None, "no moment of the other tenant", await two.spent("a"))


async def _spend_together(trial: Trial, clients: list[KeepsLimits]) -> None:
    """Let each client move the limit on by one tick, five times, however often others are first."""

    async def client(limits: KeepsLimits) -> None:
        for _ in range(5):
            while True:
                before = await limits.spent("shared")
                after: datetime = (before or NOON) + _TICK
                if await limits.spend("shared", before, after):
                    break

    async with anyio.create_task_group() as group:
        for one in clients:
            group.start_soon(client, one)
    found = await clients[0].spent("shared")
    expected = NOON + 5 * len(clients) * _TICK
    trial.hold(found == expected, f"{expected} after {5 * len(clients)} ticks", found)
