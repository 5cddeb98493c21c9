"""The side of SAQ: a queue on Redis or PostgreSQL, and its worker in the same loop as those who ask.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from psycopg_pool import AsyncConnectionPool
from saq import Queue, Worker
from saq.queue.postgres import PostgresQueue

from tests.bench.peers.loops import Moments, ended, serve
from tests.bench.peers.orders import ORDER


def queue_at(url: str) -> Queue:
    """Return a queue of its own."""
    if not url.startswith("postgresql"):
        return Queue.from_url(url, name=f"bench-{uuid4().hex}")
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(url, min_size=4, max_size=20, open=False)
    return PostgresQueue(pool=pool, manage_pool_lifecycle=True)


async def main() -> None:
    """Serve orders until there are no more, beside a worker."""
    url, concurrency = sys.argv[1], int(sys.argv[2])
    moments = Moments()
    queue = queue_at(url)

    async def work(ctx: Any, *, order: dict[str, Any], left: int) -> dict[str, Any]:
        moments.begin()
        if left:
            await ask(left - 1, order)
        return {**order, "calls": order["calls"] + 1}

    async def after(ctx: Any) -> None:
        moments.finish()

    async def ask(left: int, order: dict[str, Any] = ORDER) -> None:
        await queue.enqueue("work", order=order, left=left, ttl=60)

    await queue.connect()
    worker: Worker[Any] = Worker(queue, [("work", work)], concurrency=concurrency, after_process=after)
    worker.SIGNALS = []
    running = asyncio.create_task(worker.start())
    await serve(version("saq"), moments, ask)
    await worker.stop()
    await ended([running])
    await queue.disconnect()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
