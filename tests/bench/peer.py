"""A peer: another engine in a process and an environment of its own, that takes orders line by line.

What may never be here: what a peer does; that stands in its program under ``peers``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

__all__ = ["Absent", "Peer", "Spent"]

_ROOT = Path(__file__).parents[2]
_END_SECONDS = 30
_ANSWER_SECONDS = 300.0


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

    def __init__(self, process: subprocess.Popen[str], errors: IO[str]) -> None:
        """Wait until it is ready; :meth:`running` calls this."""
        self._process = process
        self._errors = errors
        self.version = str(self._answer()["version"])

    @classmethod
    @contextmanager
    def running(cls, name: str, *arguments: str, environment: str = "") -> Iterator[Peer]:
        """Start a peer, and end it with the block.

        Args:
            name: Its name: that of its program.
            arguments: What the program is given.
            environment: The environment beside ours that has it; one of its own name by default.

        Raises:
            Absent: When it is not installed, or does not start.
        """
        home = f"{Path(sys.prefix).name}-{environment or name}"
        interpreter = Path(sys.prefix).parent / home / "bin" / "python"
        if not interpreter.exists():
            raise Absent("it is not installed; `make bench` installs it where its wheels can be had")
        command = [str(interpreter), "-m", f"tests.bench.peers.with_{name}", *arguments]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=_ROOT,
                start_new_session=True,  # so that what it has begun can be ended with it
            )
            try:
                yield cls(process, errors)
            finally:
                try:
                    process.communicate(timeout=_END_SECONDS)  # its input ends, and so does it
                except subprocess.TimeoutExpired:
                    _kill(process)
                    process.communicate()

    def carry_out(self, **order: Any) -> Spent:
        """Have an order carried out, and return what that took."""
        told = self.told(**order)
        return Spent(told["seconds"], told["processor"])

    def told(self, **order: Any) -> dict[str, Any]:
        """Have an order carried out, and return all that it tells of it.

        Raises:
            Absent: When it has ended meanwhile, or does not answer.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Absent(self._last_words()) from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        late = threading.Timer(_ANSWER_SECONDS, _kill, [self._process])
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if not line:
            raise Absent(self._last_words())
        found: dict[str, Any] = json.loads(line)
        return found

    def _last_words(self) -> str:
        if self._process.wait(_END_SECONDS) == -signal.SIGKILL:
            return f"it did not answer within {_ANSWER_SECONDS:g} seconds"
        self._errors.seek(0)
        told = self._errors.read().strip().splitlines()
        return f"it has ended: {told[-1] if told else 'without a word'}"


def _kill(process: subprocess.Popen[str]) -> None:
    """End a peer, and what it has begun."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
