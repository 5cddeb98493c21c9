"""The command ``worker``: carries out intents and fires deadlines, until it is stopped or there is nothing to do.

What may never be here: how an intent is carried out.
"""

from __future__ import annotations

import logging
import sys

import click

from telic.cli.databases import Served, served
from telic.cli.exits import Exit
from telic.cli.output import Row
from telic.cli.session import session_of, store_options
from telic.shell.deadlines import Deadlines
from telic.shell.system import System
from telic.shell.timing import Timing
from telic.shell.worker import HandlerFailure, Worker

__all__ = ["log_to_stderr", "worker"]


@click.command()
@store_options
@click.option(
    "--concurrency", type=click.IntRange(min=1), default=16, show_default=True, help="How many handlers at once."
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(min=0),
    help="How long handlers may go on after a stop; as long as they take by default.",
)
@click.option(
    "--lease-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="After how long others take over from a worker that is not heard of.",
)
@click.option("--burst", is_flag=True, help="Do what there is to do now, each intent once, and end.")
@click.pass_context
def worker(
    ctx: click.Context,
    concurrency: int,
    drain_seconds: float | None,
    lease_seconds: float,
    burst: bool,  # noqa: FBT001  (click passes it so)
) -> int:
    """Carry out intents, fire deadlines and schedules, until SIGTERM or ctrl-C.

    At the first signal nothing more is begun, and what runs may end; a second one cuts it off.
    """
    session = session_of(ctx)
    log_to_stderr(quiet=session.quiet)

    async def act(at_hand: Served) -> int:
        system = at_hand.whole()
        made = Worker(system, concurrency=concurrency, drain_seconds=drain_seconds, lease_seconds=lease_seconds)
        if burst:
            row, failures = await _all_done(system, made)
            session.out.one(row)
            for one in failures:
                session.out.say(f"{one.intent} {one.intent_id}: {type(one.error).__name__}: {one.error}")
            return Exit.PROBLEMS if failures else Exit.OK
        serving = f"serving {', '.join(system.runtimes)}; do press ctrl-C to stop"
        await made.run(signals=True, on_started=lambda: session.out.say(serving))
        session.out.say("stopped")
        return Exit.OK

    return served(session, act)


async def _all_done(system: System, made: Worker) -> tuple[Row, tuple[HandlerFailure, ...]]:
    """Fire what is due and carry out what is open, and once more as long as that makes something due."""
    clock = next(iter(system.runtimes.values())).clock
    deadlines = Deadlines(system, Timing(clock))
    fired = await deadlines.fire()
    drained = await made.drain()
    carried_out, last = drained.carried_out, 0
    while last := await deadlines.fire():
        fired += last
        drained = await made.drain()
        carried_out += drained.carried_out
    row = {
        "carried_out": carried_out,
        "fired": fired,
        "later": list(drained.later),
        "failed": [one.intent_id for one in drained.failures],
    }
    return row, drained.failures


def log_to_stderr(*, quiet: bool) -> None:
    """Let telic's log be read beside the data.

    Args:
        quiet: Errors only.
    """
    log = logging.getLogger("telic")
    if log.handlers or logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.ERROR if quiet else logging.INFO)
