"""What an import costs, and the start of the command line, in fresh processes.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.bench.measure import Goal, Rounds, Row, at_most

__all__ = ["importing"]

_PYDANTIC = "from pydantic import BaseModel, TypeAdapter"
_ONE_MODEL = f"{_PYDANTIC}\nclass One(BaseModel):\n    number: int"
_UNBUILT = f"{_PYDANTIC}\nclass One(BaseModel, defer_build=True):\n    number: int"
_CLICK = "import rich_click"
_NAMES = "from telic import State, Machine"
_HELP = "from telic.cli.entry import main\nmain(['--help'])"
_NOTHING = "pass"


class _Case(NamedTuple):
    """Two programs, by what a reader calls them."""

    name: str
    ours: str
    against: str
    goal: Goal | None = None


_CASES = (
    _Case("importing State and Machine / importing Pydantic", _NAMES, _PYDANTIC, at_most(1.15)),
    _Case("importing State and Machine / Pydantic and one model of it", _NAMES, _ONE_MODEL),
    _Case("importing State and Machine / Pydantic and one model that is not built yet", _NAMES, _UNBUILT),
    _Case("importing telic alone / importing Pydantic", "import telic", _PYDANTIC),
    _Case("telic --help / importing Pydantic", _HELP, _PYDANTIC),
    _Case("telic --help / importing rich-click", _HELP, _CLICK),
)


def importing(rounds: Rounds) -> Iterator[Row]:
    """Compare the starts of programs, in turn."""
    programs = dict.fromkeys(program for case in _CASES for program in (case.ours, case.against, _NOTHING))
    with tempfile.TemporaryDirectory() as folder:
        # Every program finds its bytecode, as it does from its second start on.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for program in programs:
            _seconds(program, environment)
        times = [{one: _seconds(one, environment) for one in programs} for _ in rounds.numbers()]
    for name, ours, against, goal in _CASES:
        yield Row(name, [took[ours] / took[against] for took in times], goal)
    yield Row("telic --help: milliseconds, with those of the interpreter", [1000 * took[_HELP] for took in times])
    yield Row("the interpreter alone: milliseconds", [1000 * took[_NOTHING] for took in times])


def _seconds(program: str, environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
