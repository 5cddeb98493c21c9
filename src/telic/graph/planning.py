"""The plan of a picture: every box, frame and arrow with its place, in pixels.

A state that holds parts is laid out from the inside: its regions are small plans, side by side
in its box. A region that several states hold is drawn once, below. What may never be here:
a colour, or a word of SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from telic.graph.boxes import PAD, TITLE, Box, Label, box_of, label_of
from telic.graph.crossings import ordered
from telic.graph.layering import Link, layers_of
from telic.graph.marking import Marks
from telic.graph.measuring import line_height
from telic.graph.placing import heights, placed
from telic.graph.routing import Point, ends_of
from telic.graph.views import Arrow, Node, Region, View

__all__ = ["Drawn", "Frame", "Path", "Plan", "Shape", "plan_of"]

DOT: Final = 14.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rectangle: left, top, width and height."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Drawn:
        """Return it elsewhere."""
        return Drawn(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Shape:
    """A state, or the dot where everything begins, which has no text."""

    at: Drawn
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The border around a region."""

    at: Drawn
    title: str


@dataclass(frozen=True, slots=True)
class Path:
    """An arrow with its label.

    Attributes:
        points: The places that it passes, the head last.
        label: Its text.
        label_at: The middle of the text.
        source: The name of the state that it leaves; empty for a start.
        target: The name of the state that it leads to.
    """

    points: tuple[Point, ...]
    label: Label
    label_at: Point
    source: str
    target: str

    def moved(self, x: float, y: float) -> Path:
        """Return it elsewhere."""
        return replace(
            self,
            points=tuple((px + x, py + y) for px, py in self.points),
            label_at=(self.label_at[0] + x, self.label_at[1] + y),
        )


@dataclass(slots=True)
class Plan:
    """What is drawn where; frames first, then arrows, then boxes."""

    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def take(self, other: Plan, x: float, y: float) -> None:
        """Put another plan into this one, its corner at a place."""
        self.shapes += [Shape(one.at.moved(x, y), one.box) for one in other.shapes]
        self.frames += [Frame(one.at.moved(x, y), one.title) for one in other.frames]
        self.paths += [one.moved(x, y) for one in other.paths]


def plan_of(view: View, marks: Marks | None = None) -> Plan:
    """Return the plan of a machine.

    Args:
        view: What there is to draw.
        marks: Where one instance stands, if one is shown.
    """
    plan = _graph_plan(view.nodes, view.arrows, view.firsts, view.regions, marks)
    for region in _apart(view.regions):
        inner = _framed(region, marks)
        top = plan.height + 2 * PAD
        plan.take(inner, 0.0, top)
        plan.width, plan.height = max(plan.width, inner.width), top + inner.height
    return plan


def _apart(regions: Iterable[Region]) -> list[Region]:
    return [one for one in regions if len(one.holders) > 1]


def _framed(region: Region, marks: Marks | None) -> Plan:
    """Return the plan of a region with its border and its title."""
    marks = None if marks is None else marks.of_parts()
    inner = _graph_plan(region.nodes, region.arrows, region.firsts, region.regions, marks)
    for each in _apart(region.regions):
        more = _framed(each, marks)
        inner.take(more, 0.0, inner.height + PAD)
        inner.width, inner.height = max(inner.width, more.width), inner.height + PAD + more.height
    title = f"{region.name}: any number, by key" if region.many else region.name
    top = PAD + line_height(TITLE)
    width = max(inner.width, 8.0 * len(title)) + 2 * PAD
    plan = Plan(width, inner.height + top + PAD)
    plan.frames.append(Frame(Drawn(0.0, 0.0, plan.width, plan.height), title))
    plan.take(inner, (width - inner.width) / 2, top)
    return plan


@dataclass(slots=True)
class _Cell:
    """What one number of the layout stands for: a state with all that is in it, or the dot."""

    width: float
    height: float
    box: Box | None
    inside: Plan


def _graph_plan(
    nodes: Sequence[Node],
    arrows: Iterable[Arrow],
    firsts: Sequence[str],
    regions: Sequence[Region],
    marks: Marks | None,
) -> Plan:
    """Lay out some states and the arrows between them."""
    number = {node.name: at for at, node in enumerate(nodes)}
    joined = _joined(arrows, firsts, number)
    labels = {ends: label_of(group) for ends, group in joined.items() if ends[0] != ends[1]}
    cells = [_cell(node, regions, joined.get((node.name, node.name), ()), marks) for node in nodes]
    begins = any(source == "" for source, _ in labels)
    if begins:
        cells.append(_Cell(DOT, DOT, None, Plan()))
    number[""] = len(nodes)
    links = [Link(number[one], number[other], (label.width, label.height)) for (one, other), label in labels.items()]
    begin = [number[""]] if begins else []
    layers = layers_of([(one.width, one.height) for one in cells], links, begin)
    rows = ordered(layers, begin)
    middles, levels = placed(layers, rows), heights(layers, rows)
    plan = Plan(
        max((at + layers.sizes[one][0] / 2 for one, at in enumerate(middles)), default=0.0),
        max((top + height for top, height in levels), default=0.0),
    )
    places = [_place(cell, middles[at], levels[layers.row_of[at]]) for at, cell in enumerate(cells)]
    for cell, place in zip(cells, places, strict=True):
        plan.shapes.append(Shape(place, cell.box))
        plan.take(cell.inside, place.x, place.y)
    ways = ends_of(layers, middles, levels, [_corners(one) for one in places])
    for ((source, target), label), points, at in zip(labels.items(), *ways, strict=True):
        plan.paths.append(Path(points, label, at, source, target))
    return plan


def _joined(
    arrows: Iterable[Arrow], firsts: Sequence[str], number: dict[str, int]
) -> dict[tuple[str, str], list[Arrow]]:
    """Return the arrows that are drawn, those between the same two states together."""
    joined: dict[tuple[str, str], list[Arrow]] = {("", first): [] for first in firsts}
    for one in arrows:
        if not one.verdict and one.target in number:
            joined.setdefault((one.source, one.target), []).append(one)
    return joined


def _cell(node: Node, regions: Sequence[Region], stays: Iterable[Arrow], marks: Marks | None) -> _Cell:
    mine = [one for one in regions if one.name in node.regions]
    box = box_of(node, marks, [one.name for one in mine if len(one.holders) > 1], stays)
    inside = Plan()
    x, lowest = PAD, 0.0
    for region in mine:
        if len(region.holders) == 1:
            framed = _framed(region, marks)
            inside.take(framed, x, box.height)
            x, lowest = x + framed.width + PAD, max(lowest, framed.height)
    width = max(box.width, x if lowest else 0.0)
    height = box.height + (lowest + PAD if lowest else 0.0)
    return _Cell(width, height, box, inside)


def _place(cell: _Cell, middle: float, level: tuple[float, float]) -> Drawn:
    top, height = level
    return Drawn(middle - cell.width / 2, top + (height - cell.height) / 2, cell.width, cell.height)


def _corners(at: Drawn) -> tuple[float, float, float, float]:
    return at.x, at.y, at.x + at.width, at.y + at.height
