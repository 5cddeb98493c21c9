"""Stores that are hasty about what waits, each in one way; the others stand in `broken` and `tampering`."""

from telic.stores.memory import MemoryStore
from tests.testing.store_contract.broken import caught_by

__all__ = ["AnswersWithoutLooking"]


@caught_by("an_answer_to_a_task_that_somebody_has_claimed_since_is_refused")
class AnswersWithoutLooking(MemoryStore):
    async def save_answer(self, commit, row):
        await self.save(commit)


@caught_by("of_two_that_take_a_fact_for_the_first_one_is_saved", "what_is_not_published_is_taken_by_nobody")
class LooksFirstAndTakesLater(MemoryStore):
    """Saves whoever asks, and notes afterwards that the fact is taken."""

    async def save_taking(self, commit, taken):
        await self.save(commit)
        self.topics.take(taken)


@caught_by("a_fact_for_the_first_is_kept_and_then_offered", "what_is_not_published_is_taken_by_nobody")
class TakesBeforeItSaves(MemoryStore):
    """Notes that a fact is taken as soon as it is offered to somebody, or asked for."""

    def __init__(self, machine):
        super().__init__(machine)
        whole = self.topics.feeds

        async def feeds(now, limit):
            found = await whole(now, limit)
            return tuple(one._replace(contested=frozenset()) for one in found)

        self.topics.feeds = feeds

    async def save_taking(self, commit, taken):
        self.topics.take(taken) if self.topics.is_free_now(taken) else None
        await self.save(commit)


@caught_by("reminders_are_due_one_after_the_other")
class RemindsAgain(MemoryStore):
    """Forgets of what it has reminded."""

    async def save(self, commit):
        waits = tuple(one._replace(reminded=()) for one in commit.after.waits)
        self._agenda.apply(commit)
        await super().save(commit._replace(after=commit.after._replace(waits=waits)) if self._lists(commit) else commit)

    def _lists(self, commit):
        return any(one.reminded for one in commit.after.waits)
