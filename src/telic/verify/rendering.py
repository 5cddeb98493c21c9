"""Stories in other forms: sequence and state diagrams (Mermaid), JSON, a regression test.

What may never be here: a file; the caller writes one if one is wanted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from telic.graph.in_mermaid import escaped
from telic.graph.sequences import Loop, Message, Note, Part, Sequence
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Begin
from telic.verify.literals import Imports, source_of
from telic.verify.moves import How, Move, described
from telic.verify.problems import ProblemKind
from telic.verify.report import Check
from telic.verify.traces import Trace, TraceStep
from telic.verify.worlds import World

__all__ = ["json_of", "regression_test", "sequence_of", "state_diagram"]

_PEOPLE = frozenset({How.BEGIN, How.COMMAND, How.TASK})
_LONG = 80  # letters of an intent on an arrow
_MOST = 60  # steps in a picture; more than that is no picture


def sequence_of(trace: Trace, machine: str) -> Sequence:
    """Return a story as messages between people, the machine and what is outside.

    Args:
        trace: The story.
        machine: The name of the machine.
    """
    parts: list[Part] = []
    for step in (*trace.steps, *trace.cycle)[:_MOST]:
        if trace.cycle and step is trace.cycle[0]:
            parts.append(Loop("again and again"))
        parts += _said(step)
    if trace.cycle:
        parts.append(Loop())
    if trace.stays:
        parts.append(Note("M", "and then nothing more, for ever"))
    return Sequence(machine, tuple(parts))


def _said(step: TraceStep) -> Iterator[Part]:
    move = step.move
    event = _event_name(move)
    if move.intent is not None:
        yield Message(type(move.intent).__name__, "M", event, reply=True)
    elif move.how is How.TIME:
        yield Note("M", f"{move.after} pass")
    else:
        sender = "People" if move.how in _PEOPLE else "Time" if move.how is How.DEADLINE else "Topic"
        yield Message(sender, "M", event)
    if step.after is None:
        return
    if step.before is None or type(step.before.state) is not type(step.after.state):
        yield Note("M", type(step.after.state).__name__)
    before = list(step.before.open) if step.before is not None else []
    for one in step.after.open:
        if one in before:
            before.remove(one)
        else:
            yield Message("M", type(one).__name__, repr(one)[:_LONG])


def state_diagram(trace: Trace) -> str:
    """Return a story as a Mermaid state diagram, its steps numbered along the way."""
    lines = ["stateDiagram-v2"]
    for step in (*trace.steps, *trace.cycle)[:_MOST]:
        if step.after is None:
            continue
        source = type(step.before.state).__name__ if step.before is not None else "[*]"
        label = escaped(f"{step.number}. {_event_name(step.move)}")
        lines.append(f"    {source} --> {type(step.after.state).__name__}: {label}")
    if trace.end is not None:
        lines.append("    classDef here stroke-width:3px")
        lines.append(f"    class {type(trace.end.state).__name__} here")
    return "\n".join(lines)


def json_of(check: Check) -> dict[str, object]:
    """Return a check with its story as plain JSON values."""
    trace = check.trace
    return {
        "check": check.name,
        "verdict": str(check.verdict),
        "where": check.where,
        "text": check.text,
        "steps": [_step(one) for one in trace.steps] if trace is not None else [],
        "cycle": [_step(one) for one in trace.cycle] if trace is not None else [],
        "stays": trace.stays if trace is not None else False,
    }


def _step(step: TraceStep) -> dict[str, object]:
    move = step.move
    event = move.event.state if isinstance(move.event, Begin) else move.event
    return {
        "number": step.number,
        "how": str(move.how),
        "event": _named(event),
        "intent": _named(move.intent),
        "wait": move.wait,
        "actor": move.actor,
        "later_seconds": move.after.total_seconds(),
        "text": described(move),
        "after": _world(step.after) if step.after is not None else None,
    }


def _world(world: World) -> dict[str, object]:
    return {
        "state": _named(world.state),
        "open": [_named(one) for one in world.open],
        "withdrawn": [_named(one) for one in world.withdrawn],
        "late": [_named(one) for one in world.late],
        "deferred": [_named(one) for one in world.deferred],
        "unplaced": [_named(one) for one in world.unplaced],
        "waits": list(world.waits),
    }


def _named(value: BaseModel | None) -> dict[str, object] | None:
    if value is None:
        return None
    return {"type": type(value).__name__, "value": to_jsonable_python(value)}


def regression_test(check: Check, machine: AnyMachine) -> str:
    """Return a test that follows a story and fails for as long as it ends as it does now.

    The test stands by itself: it imports the machine and walks it with ``retrace``. It passes
    when the story cannot happen any more, or ends well.

    Args:
        check: A check that was refuted.
        machine: The machine.

    Raises:
        ValueError: When the check has no story that ends in a world.
    """
    if check.trace is None or not check.trace.steps:
        raise ValueError(
            f"expected a check with a story, got {str(check.name)!r}; do choose one of report.failures with a trace"
        )
    imports = Imports()
    name = _home_of(machine, imports)
    imports.take("telic.verify", "retrace")
    steps = [_step_source(one.move, imports) for one in (*check.trace.steps, *check.trace.cycle)]
    body = "".join(f"        {one},\n" for one in steps)
    story = "\n".join(f"    # {line}" for line in check.story().splitlines()[:40])
    if check.name in set(ProblemKind):
        claim = f"assert {str(check.name)!r} not in retraced.problems, retraced.text()"
    else:  # a property of the user's: what it asks cannot be written out, so the story must not happen
        claim = "assert retraced.world is None, retraced.text()"
    return (
        f"{imports.text()}\n\n\n"
        f"def test_{machine.name}_{_identifier(check.name)}_{_identifier(check.where)}():\n"
        f"{story}\n"
        f"    retraced = retrace(\n        {name},\n{body}    )\n"
        f"    {claim}\n"
    )


def _step_source(move: Move, imports: Imports) -> str:
    event = move.event.state if isinstance(move.event, Begin) else move.event
    parts = [f"{imports.take('telic.verify', 'How')}.{move.how.name}"]
    parts.append(source_of(event, imports) if event is not None else "None")
    if move.intent is not None:
        parts.append(f"intent={source_of(move.intent, imports)}")
    if move.wait:
        parts.append(f"wait={move.wait!r}")
    if move.actor:
        parts.append(f"actor={move.actor!r}")
    if move.after:
        parts.append(f"after={source_of(move.after, imports)}")
    return f"{imports.take('telic.verify', 'Move')}({', '.join(parts)})"


def _home_of(machine: AnyMachine, imports: Imports) -> str:
    """Return the name by which a machine is reached, looked for where its states live."""
    homes: Iterable[str] = dict.fromkeys(cls.__module__ for cls in (*machine.states, *machine.events))
    for home in homes:
        module = sys.modules.get(home)
        for name, value in vars(module).items() if module is not None else ():
            if value is machine:
                return imports.take(home, name)
    return f"{machine.name}  # do import your machine"


def _event_name(move: Move) -> str:
    event = move.event.state if isinstance(move.event, Begin) else move.event
    return type(event).__name__ if event is not None else "time"


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower()
