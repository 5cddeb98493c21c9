"""The side of Celery: who asks, and a worker in a process of its own.

Jobs are at work in threads of the worker, as many as the other side has under way, or one after the
other. What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from tests.bench.peers.answering import answered, hops, timed
from tests.bench.peers.orders import ORDER

_SECONDS = 60


@contextmanager
def worker(concurrency: str) -> Iterator[None]:
    """Have a worker beside; who asks first waits until it is there."""
    options = ["--pool", "threads", "--concurrency", concurrency, "--loglevel", "ERROR"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "tests.bench.peers.celery_tasks", "worker", *options, *quiet]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Have many jobs done, or a chain in which each asks for the next."""
    from tests.bench.peers.celery_tasks import work

    count = asked["count"]
    with timed() as clock:
        if asked["kind"] == "chain":
            last = uuid4().hex
            begun = _chain(work, count, last)
        else:
            begun = []
            for one in [work.delay(ORDER, 0, "") for _ in range(count)]:
                one.get(timeout=_SECONDS)
    return clock.told | {"hops": hops(begun)}


def _chain(work: Any, count: int, last: str) -> list[float]:
    work.apply_async((ORDER, count - 1, last))
    found: list[float] = work.AsyncResult(last).get(timeout=_SECONDS)
    return found


def clear_away() -> None:
    """Leave no queue behind."""
    from tests.bench.peers.celery_tasks import QUEUE, app

    with app.connection_for_write() as connection:
        queue = app.amqp.queues[QUEUE].bind(connection.default_channel)
        queue.declare()  # on Redis, only a connection that knows the queue deletes all of it
        queue.delete()
        queue.exchange.delete()


def main() -> None:
    """Serve orders until there are no more."""
    broker, backend, concurrency = sys.argv[1:]
    os.environ |= {
        "BENCH_CELERY_QUEUE": f"bench-{uuid4().hex}",
        "BENCH_CELERY_BROKER": broker,
        "BENCH_CELERY_BACKEND": backend,
    }
    with worker(concurrency):
        carry_out({"kind": "many", "count": 1})
        answered(version("celery"), carry_out)
    clear_away()


if __name__ == "__main__":
    main()
