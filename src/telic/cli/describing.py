"""Commands that tell what a machine is: ``list``, ``describe``, ``graph``, ``schema``.

What may never be here: a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from telic.cli.apps import machine_of, machines_of
from telic.cli.exits import Exit, Stopped
from telic.cli.output import Form, Output, Row
from telic.cli.session import Session, app_options, session_of, store_options
from telic.graph import Marks, View, dot, marks_of, matrix, mermaid, svg, text, view
from telic.kernel.errors import nearest
from telic.kernel.events import Command, Event
from telic.kernel.machine import AnyMachine
from telic.kernel.values import WorkflowId

__all__ = ["describe", "graph", "list_", "schema"]


@click.command("list")
@app_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the machines of an application."""
    session = session_of(ctx)
    session.out.rows(
        (
            {
                "name": machine.name,
                "version": machine.version,
                "states": len(machine.states),
                "events": len(machine.events),
                "intents": len(machine.intents),
                "perpetual": machine.perpetual,
            }
            for machine in machines_of(session).values()
        ),
        ("name", "version", "states", "events", "intents"),
    )


@click.command()
@app_options
@click.argument("machine", required=False)
@click.pass_context
def describe(ctx: click.Context, machine: str | None) -> None:
    """Say what the states of MACHINE take, wait for and drop."""
    session = session_of(ctx)
    chosen = machine_of(session, machine)
    seen = view(chosen)
    if session.out.is_for_programs:
        session.out.one(_described(chosen, seen))
        return
    session.out.text("\n".join(_lines(chosen, seen)))


def _described(machine: AnyMachine, seen: View) -> Row:
    return {
        "name": machine.name,
        "version": machine.version,
        "perpetual": machine.perpetual,
        "states": [
            {
                "name": node.name,
                "kind": node.kind,
                "final": node.final,
                "waits": [{"for": str(one.cause), "event": one.event} for one in node.opens],
                "ignores": [{"event": event, "why": why} for event, why in node.ignored],
                "regions": list(node.regions),
            }
            for node in seen.nodes
        ],
        "transitions": [
            {
                "from": one.source or None,
                "event": one.event,
                "cause": str(one.cause),
                "to": one.target,
                "intents": list(one.intents),
                "verdict": one.verdict or None,
            }
            for one in seen.arrows
        ],
        "intents": {
            intent.__name__: sorted(one.__name__ for one in answers) for intent, answers in machine.intents.items()
        },
    }


def _lines(machine: AnyMachine, seen: View) -> Iterator[str]:
    yield f"{machine.name}, version {machine.version}{', perpetual' if machine.perpetual else ''}"
    for node in ("", *(one.name for one in seen.nodes)):
        arrows = [one for one in seen.arrows if one.source == node]
        found = None if not node else seen.node(node)
        if found is None and not arrows:
            continue
        yield ""
        yield "begins" if found is None else f"{found.name}{' (end)' if found.final else ''}"
        for wait in found.opens if found is not None else ():
            yield f"  waits for {wait.cause} {wait.event}".rstrip()
        for one in arrows:
            told = f"{one.target}" if not one.verdict else one.verdict
            todo = f", to do: {', '.join(one.intents)}" if one.intents else ""
            yield f"  {one.event} -> {told}{todo}"
        for event, why in found.ignored if found is not None else ():
            yield f"  {event} is ignored: {why}"
    if machine.intents:
        yield ""
        yield "intents"
    for intent, answers in machine.intents.items():
        names = ", ".join(sorted(one.__name__ for one in answers)) or "nothing"
        yield f"  {intent.__name__} is answered by {names}"


_DRAW: Final[Mapping[str, Callable[[View, Marks | None], str]]] = {
    "text": lambda seen, marks: text(seen, marks=marks),
    "mermaid": lambda seen, marks: mermaid(seen, marks=marks),
    "dot": lambda seen, marks: dot(seen, marks=marks),
    "svg": lambda seen, marks: svg(seen, marks=marks),
    "matrix": lambda seen, _: matrix(seen).text(),
    "markdown": lambda seen, _: matrix(seen).markdown(),
}
_WITHOUT_MARKS: Final = frozenset({"matrix", "markdown"})


@click.command()
@store_options
@click.argument("machine", required=False)
@click.option(
    "-i", "--instance", metavar="ID", help="Mark where an instance is, where it has been, and what it waits for."
)
@click.option("-f", "--format", "form", type=click.Choice(list(_DRAW)), default="text", show_default=True)
@click.option("-O", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write into a file.")
@click.pass_context
def graph(ctx: click.Context, machine: str | None, instance: str | None, form: str, out: Path | None) -> None:
    """Draw MACHINE, or one of its instances."""
    session = session_of(ctx)
    marks = None
    if instance is not None:
        if form in _WITHOUT_MARKS:
            raise Stopped(Exit.USAGE, f"expected a drawing of an instance, got --format {form}; do leave one out")
        marks = _marks(session, machine, instance)
    drawn = _DRAW[form](view(machine_of(session, machine)), marks)
    if out is None:
        session.out.text(drawn)
        return
    try:
        out.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise Stopped(Exit.USAGE, f"expected a file that can be written, got {out}: {error.strerror}") from error
    session.out.say(f"wrote {out}")


def _marks(session: Session, machine: str | None, id: str) -> Marks:
    from telic.cli.databases import Served, served
    from telic.cli.instances import journal_of, loaded_at  # a machine alone is drawn without any store

    async def act(at_hand: Served) -> Marks:
        runtime = at_hand.runtime(machine)
        snapshot = await loaded_at(runtime, WorkflowId(id), None)
        return marks_of(runtime.machine, snapshot, await journal_of(runtime, WorkflowId(id)))

    return served(session, act)


@click.command()
@app_options
@click.argument("machine", required=False)
@click.option("-e", "--event", help="One event only, by the name of its class or by its tag.")
@click.pass_context
def schema(ctx: click.Context, machine: str | None, event: str | None) -> None:
    """Print the JSON Schema of the events of MACHINE, as they are sent."""
    session = session_of(ctx)
    chosen = machine_of(session, machine)
    events = [_event_of(chosen, event)] if event is not None else list(chosen.events)
    schemas = {one.__tag__: one.model_json_schema() for one in events}
    out = Output(session.out.form if session.out.is_for_programs else Form.JSON)
    out.one(schemas[events[0].__tag__] if event is not None else schemas)


def _event_of(machine: AnyMachine, name: str) -> type[Event]:
    for one in machine.events:
        if name in (one.__name__, one.__tag__):
            return one
    known = [one.__name__ for one in machine.events if issubclass(one, Command)]
    raise Stopped(Exit.NOT_FOUND, f"expected an event of machine {machine.name!r}, got {name!r}{nearest(name, known)}")
