"""Stores that cut journals, each wrongly in one way, and the cases that have to catch it."""

from datetime import UTC, datetime

from telic.stores.memory import MemoryStore
from tests.testing.store_contract.broken import caught_by

_EVER = datetime.max.replace(tzinfo=UTC)


@caught_by("a_line_carries_the_instance_where_its_record_does", "a_journal_is_cut_at_its_oldest_checkpoint")
class ForgetsCheckpoints(MemoryStore):
    async def journal(self, id):
        return tuple(one._replace(checkpoint=None) for one in await super().journal(id))


@caught_by("a_journal_is_cut_at_its_oldest_checkpoint")
class CutsAnywhere(MemoryStore):
    """Takes all lines but the last ones, whatever those carry."""

    async def cut(self, before, keep):
        gone = 0
        for journal in self._journals.values():
            count = max(0, len(journal) - keep - 3)
            gone += count
            del journal[:count]
        return gone


@caught_by("event_ids_outlive_their_lines")
class ForgetsIdsWithTheirLines(MemoryStore):
    async def cut(self, before, keep):
        gone = await super().cut(before, keep)
        for id, recalled in self._recalled.items():
            for event_id in recalled:
                self._known[id].pop(event_id, None)
        self._recalled.clear()
        return gone


@caught_by("what_is_to_be_kept_is_not_cut")
class CutsWhatIsYoung(MemoryStore):
    async def cut(self, before, keep):
        return await super().cut(_EVER, keep)


@caught_by("what_is_to_be_kept_is_not_cut")
class LeavesNothingButTheLastCheckpoint(MemoryStore):
    async def cut(self, before, keep):
        return await super().cut(before, 1)


@caught_by("a_cut_concerns_one_tenant")
class CutsForAllTenants(MemoryStore):
    def within(self, *, tenant):
        found = super().within(tenant=tenant)
        found.cut = self.cut
        return found

    async def cut(self, before, keep):
        return max([await MemoryStore.cut(one, before, keep) for one in self._of_tenants.values()])
