"""How far long work has come: a line that changes on a terminal, and elsewhere a line now and then.

What may never be here: a result; progress goes to standard error, and is chatter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from telic.cli.output import Form, Output

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Progress", "progress"]

_EVERY = 100


class Progress(Protocol):
    """Counts what is done."""

    def step(self, what: str = "") -> None:
        """Count one more.

        Args:
            what: What is being done now, where that is worth a word.
        """
        ...


class _Lines:
    """A line for every hundred."""

    def __init__(self, out: Output) -> None:
        self._out, self._count = out, 0

    def step(self, what: str = "") -> None:
        del what
        self._count += 1
        if self._count % _EVERY == 0:
            self._out.say(f"{self._count} so far")


class _Changing:
    """A line that changes."""

    def __init__(self, status: Status, name: str) -> None:
        self._status, self._name, self._count = status, name, 0

    def step(self, what: str = "") -> None:
        self._count += 1
        self._status.update(f"{self._name}: {self._count} done{f', {what}' if what else ''}")


@contextmanager
def progress(out: Output, what: str) -> Iterator[Progress]:
    """Tell how far some work has come, as long as it lasts.

    Args:
        out: Who writes; quiet ones tell nothing.
        what: What is being done.
    """
    # Results that stream to the same terminal would tear the line apart.
    streams = out.form in (Form.JSONL, Form.PLAIN) and sys.stdout.isatty()
    if out.quiet or streams or not sys.stderr.isatty():
        yield _Lines(out)
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield _Changing(status, what)
