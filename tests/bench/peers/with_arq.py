"""The side of ARQ: a queue on Redis, and its worker in the same loop as those who ask.

Its worker asks for jobs now and then: here every 10 ms, where its default is half a second. What may
never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from arq import Worker, create_pool
from arq.connections import RedisSettings
from arq.worker import func

from tests.bench.peers.loops import Moments, ended, serve
from tests.bench.peers.orders import ORDER

POLL_SECONDS = 0.01


async def main() -> None:
    """Serve orders until there are no more, beside a worker."""
    url, concurrency = sys.argv[1], int(sys.argv[2])
    name = f"arq:bench-{uuid4().hex}"
    moments = Moments()
    pool = await create_pool(RedisSettings.from_dsn(url), default_queue_name=name)

    async def work(ctx: Any, order: dict[str, Any], left: int) -> dict[str, Any]:
        moments.begin()
        if left:
            await ask(left - 1, order)
        return {**order, "calls": order["calls"] + 1}

    async def after(ctx: Any) -> None:
        moments.finish()

    async def ask(left: int, order: dict[str, Any] = ORDER) -> None:
        await pool.enqueue_job("work", order, left)

    worker = Worker(
        [func(work, name="work")],
        redis_pool=pool,
        queue_name=name,
        max_jobs=concurrency,
        poll_delay=POLL_SECONDS,
        keep_result=60,
        after_job_end=after,
        handle_signals=False,
        log_results=False,
    )
    running = asyncio.create_task(worker.async_run())
    await serve(version("arq"), moments, ask)
    await ended([running])
    await worker.close()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
