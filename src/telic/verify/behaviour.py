"""What a machine does, as a value that can be kept and compared: approve the behaviour.

One line for each step between two situations, a situation being a state and the types of
what is open, and one for each command that a state rejects; beside it a digest of all
concrete values behind it, so that a changed amount or reason shows as well. Equal machines
have equal behaviour on every computer. What may
never be here: a file; see ``telic.testing``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.snapshot import Begin
from telic.verify.moves import How, Move
from telic.verify.report import Report
from telic.verify.search import Graph

__all__ = ["Behaviour", "behaviour_of", "changes_between", "read_behaviour"]

_FORM = 1


class Behaviour(NamedTuple):
    """What a machine does.

    Attributes:
        machine: The name of the machine.
        complete: The exploration left nothing out.
        worlds: How many worlds there are.
        steps: Each step between two situations, with the digest of the values behind it.
        rejections: Each command that a state rejects, with the digest of the reasons; ``None`` where
            a behaviour was kept without them.
    """

    machine: str
    complete: bool
    worlds: int
    steps: Mapping[str, str]
    rejections: Mapping[str, str] | None = None

    def json(self) -> dict[str, object]:
        """Return the behaviour as plain JSON values, in one order."""
        rejections = {} if self.rejections is None else {"rejections": dict(sorted(self.rejections.items()))}
        return {
            "form": _FORM,
            "machine": self.machine,
            "complete": self.complete,
            "worlds": self.worlds,
            "steps": dict(sorted(self.steps.items())),
            **rejections,
        }


def behaviour_of(report: Report) -> Behaviour:
    """Return what the machine of a report does.

    Args:
        report: What :func:`explore` returned.
    """
    graph = report.graph
    contents = [_content(graph, place) for place in range(len(graph.worlds))]
    situations = [_situation(graph, place) for place in range(len(graph.worlds))]
    digests: dict[str, set[bytes]] = {}
    for place in range(graph.starts):
        move = graph.move(graph.through[place])
        _add(digests, f"start --{_label(move)}--> {situations[place]}", _event(move), contents[place])
    for place in range(graph.expanded):
        for label, target in graph.steps(place):
            move = graph.move(label)
            step = f"{situations[place]} --{_label(move)}--> {situations[target]}"
            _add(digests, step, contents[place], _event(move), contents[target])
    steps = {step: _digest(sorted(parts)).hex() for step, parts in digests.items()}
    rejections = {
        f"{state.__name__} rejects {event.__name__}": _digest([one.encode() for one in sorted(reasons)]).hex()
        for (state, event), reasons in graph.stepper.rows.decider.rejections.items()
    }
    return Behaviour(report.machine, report.complete, len(graph.worlds), steps, rejections)


def read_behaviour(data: Mapping[str, object]) -> Behaviour:
    """Return the behaviour that was kept as JSON values.

    Raises:
        ValueError: When it is none, or of a form that this version does not know.
    """
    if data.get("form") != _FORM or not isinstance(data.get("steps"), dict):
        raise ValueError(
            f"expected a behaviour of form {_FORM}, got form {data.get('form')!r}; do approve the behaviour anew"
        )
    steps = cast("dict[str, str]", data["steps"])
    rejections = cast("dict[str, str] | None", data.get("rejections"))
    return Behaviour(str(data["machine"]), bool(data["complete"]), int(str(data["worlds"])), steps, rejections)


def changes_between(old: Behaviour, new: Behaviour) -> tuple[str, ...]:
    """Return what differs: steps that are new, gone, or made with other values.

    Args:
        old: What was approved.
        new: What the code does now.
    """
    found = _differences(old.steps, new.steps, "other values")
    if old.rejections is not None and new.rejections is not None:
        found += _differences(old.rejections, new.rejections, "other reasons")
    if not found and old.worlds != new.worlds:
        found.append(f"~ {new.worlds} worlds, where there were {old.worlds}")
    if old.complete and not new.complete:
        found.append("~ not all worlds are known any more")
    return tuple(found)


def _differences(old: Mapping[str, str], new: Mapping[str, str], what: str) -> list[str]:
    found = [f"+ {one}" for one in sorted(new.keys() - old.keys())]
    found += [f"- {one}" for one in sorted(old.keys() - new.keys())]
    return found + [f"~ {one}  ({what})" for one in sorted(new.keys() & old.keys()) if new[one] != old[one]]


def _add(digests: dict[str, set[bytes]], step: str, *parts: bytes) -> None:
    digests.setdefault(step, set()).add(_digest(parts))


def _digest(parts: list[bytes] | tuple[bytes, ...]) -> bytes:
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _situation(graph: Graph, place: int) -> str:
    world = graph.shown(place)
    names = [f"{type(one).__name__}" for one in world.open]
    names += [f"late {type(one).__name__}" for one in world.late]
    names += [f"kept {type(one).__name__}" for one in (*world.deferred, *world.unplaced)]
    counts = Counter(names)
    listed = ", ".join(name if counts[name] == 1 else f"{name} x {counts[name]}" for name in sorted(counts))
    return type(world.state).__name__ + (f" [{listed}]" if listed else "")


def _label(move: Move) -> str:
    event = move.event.state if isinstance(move.event, Begin) else move.event
    name = type(event).__name__ if event is not None else "time"
    return name if move.how in (How.COMMAND, How.ANSWER, How.BEGIN) else f"{move.how}: {name}"


def _event(move: Move) -> bytes:
    event = move.event.state if isinstance(move.event, Begin) else move.event
    return b"" if event is None else _json(event) + move.actor.encode() + move.wait.encode()


def _content(graph: Graph, place: int) -> bytes:
    """Return all of a world as bytes; instants count from the clock of the world."""
    world = graph.shown(place)
    parts = [_json(world.state), *sorted(_json(one) for one in world.open)]
    parts += [b"withdrawn", *sorted(_json(one) for one in world.withdrawn)]
    parts += [b"late", *sorted(_json(one) for one in world.late)]
    parts += [b"kept", *(_json(one) for one in (*world.deferred, *world.unplaced))]
    parts += [b"waits", *sorted(key.encode() for key in world.waits)]
    return _digest(parts)


def _json(value: BaseModel) -> bytes:
    return type(value).__qualname__.encode() + pydantic_core.to_json(value)
