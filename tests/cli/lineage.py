"""An application with a desk that spawns checks."""

from telic import Handlers, System, WorkflowRuntime
from telic.stores.memory import MemoryStore
from tests.shell.family import check, desk

system = System(
    runtimes=[WorkflowRuntime(machine=one, store=MemoryStore(one)) for one in (desk, check)], handlers=Handlers()
)
