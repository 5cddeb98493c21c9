"""Saving some commits in one statement, and what became of each.

What may never be here: tasks, or the choice of a connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, cast

from telic.kernel.errors import RevisionConflict, StoreError
from telic.stores.postgres.pool import Rows
from telic.stores.postgres.statements import Statements
from telic.stores.writes import Write

__all__ = ["Fetch", "Outcomes", "saved"]

Fetch: TypeAlias = Callable[[str, Sequence[object]], Awaitable[Rows]]
Outcomes: TypeAlias = list[StoreError | None]


async def saved(fetch: Fetch, statements: Statements, writes: Sequence[Write], *, hurry: bool) -> Outcomes:
    """Save commits and return, for each, nothing or the conflict that it met.

    A conflict concerns its own commit only: the others are saved.

    Args:
        fetch: Runs one statement; what it raises concerns all, and none is saved.
        statements: The texts.
        writes: What to save, each instance once.
        hurry: Whether to give up soon where somebody else holds a lock.
    """
    # In one order everywhere, so that two groups never wait for each other.
    order = sorted(range(len(writes)), key=lambda number: writes[number].instance)
    text, values = statements.saving([writes[number] for number in order], hurry=hurry)
    outcomes: Outcomes = [None] * len(writes)
    done = {cast("int", row[0]) for row in await fetch(text, values)}
    if len(done) < len(writes):
        missed = [order[place] for place in range(len(order)) if place not in done]
        conflicts = await _conflicts(fetch, statements, [writes[number] for number in missed])
        for number, conflict in zip(missed, conflicts, strict=True):
            outcomes[number] = conflict
    return outcomes


async def _conflicts(fetch: Fetch, statements: Statements, writes: Sequence[Write]) -> list[RevisionConflict]:
    """Ask, in a statement of its own, what is there: the one before has not seen who came first."""
    keys = list(zip(*(one.instance for one in writes), strict=True))
    try:
        found = {cast("int", n): cast("int", revision) for n, revision in await fetch(statements.found, keys)}
    except Exception:  # noqa: BLE001  (that they are conflicts is known; only the revisions are not)
        return [RevisionConflict(one.instance[2], one.expected) for one in writes]
    return [
        RevisionConflict(one.instance[2], one.expected, found.get(number, 0)) for number, one in enumerate(writes, 1)
    ]
