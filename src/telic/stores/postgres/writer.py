"""Who writes: groups of commits, and those that cannot go along with one.

A group never waits long for a lock that somebody else holds; whoever meets one is taken out
and tries again, holding no connection meanwhile. So no long transaction of one caller holds
up another, or waits for itself. What may never be here: SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from telic.kernel.errors import StoreError
from telic.stores.postgres.connection import concerns_one, failed, is_contended
from telic.stores.postgres.gathering import Asked, Gathering, settle
from telic.stores.postgres.pool import Pool, Rows, insisted
from telic.stores.postgres.saving import Outcomes, saved
from telic.stores.postgres.statements import Statements
from telic.stores.writes import Write

__all__ = ["Writer"]

_Pending: TypeAlias = Asked[Write, None]


class Writer:
    """Saves what many callers hand over."""

    def __init__(self, pool: Pool, statements: Statements, name: str, width: int) -> None:
        """Begin with nothing to save.

        Args:
            pool: Whose connections to use.
            statements: The texts.
            name: The server, for messages.
            width: How many groups may be under way at once.
        """
        self._pool = pool
        self._statements = statements
        self._name = name
        self._apart: set[asyncio.Task[None]] = set()
        self._together = Gathering("save", self._save_together, width, _instance)

    async def save(self, write: Write) -> None:
        """Save what one commit writes; returns once it is durable.

        Raises:
            RevisionConflict: When another one was saved first, or an event id is known.
            StoreFailed: When nothing was saved, or nobody can tell.
        """
        await self._together.ask(write)

    async def drained(self) -> None:
        """Wait until all that was handed over is saved or refused."""
        await self._together.drained()
        while self._apart:
            await asyncio.wait(set(self._apart))

    async def _save_together(self, group: list[_Pending]) -> None:
        try:
            outcomes = await self._saved([one.request for one in group])
        except Exception as error:  # noqa: BLE001  (each caller is told)
            if is_contended(error) or (len(group) > 1 and concerns_one(error)):
                for one in group:
                    self._set_apart(one)
                return
            outcomes = [failed("save", self._name, error) for _ in group]
        for one, outcome in zip(group, outcomes, strict=True):
            settle(one, outcome)

    def _set_apart(self, one: _Pending) -> None:
        task = asyncio.get_running_loop().create_task(self._save_alone(one))
        self._apart.add(task)
        task.add_done_callback(self._apart.discard)

    async def _save_alone(self, one: _Pending) -> None:
        outcome: StoreError | None
        try:
            (outcome,) = await insisted(lambda: self._saved([one.request]))
        except BaseException as error:
            settle(one, failed("save", self._name, error))
            if not isinstance(error, Exception):
                raise
        else:
            settle(one, outcome)

    async def _saved(self, writes: Sequence[Write]) -> Outcomes:
        return await saved(self._fetch, self._statements, writes, hurry=True)

    async def _fetch(self, text: str, values: Sequence[object]) -> Rows:
        return await self._pool.fetch("save", text, values)


def _instance(write: Write) -> tuple[str, str, str]:
    return write.instance
