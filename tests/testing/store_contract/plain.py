"""A store of a few dicts that keeps the contract: what the broken ones are made from.

It shares no code with the stores that are shipped, so a change there breaks nothing here.
"""

from telic.kernel.context import derived_revision
from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import entry_of
from telic.kernel.storable import refuse_unwritable


class PlainStore:
    def __init__(self, machine):
        self.machine = machine
        self.snapshots = {}
        self.records = {}
        self.known = {}
        self.emitted = {}

    async def load(self, id, event_ids=()):
        snapshot = self.snapshots.get(id)
        if snapshot is None:
            return None
        seen = {}
        for event_id in event_ids:
            revision = self.known.get(id, {}).get(event_id) or derived_revision(id, event_id) or 0
            if 0 < revision <= len(self.records[id]) and self.records[id][revision - 1].event_id == event_id:
                seen[event_id] = self.records[id][revision - 1].recorded
        return snapshot._replace(seen=seen)

    async def save(self, commit):
        self.check(commit)
        self.write(commit)

    async def journal(self, id):
        return tuple(entry_of(record, self.machine) for record in self.records.get(id, ()))

    async def outbox(self, limit=100):
        found = []
        for key, id in self.emitted.items():
            snapshot = self.snapshots[id]
            answered = {kept.answers.id for kept in snapshot.parked if kept.answers is not None}
            if key in snapshot.open and key not in answered:
                found.append((id, snapshot.open[key]))
        return tuple(found[:limit])

    async def ids(self, *, after=None, limit=1000):
        return tuple(sorted(id for id in self.snapshots if after is None or id > after)[:limit])

    def found(self, commit):
        held = self.snapshots.get(commit.id)
        return held.revision if held is not None else 0

    def check(self, commit):
        known = self.known.get(commit.id, {})
        if self.found(commit) != commit.expected or any(one.given_id in known for one in commit.records):
            raise RevisionConflict(commit.id, commit.expected, self.found(commit))

    def write(self, commit):
        refuse_unwritable(commit)
        self.snapshots[commit.id] = commit.after._replace(seen={})
        self.records[commit.id] = self.records.get(commit.id, []) + list(commit.records)
        given = {one.given_id: one.revision for one in commit.records if one.given_id is not None}
        self.known.setdefault(commit.id, {}).update(given)
        for key in commit.after.open:
            self.emitted.setdefault(key, commit.id)
