"""The shop with a handler that a test can hold up: it ends when the file that TELIC_TEST_GATE names is there."""

import os
from datetime import timedelta

import anyio

from telic import Handlers, System, WorkflowRuntime
from telic.runtime.protocols import SystemClock
from telic.stores.memory import MemoryStore
from tests.cli.till import Charge, Charged, till


async def _charge(intent, call):
    print("begun", flush=True)
    gate = anyio.Path(os.environ["TELIC_TEST_GATE"])
    while not await gate.exists():  # noqa: ASYNC110  (the file is touched by another process)
        await anyio.sleep(0.01)
    return Charged()


async def _fail(intent, call):
    raise RuntimeError("the card machine is on fire")


class _Ahead(SystemClock):
    def now(self):
        return super().now() + timedelta(days=2)


def _system(handler, clock=None):
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till), clock=clock or SystemClock())
    return System(runtimes=[runtime], handlers=Handlers(Charge.handled_by(handler)))


system = _system(_charge)
burning = _system(_fail)
late = _system(_fail, _Ahead())
