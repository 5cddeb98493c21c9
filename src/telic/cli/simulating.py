"""The command ``simulate``: one instance in virtual time, under the events of a file; no handler runs.

What may never be here: a step of its own; the simulated worker takes them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import click

from telic.cli.apps import machine_of
from telic.cli.exits import Exit, Stopped
from telic.cli.instances import event_of, line_of
from telic.cli.outcomes import EXIT_OF
from telic.cli.session import app_options, session_of
from telic.kernel.events import Event, Fact
from telic.kernel.handling import Later
from telic.kernel.machine import AnyMachine
from telic.kernel.results import ResultKind
from telic.shell.simulation import Simulated, Simulation

__all__ = ["simulate"]

_Instance: TypeAlias = "Simulated[Any, Any]"


class _Line(NamedTuple):
    """A line of the file: an event, or time that passes."""

    number: int
    event: Event | None
    actor: str
    skip: timedelta


@click.command()
@app_options
@click.option("-m", "--machine", help="The machine, where the application has several.")
@click.option("--seed", type=int, default=0, show_default=True, help="What the order of turns derives from.")
@click.argument("events", metavar="EVENTS", type=click.Path(allow_dash=True, path_type=Path))
@click.pass_context
def simulate(ctx: click.Context, machine: str | None, seed: int, events: Path) -> int:
    """Play the EVENTS of a file to one instance in virtual time; deadlines fire, no handler runs.

    Each line is JSON: {"event": "PlaceOrder", "data": {...}, "actor": "ann"}, the first of them a start, or
    {"skip_seconds": 3600}. A fact answers the open intent that asks for it. Ends as the first event that is refused.
    """
    session = session_of(ctx)
    chosen = machine_of(session, machine)
    lines = list(_lines(chosen, events))
    if not lines or lines[0].event is None:
        raise Stopped(Exit.INVALID, f"expected a start in the first line of {events}, got none")
    answers = {intent: Later() for intent in chosen.intents}
    with Simulation(chosen, answers=answers, seed=seed) as world:
        played = world.start(chosen, lines[0].event, key="simulated", actor=lines[0].actor)
        code = _code(played)
        for line in lines[1:]:
            if code is not Exit.OK:
                break
            code = _taken(world, played, line)
        world.run_until_idle()
        entries = played.journal
        session.out.rows(map(line_of, entries), ("revision", "at", "event", "outcome", "state", "actor", "why"))
        if code is not Exit.OK:
            session.out.say(f"refused: {played.result!r}")
    return code


def _taken(world: Simulation, played: _Instance, line: _Line) -> Exit:
    """Let a line happen, and what follows from it."""
    if line.event is None:
        world.skip(line.skip)
        return Exit.OK
    world.run_until_idle()
    asked = any(type(line.event) in played.machine.intents.get(type(one.intent), ()) for one in played.open)
    if isinstance(line.event, Fact) and asked:
        try:
            played.answer(line.event)
        except LookupError as error:
            raise Stopped(Exit.INVALID, f"line {line.number}: {error}") from error
    else:
        played.send(line.event, actor=line.actor)
    return _code(played)


def _code(played: _Instance) -> Exit:
    result = played.result
    assert result is not None  # it has been sent something
    return EXIT_OF[ResultKind(result.kind)]


def _lines(machine: AnyMachine, events: Path) -> Iterator[_Line]:
    for number, text in enumerate(_text(events).splitlines(), 1):
        if not text.strip():
            continue
        try:
            yield _line(machine, number, json.loads(text))
        except (ValueError, TypeError, KeyError) as error:
            expected = 'expected {"event": ..., "data": {...}} or {"skip_seconds": ...}'
            raise Stopped(Exit.INVALID, f"line {number}: {expected}, got {text[:60]!r}") from error
        except Stopped as error:
            raise Stopped(error.code, f"line {number}: {error.message}") from error


def _line(machine: AnyMachine, number: int, found: dict[str, object]) -> _Line:
    if "skip_seconds" in found:
        return _Line(number, None, "", timedelta(seconds=float(str(found["skip_seconds"]))))
    event = event_of(machine, str(found["event"]), json.dumps(found.get("data", {})))
    return _Line(number, event, str(found.get("actor", "")), timedelta())


def _text(events: Path) -> str:
    try:
        return sys.stdin.read() if str(events) == "-" else events.read_text(encoding="utf-8")
    except OSError as error:
        raise Stopped(Exit.NOT_FOUND, f"expected a file of events, got {events}: {error.strerror}") from error
