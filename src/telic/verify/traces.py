"""Traces: how it came about, step by step, with what changed and what is open.

What may never be here: what is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.annotations import fields_of
from telic.kernel.events import Fact
from telic.kernel.intents import Intent
from telic.verify.liveness import Lasso
from telic.verify.moves import Move, described
from telic.verify.search import Graph
from telic.verify.worlds import World

__all__ = ["Trace", "TraceStep", "trace_of", "trace_to"]

_LINES = 400  # of one trace; beyond, the middle is left out
_WIDTH = 160


class TraceStep(NamedTuple):
    """One step of a story.

    Attributes:
        number: From 1 on.
        move: What happens.
        before: The world before it; ``None`` for the first.
        after: The world after it.
    """

    number: int
    move: Move
    before: World | None
    after: World | None

    @property
    def changes(self) -> tuple[str, ...]:
        """The fields of the state that differ, each with its new value."""
        if self.after is None:
            return ()
        old = self.before.state if self.before is not None else None
        return tuple(_changes(old, self.after.state))

    def text(self) -> str:
        """Return the step as lines of a story."""
        line = f"{self.number}. {described(self.move)}"
        if self.after is None:
            return line
        name = type(self.after.state).__name__
        if self.before is None:
            line += f"  →  {name}"
        elif type(self.before.state) is not type(self.after.state):
            line += f"  {type(self.before.state).__name__} → {name}"
        else:
            line += f"  (still {name})"
        details = [*self.changes, *_opened(self.before, self.after)]
        return "\n".join([line, *(f"     {_short(one)}" for one in details)])


class Trace(NamedTuple):
    """A way through the worlds.

    Attributes:
        steps: The steps.
        cycle: The steps that then repeat for ever; empty where none do.
        stays: The way stands still at its end for ever.
    """

    steps: tuple[TraceStep, ...]
    cycle: tuple[TraceStep, ...] = ()
    stays: bool = False

    @property
    def end(self) -> World | None:
        """The world at the end of the way."""
        last = (self.cycle or self.steps)[-1] if self.steps or self.cycle else None
        return last.after if last is not None else None

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves, in order, without those that repeat."""
        return tuple(one.move for one in self.steps)

    def text(self) -> str:
        """Return the story: numbered steps, changed fields only, and what is open at the end."""
        parts = [one.text() for one in self.steps]
        if self.cycle:
            parts.append("   and then, again and again:")
            parts += [one.text() for one in self.cycle]
        if self.stays:
            parts.append("   and then nothing more, for ever")
        if self.end is not None:
            parts.append(f"   open: {_listed(type(one).__name__ for one in self.end.open)}; waits: {_waits(self.end)}")
        return _cut("\n".join(parts))


def trace_to(graph: Graph, place: int, extra: int | None = None) -> Trace:
    """Return the story of a world, with one further move if one is given.

    Args:
        graph: The graph.
        place: The place of the world; -1 for none.
        extra: The number of a move from there; it may have no world after it.
    """
    way = graph.way(place) if place >= 0 else []
    steps = list(_steps(graph, way, None, 1))
    if extra is not None:
        before = steps[-1].after if steps else None
        targets = [target for label, target in graph.steps(place) if label == extra] if place >= 0 else []
        after = graph.shown(targets[0]) if targets else None
        steps.append(TraceStep(len(steps) + 1, graph.move(extra), before, after))
    return Trace(tuple(steps))


def trace_of(graph: Graph, lasso: Lasso) -> Trace:
    """Return the story of a way that never ends."""
    steps = tuple(_steps(graph, lasso.way, None, 1))
    cycle = tuple(_steps(graph, lasso.cycle, steps[-1].after, len(steps) + 1))
    return Trace(steps, cycle, stays=not cycle)


def _steps(graph: Graph, way: Iterable[tuple[int, int]], before: World | None, number: int) -> Iterator[TraceStep]:
    last: dict[str, World | None] = {"": before}
    for label, place in way:
        move = graph.move(label)
        after = graph.shown_to(place, move.who)
        yield TraceStep(number, move, last.get(move.who), after)
        last[move.who] = after
        number += 1


def _changes(old: BaseModel | None, new: BaseModel) -> Iterator[str]:
    for name in fields_of(type(new)):
        if name == "kind":
            continue
        value = getattr(new, name)
        if old is None or not hasattr(old, name):
            yield f"{name} = {value!r}"
        elif getattr(old, name) != value:
            yield f"{name}: {getattr(old, name)!r} → {value!r}"


def _opened(before: World | None, after: World) -> Iterator[str]:
    old: Counter[Intent[Fact]] = Counter(before.open if before is not None else ())
    for one in (Counter(after.open) - old).elements():
        yield f"opens {one!r}"
    known = before.withdrawn if before is not None else ()
    for one in (Counter(after.withdrawn) - Counter(known)).elements():
        yield f"withdraws {one!r}"
    kept = before.deferred if before is not None else ()
    yield from (f"keeps {one!r}" for one in after.deferred[len(kept) :])


def _waits(world: World) -> str:
    return _listed(f"{type(wait).__name__} {key}" for key, wait in world.waits.items())


def _listed(names: Iterable[str]) -> str:
    counts = Counter(names)
    return ", ".join(name if count == 1 else f"{count} of {name}" for name, count in counts.items()) or "nothing"


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _cut(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= _LINES:
        return text
    half = _LINES // 2
    return "\n".join([*lines[:half], f"   … {len(lines) - 2 * half} lines left out …", *lines[-half:]])
