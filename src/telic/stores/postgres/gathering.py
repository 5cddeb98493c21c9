"""Requests of many callers at about the same time, carried out together.

The driver knows asyncio only, and so does this module. What may never be here: a caller who
waits for ever, or one who disturbs the others by giving up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, NamedTuple, TypeVar

from telic.kernel.errors import StoreFailed

__all__ = ["MAX_TOGETHER", "Asked", "Gathering", "settle"]

T = TypeVar("T")
R = TypeVar("R")

MAX_TOGETHER: Final = 256
"""How many requests one statement carries: enough that a commit costs little for each, few
enough that it stays short."""


class Asked(NamedTuple, Generic[T, R]):
    """One request, and the promise that its caller awaits."""

    request: T
    answer: asyncio.Future[R]


def settle(one: Asked[T, R], outcome: R | BaseException) -> None:
    """Tell a caller, unless it has been told, or has given up."""
    if one.answer.done():
        return
    if isinstance(outcome, BaseException):
        one.answer.set_exception(outcome)
    else:
        one.answer.set_result(outcome)


class Gathering(Generic[T, R]):
    """Collects requests while others are under way."""

    def __init__(
        self,
        operation: str,
        carry_out: Callable[[list[Asked[T, R]]], Awaitable[None]],
        width: int,
        key: Callable[[T], Hashable] | None = None,
    ) -> None:
        """Begin with nothing to do.

        Args:
            operation: What the callers ask for, for messages.
            carry_out: Does some requests together and settles each.
            width: How many groups may be under way at once.
            key: Of those requests that have the same key, a group takes one.
        """
        self._operation = operation
        self._carry_out = carry_out
        self._width = width
        self._key = key
        self._waiting: list[Asked[T, R]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False

    def ask(self, request: T) -> asyncio.Future[R]:
        """Take a request; what is asked for in the same turn of the loop goes together."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(Asked(request, answer))
        self._begin()
        return answer

    async def drained(self) -> None:
        """Wait until nothing is left to do."""
        while self._waiting or self._tasks:
            self._begin()
            await asyncio.wait(set(self._tasks))

    def _begin(self) -> None:
        """Have a group begin in the next turn of the loop: what is asked for in this one goes along."""
        if self._waiting and not self._called and len(self._tasks) < self._width:
            self._called = True
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():  # the loop comes to its end, and nobody would carry these out
            self._called = False
            left, self._waiting = self._waiting, []
            self._refuse(left, "the end of the event loop")
        elif self._waiting:
            self._begin()

    async def _work(self) -> None:
        self._called = False
        batch = self._take()
        self._begin()  # what was too much for one group
        while batch:
            try:
                await self._carry_out(batch)
            except BaseException as error:
                self._refuse(batch, repr(error))
                raise
            batch = self._take()

    def _refuse(self, group: list[Asked[T, R]], got: str) -> None:
        reason = f"expected to carry it out, got {got}; do load again to see what is saved"
        for one in group:
            settle(one, StoreFailed(self._operation, reason))

    def _take(self) -> list[Asked[T, R]]:
        if self._key is None:
            taken, self._waiting = self._waiting[:MAX_TOGETHER], self._waiting[MAX_TOGETHER:]
            return taken
        group: dict[Hashable, Asked[T, R]] = {}
        self._waiting = [
            one
            for one in self._waiting
            if len(group) == MAX_TOGETHER or group.setdefault(self._key(one.request), one) is not one
        ]
        return list(group.values())
