"""What an import costs, in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from tests.bench.measure import Rounds, Row, at_most

OURS = "from telic import State, Machine"
PYDANTIC = "from pydantic import BaseModel, TypeAdapter"
ONE_MODEL = f"{PYDANTIC}\nclass One(BaseModel):\n    number: int"


def importing(rounds: Rounds) -> tuple[Row, Row]:
    """Compare the import of telic with that of Pydantic, without and with one model."""
    with tempfile.TemporaryDirectory() as folder:
        # Every program finds its bytecode, as it does from its second start on.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for program in (OURS, ONE_MODEL):
            _seconds(program, environment)
        times = [[_seconds(one, environment) for one in (OURS, PYDANTIC, ONE_MODEL)] for _ in rounds.numbers()]
    return (
        Row(
            "importing State and Machine / importing Pydantic", [ours / bare for ours, bare, _ in times], at_most(1.15)
        ),
        Row("importing State and Machine / Pydantic and one model of it", [ours / model for ours, _, model in times]),
    )


def _seconds(program: str, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    return time.perf_counter() - began
