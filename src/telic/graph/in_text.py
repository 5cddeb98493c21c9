"""A machine as plain text, for terminals, logs and reviews: a tree that names each state once.

What may never be here: a colour code; whoever prints it may add some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from telic.graph.boxes import labels_of
from telic.graph.marking import Marks
from telic.graph.views import Arrow, E, Node, Region, S, View, seen
from telic.kernel.machine import Machine

__all__ = ["text"]

_FANCY = {
    "bar": "\u2502  ",
    "tee": "\u251c\u2500 ",
    "end": "\u2514\u2500 ",
    "to": "\u2192",
    "up": "\u2191",
    "here": "\u25b6",
}
_PLAIN = {"bar": "|  ", "tee": "|- ", "end": "`- ", "to": "->", "up": "^", "here": ">"}


def text(machine: Machine[S, E] | View, *, marks: Marks | None = None, ascii_only: bool = False) -> str:
    """Return a machine, or one instance of it, as a tree of lines.

    A state stands where the shortest way reaches it; other ways only name it, with an arrow.

    Args:
        machine: The machine, or what there is to draw of it.
        marks: Where the instance stands; see ``marks_of``.
        ascii_only: Use no signs beyond ASCII.

    Example:
        ``print(text(order))``
    """
    shown = seen(machine)
    signs = _PLAIN if ascii_only else _FANCY
    drawn = _Tree(signs, marks or Marks())
    lines = [shown.name, *drawn.level(shown.nodes, shown.arrows, shown.firsts)]
    for region in _all(shown.regions):
        many = ", any number by key" if region.many else ""
        lines += ["", f"{region.name} of {', '.join(region.holders)}{many}"]
        lines += _Tree(signs, (marks or Marks()).of_parts()).level(region.nodes, region.arrows, region.firsts)
    return "\n".join(lines) + "\n"


def _all(regions: Iterable[Region]) -> Iterator[Region]:
    for one in regions:
        yield one
        yield from _all(one.regions)


class _Tree:
    def __init__(self, signs: dict[str, str], marks: Marks) -> None:
        self._signs, self._marks = signs, marks
        self._nodes: dict[str, Node] = {}
        self._ways: dict[str, dict[str, list[Arrow]]] = {}
        self._told: set[str] = set()
        self._home: dict[str, str] = {}

    def level(self, nodes: Sequence[Node], arrows: Iterable[Arrow], firsts: Iterable[str]) -> Iterator[str]:
        self._nodes = {node.name: node for node in nodes}
        self._ways = {"": {first: [] for first in firsts}}
        for one in arrows:
            if not one.verdict:
                self._ways.setdefault(one.source, {}).setdefault(one.target, []).append(one)
        queue = [""]
        for source in queue:  # it grows as it is read
            new = [target for target in self._ways.get(source, ()) if target not in self._home]
            self._home.update(dict.fromkeys(new, source))
            queue += new
        yield from self._below("", "")
        for node in nodes:  # whatever no way leads to
            if node.name not in self._told:
                yield from self._state(node.name, "", [], "", last=True)

    def _below(self, name: str, indent: str) -> Iterator[str]:
        ways = [(target, arrows) for target, arrows in self._ways.get(name, {}).items() if target != name]
        for number, (target, arrows) in enumerate(ways, 1):
            yield from self._state(target, name, arrows, indent, last=number == len(ways))

    def _state(self, name: str, source: str, arrows: list[Arrow], indent: str, *, last: bool) -> Iterator[str]:
        labels = _labels(arrows)
        way = f"{', '.join(labels)} {self._signs['to']} " if labels else ""
        branch = self._signs["end" if last else "tee"]
        if name in self._told or name not in self._nodes or self._home.get(name, source) != source:
            yield f"{indent}{branch}{way}{name} {self._signs['up']}"
            return
        self._told.add(name)
        yield f"{indent}{branch}{way}{self._named(self._nodes[name])}"
        inner = indent + ("   " if last else self._signs["bar"])
        if name in self._marks.current:
            yield from (f"{inner}waits for {one}" for one in self._marks.waiting)
        stays = _labels(self._ways.get(name, {}).get(name, ()))
        if stays:
            yield f"{inner}stays on {', '.join(stays)}"
        yield from self._below(name, inner)

    def _named(self, node: Node) -> str:
        facts = ["end"] if node.final else []
        facts += [f"{one.cause} {one.event}".rstrip() for one in node.opens]
        facts += [f"holds {one}" for one in node.regions]
        here = f"{self._signs['here']} " if node.name in self._marks.current else ""
        said = f" ({', '.join(facts)})" if facts else ""
        return f"{here}{node.name}{said}"


def _labels(arrows: Iterable[Arrow]) -> list[str]:
    return [f"{event} / {intents}" if intents else event for event, intents, _ in labels_of(arrows)]
