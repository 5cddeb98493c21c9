"""The search for instances in a SQLite file.

What may never be here: a statement that writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from telic.kernel.snapshot import Ancestor, Status
from telic.kernel.values import WorkflowId
from telic.runtime.queries import NO_CRITERIA, Criterion, Page, Query, Summary
from telic.stores.searching import TENANTS, Dialect, page_of, searching

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["DIALECT", "Finds"]

# SQLite would walk the ids whatever is asked: the index is named.
DIALECT: Final = Dialect(
    "?",
    "",
    "a.value {sign} {value}",
    "a.value {sign} {value}",
    "a.value",
    hint="INDEXED BY {index}",
    unbound="+",
)


class Finds:
    """What a store on SQLite can be asked about many instances; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

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
        text, values = searching(DIALECT, self._key, Query(kind, status, parent, key, attributes, root), after, limit)
        return page_of(self.lane_key.rows("find", text.format(s=""), values), limit)

    async def tenants(self) -> tuple[str, ...]:
        """Return the tenants that have an instance; see :class:`telic.runtime.protocols.ListsTenants`."""
        return tuple(str(row[0]) for row in self.lane_key.rows("tenants", TENANTS.format(s=""), ()))
