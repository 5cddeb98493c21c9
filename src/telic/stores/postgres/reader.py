"""Who loads: the instances that many callers ask for at about the same time, in one statement.

What may never be here: decoding; what one caller cannot read must not concern another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from telic.kernel.errors import StoreError
from telic.kernel.values import EventId, WorkflowId
from telic.stores.postgres.connection import concerns_one, failed
from telic.stores.postgres.gathering import Asked, Gathering, settle
from telic.stores.postgres.pool import Pool, Rows
from telic.stores.postgres.saving import Fetch
from telic.stores.postgres.statements import Statements
from telic.stores.rows import SeenRow, SnapshotRow, asked_revisions

__all__ = ["Found", "Reader", "Wanted", "loaded"]


class Wanted(NamedTuple):
    """One instance to load.

    Attributes:
        instance: Tenant, machine and id.
        event_ids: The ids to look up.
    """

    instance: tuple[str, str, WorkflowId]
    event_ids: tuple[EventId, ...]


class Found(NamedTuple):
    """What was found of one instance.

    Attributes:
        row: Its row, if there is one.
        seen: The records of those event ids that are known.
    """

    row: SnapshotRow | None
    seen: list[SeenRow]


async def loaded(fetch: Fetch, statements: Statements, wanted: Sequence[Wanted]) -> list[Found]:
    """Return what is found of each instance, all of it at one moment.

    Args:
        fetch: Runs one statement.
        statements: The texts.
        wanted: The instances.
    """
    values: list[Sequence[object]] = list(zip(*(one.instance for one in wanted), strict=True))
    if not any(one.event_ids for one in wanted):
        rows = await fetch(statements.load, values)
    else:
        given: list[tuple[object, ...]] = []
        derived: list[tuple[object, ...]] = []
        for number, (instance, event_ids) in enumerate(wanted, 1):
            given += [(number, *instance, event_id) for event_id in event_ids]
            derived += [(number, *instance, revision) for revision in asked_revisions(instance[2], event_ids)]
        rows = await fetch(statements.load_and_seen, values + _columns(given) + _columns(derived))
    return _told_apart(rows, len(wanted))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[Sequence[object]]:
    return list(zip(*rows, strict=True)) if rows else [()] * 5


def _told_apart(rows: Rows, count: int) -> list[Found]:
    found = [Found(None, []) for _ in range(count)]
    for row in rows:
        number, *cells = cast("tuple[int, *tuple[object, ...]]", row)
        place = number - 1
        if cells[2] is not None:
            found[place] = found[place]._replace(row=SnapshotRow._make(cells))
        else:
            revision, kind, _, outcome, _, _, event_id, intents, *_ = cells
            found[place].seen.append(SeenRow._make((event_id, revision, outcome, kind, intents)))
    return found


class Reader:
    """Loads what many callers ask for."""

    def __init__(self, pool: Pool, statements: Statements, name: str, width: int) -> None:
        """Begin with nothing to load.

        Args:
            pool: Whose connections to use.
            statements: The texts.
            name: The server, for messages.
            width: How many groups may be under way at once.
        """
        self._pool = pool
        self._statements = statements
        self._name = name
        self._together = Gathering("load", self._load_together, width)

    async def load(self, wanted: Wanted) -> Found:
        """Return what is found of one instance.

        Raises:
            StoreFailed: When the server does not answer.
        """
        return await self._together.ask(wanted)

    async def drained(self) -> None:
        """Wait until nobody waits any more."""
        await self._together.drained()

    async def _load_together(self, group: list[Asked[Wanted, Found]]) -> None:
        try:
            for one, found in zip(group, await self._loaded([one.request for one in group]), strict=True):
                settle(one, found)
        except StoreError as error:
            if len(group) > 1 and error.__cause__ is not None and concerns_one(error.__cause__):
                for one in group:  # an id that cannot be sent concerns whoever asks for it
                    await self._load_together([one])
                return
            for one in group:
                settle(one, failed("load", self._name, error))

    async def _loaded(self, wanted: Sequence[Wanted]) -> list[Found]:
        return await loaded(self._fetch, self._statements, wanted)

    async def _fetch(self, text: str, values: Sequence[object]) -> Rows:
        return await self._pool.read("load", text, values)
