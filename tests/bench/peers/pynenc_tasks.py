"""The task of pynenc, in a module of its own: it takes none from the main one.

It polls: how often, its configuration says, here each millisecond, where the default is a tenth of
a second. Its file has a log ahead and ``synchronous=NORMAL``, as it makes it itself. What may never
be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from pynenc.builder import PynencBuilder

app = (
    PynencBuilder()
    .app_id("bench")
    .sqlite(sys.argv[1])
    .thread_runner(min_threads=1, max_threads=2)
    .logging_level("error")
    .custom_config(
        runner_loop_sleep_time_sec=0.001,
        invocation_wait_results_sleep_time_sec=0.001,
        cached_status_time=0.001,
        print_arguments=False,
    )
    .build()
)


begun: list[float] = []


@app.task
def work(order: dict[str, Any], left: int) -> int:
    """Do what a handler does here, nothing but count, and ask for the next one, if any."""
    begun.append(time.perf_counter())
    if left:
        work(order, left - 1)
    return int(order["calls"]) + 1
