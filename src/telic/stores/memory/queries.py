"""The search for instances in memory.

What may never be here: an await, or a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.reporting import child_id
from telic.kernel.snapshot import Ancestor, Meta, Snapshot, Status
from telic.kernel.states import Attribute, State
from telic.kernel.values import WorkflowId
from telic.runtime.queries import NO_CRITERIA, Criterion, Page, Query, Summary
from telic.runtime.runtime import workflow_of
from telic.stores.encoding import searchable
from telic.stores.searching import Bounds, attribute_of, bounds, checked_limit

__all__ = ["Finds"]

S = TypeVar("S", bound=BaseModel)


class Finds(Generic[S]):
    """What a store in memory can be asked about many instances; a part of the store."""

    _snapshots: dict[WorkflowId, Snapshot[S]]

    async def find(
        self,
        *,
        kind: str | None = None,
        status: Status | None = None,
        parent: WorkflowId | Ancestor | None = None,
        root: Ancestor | None = None,
        key: str | None = None,
        attributes: Mapping[str, Criterion] = NO_CRITERIA,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Summary]:
        """Return a page of instances; see :class:`telic.runtime.protocols.Queries`."""
        query = Query(kind, status, parent, key, root=root)
        asked = {name: bounds(name, one) for name, one in attributes.items()}
        checked_limit(limit)
        found: list[Summary] = []
        for id in sorted(one for one in self._snapshots if after is None or one > after):
            snapshot = self._snapshots[id]
            if _fits(snapshot, query, asked):
                if len(found) == limit:
                    return Page(tuple(found), found[-1].id)
                found.append(_summary(snapshot))
        return Page(tuple(found), None)


def _fits(snapshot: Snapshot[S], query: Query, asked: Mapping[str, Bounds]) -> bool:
    meta = snapshot.meta
    if query.status not in (None, snapshot.status) or query.key not in (None, meta.key):
        return False
    if query.kind not in (None, _kind(snapshot.state)):
        return False
    if query.root not in (None, meta.root) or not _is_child(meta, query.parent):
        return False
    if not asked:
        return True
    given = _attributes(snapshot.state)
    return all(name in given and _within(given[name], one) for name, one in asked.items())


def _is_child(meta: Meta, parent: WorkflowId | Ancestor | None) -> bool:
    """Say whether an instance was spawned by another one; each was, where none is named."""
    if parent is None or meta.parent is None:
        return parent is None
    if isinstance(parent, Ancestor):
        return workflow_of(meta.parent) == parent.id and meta.id == child_id(parent.machine, meta.parent)
    return workflow_of(meta.parent) == parent


def _within(attribute: Attribute, asked: Bounds) -> bool:
    type_, value = searchable(attribute)
    if type_ != asked.type:
        return False
    given = cast("float", value)  # or a text: of the type that was just compared
    low, high = cast("float | None", asked.low), cast("float | None", asked.high)
    return (low is None or low <= given) and (high is None or given <= high)


def _summary(snapshot: Snapshot[S]) -> Summary:
    meta = snapshot.meta
    return Summary(
        meta.id, _kind(snapshot.state), snapshot.status, snapshot.revision, meta.started_at or snapshot.at, snapshot.at,
        meta.key, meta.parent, meta.root,
        {name: attribute_of(*searchable(one)) for name, one in sorted(_attributes(snapshot.state).items())},
    )  # fmt: skip


def _kind(state: BaseModel) -> str:
    return str(getattr(state, "kind", type(state).__name__))


def _attributes(state: BaseModel) -> Mapping[str, Attribute]:
    return state.attributes() if isinstance(state, State) else {}
