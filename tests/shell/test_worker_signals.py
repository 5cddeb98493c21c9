"""A worker says that it has begun when a signal stops it already, and not before."""

import subprocess
import sys

from tests.house.tree import ROOT

STOPPED_AT_ONCE = """
import os, signal
import anyio
from telic import Handlers, System, Worker, WorkflowRuntime
from telic.stores.memory import MemoryStore
from tests.cli.till import charge, till

system = System(runtimes=[WorkflowRuntime(machine=till, store=MemoryStore(till))], handlers=Handlers(charge))
stop = lambda: os.kill(os.getpid(), signal.SIGTERM)
anyio.run(lambda: Worker(system).run(signals=True, on_started=stop))
print("stopped")
"""


def test_a_signal_at_the_moment_of_the_start_stops_it():
    ended = subprocess.run(
        [sys.executable, "-c", STOPPED_AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (0, "stopped\n"), ended.stderr
