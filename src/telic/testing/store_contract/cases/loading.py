"""Cases of loading: what comes back is what was saved last, and nothing else."""

from __future__ import annotations

from telic.kernel.snapshot import Begin
from telic.kernel.values import EventId, WorkflowId
from telic.testing.store_contract.machine import Draft, Everything, Mark, Open
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import chapters
from telic.testing.store_contract.trial import ID, Trial

_DO = "return the row that was written last, decoded by machine.codec"
_NONE = "return None where no row is found"


@case(do=_NONE)
async def an_unknown_instance_is_none(trial: Trial) -> None:
    """The load of an instance that was never saved returns None."""
    found = await trial.store.load(ID)
    trial.hold(found is None, "None", found)


@case(do=_NONE)
async def an_unknown_instance_is_none_whatever_is_asked(trial: Trial) -> None:
    """The load of an unknown instance returns None also where event ids are asked for."""
    await trial.begin(id=WorkflowId("other"), event_id="e")
    found = await trial.store.load(ID, (EventId("e"), EventId("telic:other:1")))
    trial.hold(found is None, "None", found)


@case(do="write in save only")
async def a_load_writes_nothing(trial: Trial) -> None:
    """A load, of a known or an unknown instance, changes nothing."""
    trial.notice(ID)
    await trial.store.load(ID, (EventId("e"),))
    await trial.agree()
    await trial.begin()
    for _ in range(3):
        await trial.store.load(ID, (EventId("e"),))
    await trial.agree()


@case(do=_DO)
async def what_was_begun_is_loaded(trial: Trial) -> None:
    """The first save of an instance is loaded as it was saved."""
    await trial.begin(Open(held=Everything(text="Grüße")), event_id="e-1", actor="ann")
    await trial.agree()


@case(do="keep the event of a start with a state as codec.encode_event gives it")
async def an_instance_that_was_begun_with_a_state_is_loaded(trial: Trial) -> None:
    """An instance that was begun with a state, and without an event, is loaded as it was saved."""
    await trial.save(trial.decide(None, Begin(Draft(mark=7))))
    await trial.agree()


@case(do="read from where save has written, not from a cache or a replica that lags")
async def the_latest_save_is_loaded(trial: Trial) -> None:
    """A load returns what the last save before it has written."""
    await trial.begin()
    for mark in range(1, 12):
        await trial.step(Mark(mark=mark))
        loaded = await trial.load()
        trial.hold(loaded.revision == mark + 1, f"revision {mark + 1} after its save", loaded.revision)
        await trial.agree()


@case(do="hand out values that no later save changes")
async def a_loaded_snapshot_stays_as_it_is(trial: Trial) -> None:
    """A snapshot that was loaded stays as it is when others are saved."""
    await trial.begin()
    held = [await trial.load()]
    for chapter in chapters():
        await trial.save(chapter(trial, held[-1]))
        held.append(await trial.load())
    kept = [snapshot.revision for snapshot in held]
    trial.hold(kept == sorted(set(kept)), "each snapshot at its own revision", kept)
    trial.hold(len(held[0].open) == 0, "no intent in the first snapshot", held[0].open)


@case(do=_DO)
async def every_moment_of_a_life_is_loaded(trial: Trial) -> None:
    """An instance that meets everything that can happen to one is loaded as it was saved, at each revision."""
    await trial.begin()
    for chapter in chapters():
        await trial.save(chapter(trial, await trial.load()))
        await trial.agree()


@case(do="look event ids up in the same read, and keep none in the snapshot")
async def a_snapshot_has_seen_only_what_was_asked(trial: Trial) -> None:
    """A load that asks for no event id has seen none, whatever the commit before it has seen."""
    await trial.begin(event_id="e-1")
    await trial.step(Mark(mark=1), event_id="e-2")
    loaded = await trial.load()
    trial.hold(not loaded.seen, "nothing seen", dict(loaded.seen))


@case(Capability.REOPEN, do="keep everything where another store over the same data finds it")
async def another_store_loads_the_same(trial: Trial) -> None:
    """A store that is opened later over the same data says the same, at each revision."""
    await trial.begin(event_id="e-1")
    for chapter in chapters():
        await trial.save(chapter(trial, await trial.load()))
    async with trial.reopened() as store:
        again = trial.beside(store)
        for id, view in ((ID, await trial.model_view(ID)),):
            trial.same(view.loaded, await store.load(id), f"instance {id!r} in another store")
            again.notice(id)
            trial.same(view.journal, (await again.view(id)).journal, "its journal")
            trial.same(view.outbox, (await again.view(id)).outbox, "its outbox")


@case(Capability.REOPEN, do="read the data itself, not a copy that one store keeps for itself")
async def two_stores_see_each_others_saves(trial: Trial) -> None:
    """What one of two stores over the same data saves, the other one loads."""
    await trial.begin()
    async with trial.reopened() as store:
        stores = (trial.store, store)
        for mark in range(1, 7):
            writer, reader = stores[mark % 2], stores[(mark + 1) % 2]
            loaded = await writer.load(ID)
            await writer.save(trial.decide(loaded, Mark(mark=mark)))
            found = await reader.load(ID)
            trial.same(await writer.load(ID), found, "what the other store loads")
            trial.hold(found is not None and found.revision == mark + 1, f"revision {mark + 1}", found)
