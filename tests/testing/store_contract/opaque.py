"""Stores that tell observers what is not so, each in one way; the others stand in `broken` and `tampering`."""

from telic.runtime.observing import Counted
from telic.stores.memory import MemoryStore
from tests.testing.store_contract.broken import caught_by

__all__ = ["CountsWhatIsOver"]


@caught_by("figures_tell_how_much_there_is")
class CountsWhatIsOver(MemoryStore):
    """Takes every instance for one that runs."""

    async def figures(self, now):
        return tuple(
            one._replace(standing="running") if one.counted is Counted.INSTANCES else one
            for one in await super().figures(now)
        )


@caught_by("figures_tell_where_intents_stand")
class TakesClaimedForReady(MemoryStore):
    async def figures(self, now):
        return tuple(
            one._replace(standing="ready") if one.standing == "leased" else one for one in await super().figures(now)
        )


@caught_by("figures_of_tenants_are_apart")
class CountsForAllTenants(MemoryStore):
    async def figures(self, now):
        each = [await MemoryStore.figures(one, now) for one in self._of_tenants.values()]
        return tuple(figure for figures in each for figure in figures)


@caught_by(
    "an_intent_has_the_trace_of_the_step_that_emitted_it", "steps_that_are_saved_together_have_traces_of_their_own"
)
class OneTraceForAll(MemoryStore):
    """Gives every intent the trace of the first step that had one."""

    async def intent_trace(self, id):
        return next((one.trace for journal in self._journals.values() for one in journal if one.trace), "")


@caught_by("a_wait_has_the_trace_of_the_step_that_opened_it")
class LastTraceForWaits(MemoryStore):
    """Gives a wait the trace of the last step that declared it."""

    async def wait_trace(self, id, key):
        journal = self._journals.get(id)
        return journal[-1].trace or await super().wait_trace(id, key) if journal else ""
