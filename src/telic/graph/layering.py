"""Which row each box of a picture belongs to: the first step of a layered drawing.

The steps are those of Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of
Hierarchical System Structures* (1981): break cycles, choose layers, order the layers, give
coordinates. An arrow that leads backwards is turned round for as long as it is laid out. A
label takes a place of its own in the middle of its arrow, so that nothing can lie on it. What
may never be here: a coordinate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Layers", "Link", "layers_of"]


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow between two boxes, before it has a place.

    Attributes:
        source: The number of the box that it leaves.
        target: The number of the box that it leads to.
        label: The width and height of its label; zeros for none.
    """

    source: int
    target: int
    label: tuple[float, float] = (0.0, 0.0)


@dataclass(slots=True)
class Layers:
    """Boxes and the bends of arrows, row by row.

    Attributes:
        rows: The numbers in each row, from top to bottom.
        row_of: The row of each number.
        sizes: Its width and height; a bend has none, unless it carries the label.
        chains: For each link, what it passes from top to bottom, both ends included.
        turned: The links that were turned round.
        below: The numbers of the next row that each number is joined to.
        above: Those of the row before.
    """

    rows: list[list[int]]
    row_of: list[int]
    sizes: list[tuple[float, float]]
    chains: list[list[int]] = field(default_factory=list)
    turned: list[bool] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    above: list[list[int]] = field(default_factory=list)
    boxes: int = 0

    def is_bend(self, number: int) -> bool:
        """Say whether a number is no box, but a bend of an arrow."""
        return number >= self.boxes


def layers_of(sizes: Sequence[tuple[float, float]], links: Sequence[Link], firsts: Iterable[int] = ()) -> Layers:
    """Return the rows of a drawing.

    Args:
        sizes: The width and height of each box.
        links: The arrows between different boxes.
        firsts: Where reading begins; these are drawn above the rest where that is possible.
    """
    turned = _turned(len(sizes), links, firsts)
    ways = [
        (one.target, one.source) if back else (one.source, one.target) for one, back in zip(links, turned, strict=True)
    ]
    rank = [2 * one for one in _ranks(len(sizes), ways)]
    layers = Layers([], rank, list(sizes), boxes=len(sizes), turned=turned)
    for (upper, lower), link in zip(ways, links, strict=True):
        layers.chains.append(_chain(layers, upper, lower, link.label))
    layers.rows = [[] for _ in range(max(layers.row_of, default=-1) + 1)]
    for number, row in enumerate(layers.row_of):
        layers.rows[row].append(number)
    layers.below = [[] for _ in layers.sizes]
    layers.above = [[] for _ in layers.sizes]
    for chain in layers.chains:
        for upper, lower in itertools.pairwise(chain):
            layers.below[upper].append(lower)
            layers.above[lower].append(upper)
    return layers


def _chain(layers: Layers, upper: int, lower: int, label: tuple[float, float]) -> list[int]:
    """Add the bends of one arrow, one for each row that it passes; the middle one carries its label."""
    top, bottom = layers.row_of[upper], layers.row_of[lower]
    middle = (top + bottom) // 2
    middle += 1 - middle % 2  # labels stand in rows of their own
    chain = [upper]
    for row in range(top + 1, bottom):
        chain.append(len(layers.sizes))
        layers.sizes.append(label if row == middle else (0.0, 0.0))
        layers.row_of.append(row)
    return [*chain, lower]


def _turned(count: int, links: Sequence[Link], firsts: Iterable[int]) -> list[bool]:
    """Return the links that close a cycle when boxes are visited depth first."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for number, link in enumerate(links):
        leaving[link.source].append(number)
    turned = [False] * len(links)
    done, open_ = [False] * count, [False] * count
    for first in (*firsts, *range(count)):
        if done[first]:
            continue
        stack = [(first, iter(leaving[first]))]
        open_[first] = done[first] = True
        while stack:
            box, rest = stack[-1]
            number = next(rest, -1)
            if number < 0:
                open_[box] = False
                stack.pop()
                continue
            target = links[number].target
            if open_[target]:
                turned[number] = True
            elif not done[target]:
                open_[target] = done[target] = True
                stack.append((target, iter(leaving[target])))
    return turned


def _ranks(count: int, ways: Sequence[tuple[int, int]]) -> list[int]:
    """Return a row for each box: the longest way from the top, then moved to where arrows are short."""
    after: Mapping[int, list[int]] = {box: [] for box in range(count)}
    before: Mapping[int, list[int]] = {box: [] for box in range(count)}
    for upper, lower in ways:
        after[upper].append(lower)
        before[lower].append(upper)
    order = _sorted(count, after, before)
    rank = [0] * count
    for box in order:
        rank[box] = max((rank[one] + 1 for one in before[box]), default=0)
    for _ in range(2):
        for box in reversed(order):
            rank[box] = _settled(box, rank, before, after)
        for box in order:
            rank[box] = _settled(box, rank, before, after)
    least = min(rank, default=0)
    return [one - least for one in rank]


def _settled(box: int, rank: Sequence[int], before: Mapping[int, list[int]], after: Mapping[int, list[int]]) -> int:
    """Return the row in which the arrows of a box are shortest together, among those that it may have."""
    highest = max((rank[one] + 1 for one in before[box]), default=None)
    lowest = min((rank[one] - 1 for one in after[box]), default=None)
    if highest is None:
        return rank[box] if lowest is None else lowest
    if lowest is None or len(before[box]) >= len(after[box]):
        return highest
    return lowest


def _sorted(count: int, after: Mapping[int, list[int]], before: Mapping[int, list[int]]) -> list[int]:
    """Return the boxes so that each comes after all that lead to it."""
    missing = [len(before[box]) for box in range(count)]
    order = [box for box in range(count) if not missing[box]]
    for box in order:  # it grows as it is read
        for one in after[box]:
            missing[one] -= 1
            if not missing[one]:
                order.append(one)
    return order
