"""What can be asked about many instances at once: a query, and a page of short answers.

What may never be here: a store, or the state of an instance; a summary is read without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from telic.kernel.snapshot import Ancestor, Status
from telic.kernel.states import Attribute
from telic.kernel.values import IntentId, WorkflowId

__all__ = ["NO_CRITERIA", "Between", "Criterion", "Page", "Query", "Summary"]

T = TypeVar("T")


class Between(NamedTuple):
    """A range of an attribute, both ends within it; an end that is left out is open.

    Attributes:
        low: The least value.
        high: The greatest value.
    """

    low: Attribute | None = None
    high: Attribute | None = None


Criterion: TypeAlias = Attribute | Between
NO_CRITERIA: Mapping[str, Criterion] = MappingProxyType({})


class Query(NamedTuple):
    """Which instances of one machine are meant; what is left out does not matter.

    Attributes:
        kind: The stored name of the state.
        status: Where they stand as a whole.
        parent: The instance whose intents have spawned them: its id, or also its machine.
        key: The business key that they were started under.
        attributes: What their states give to be searched by: a value, or a range.
        root: The instance at the top of their family; it is not among them.
    """

    kind: str | None = None
    status: Status | None = None
    parent: WorkflowId | Ancestor | None = None
    key: str | None = None
    attributes: Mapping[str, Criterion] = NO_CRITERIA
    root: Ancestor | None = None


class Summary(NamedTuple):
    """One instance as a list shows it; it is readable whatever code wrote its state.

    Attributes:
        id: Its id.
        kind: The stored name of its state.
        status: Where it stands as a whole.
        revision: How many records its journal has come to.
        started_at: The moment of its first record.
        at: The moment of its last record.
        key: The business key that it was started under, if any.
        parent: The intent that spawned it, if one did.
        root: The instance at the top of its family; ``None`` for one that nobody has spawned.
        attributes: What its state gives to be searched by; a ``Decimal`` as the nearest number.
    """

    id: WorkflowId
    kind: str
    status: Status
    revision: int
    started_at: datetime
    at: datetime
    key: str | None
    parent: IntentId | None
    root: Ancestor | None
    attributes: Mapping[str, Attribute]


class Page(NamedTuple, Generic[T]):
    """Some of what was asked for, in order.

    Attributes:
        items: What is on this page.
        next: What to pass as ``after=`` for the page that follows; ``None`` on the last one.
    """

    items: tuple[T, ...]
    next: str | None
