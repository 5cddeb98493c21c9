"""The search for instances on a PostgreSQL server.

What may never be here: a statement that writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from telic.kernel.snapshot import Ancestor, Status
from telic.kernel.values import WorkflowId
from telic.runtime.queries import NO_CRITERIA, Criterion, Page, Query, Summary
from telic.stores.searching import TENANTS, Dialect, page_of, searching

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["DIALECT", "Finds"]

# An index takes the first 200 characters of a text.
DIALECT: Final = Dialect(
    "$",
    ' COLLATE "C"',
    "left(a.text, 200) {sign} left({value}::text, 200) AND a.text {sign} {value}",
    "a.number {sign} {value}::numeric",
    "coalesce(a.text, a.number::text)",
)


class Finds:
    """What a store on PostgreSQL can be asked about many instances; a part of the store."""

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
        rows = await self.lane_key.rows("find", self.lane_key.statements.of_tables(text), *map(_sent, values))
        return page_of(rows, limit)

    async def tenants(self) -> tuple[str, ...]:
        """Return the tenants that have an instance; see :class:`telic.runtime.protocols.ListsTenants`."""
        rows = await self.lane_key.rows("tenants", self.lane_key.statements.of_tables(TENANTS))
        return tuple(str(row[0]) for row in rows)


def _sent(value: object) -> object:
    """Return a parameter as the driver takes it: numbers of attributes are ``numeric``."""
    if isinstance(value, float):
        return Decimal(str(value))
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
