"""What a store remembers of the instances that it has read and saved, within one process.

Two things come of it. A row that is read again and is still the same need not be decoded
again. And an instance that this process has moved on time after time need not be read at
all: a step is decided on what is remembered, and its save holds that against what is there.
What may never be here: a decision that nobody holds against the database.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.snapshot import NOTHING_SEEN, Commit, Snapshot
from telic.kernel.values import WorkflowId
from telic.runtime.images import SnapshotRow

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["Recollection", "recollection_of"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

# How many instances are remembered, and how much JSON they may come to: some tens of megabytes
# as objects, and the instances that are busy.
_REMEMBERED = 2048
_REMEMBERED_BYTES = 8 * 1024 * 1024
# So many saves in a row that nobody else came between make it probable that nobody will: where
# several processes move one instance on in turn, each of them reads it first.
_IN_A_ROW = 2
_tuple = tuple.__new__
# Where there are no tenants an id is enough, and a pair for each instance is not for nothing.
_Key: TypeAlias = WorkflowId | tuple[str, WorkflowId]


class Recollection(Generic[S]):
    """Instances of one machine, of all tenants; those are forgotten first that were met longest ago."""

    __slots__ = ("_known", "_lock", "_size")

    def __init__(self) -> None:
        """Begin with nothing."""
        # Of each: the hash of its row, the instance, the size of its row, and by how many saves in a row it came.
        self._known: dict[_Key, tuple[int, Snapshot[S], int, int]] = {}
        self._size = 0
        self._lock = threading.Lock()

    def read(self, row: SnapshotRow, snapshot: Snapshot[S]) -> None:
        """Note what a row means that was read."""
        self._keep(row, snapshot, 0)

    def saved(self, row: SnapshotRow, commit: Commit[S]) -> None:
        """Note what was saved, and is there now unless somebody else has come since."""
        before, after, _ = commit
        if after.seen:
            after = _tuple(Snapshot, (*after[:-1], NOTHING_SEEN))
        known = self._known.get(_key(after.meta.tenant, after.meta.id))
        follows = known is not None and before is not None and known[1].revision == before.revision
        self._keep(row, after, known[3] + 1 if known is not None and follows else 1)

    async def told(self, saving: Awaitable[object], row: SnapshotRow, commit: Commit[S]) -> None:
        """Await a save, and note what came of it: of what failed nobody knows whether it is there."""
        try:
            await saving
        except BaseException:
            self.forget(commit.after.meta.tenant, commit.after.meta.id)
            raise
        self.saved(row, commit)

    def meaning(self, tenant: str, id: WorkflowId, row: SnapshotRow) -> Snapshot[S] | None:
        """Return what a row means, if it is the one that is remembered."""
        known = self._known.get(_key(tenant, id))
        return known[1] if known is not None and known[0] == hash(row) else None

    def recalled(self, tenant: str, id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as this process has left it, where nobody else seems to move it on."""
        known = self._known.get(_key(tenant, id))
        return known[1] if known is not None and known[3] >= _IN_A_ROW else None

    def forget(self, tenant: str, id: WorkflowId) -> None:
        """Forget an instance that is not what it was, or of which nobody knows."""
        with self._lock:
            known = self._known.pop(_key(tenant, id), None)
            if known is not None:
                self._size -= known[2]

    def _keep(self, row: SnapshotRow, snapshot: Snapshot[S], in_a_row: int) -> None:
        known, key = self._known, _key(snapshot.meta.tenant, snapshot.meta.id)
        _, _, _, _, state, rest, _, _, _, _, _, _ = row
        size = len(state) + len(rest or b"")
        with self._lock:
            before = known.pop(key, None)
            self._size += size - before[2] if before is not None else size
            known[key] = hash(row), snapshot, size, in_a_row
            while len(known) > _REMEMBERED or (self._size > _REMEMBERED_BYTES and len(known) > 1):
                self._size -= known.pop(next(iter(known)))[2]


def _key(tenant: str, id: WorkflowId) -> _Key:
    return (tenant, id) if tenant else id


_of: weakref.WeakKeyDictionary[object, dict[object, Recollection[BaseModel]]] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def recollection_of(database: object, machine: Machine[S, E]) -> Recollection[S]:
    """Return what all stores of one machine over one database remember together.

    Args:
        database: The database object of this process.
        machine: The machine itself: one of the same name may have other classes.
    """
    with _making:
        found = _of.setdefault(database, {}).setdefault(machine, Recollection())
    return cast("Recollection[S]", found)
