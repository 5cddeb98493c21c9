"""The task of Celery, and its settings, for those who ask and for its worker alike.

The name of the queue comes from outside, so that nobody else's jobs are taken. A message is
acknowledged when its job is done, as a job must be that may not be lost. What may never be here: an
import of telic, or of what this environment has not.
"""

from __future__ import annotations

import os
import time
from typing import Any

from celery import Celery
from kombu import Queue

QUEUE = os.environ["BENCH_CELERY_QUEUE"]

app = Celery("bench", broker=os.environ["BENCH_CELERY_BROKER"], backend=os.environ["BENCH_CELERY_BACKEND"])
app.conf.update(
    task_default_queue=QUEUE,
    task_queues=[Queue(QUEUE, expires=600)],
    task_acks_late=True,
    result_expires=60,
    worker_prefetch_multiplier=4,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
begun: list[float] = []


@app.task(name="work")
def work(order: dict[str, Any], left: int, last: str) -> list[float]:
    """Do what a handler does here, and ask for the next one, if any; return when the handlers began."""
    begun.append(time.monotonic())
    if left:
        work.apply_async((order, left - 1, last), **({"task_id": last} if left == 1 else {}))
        return []
    found = [*begun] if last else []
    begun.clear()
    return found
