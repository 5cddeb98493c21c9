"""An application for the command line: the order, and what may be wrong with one."""

from telic import Handlers, System, WorkflowRuntime
from telic.stores.memory import MemoryStore
from tests.cli.till import charge, till
from tests.graph.fulfilment import fulfilment

system = System(
    runtimes=[WorkflowRuntime(machine=till, store=MemoryStore(till))],
    handlers=Handlers(charge),
)


def made() -> System:
    """A system that is made when it is asked for."""
    return system


nothing = 7
machine = fulfilment
