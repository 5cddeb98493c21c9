"""Stores that carry instances to others, each wrongly in one way, and the cases that have to catch it."""

from telic.stores.memory import MemoryStore
from tests.testing.store_contract.broken import caught_by


@caught_by("an_image_holds_all_of_an_instance")
class ForgetsTheEventIdsOfAnImage(MemoryStore):
    async def image(self, id):
        found = await super().image(id)
        return found._replace(known=()) if found is not None else None


@caught_by("an_instance_is_installed_once")
class PutsOneOverAnother(MemoryStore):
    async def install(self, id, image, act, commit=None):
        self._snapshots.pop(id, None)
        await super().install(id, image, act, commit)


@caught_by("what_is_installed_is_carried_out_when_it_is_released")
class LetsGoWhatIsKeptBack(MemoryStore):
    async def install(self, id, image, act, commit=None):
        ready = tuple(one._replace(state=0) for one in image.intents)
        await super().install(id, image._replace(intents=ready), act, commit)


@caught_by("what_is_left_behind_is_carried_out_by_nobody", "what_runs_is_not_set_aside")
class HaltsAndKeepsNothingBack(MemoryStore):
    async def leave(self, act, commit=None):
        if commit is not None:
            await self.save(commit)
        if not self._acts.knows(act):
            self._acts.keep(act)


@caught_by("an_instance_that_has_moved_is_not_left")
class KeepsBackBeforeItLooks(MemoryStore):
    async def leave(self, act, commit=None):
        await super().leave(act)
        await super().leave(act, commit)


@caught_by("what_people_wrote_beside_a_task_is_in_the_image")
class ForgetsWhatPeopleWrote(MemoryStore):
    async def image(self, id):
        found = await super().image(id)
        return found._replace(waits=()) if found is not None else None
