"""A peer: another engine in a process and an environment of its own, that takes orders line by line.

What may never be here: what a peer does; that stands in its program under ``peers``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Absent", "Peer", "Spent"]

_PROGRAMS = Path(__file__).parent / "peers"
_START_SECONDS = 120


class Absent(Exception):
    """A peer that could not be installed or started; the text says why."""


class Spent(NamedTuple):
    """What some work took: seconds by the clock, and seconds of a processor in its own process."""

    seconds: float
    processor: float


class Peer:
    """A process of a peer.

    Attributes:
        version: Which version of it runs.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it is ready; :meth:`running` calls this."""
        self._process = process
        self.version = str(self._answer()["version"])

    @classmethod
    @contextmanager
    def running(cls, name: str, *arguments: str) -> Iterator[Peer]:
        """Start a peer, and end it with the block.

        Args:
            name: Its name: that of its environment beside ours, and of its program.
            arguments: What the program is given.

        Raises:
            Absent: When it is not installed, or does not start.
        """
        interpreter = Path(sys.prefix).parent / f"{Path(sys.prefix).name}-{name}" / "bin" / "python"
        if not interpreter.exists():
            raise Absent("it is not installed; `make bench` installs it where its wheels can be had")
        command = [str(interpreter), str(_PROGRAMS / f"with_{name}.py"), *arguments]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield cls(process)
        finally:
            try:
                process.communicate(timeout=_START_SECONDS)  # its input ends, and so does it
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def carry_out(self, **order: Any) -> Spent:
        """Have an order carried out, and return what that took."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Spent(**self._answer())

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            told = self._process.stderr.read().strip().splitlines()
            raise Absent(f"it has ended: {told[-1] if told else 'without a word'}")
        found: dict[str, Any] = json.loads(line)
        return found
