"""Which instances an act is done to: an id, ids, or all that a query finds, page by page.

What may never be here: a list of all of them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from telic.kernel.errors import ConfigurationError
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.protocols import Queries
from telic.runtime.queries import Query

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Which", "chosen", "each"]

Id = TypeVar("Id", WorkflowId, IntentId)
_PAGE = 100

Which: TypeAlias = Query | Iterable[WorkflowId] | WorkflowId


def chosen(runtime: AnyRuntime, which: Which) -> AsyncGenerator[WorkflowId, None]:
    """Yield the ids that are meant.

    Args:
        runtime: Whose instances.
        which: An id, ids, or a query.

    Raises:
        ConfigurationError: For a query to a store that cannot be asked.
    """
    return _found(runtime, which) if isinstance(which, Query) else each(which)


async def each(which: Iterable[Id] | Id) -> AsyncGenerator[Id, None]:
    """Yield one id, or each of some.

    Args:
        which: Which.
    """
    if isinstance(which, str):
        yield which
        return
    for one in which:
        yield one


def _found(runtime: AnyRuntime, query: Query) -> AsyncGenerator[WorkflowId, None]:
    store: object = runtime.store
    if not isinstance(store, Queries):
        text = f"expected a store with find(...), got {type(store).__name__}; do name the ids"
        raise ConfigurationError("Operators", (text,))
    return _pages(store, query)


async def _pages(store: Queries, query: Query) -> AsyncGenerator[WorkflowId, None]:
    kind, status, parent, key, attributes, root = query
    after: str | None = None
    while True:
        page = await store.find(
            kind=kind, status=status, parent=parent, root=root, key=key, attributes=attributes, after=after, limit=_PAGE
        )
        for one in page.items:
            yield one.id
        after = page.next
        if after is None:
            return
