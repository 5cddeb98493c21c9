"""The ways of arrows: from the border of one box through its bends to the border of another.

Arrows that leave one side of a box share it out among them, in the order in which they part.
What may never be here: a curve; points only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from telic.graph.layering import Layers

__all__ = ["Point", "ends_of"]

Point: TypeAlias = tuple[float, float]
Corners: TypeAlias = tuple[float, float, float, float]

_STEP = 22.0
_MARGIN = 10.0


def ends_of(
    layers: Layers, middles: Sequence[float], levels: Sequence[tuple[float, float]], corners: Sequence[Corners]
) -> tuple[list[tuple[Point, ...]], list[Point]]:
    """Return the points of each link, its head last, and the middle of each label.

    Args:
        layers: The rows, with what each link passes.
        middles: The middle of each number, from left to right.
        levels: Top and height of each row.
        corners: Left, top, right and bottom of each box.
    """
    ports = _ports(layers, middles, corners)
    ways: list[tuple[Point, ...]] = []
    labels: list[Point] = []
    for number, chain in enumerate(layers.chains):
        points: list[Point] = [(ports[number, True], corners[chain[0]][3])]
        label = len(chain) // 2
        for at, bend in enumerate(chain[1:-1], 1):
            top, height = levels[layers.row_of[bend]]
            points += [(middles[bend], top), (middles[bend], top + height)] if height else [(middles[bend], top)]
            label = at if layers.sizes[bend][0] else label
        points.append((ports[number, False], corners[chain[-1]][1]))
        ways.append(tuple(reversed(points)) if layers.turned[number] else tuple(points))
        top, height = levels[layers.row_of[chain[label]]]
        labels.append((middles[chain[label]], top + height / 2))
    return ways, labels


def _ports(layers: Layers, middles: Sequence[float], corners: Sequence[Corners]) -> dict[tuple[int, bool], float]:
    """Return where each link leaves the box above it, and where it reaches the one below."""
    sides: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for number, chain in enumerate(layers.chains):
        sides.setdefault((chain[0], True), []).append((middles[chain[1]], number))
        sides.setdefault((chain[-1], False), []).append((middles[chain[-2]], number))
    found: dict[tuple[int, bool], float] = {}
    for (box, leaves), ends in sides.items():
        left, _, right, _ = corners[box]
        step = min(_STEP, max(right - left - 2 * _MARGIN, 0.0) / max(len(ends) - 1, 1))
        first = (left + right) / 2 - step * (len(ends) - 1) / 2
        for at, (_, number) in enumerate(sorted(ends)):
            found[number, leaves] = first + step * at
    return found
