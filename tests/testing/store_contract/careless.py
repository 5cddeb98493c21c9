"""Stores whose books are kept carelessly, each in one way; the others stand in `broken` and `tampering`."""

import anyio.lowlevel

from telic.kernel.orders import FailureCause
from telic.runtime.claims import IntentState
from telic.stores.memory import MemoryStore
from telic.stores.memory.limits import MemoryLimits
from tests.testing.store_contract.broken import caught_by

__all__ = ["HearsEverybody"]


@caught_by("a_stale_claim_is_not_heard")
class HearsEverybody(MemoryStore):
    """Takes whatever is said of a claim for the word of the one that stands."""

    async def settle(self, settlements):
        return await super().settle([one._replace(claim=self.standing(one.claim)) for one in settlements])

    def standing(self, claim):
        entry = self._books()._entries.get(claim.id)
        return claim._replace(epoch=entry.epoch) if entry is not None else claim


@caught_by("what_may_have_happened_survives_a_withdrawal")
class EndsWhatMayHaveHappened(MemoryStore):
    """Ends every dead letter that was withdrawn, in doubt or not."""

    async def settle(self, settlements):
        ended = FailureCause.EXHAUSTED
        return await super().settle([
            one._replace(cause=ended) if one.state is IntentState.DEAD else one for one in settlements
        ])  # fmt: skip


@caught_by("an_intent_is_claimed_once_at_a_time", "a_lapsed_claim_of_a_withdrawn_intent_counts_as_a_crash")
class ForgetsCrashes(MemoryStore):
    async def claim(self, *arguments, **how):
        return tuple(one._replace(crashes=0) for one in await super().claim(*arguments, **how))


class _TwiceSpent(MemoryLimits):
    async def spend(self, limit, before, after):
        stands = await self.spent(limit) == before
        await anyio.lowlevel.checkpoint()
        if stands:
            self._spent[limit] = after
        return stands


@caught_by("of_many_who_spend_at_once_each_is_counted")
class SpendsTwice(MemoryStore):
    """Lets others in between look and write."""

    def __init__(self, machine):
        super().__init__(machine)
        self.limits = _TwiceSpent()


class _Overwritten(MemoryLimits):
    async def spend(self, limit, before, after):
        return await super().spend(limit, await self.spent(limit), after)


@caught_by("a_limit_is_moved_from_where_it_was_read")
class SpendsWithoutLooking(MemoryStore):
    def __init__(self, machine):
        super().__init__(machine)
        self.limits = _Overwritten()
