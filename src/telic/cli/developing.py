"""The command ``dev``: a SQLite file, sample data and a worker, in one.

What may never be here: anything that a deployment would need.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from telic.cli.databases import Served, served
from telic.cli.exits import Exit, Stopped
from telic.cli.instances import event_of
from telic.cli.session import Session, app_options, session_of
from telic.cli.working import log_to_stderr
from telic.kernel.results import ResultKind
from telic.shell.worker import Worker

__all__ = ["dev"]


@click.command()
@app_options
@click.option(
    "--db",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the instances in a file; by default they are gone at the end.",
)
@click.option(
    "--sample",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='What to start: lines of {"event": "PlaceOrder", "data": {...}, "key": "o-1", "machine": "order"}.',
)
@click.pass_context
def dev(ctx: click.Context, db: Path | None, sample: Path | None) -> int:
    """Run the application on a SQLite file, with sample data and a worker, until ctrl-C.

    Look at it from another terminal, with the --store that it prints.
    """
    session = session_of(ctx)
    log_to_stderr(quiet=session.quiet)
    lines = list(_lines(sample)) if sample is not None else []
    with ExitStack() as stack:
        file = db or Path(stack.enter_context(TemporaryDirectory(prefix="telic-"))) / "dev.db"
        session.store = f"sqlite:///{file.resolve()}"

        async def act(at_hand: Served) -> None:
            system = at_hand.whole()
            await _begin(session, at_hand, lines)
            serving = (
                f"serving {', '.join(system.runtimes)}; do press ctrl-C to stop\ndo telic ls --store {session.store}"
            )
            await Worker(system).run(signals=True, on_started=lambda: session.out.say(serving))
            session.out.say("stopped")

        served(session, act)
    return Exit.OK


async def _begin(session: Session, at_hand: Served, lines: list[tuple[int, dict[str, object]]]) -> None:
    """Start what is in the sample; what was started before, under its key, is known again."""
    results: Counter[ResultKind] = Counter()
    for number, line in lines:
        machine = line.get("machine")
        try:
            runtime = at_hand.runtime(str(machine) if machine is not None else None)
            event = event_of(runtime.machine, str(line["event"]), json.dumps(line.get("data", {})))
        except Stopped as error:
            raise Stopped(error.code, f"line {number} of the sample: {error.message}") from error
        result = await runtime.start(event, key=str(line.get("key", f"sample-{number}")))
        results[result.kind] += 1
    if lines:
        session.out.say("sample: " + ", ".join(f"{count} {kind}" for kind, count in results.items()))


def _lines(sample: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        text = sample.read_text(encoding="utf-8")
    except OSError as error:
        raise Stopped(Exit.NOT_FOUND, f"expected a file of samples, got {sample}: {error.strerror}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "event" not in found:
            raise Stopped(
                Exit.INVALID,
                f'line {number} of the sample: expected {{"event": ..., "data": {{...}}}}, got {line[:60]!r}',
            )
        yield number, found
