"""How acts of people are told: a line for each instance, progress, a summary, and an exit code.

What may never be here: an act.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

import click

from telic.cli.exits import Exit, Stopped
from telic.cli.output import Output, Row
from telic.cli.progress import Progress, progress
from telic.cli.session import Session, session_of
from telic.kernel.results import ResultKind, Written
from telic.shell.operators import Acted, Effect

__all__ = ["Tally", "agreed", "operation_options", "yes_option"]

F = TypeVar("F", bound=Callable[..., object])


def operation_options(command: F) -> F:
    """Add ``--operation`` and ``--dry-run``."""
    command = click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")(command)
    return click.option("--operation", help="Your id for this act: repeated under it, what is done is not done again.")(
        command
    )


def _agree(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001  (click passes it so)
    if value:
        session_of(ctx).yes = True


yes_option = click.option(
    "-y", "--yes", is_flag=True, expose_value=False, callback=_agree, help="Do not ask before it is done to many."
)


def agreed(session: Session, name: str) -> None:
    """Ask whether something that cannot be undone is to be done to all that a filter finds.

    Args:
        session: The options; ``--yes`` has answered already.
        name: What is to be done.

    Raises:
        Stopped: When nobody can be asked.
        click.Abort: When the answer is no.
    """
    if session.yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Stopped(Exit.USAGE, f"expected --yes to {name} all that a filter finds, got none; do try --dry-run first")
    click.confirm(f"{name} all that the filter finds?", abort=True, err=True)


class Tally:
    """Counts what came of acts while they are told, and says how the program ends."""

    def __init__(self, out: Output) -> None:
        """Begin at nothing."""
        self._out = out
        self._effects: Counter[Effect] = Counter()
        self._missing = 0

    async def tell(self, acts: AsyncGenerator[Acted, None]) -> Exit:
        """Write a line for each act as it is done, then the sum; return the exit code.

        Args:
            acts: What is done.
        """
        try:
            async with aclosing(acts) as done:
                with progress(self._out, "acting") as so_far:
                    await self._out.stream(self._rows(done, so_far), ("id", "intent", "effect", "why"))
        except Stopped:
            self.total()
            raise
        except BrokenPipeError as error:
            raise self.unheard() from error
        return self.total()

    def unheard(self) -> Stopped:
        """Return the end of acts whose results nobody reads: some may be left, which has to be said."""
        self._out.unheard()
        self.total()
        return Stopped(Exit.INTERRUPTED, "expected a reader to the end, got a closed pipe; do call it again")

    async def _rows(self, acts: AsyncIterator[Acted], so_far: Progress) -> AsyncIterator[Row]:
        async for one in acts:
            self.count(one)
            so_far.step(one.id)
            yield _row(one)

    def count(self, act: Acted) -> None:
        """Count an act that is told elsewhere.

        Args:
            act: What was done.
        """
        self._effects[act.effect] += 1
        self._missing += act.result is not None and act.result.kind is ResultKind.NOT_FOUND

    def total(self) -> Exit:
        """Write the sum; return the exit code."""
        found = [f"{count} {effect}" for effect, count in self._effects.items()]
        self._out.say(", ".join(found) or "found nothing")
        return self._exit()

    def _exit(self) -> Exit:
        if self._effects[Effect.FAILED]:
            return Exit.INTERNAL
        if self._effects[Effect.REFUSED]:
            return Exit.NOT_FOUND if self._missing == self._effects[Effect.REFUSED] else Exit.REFUSED
        return Exit.OK


def _row(act: Acted) -> Row:
    row: dict[str, object] = {"id": act.id, "intent": act.intent, "effect": act.effect, "why": act.why}
    if isinstance(act.result, Written):
        row |= {"revision": act.result.revision, "state": type(act.result.state).__name__}
    return row
