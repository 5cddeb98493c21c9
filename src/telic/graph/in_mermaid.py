"""A machine as a Mermaid state diagram, for pages that draw it by themselves.

What may never be here: a name that was not escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from telic.graph.boxes import labels_of
from telic.graph.marking import Marks
from telic.graph.views import Arrow, Cause, E, Node, Region, S, View, seen
from telic.kernel.machine import Machine

__all__ = ["escaped", "mermaid"]

_ENTITIES: Final = {
    "#": "#35;",
    ";": "#59;",
    ":": "#58;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "%": "#37;",
}
_SAID: Final = frozenset({Cause.DEADLINE, Cause.TASK, Cause.TOPIC})
_INDENT: Final = "    "


def mermaid(machine: Machine[S, E] | View, *, marks: Marks | None = None, direction: str = "TB") -> str:
    """Return a machine, or one instance of it, as a Mermaid state diagram.

    Args:
        machine: The machine, or what there is to draw of it.
        marks: Where the instance stands; see ``marks_of``.
        direction: ``TB`` from top to bottom, ``LR`` from left to right.

    Example:
        ``print(mermaid(order))``
    """
    shown = seen(machine)
    lines = ["stateDiagram-v2", f"{_INDENT}direction {direction}"]
    lines += _level(shown.nodes, shown.arrows, shown.firsts, shown.regions, "", _INDENT)
    for region in shown.regions:
        if len(region.holders) > 1:
            lines += _apart(region)
    if marks is not None:
        lines += _marked(shown, marks)
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text that Mermaid takes for a text, on one line."""
    return "".join(_ENTITIES.get(one, one) for one in " ".join(text.split()))


def _id(name: str, within: str) -> str:
    return re.sub(r"\W", "_", f"{within}__{name}" if within else name, flags=re.ASCII)


def _level(
    nodes: Iterable[Node],
    arrows: Iterable[Arrow],
    firsts: Iterable[str],
    regions: Iterable[Region],
    within: str,
    indent: str,
) -> Iterator[str]:
    shared = tuple(regions)
    for node in nodes:
        yield f'{indent}state "{escaped(node.name)}" as {_id(node.name, within)}'
    for first in firsts:
        yield f"{indent}[*] --> {_id(first, within)}"
    ends: dict[tuple[str, str], list[Arrow]] = {}
    for one in arrows:
        ends.setdefault((one.source, one.target), []).append(one)
    for (source, target), group in ends.items():
        labels = [_label(*one) for one in labels_of(group)]
        if labels:
            start = _id(source, within) if source else "[*]"
            yield f"{indent}{start} --> {_id(target, within)}: {'<br/>'.join(labels)}"
    for node in nodes:
        if node.final:
            yield f"{indent}{_id(node.name, within)} --> [*]"
        yield from _inside(node, shared, within, indent)


def _label(event: str, intents: str, cause: Cause) -> str:
    said = f"{cause} {event}" if cause in _SAID else event
    return escaped(f"{said} / {intents}" if intents else said)


def _inside(node: Node, regions: Iterable[Region], within: str, indent: str) -> Iterator[str]:
    """Yield the regions that only this state holds, as parallel ones."""
    mine = [one for one in regions if one.name in node.regions and len(one.holders) == 1]
    if not mine:
        return
    yield f"{indent}state {_id(node.name, within)} {{"
    for number, region in enumerate(mine):
        if number:
            yield f"{indent}{_INDENT}--"
        name = _id(region.name, within)
        yield from _level(region.nodes, region.arrows, region.firsts, region.regions, name, indent + _INDENT)
    yield f"{indent}}}"


def _apart(region: Region) -> Iterator[str]:
    name = _id(region.name, "region")
    title = f"{region.name}, any number by key" if region.many else region.name
    holders = ", ".join(region.holders)
    yield f'{_INDENT}state "{escaped(f"{title}, in {holders}")}" as {name} {{'
    yield from _level(region.nodes, region.arrows, region.firsts, region.regions, name, 2 * _INDENT)
    yield f"{_INDENT}}}"


def _marked(seen: View, marks: Marks) -> Iterator[str]:
    yield f"{_INDENT}classDef visited fill:#eff4ff,color:#1f2430"
    yield f"{_INDENT}classDef current fill:#dcfae6,color:#1f2430,stroke:#067647,stroke-width:3px"
    for node in seen.nodes:
        if node.name in marks.current:
            yield f"{_INDENT}class {_id(node.name, '')} current"
            if marks.waiting:
                yield f"{_INDENT}note right of {_id(node.name, '')}: {escaped('waits for ' + ', '.join(marks.waiting))}"
        elif node.name in marks.visited:
            yield f"{_INDENT}class {_id(node.name, '')} visited"
