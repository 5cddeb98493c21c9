"""Stores that are broken on purpose, each in one way, and the cases that have to catch it."""

from contextlib import suppress

import anyio.lowlevel

from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import entry_of
from telic.kernel.snapshot import NOTHING_SEEN, Commit
from telic.kernel.values import EventId, WorkflowId
from tests.testing.store_contract.plain import PlainStore

CAUGHT_BY = {}


def caught_by(*cases):
    """Enter a store together with the cases that have to fail on it."""

    def enter(store):
        CAUGHT_BY[store] = cases
        return store

    return enter


@caught_by("two_clients_in_any_order_are_explained_by_one", "one_of_many_starts_is_taken")
class LostUpdate(PlainStore):
    """Lets others in between check and write."""

    async def save(self, commit):
        self.check(commit)
        await anyio.lowlevel.checkpoint()
        self.write(commit)


@caught_by("a_stale_save_is_refused", "the_same_commit_again_is_refused")
class WritesWithoutLooking(PlainStore):
    async def save(self, commit):
        if commit.before is None:
            self.check(commit)
        self.write(commit)


@caught_by("a_cancelled_save_leaves_all_or_nothing")
class StateBeforeJournal(PlainStore):
    """Writes the state, awaits, and writes the rest."""

    async def save(self, commit):
        self.check(commit)
        self.snapshots[commit.id] = commit.after._replace(seen=NOTHING_SEEN)
        await anyio.lowlevel.checkpoint()
        self.write(commit)


@caught_by("an_emitted_intent_is_in_the_outbox")
class StateWithoutOutbox(PlainStore):
    """Writes the outbox of a start only."""

    def __init__(self, machine):
        super().__init__(machine)
        self.written = set()

    async def save(self, commit):
        await super().save(commit)
        if commit.before is None:
            self.written |= set(commit.after.open)

    async def outbox(self, limit=100):
        return tuple(one for one in await super().outbox(limit) if one[1].id in self.written)


@caught_by("a_commit_of_several_records_is_saved_whole", "the_journal_has_no_gap")
class LastRecordOnly(PlainStore):
    async def journal(self, id):
        lines = self.records.get(id, ())
        last = {one.at: one for one in lines}
        return tuple(entry_of(one, self.machine) for one in last.values() if one.revision != 3)


@caught_by("the_latest_save_is_loaded")
class StaleRead(PlainStore):
    """Reads from a copy that is one save behind."""

    def __init__(self, machine):
        super().__init__(machine)
        self.copies = {}

    async def save(self, commit):
        held = self.snapshots.get(commit.id)
        await super().save(commit)
        self.copies[commit.id] = held

    async def load(self, id, event_ids=()):
        snapshot = await super().load(id, event_ids)
        behind = self.copies.get(id)
        return behind if behind is not None and snapshot.revision > 5 else snapshot


@caught_by("equal_events_are_two")
class DeduplicatesByValue(PlainStore):
    async def save(self, commit):
        journal = self.records.get(commit.id, [])
        if journal and all(any(one.event == old.event for old in journal) for one in commit.records):
            raise RevisionConflict(commit.id, commit.expected, len(journal))
        await super().save(commit)


@caught_by("a_stale_save_is_refused", "a_second_start_is_refused", "a_known_event_id_is_refused")
class SwallowsConflicts(PlainStore):
    async def save(self, commit):
        with suppress(RevisionConflict):
            await super().save(commit)


@caught_by("a_stale_save_is_refused")
class RaisesErrorsOfItsOwn(PlainStore):
    async def save(self, commit):
        try:
            await super().save(commit)
        except RevisionConflict as conflict:
            raise KeyError(commit.id) from conflict


@caught_by("an_event_id_belongs_to_one_instance")
class EventIdsOfAll(PlainStore):
    """Keeps one set of event ids for all instances."""

    def __init__(self, machine):
        super().__init__(machine)
        self.all = set()

    async def save(self, commit):
        given = {one.given_id for one in commit.records} - {None}
        if given & self.all:
            raise RevisionConflict(commit.id, commit.expected, commit.expected)
        await super().save(commit)
        self.all |= given


@caught_by("a_known_event_id_is_refused", "a_known_event_id_leaves_everything")
class ForgetsEventIds(PlainStore):
    """Sees known ids, and takes them again."""

    async def save(self, commit):
        if self.found(commit) != commit.expected:
            raise RevisionConflict(commit.id, commit.expected, self.found(commit))
        self.write(commit)


@caught_by("a_known_event_id_leaves_everything")
class LooksAtTheFirstEventIdOnly(PlainStore):
    async def save(self, commit):
        if len(commit.records) > 1:
            self.check(commit._replace(records=commit.records[:1]))
        else:
            self.check(commit)
        self.write(commit)


@caught_by("a_known_event_id_leaves_everything", "a_refused_save_writes_no_line")
class ConflictAfterPartialWrite(PlainStore):
    """Writes the journal, and then finds the conflict."""

    async def save(self, commit):
        if self.found(commit) == commit.expected and commit.before is not None:
            self.records[commit.id] = self.records[commit.id] + list(commit.records)
            self.check(commit)
            self.records[commit.id] = self.records[commit.id][: commit.expected]
        else:
            self.check(commit)
        self.write(commit)


@caught_by("a_second_start_is_refused")
class AcceptsASecondStart(PlainStore):
    async def save(self, commit):
        if commit.before is not None or commit.id not in self.snapshots:
            self.check(commit)
        else:
            self.records[commit.id] = []
        self.write(commit)


@caught_by("a_step_of_nothing_is_refused")
class StepsWhatIsNotThere(PlainStore):
    async def save(self, commit):
        if commit.id in self.snapshots or commit.before is None:
            self.check(commit)
        self.write(commit)


@caught_by("a_save_ahead_is_refused")
class TakesAnyLaterRevision(PlainStore):
    async def save(self, commit):
        if self.found(commit) > commit.expected or commit.before is None:
            self.check(commit)
        self.write(commit)


@caught_by("a_snapshot_has_seen_only_what_was_asked", "only_what_is_asked_for_is_seen")
class SeesEverything(PlainStore):
    async def load(self, id, event_ids=()):
        return await super().load(id, tuple(self.known.get(id, ())) or event_ids)


@caught_by("a_derived_id_is_seen")
class IgnoresDerivedIds(PlainStore):
    async def load(self, id, event_ids=()):
        return await super().load(id, tuple(one for one in event_ids if not one.startswith("telic:")))


@caught_by("event_ids_are_compared_exactly")
class FoldsTheCaseOfEventIds(PlainStore):
    async def load(self, id, event_ids=()):
        snapshot = await super().load(id, event_ids)
        if snapshot is None or not event_ids:
            return snapshot
        every = await super().load(id, tuple(self.known.get(id, ())))
        lower = {key.lower(): recorded for key, recorded in every.seen.items()}
        return snapshot._replace(seen={one: lower[one.lower()] for one in event_ids if one.lower() in lower})


@caught_by("ids_are_compared_exactly")
class TrimsIds(PlainStore):
    async def load(self, id, event_ids=()):
        return await super().load(WorkflowId(id.strip()), event_ids)


@caught_by("text_that_cannot_be_written_is_refused")
class MendsTexts(PlainStore):
    async def save(self, commit):
        records = tuple(one._replace(actor=mended(one.actor)) for one in commit.records)
        after = commit.after._replace(meta=commit.after.meta._replace(key=mended(commit.after.meta.key)))
        await super().save(commit._replace(records=records, after=after))


def mended(text):
    return text and text.encode(errors="replace").decode()


@caught_by("an_odd_event_id_is_kept_whole_or_refused")
class CutsEventIdsAtNul(PlainStore):
    async def load(self, id, event_ids=()):
        return await super().load(id, tuple(EventId(one.split("\0")[0] or "-") for one in event_ids))


@caught_by("an_odd_id_is_kept_whole_or_refused")
class CutsIdsAtNul(PlainStore):
    async def load(self, id, event_ids=()):
        return await super().load(WorkflowId(id.split("\0")[0]), event_ids)

    async def save(self, commit):
        short = WorkflowId(commit.id.split("\0")[0])
        meta = commit.after.meta._replace(id=short)
        if short != commit.id:
            self.snapshots.pop(short, None)
        await super().save(commit._replace(after=commit.after._replace(meta=meta)))


@caught_by("the_journal_has_no_gap")
class SortsTheJournalAsText(PlainStore):
    async def journal(self, id):
        return tuple(sorted(await super().journal(id), key=lambda one: str(one.revision)))


@caught_by("a_line_keeps_all_of_its_record")
class ForgetsTheSender(PlainStore):
    async def journal(self, id):
        return tuple(one._replace(actor="") for one in await super().journal(id))


@caught_by("a_line_has_the_hash_of_its_state")
class OneHashForACommit(PlainStore):
    async def journal(self, id):
        lines = await super().journal(id)
        return tuple(one._replace(state_hash=lines[-1].state_hash) for one in lines)


@caught_by("an_answered_intent_leaves_the_outbox", "the_end_of_an_instance_leaves_its_intents")
class KeepsWhatIsDone(PlainStore):
    def __init__(self, machine):
        super().__init__(machine)
        self.ever = {}

    async def save(self, commit):
        await super().save(commit)
        self.ever.update({one.id: (commit.id, one) for one in commit.opened})

    async def outbox(self, limit=100):
        return tuple(self.ever.values())[:limit]


@caught_by("unplaced_facts_are_kept_with_their_intent")
class CarriesOutWhatIsAnswered(PlainStore):
    """Lists every open intent, answered or not."""

    async def outbox(self, limit=100):
        return tuple((id, one) for id, held in self.snapshots.items() for one in held.open.values())[:limit]


@caught_by("a_withdrawn_intent_stays_in_the_outbox")
class DropsWithdrawnIntents(PlainStore):
    async def outbox(self, limit=100):
        return tuple(one for one in await super().outbox(limit) if not one[1].withdrawn)


@caught_by("the_outbox_gives_the_longest_waiting_first")
class SortsTheOutboxById(PlainStore):
    async def outbox(self, limit=100):
        return tuple(sorted(await super().outbox(100_000), key=lambda one: one[1].id))[:limit]


@caught_by("the_outbox_is_limited")
class NoLimit(PlainStore):
    async def outbox(self, limit=100):
        return await super().outbox(100_000)


@caught_by("ids_are_listed_in_order")
class SortsIdsByDictionary(PlainStore):
    async def ids(self, *, after=None, limit=1000):
        return tuple(sorted(await super().ids(after=after, limit=100_000), key=str.lower))[:limit]


@caught_by("ids_are_listed_in_pages")
class PagesIncludeTheLastId(PlainStore):
    async def ids(self, *, after=None, limit=1000):
        return tuple(sorted(id for id in self.snapshots if after is None or id >= after)[:limit])


@caught_by("a_load_writes_nothing")
class CountsLoads(PlainStore):
    """Creates a row on load."""

    async def ids(self, *, after=None, limit=1000):
        return tuple(sorted({*await super().ids(after=after, limit=limit), *getattr(self, "asked", ())}))[:limit]

    async def load(self, id, event_ids=()):
        self.asked = {*getattr(self, "asked", ()), id}
        return await super().load(id, event_ids)


@caught_by("the_next_save_is_taken")
class StuckAfterAConflict(PlainStore):
    """Has no connection left after two conflicts."""

    conflicts = 0

    async def save(self, commit):
        if self.conflicts > 1:
            raise ConnectionError("no connection left")
        try:
            await super().save(commit)
        except RevisionConflict:
            self.conflicts += 1
            raise


@caught_by("a_long_commit_is_saved_whole")
class AHundredRecordsAtMost(PlainStore):
    async def save(self, commit):
        await super().save(commit._replace(records=commit.records[:100]))


@caught_by("an_intent_that_begins_and_ends_in_one_commit_leaves_nothing")
class EmitsEveryRecord(PlainStore):
    """Takes the new rows of the outbox from the records, not from what is open in the end."""

    async def save(self, commit):
        await super().save(commit)
        emitted = {one.id: one for record in commit.records for one in record.emitted}
        self.snapshots[commit.id] = commit.after._replace(seen=NOTHING_SEEN, open={**emitted, **commit.after.open})


@caught_by("a_cancelled_load_disturbs_nobody")
class LeavesALockBehind(PlainStore):
    """Holds a lock over an await, and forgets it when it is cancelled there."""

    locked = False

    async def load(self, id, event_ids=()):
        if self.locked:
            raise TimeoutError("the lock is held")
        self.locked = True
        await anyio.lowlevel.checkpoint()
        self.locked = False
        return await super().load(id, event_ids)


@caught_by("tenants_are_apart")
class SharesTenants(PlainStore):
    def within(self, *, tenant):
        return self


@caught_by("two_stores_see_each_others_saves")
class CachesWhatItHasLoaded(PlainStore):
    """Two stores over the same data, each with a cache that nobody clears."""

    def __init__(self, machine):
        super().__init__(machine)
        self.cache = {}

    def again(self):
        other = type(self)(self.machine)
        for name in ("snapshots", "records", "known", "emitted"):
            setattr(other, name, getattr(self, name))
        return other

    async def load(self, id, event_ids=()):
        if id not in self.cache:
            self.cache[id] = await super().load(id, event_ids)
        return self.cache[id]

    async def save(self, commit: Commit):
        await super().save(commit)
        self.cache[commit.id] = self.snapshots[commit.id]


@caught_by("machines_are_apart")
class SharesMachines(PlainStore):
    def again(self):
        return self
