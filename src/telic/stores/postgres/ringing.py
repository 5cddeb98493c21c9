"""Hints between processes: who commits rings, and who listens hears it.

A ring is a statement of its own beside the step, never within its commit: notifications of
commits that wait for the disk would wait for each other. What may never be here: anything
that must not be lost; a pooler, or a connection that breaks, may lose each of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import uuid4

from telic.stores.postgres.connection import Server, connected, failed

__all__ = ["RINGING", "Ringer", "heard"]

_log = logging.getLogger("telic.postgres")
_CHANNEL: Final = "telic"
_PAUSE_SECONDS: Final = 0.05
"""How long after a ring the next one comes at the soonest: a process that makes work all the
time spends twenty statements a second on it; one that does so now and then wakes others at once."""

RINGING: Final = f"SELECT pg_notify('{_CHANNEL}', $1)"


class Ringer:
    """Tells other processes that there may be work; what comes soon afterwards is told together.

    Attributes:
        mark: What it rings with: the schema, and a name of its own.
    """

    def __init__(self, schema: str, name: str, send: Callable[[str], Awaitable[object]]) -> None:
        """Begin silent.

        Args:
            schema: Whose tables have changed.
            name: The server, for messages.
            send: Has the server notify everybody, with a text.
        """
        self.mark = f"{schema} {uuid4().hex}"
        self._name = name
        self._send = send
        self._wanted = False
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Ring soon; nobody waits for it."""
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def drained(self) -> None:
        """Return when all that was to be told is told."""
        self._ending.set()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await self._tell()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), _PAUSE_SECONDS)
        finally:
            self._task = None

    async def _tell(self) -> None:
        try:
            await self._send(self.mark)
        except Exception as error:  # it is a hint  # noqa: BLE001
            _log.debug("others were not told of work on %s: %s", self._name, error)


async def heard(server: Server, mark: str, ring: Callable[[], None]) -> None:
    """Call a function when others ring, and once at the beginning; until cancelled.

    Args:
        server: Where to listen, on a connection of its own.
        mark: Our own; it is not heard.
        ring: Called for each ring that concerns the same schema.

    Raises:
        StoreFailed: When the connection cannot be made, or is lost.
    """
    schema, _, _ = mark.partition(" ")
    lost = asyncio.Event()

    def hear(_connection: object, _process: int, _channel: str, told: object) -> None:
        whose, _, _ = str(told).partition(" ")
        if whose == schema and told != mark:
            ring()

    try:
        connection = await connected(server)
    except Exception as error:
        raise failed("listen", server.name, error) from error
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(_CHANNEL, hear)
        ring()  # for what was told while nobody listened
        await lost.wait()
    except Exception as error:
        raise failed("listen", server.name, error) from error
    finally:
        connection.terminate()
    raise failed("listen", server.name, ConnectionResetError("the end of the connection"))
