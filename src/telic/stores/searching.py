"""The search for instances: the conditions of a query as SQL, and rows as summaries.

All SQL stores share it, and the one in memory the meaning of a criterion. A text is composed
of constant pieces; each value is a numbered parameter. What may never be here: a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, cast

from telic.kernel.codec import moment
from telic.kernel.snapshot import Ancestor, Status
from telic.kernel.states import Attribute
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.queries import Between, Criterion, Page, Query, Summary
from telic.stores.encoding import searchable
from telic.stores.rows import ancestor
from telic.stores.writes import SqlValue

__all__ = ["TENANTS", "Bounds", "Dialect", "Search", "attribute_of", "bounds", "checked_limit", "page_of", "searching"]


# One seek for each tenant, however many instances they have.
TENANTS = """
    WITH RECURSIVE known(tenant) AS (
        SELECT min(tenant) FROM {s}telic_instance
        UNION ALL
        SELECT (SELECT min(i.tenant) FROM {s}telic_instance i WHERE i.tenant > known.tenant)
        FROM known WHERE known.tenant IS NOT NULL
    )
    SELECT tenant FROM known WHERE tenant IS NOT NULL ORDER BY tenant"""


class Dialect(NamedTuple):
    """Where the SQL stores differ.

    Attributes:
        mark: What stands before the number of a parameter.
        bytewise: How a text is compared byte by byte, where that is not the rule.
        text: A condition on an attribute that is a text, with ``{sign}`` and ``{value}``.
        number: The same for all others.
        value: The columns of an attribute's value.
        hint: Names the index to use, ``{index}``, where the store would not find it.
        unbound: What keeps a store from walking the ids where an index is better.
    """

    mark: str
    bytewise: str
    text: str
    number: str
    value: str
    hint: str = ""
    unbound: str = ""


class Search(NamedTuple):
    """One query as a statement.

    Attributes:
        text: Its SQL; ``{s}`` stands for what precedes the name of a table.
        values: Its parameters, in order.
    """

    text: str
    values: tuple[SqlValue, ...]


class Bounds(NamedTuple):
    """A criterion as a database compares it: the type, and the least and greatest value."""

    type: str
    low: SqlValue
    high: SqlValue


def bounds(name: str, criterion: Criterion) -> Bounds:
    """Return what a criterion asks of an attribute.

    Args:
        name: The attribute, for messages.
        criterion: A value, or a range.

    Raises:
        ValueError: For a range without ends, or with ends of two types.
    """
    low, high = criterion if isinstance(criterion, Between) else (criterion, criterion)
    ends = [searchable(end) for end in (low, high) if end is not None]
    types = {kind for kind, _ in ends}
    if len(types) != 1:
        raise ValueError(f"expected one or two ends of one type for attribute {name!r}, got {criterion!r}")
    return Bounds(
        types.pop(), ends[0][1] if low is not None else None, ends[-1][1] if high is not None else None
    )  # fmt: skip


def attribute_of(kind: str, value: object) -> Attribute:
    """Return the value of an attribute as it was kept for the search.

    Args:
        kind: The name of its type.
        value: What the database gives back.
    """
    if kind == "bool":
        return bool(value)
    if kind == "int":
        return int(cast("int", value))
    if kind == "datetime":
        return moment(int(cast("int", value)))
    if kind == "date":
        return date.fromisoformat(str(value))
    return Decimal(str(value)) if kind == "decimal" else str(value)


def searching(dialect: Dialect, key: tuple[str, str], query: Query, after: str | None, limit: int) -> Search:
    """Return the statement that finds a page of instances, with one more to see whether another follows.

    Args:
        dialect: Whose SQL.
        key: Tenant and machine.
        query: Which instances.
        after: The last id of the page before.
        limit: How many at most.
    """
    values: list[SqlValue] = [*key, after or "", checked_limit(limit) + 1]

    def put(value: SqlValue) -> str:
        values.append(value)
        return f"{dialect.mark}{len(values)}"

    mark = dialect.mark
    conditions = [f"i.tenant = {mark}1", f"i.machine = {mark}2", f"{_walk(dialect, query)}i.id > {mark}3"]
    conditions += [f"i.{name} = {put(value)}" for name, value in (("kind", query.kind), ("key", query.key)) if value]
    if query.status is not None:
        conditions.append(f"i.status = {put(str(query.status))}")
        if query.status is not Status.RUNNING:
            conditions.append("i.status <> 'running'")  # as the index says
    conditions += _of_family(dialect, query, put)
    for name, criterion in query.attributes.items():
        found = bounds(name, criterion)
        compared = (
            dialect.text if isinstance(found.low if found.low is not None else found.high, str) else dialect.number
        )
        asked = [f"a.tenant = {mark}1", f"a.machine = {mark}2", f"a.name = {put(name)}", f"a.type = {put(found.type)}"]
        asked += [
            compared.format(sign=sign, value=put(end))
            for sign, end in ((">=", found.low), ("<=", found.high))
            if end is not None
        ]
        conditions.append(f"i.id IN (SELECT a.id FROM {{s}}telic_attribute a WHERE {' AND '.join(asked)})")  # noqa: S608  (constant pieces)
    text = f"""
        SELECT page.id, page.kind, page.status, page.revision, page.started_us, page.at_us, page.key, page.parent,
            page.root_machine, page.root, a.name, a.type, {dialect.value}
        FROM (
            SELECT id, kind, status, revision, started_us, at_us, key, parent, root_machine, root
            FROM {{s}}telic_instance AS i {_hint(dialect, query)}
            WHERE {" AND ".join(conditions)} ORDER BY id LIMIT {mark}4
        ) AS page
        LEFT JOIN {{s}}telic_attribute a ON a.tenant = {mark}1 AND a.machine = {mark}2 AND a.id = page.id
        ORDER BY page.id, a.name"""  # noqa: S608  (constant pieces)
    return Search(text, tuple(values))


def _of_family(dialect: Dialect, query: Query, put: Callable[[SqlValue], str]) -> Iterator[str]:
    """Yield the conditions on parent and root."""
    if query.parent is not None:
        # An intent's id is that of its instance, and two numbers.
        parent = f"i.parent{dialect.bytewise}"
        id = query.parent.id if isinstance(query.parent, Ancestor) else query.parent
        yield f"{parent} >= {put(f'{id}:')}"
        yield f"{parent} < {put(f'{id};')}"
        yield f"length(i.parent) - length(replace(i.parent, ':', '')) = {put(id.count(':') + 2)}"
    if isinstance(query.parent, Ancestor):  # a child's id begins with the machine of its parent
        yield f"i.id = CAST({put(f'{query.parent.machine}/')} AS text) || i.parent"
    if query.root is not None:
        yield f"i.root_machine = {put(query.root.machine)}"
        yield f"i.root = {put(str(query.root.id))}"


def _hint(dialect: Dialect, query: Query) -> str:
    """Return what names the index of the narrowest condition, if one of them has an index."""
    running = query.status in (None, Status.RUNNING)
    columns = {"key": query.key, "parent": query.parent, "root": query.root, "status": not running}
    column = next((name for name, asked in columns.items() if asked), "")
    return dialect.hint.format(index=f"telic_instance_{column}") if column else ""


def _walk(dialect: Dialect, query: Query) -> str:
    return dialect.unbound if query.attributes and not _hint(dialect, query) else ""


def page_of(rows: Iterable[Sequence[object]], limit: int) -> Page[Summary]:
    """Return the page that the rows of a search hold: one for each attribute of each instance.

    Args:
        rows: What was found, ordered by instance.
        limit: How many instances were asked for.
    """
    found = [_summary([tuple(row) for row in group]) for _, group in groupby(rows, key=itemgetter(0))]
    return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def checked_limit(limit: int) -> int:
    """Return how many are asked for.

    Raises:
        ValueError: For fewer than one.
    """
    if limit < 1:
        raise ValueError(f"expected limit of at least 1, got {limit}")
    return limit


def _summary(rows: list[tuple[object, ...]]) -> Summary:
    id, kind, status, revision, started_us, at_us, key, parent, *root = cast(
        "tuple[str, str, str, int, int, int, str | None, str | None, str | None, str | None]", rows[0][:10]
    )
    attributes: Mapping[str, Attribute] = {
        str(name): attribute_of(str(type_), value) for *_, name, type_, value in rows if name is not None
    }
    return Summary(
        WorkflowId(id), kind, Status(status), revision, moment(started_us), moment(at_us),
        key, IntentId(parent) if parent is not None else None, ancestor(*root), attributes,
    )  # fmt: skip
