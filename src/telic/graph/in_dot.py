"""A machine as DOT, for Graphviz and whatever else reads it.

What may never be here: a name that was not escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from telic.graph.boxes import labels_of
from telic.graph.marking import Marks
from telic.graph.views import Arrow, Cause, E, Node, Region, S, View, seen
from telic.kernel.machine import Machine

__all__ = ["dot"]

_INDENT: Final = "  "


def dot(machine: Machine[S, E] | View, *, marks: Marks | None = None) -> str:
    """Return a machine, or one instance of it, as a directed graph in DOT.

    Args:
        machine: The machine, or what there is to draw of it.
        marks: Where the instance stands; see ``marks_of``.

    Example:
        ``print(dot(order))``
    """
    shown = seen(machine)
    lines = [
        f"digraph {_quoted(shown.name)} {{",
        f"{_INDENT}compound=true rankdir=TB",
        f'{_INDENT}node [shape=box style="rounded,filled" fillcolor="#f8fafc" fontname="Helvetica"]',
        f'{_INDENT}edge [fontname="Helvetica" fontsize=10]',
        *_level(shown.nodes, shown.arrows, shown.firsts, shown.regions, "", _INDENT, marks or Marks()),
    ]
    for region in shown.regions:
        if len(region.holders) > 1:
            lines += _cluster(region, f"{region.name} of {', '.join(region.holders)}", "", _INDENT, marks or Marks())
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    flat = " ".join(text.split()) if "\n" not in text else text
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _id(name: str, within: str) -> str:
    return _quoted(f"{within}/{name}" if within else name)


def _level(
    nodes: Iterable[Node],
    arrows: Iterable[Arrow],
    firsts: Iterable[str],
    regions: Iterable[Region],
    within: str,
    indent: str,
    marks: Marks,
) -> Iterator[str]:
    known = tuple(regions)
    ends: dict[tuple[str, str], list[Arrow]] = {("", first): [] for first in firsts}
    for one in arrows:
        ends.setdefault((one.source, one.target), []).append(one)
    if any(source == "" for source, _ in ends):
        yield f'{indent}{_id("", f"{within}*")} [shape=point width=0.15 label=""]'
    for node in nodes:
        yield f"{indent}{_id(node.name, within)} [{_look(node, marks)}]"
        for region in known:
            if region.name in node.regions and len(region.holders) == 1:
                yield from _cluster(region, f"{region.name} of {node.name}", within, indent, marks)
    for (source, target), group in ends.items():
        start = _id(source, within) if source else _id("", f"{within}*")
        texts = [(f"{event} / {intents}" if intents else event, cause) for event, intents, cause in labels_of(group)]
        if texts or not group:
            label = _quoted("\n".join(text for text, _ in texts))
            colour = ' color="#b42318"' if texts and all(cause is Cause.FAILURE for _, cause in texts) else ""
            yield f"{indent}{start} -> {_id(target, within)} [label={label}{colour}]"


def _look(node: Node, marks: Marks) -> str:
    opens = "".join(f"\n{one.cause}: {one.event or '?'}" for one in node.opens)
    here = node.name in marks.current
    waits = "".join(f"\nwaits for {one}" for one in marks.waiting) if here else ""
    colour = "#dcfae6" if here else "#eff4ff" if node.name in marks.visited else ""
    looks = [f"label={_quoted(node.name + opens + waits)}"]
    looks += ["peripheries=2"] if node.final else []
    looks += [f'fillcolor="{colour}"'] if colour else []
    return " ".join([*looks, "penwidth=2.4"] if here else looks)


def _cluster(region: Region, title: str, within: str, indent: str, marks: Marks) -> Iterator[str]:
    name = f"{within}/{region.name}" if within else region.name
    yield f"{indent}subgraph {_quoted(f'cluster {name}')} {{"
    many = ", any number by key" if region.many else ""
    yield f"{indent}{_INDENT}label={_quoted(title + many)} style=dashed"
    yield from _level(
        region.nodes, region.arrows, region.firsts, region.regions, name, indent + _INDENT, marks.of_parts()
    )
    for each in region.regions:
        if len(each.holders) > 1:
            yield from _cluster(each, f"{each.name} of {', '.join(each.holders)}", name, indent + _INDENT, marks)
    yield f"{indent}}}"
