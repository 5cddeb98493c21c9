"""The side of DBOS Transact: workflows of many durable steps, run by the interpreter that has it.

It reads one order a line, ``{"callers": 1, "steps": 100, "mode": "sync"}``, and answers how long
that took, and how much of a processor this process used for it. What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from dbos import DBOS, DBOSConfig

# What telic keeps of one order, and takes with each answer.
ORDER = {
    "order_id": "o-1",
    "customer": "c-1",
    "lines": [{"sku": "book", "price": "12.5"}, {"sku": "pen", "price": "1.2"}],
    "total": "13.7",
    "placed_at": "2026-01-01T00:00:00Z",
    "calls": 0,
}


def worked(order: dict[str, Any]) -> dict[str, Any]:
    """Do what a handler does here: nothing but count."""
    return {**order, "calls": order["calls"] + 1}


@DBOS.step()
def work(order: dict[str, Any]) -> dict[str, Any]:
    """One durable step."""
    return worked(order)


@DBOS.workflow()
def steps_in_threads(count: int) -> int:
    """Take so many steps, one after the other."""
    order = ORDER
    for _ in range(count):
        order = work(order)
    return int(order["calls"])


@DBOS.step()
async def work_in_loop(order: dict[str, Any]) -> dict[str, Any]:
    """One durable step."""
    return worked(order)


@DBOS.workflow()
async def steps_in_loop(count: int) -> int:
    """Take so many steps, one after the other."""
    order = ORDER
    for _ in range(count):
        order = await work_in_loop(order)
    return int(order["calls"])


def in_threads(callers: int, count: int) -> None:
    """Run workflows, each in a thread."""
    handles = [DBOS.start_workflow(steps_in_threads, count) for _ in range(callers)]
    assert [one.get_result() for one in handles] == [count] * callers


async def in_loop(callers: int, count: int) -> None:
    """Run workflows, each in a task."""
    assert await asyncio.gather(*(steps_in_loop(count) for _ in range(callers))) == [count] * callers


def main() -> None:
    """Serve orders until there are no more."""
    url = sys.argv[1]
    if "wal" in sys.argv:
        # Not its default, but quicker, and as durable: each commit is on disk.
        connection = sqlite3.connect(urlsplit(url).path.removeprefix("/"))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    config: DBOSConfig = {"name": "bench", "system_database_url": url, "log_level": "ERROR", "sys_db_pool_size": 50}
    DBOS(config=config)
    DBOS.launch()
    with asyncio.Runner() as runner:
        print(json.dumps({"version": version("dbos")}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            callers, count = asked["callers"], asked["steps"]
            began, used = time.perf_counter(), time.process_time()
            if asked["mode"] == "threads":
                in_threads(callers, count)
            else:
                runner.run(in_loop(callers, count))
            told = {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}
            print(json.dumps(told), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    main()
