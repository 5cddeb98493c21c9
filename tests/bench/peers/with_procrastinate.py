"""The side of procrastinate: jobs in PostgreSQL, and its worker in the same loop as those who ask.

The worker listens for notifications, as it does by default, and polls besides: here every 50 ms,
where its default is 5 seconds, since now and then a notification does not wake it. What may never be here: an import of
telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from importlib.metadata import version
from typing import Any

from procrastinate import App, PsycopgConnector

from tests.bench.peers.loops import Moments, ended, serve
from tests.bench.peers.orders import ORDER

POLL_SECONDS = 0.05


async def main() -> None:
    """Serve orders until there are no more, beside a worker."""
    url, concurrency = sys.argv[1], int(sys.argv[2])
    moments = Moments()
    app = App(connector=PsycopgConnector(conninfo=url, min_size=4, max_size=20))

    @app.task(name="work")
    async def work(order: dict[str, Any], left: int) -> dict[str, Any]:
        moments.begin()
        if left:
            await ask(left - 1, order)
        moments.finish()
        return {**order, "calls": order["calls"] + 1}

    async def ask(left: int, order: dict[str, Any] = ORDER) -> None:
        await work.defer_async(order=order, left=left)

    async def settle() -> None:
        while list(await app.job_manager.list_jobs_async(status="doing")):  # noqa: ASYNC110  (nothing tells)
            await asyncio.sleep(0.001)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        running = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=POLL_SECONDS,
                install_signal_handlers=False,
                shutdown_graceful_timeout=1,
            )
        )
        await serve(version("procrastinate"), moments, ask, settle)
        await ended([running])


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
