"""The shell: everything that acts. Handlers, the system they serve, its worker, and its simulation.

What is of use beside the names of the root is loaded from here when it is first used. What
may never be here: a rule of the process; the shell asks the runtime, and obeys.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.kernel.rates import Rate as Rate
    from telic.shell.fate import Fate as Fate
    from telic.shell.fate import Fault as Fault
    from telic.shell.fate import FaultKind as FaultKind
    from telic.shell.invariants import InvariantBroken as InvariantBroken
    from telic.shell.limits import Limit as Limit
    from telic.shell.simulated import After as After
    from telic.shell.simulating import Report as Report
    from telic.shell.simulating import SimulationFailed as SimulationFailed
    from telic.shell.simulating import every_fault as every_fault
    from telic.shell.simulating import simulate as simulate
    from telic.shell.simulation import Simulated as Simulated
    from telic.shell.simulation import Simulation as Simulation
    from telic.shell.virtual import Stalled as Stalled

# One line for each name: where it is at home.
_HOME = {
    "After": "simulated",
    "Fate": "fate",
    "Fault": "fate",
    "FaultKind": "fate",
    "InvariantBroken": "invariants",
    "Limit": "limits",
    "Rate": "limits",
    "Report": "simulating",
    "Simulated": "simulation",
    "Simulation": "simulation",
    "SimulationFailed": "simulating",
    "Stalled": "virtual",
    "every_fault": "simulating",
    "simulate": "simulating",
}
__all__ = [
    "After",
    "Fate",
    "Fault",
    "FaultKind",
    "InvariantBroken",
    "Limit",
    "Rate",
    "Report",
    "Simulated",
    "Simulation",
    "SimulationFailed",
    "Stalled",
    "every_fault",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'telic.shell' has no attribute {name!r}")
    value: object = getattr(import_module(f"telic.shell.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
