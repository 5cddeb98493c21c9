"""The side of pynenc on its SQLite file: tasks that its runner carries out in threads of this process.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import logging
import threading
import time
from importlib.metadata import version
from typing import Any

from tests.bench.peers.answering import answered, hops, timed
from tests.bench.peers.orders import ORDER
from tests.bench.peers.pynenc_tasks import app, begun, work


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Have many jobs done, or a chain in which each asks for the next."""
    count = asked["count"]
    begun.clear()
    with timed() as clock:
        if asked["kind"] == "chain":
            work(ORDER, count - 1)
            while len(begun) < count:
                time.sleep(0.001)
        else:
            assert [one.result for one in [work(ORDER, 0) for _ in range(count)]] == [1] * count
    return clock.told | {"hops": hops(begun) if asked["kind"] == "chain" else []}


def main() -> None:
    """Serve orders until there are no more, beside the runner."""
    logging.disable(logging.WARNING)
    threading.Thread(target=app.runner.run, daemon=True).start()
    time.sleep(0.5)
    answered(version("pynenc"), carry_out)
    app.runner.stop_runner_loop()


if __name__ == "__main__":
    main()
