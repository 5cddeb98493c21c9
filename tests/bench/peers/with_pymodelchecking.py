"""The side of pyModelChecking: a model checker that is given a whole graph, and a formula of CTL.

It reads one order a line, ``{"edges": [[from, to], ...], "ends": [world, ...]}``, asks from which worlds
an end can always be reached, and answers how long that took. What may never be here: an import of telic.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

from pyModelChecking import Kripke
from pyModelChecking.CTL import AG, EF, modelcheck


def main() -> None:
    """Serve orders until there are no more."""
    print(json.dumps({"version": version("pyModelChecking")}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        edges = [tuple(edge) for edge in order["edges"]]
        ends = set(order["ends"])
        began, used = time.perf_counter(), time.process_time()
        kripke = Kripke(R=edges, L={world: {"end"} if world in ends else set() for edge in edges for world in edge})
        held = modelcheck(kripke, AG(EF("end")))
        spent = {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}
        assert len(held) == len(kripke.states()), (len(held), len(kripke.states()))
        print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main()
